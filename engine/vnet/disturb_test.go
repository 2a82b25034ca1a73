package vnet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// transfer sends text over TCP between two hosts of a network that is disturbed, and returns the sizes of the segments with data, and
// what came, when.
func transfer(t *testing.T, seed uint64, d Disturbance, text string) (sizes []int, got string, at time.Duration) {
	t.Helper()
	s := sim.New(sim.Options{Seed: seed, TimeLimit: time.Hour})
	defer s.Close()
	n := New(s)
	n.Disturb(d)
	a, _ := n.Host("a")
	b, _ := n.Host("b")
	if _, err := n.Link(a, b, LinkOptions{Shape: Shape{Delay: 10 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	sa, sb := stack.New(s, a.Group(), a, "client"), stack.New(s, b.Group(), b, "server")
	main := sb.Go("server", func() {
		l, err := sb.Listen("tcp", ":80")
		if err != nil {
			t.Error(err)
			return
		}
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		buf := make([]byte, 4096)
		for {
			k, err := c.Read(buf)
			got += string(buf[:k])
			if k > 0 {
				sizes = append(sizes, k)
			}
			if err != nil {
				break
			}
		}
		at = s.Elapsed()
	})
	sa.Go("client", func() {
		c, err := sa.Dial("tcp", "b:80")
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(c, text)
		c.Close()
	})
	if err := s.Run(main); err != nil {
		t.Error(err)
	}
	return sizes, got, at
}

// TestDisturb sends text through networks that are disturbed: it comes whole, under some seeds in pieces and late, and under the same seed
// the same way.
func TestDisturb(t *testing.T) {
	text := strings.Repeat("a line of text\n", 20)
	d := Disturbance{Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.3, Duplicate: 0.3, Reorder: 0.3,
		Slow: 20 * time.Millisecond, Cut: 1}
	pieces, late := 0, 0
	for seed := range uint64(20) {
		sizes, got, at := transfer(t, seed, d, text)
		if got != text {
			t.Errorf("seed %d: got %q", seed, got)
		}
		again, _, atAgain := transfer(t, seed, d, text)
		if fmt.Sprint(sizes) != fmt.Sprint(again) || at != atAgain {
			t.Errorf("seed %d: %v at %v, then %v at %v", seed, sizes, at, again, atAgain)
		}
		if len(sizes) > 1 {
			pieces++
		}
		if at > 30*time.Millisecond {
			late++
		}
	}
	if pieces < 4 || pieces > 16 || late < 10 {
		t.Errorf("under %d of 20 seeds in pieces, under %d late", pieces, late)
	}
	if sizes, _, at := transfer(t, 1, Disturbance{}, text); len(sizes) != 1 || at != 30*time.Millisecond {
		t.Errorf("a disturbance of nothing: pieces %v, the end at %v", sizes, at)
	}
}

// TestDisturbDrawsApart: another bound of one fault leaves the others as they are.
func TestDisturbDrawsApart(t *testing.T) {
	shape := func(d Disturbance) Shape {
		s := sim.New(sim.Options{Seed: 5})
		defer s.Close()
		n := New(s)
		n.Disturb(d)
		a, _ := n.Host("a")
		b, _ := n.Host("b")
		l, err := n.Link(a, b, LinkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return l.Shape(AB)
	}
	x, y := shape(Disturbance{Loss: 0.5, Reorder: 0.5, Jitter: time.Second}), shape(Disturbance{Loss: 0.1, Reorder: 0.5, Jitter: time.Second})
	if x.Reorder != y.Reorder || x.Jitter != y.Jitter {
		t.Errorf("%+v and %+v", x, y)
	}
}
func TestDisturbBulk(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 1<<14)
	for seed := range uint64(8) {
		if _, got, _ := transfer(t, seed, Disturbance{Loss: 0.1, Reorder: 0.2, Duplicate: 0.2, Jitter: 5 * time.Millisecond, Cut: 1}, text); got != text {
			t.Errorf("seed %d: %d bytes of %d", seed, len(got), len(text))
		}
	}
}
