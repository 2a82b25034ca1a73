package vnet

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// numbered sends n numbered datagrams, one every gap, over one link and returns what arrives, in order.
func numbered(w *world, n int, gap time.Duration, shape Shape) (got []string, l *Link, reasons map[Reason]int) {
	a, b, links := w.line(0, LinkOptions{AB: &shape})
	reasons = map[Reason]int{}
	w.Observe(func(e Event) {
		if e.Kind == Dropped {
			reasons[e.Reason]++
		}
	})
	s, c := w.udp(b, 9), w.udp(a, 0)
	ok(w, s.SetOption(stack.RecvBuffer, 1<<26))
	w.run(func() {
		for k := range n {
			must(c.WriteTo([]byte(fmt.Sprintf("%06d", k)), ap(addr4(b), 9)))
			if gap > 0 {
				w.sched.Sleep(gap)
			}
		}
		w.sched.Sleep(time.Hour)
		for s.CanRead() {
			text, _ := w.receive(s)
			got = append(got, text)
		}
	})
	return got, links[0], reasons
}

// near fails unless got is within four standard deviations of a binomial distribution.
func near(t *testing.T, what string, got, n int, p float64) {
	t.Helper()
	mean, dev := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	if math.Abs(float64(got)-mean) > 4*dev {
		t.Errorf("%s: %d of %d, want about %.0f", what, got, n, mean)
	}
}

const sent = 20000

func TestLoss(t *testing.T) {
	for _, p := range []float64{0, 0.01, 0.5, 1} {
		got, l, why := numbered(newWorld(t, 1), sent, 0, Shape{Loss: p})
		near(t, "lost", sent-len(got), sent, p)
		equal(t, "counted", int(l.Stats(AB).Lost), sent-len(got))
		equal(t, "observed", why[Lost], sent-len(got))
	}
}

func TestDuplicate(t *testing.T) {
	got, l, _ := numbered(newWorld(t, 2), sent, 0, Shape{Duplicate: 0.1})
	near(t, "duplicates", len(got)-sent, sent, 0.1)
	equal(t, "counted", int(l.Stats(AB).Duplicate), len(got)-sent)
}

func TestReorder(t *testing.T) {
	got, l, _ := numbered(newWorld(t, 3), sent, time.Millisecond, Shape{Delay: 10 * time.Millisecond, Reorder: 0.05, ReorderDelay: 2500 * time.Microsecond})
	late := 0
	highest := ""
	for _, s := range got {
		if s < highest {
			late++
		}
		highest = max(highest, s)
	}
	equal(t, "arrived", len(got), sent)
	near(t, "late", late, sent, 0.05)
	near(t, "counted", int(l.Stats(AB).Reordered), sent, 0.05)
}

func TestJitterKeepsTheOrder(t *testing.T) {
	w := newWorld(t, 4)
	var first, last time.Duration
	w.Observe(func(e Event) {
		if e.Kind == Arrived {
			if first == 0 {
				first = e.At
			}
			last = e.At
		}
	})
	got, _, _ := numbered(w, sent, time.Microsecond, Shape{Jitter: time.Millisecond})
	equal(t, "arrived", len(got), sent)
	for k, s := range got {
		if s != fmt.Sprintf("%06d", k) {
			t.Fatalf("place %d: %s", k, s)
		}
	}
	if spread := last - first; spread < 19*time.Millisecond || spread > 21*time.Millisecond {
		t.Errorf("%v from the first to the last", spread)
	}
}

// Every flipped bit over IPv4 is found by a checksum: of the header at the next hop, else of UDP at the end.
func TestCorruptionIsFoundByChecksums(t *testing.T) {
	got, l, why := numbered(newWorld(t, 5), sent, 0, Shape{Corrupt: 0.25})
	near(t, "corrupted", int(l.Stats(AB).Corrupted), sent, 0.25)
	equal(t, "dropped", sent-len(got), int(l.Stats(AB).Corrupted))
	equal(t, "by a checksum", why[HeaderChecksum]+why[Checksum]+why[Malformed], sent-len(got))
	// 20 of 34 bytes are IP header; a version other than 4 makes bytes that are no packet.
	near(t, "by UDP's checksum", why[Checksum], sent-len(got), 14.0/34)
	if why[HeaderChecksum] < 10*why[Malformed] || why[Malformed] == 0 {
		t.Errorf("reasons %v", why)
	}
}

// A datagram whose UDP payload is damaged passes routers and dies at its destination.
func TestCorruptionPassesRouters(t *testing.T) {
	w := newWorld(t, 6)
	a, b, links := w.line(1, LinkOptions{})
	ok(t, links[0].SetShape(AB, Shape{Corrupt: 1}))
	where := map[string]int{}
	w.Observe(func(e Event) {
		if e.Kind == Dropped {
			where[e.Node+" "+e.Reason.String()]++
		}
	})
	s, c := w.udp(b, 9), w.udp(a, 0)
	w.run(func() {
		for range 200 {
			must(c.WriteTo([]byte(strings.Repeat("x", 1000)), ap(addr4(b), 9)))
		}
	})
	equal(t, "arrived", w.count(s), 0)
	if where["b checksum"] < 150 || where["r1 header checksum"] == 0 || where["r1 checksum"] > 0 {
		t.Errorf("dropped: %v", where)
	}
}

func TestFilterBlockAndPartition(t *testing.T) {
	w := newWorld(t, 7)
	a, b, l := w.line(1, LinkOptions{})
	lost := PingOptions{Timeout: time.Second}
	w.run(func() {
		n := 0
		l[0].SetFilter(AB, func(*Packet) bool { n++; return n == 2 })
		for k := range 3 {
			_, err := a.Ping(addr4(b), lost)
			if (err != nil) != (k == 1) {
				t.Errorf("ping %d: %v", k+1, err)
			}
		}
		l[1].SetBlocked(BA, true)
		_, err := a.Ping(addr4(b), lost)
		wantErr(t, "blocked", err, stack.ErrTimedOut)
		equal(t, "counted", l[1].Stats(BA).Blocked, 1)
		l[1].SetBlocked(BA, false)
		w.Partition(b, a)
		_, err = a.Ping(addr4(b), lost)
		wantErr(t, "partition", err, stack.ErrTimedOut)
		_, err = a.Ping(addr4(w.Hosts()[1]), lost)
		ok(t, err)
		w.Heal(b, a)
		_, err = a.Ping(addr4(b), lost)
		ok(t, err)
	})
}

// What is under way when a link goes down is lost, even if it is up again before the arrival.
func TestLinkDownLosesWhatIsUnderWay(t *testing.T) {
	for _, shape := range []Shape{{Delay: time.Second}, {Delay: time.Second, Reorder: 1}} {
		linkDown(t, shape)
	}
}

// TestLongestDelay checks that delays are bounded, and that the sum of the longest ones is no earlier time.
func TestLongestDelay(t *testing.T) {
	s := sim.New(sim.Options{Seed: 1})
	t.Cleanup(s.Close)
	w := &world{t, s, New(s)}
	a, b := w.host("a"), w.host("b")
	for _, s := range []Shape{{Delay: MaxDelay + 1}, {Jitter: MaxDelay + 1}, {ReorderDelay: MaxDelay + 1}} {
		if _, err := w.Network.Link(a, b, LinkOptions{Shape: s}); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
	w.link(a, b, LinkOptions{Shape: Shape{Delay: MaxDelay, Jitter: MaxDelay, Reorder: 1, ReorderDelay: MaxDelay}})
	w.run(func() {
		r, err := a.Ping(addr4(b), PingOptions{Timeout: 7 * MaxDelay})
		if ok(t, err); r.RTT < 4*MaxDelay {
			t.Errorf("the answer came after %v", r.RTT)
		}
	})
}

func linkDown(t *testing.T, shape Shape) {
	w := newWorld(t, 8)
	a, b, l := w.line(0, LinkOptions{Shape: shape})
	s, c := w.udp(b, 9), w.udp(a, 0)
	w.run(func() {
		must(c.WriteTo([]byte("1"), ap(addr4(b), 9)))
		w.sched.Sleep(time.Millisecond)
		l[0].SetUp(false)
		_, err := c.WriteTo([]byte("2"), ap(addr4(b), 9))
		wantErr(t, "send", err, stack.ErrNetUnreachable)
		l[0].SetUp(true)
		must(c.WriteTo([]byte("3"), ap(addr4(b), 9)))
		got, _ := w.receive(s)
		equal(t, "received", got, "3")
	})
	equal(t, "waiting", w.count(s), 0)
	equal(t, "lost", l[0].Stats(AB).Down, 1)
}
