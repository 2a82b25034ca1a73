package vnet

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"pgregory.net/rapid"
)

// A tcpCase is a conversation over a bad link.
type tcpCase struct {
	seed         uint64
	shape        Shape
	mtu          int
	toB, toA     int // bytes
	chunk        int // largest write and read
	recvB, recvA int // receive buffers, 0 for the default
	send         int // send buffers
	noDelay      bool
	pause        time.Duration // longest pause between reads or writes
}

func drawTCPCase(t *rapid.T) tcpCase {
	size := rapid.SampledFrom([]int{0, 1, 1459, 1460, 1461, 5000, 70000, 300000})
	prob := func(most float64, name string) float64 {
		if rapid.Bool().Draw(t, name+"?") {
			return 0
		}
		return rapid.Float64Range(0, most).Draw(t, name)
	}
	return tcpCase{
		seed: rapid.Uint64().Draw(t, "seed"),
		shape: Shape{
			Delay:        time.Duration(rapid.IntRange(0, 200).Draw(t, "delay ms")) * time.Millisecond,
			Rate:         rapid.SampledFrom([]int64{0, 64e3, 1e6, 100e6}).Draw(t, "rate"),
			Queue:        rapid.SampledFrom([]int{0, 1, 5, Unlimited}).Draw(t, "queue"),
			Jitter:       time.Duration(rapid.IntRange(0, 50).Draw(t, "jitter ms")) * time.Millisecond,
			Loss:         prob(0.3, "loss"),
			Duplicate:    prob(0.3, "duplicate"),
			Corrupt:      prob(0.1, "corrupt"),
			Reorder:      prob(0.3, "reorder"),
			ReorderDelay: time.Duration(rapid.IntRange(0, 100).Draw(t, "held back ms")) * time.Millisecond,
		},
		mtu:     rapid.SampledFrom([]int{0, 0, 100, 576, 9000}).Draw(t, "mtu"),
		toB:     size.Draw(t, "to b"),
		toA:     size.Draw(t, "to a"),
		chunk:   rapid.SampledFrom([]int{1, 7, 100, 1460, 4000, 100000}).Draw(t, "chunk"),
		recvB:   rapid.SampledFrom([]int{0, 256, 1000, 20000}).Draw(t, "recv b"),
		recvA:   rapid.SampledFrom([]int{0, 256, 1000, 20000}).Draw(t, "recv a"),
		send:    rapid.SampledFrom([]int{0, 256, 5000}).Draw(t, "send"),
		noDelay: rapid.Bool().Draw(t, "no delay"),
		pause:   time.Duration(rapid.SampledFrom([]int{0, 1, 100}).Draw(t, "pause ms")) * time.Millisecond,
	}
}

// failer is what rapid.T and testing.T have in common here.
type failer interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// check runs the conversation: both sides write and read at random, each half-closes when it has written all; every byte must
// arrive once and in order, or the connection must end in a plain error; then nothing may be left.
func (k tcpCase) check(t failer) {
	t.Helper()
	s := sim.New(sim.Options{Seed: k.seed, TimeLimit: 1000 * time.Hour})
	defer s.Close()
	n := New(s)
	a, b := must(n.Host("a")), must(n.Host("b"))
	must(n.Link(a, b, LinkOptions{Shape: k.shape, MTU: k.mtu}))
	w := &tcpWorld{sched: s, net: n, a: a, b: b}
	toB, toA := pattern(k.toB, 1), pattern(k.toA, 2)
	l := must(b.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	c := must(a.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	k.options(l, k.recvB)
	k.options(c, k.recvA)
	var gotA, gotB []byte
	var errs [4]error
	main := s.Root().Go("main", func() {
		l.Bind(netip.AddrPortFrom(netip.IPv4Unspecified(), 80))
		l.Listen(5)
		defer l.Close()
		if err := stack.Connect(s, c, netip.AddrPortFrom(b.Addrs()[0], 80), time.Time{}); err != nil {
			errs[0] = err
			c.Close()
			return
		}
		var tasks []*sim.Task
		task := func(name string, f func(r *rand.Rand)) {
			tasks = append(tasks, s.Root().Go(name, func() { f(s.Rand(name)) }))
		}
		task("write a", func(r *rand.Rand) { errs[0] = k.writer(s, c, toB, r) })
		task("read a", func(r *rand.Rand) { gotA, errs[1] = k.reader(s, c, r) })
		for !l.CanRead() && c.err == 0 && c.state != tcpClosed {
			s.Sleep(time.Second)
		}
		if acc, err := l.Accept(); err == nil {
			d := acc.(*tcpSocket)
			task("write b", func(r *rand.Rand) { errs[2] = k.writer(s, d, toA, r) })
			task("read b", func(r *rand.Rand) { gotB, errs[3] = k.reader(s, d, r) })
			defer d.Close()
		}
		for _, task := range tasks {
			task.Join()
		}
		c.Close()
	})
	if err := s.Run(main); err != nil {
		t.Fatalf("%+v\n%v\na: %v\nb: %v", k, err, a.tcpSockets(), b.tcpSockets())
	}
	k.judge(t, "a to b", toB, gotB, errs)
	k.judge(t, "b to a", toA, gotA, errs)
	drain := s.Root().Go("drain", func() { s.Sleep(time.Hour) })
	if err := s.Run(drain); err != nil {
		t.Fatalf("%v", err)
	}
	if left := w.leftovers(); left != "" {
		t.Errorf("%+v\n%s", k, left)
	}
}

func (k tcpCase) options(c *tcpSocket, recv int) {
	if recv > 0 {
		c.SetOption(stack.RecvBuffer, recv)
	}
	if k.send > 0 {
		c.SetOption(stack.SendBuffer, k.send)
	}
	c.SetOption(stack.NoDelay, k.noDelay)
	c.SetOption(stack.KeepAlive, true) // so that neither end waits for ever for one that gave up
}

func (k tcpCase) rest(s *sim.Scheduler, r *rand.Rand) {
	if k.pause > 0 && r.IntN(20) == 0 {
		s.Sleep(time.Duration(r.Int64N(int64(k.pause))))
	}
}

func (k tcpCase) writer(s *sim.Scheduler, c *tcpSocket, data []byte, r *rand.Rand) error {
	conn := stack.NewConn(s, c)
	for len(data) > 0 {
		n := min(1+r.IntN(k.chunk), len(data))
		if _, err := conn.Write(data[:n]); err != nil {
			return cause(err)
		}
		data = data[n:]
		k.rest(s, r)
	}
	return cause(conn.CloseWrite())
}

func (k tcpCase) reader(s *sim.Scheduler, c *tcpSocket, r *rand.Rand) (got []byte, err error) {
	conn := stack.NewConn(s, c)
	buf := make([]byte, k.chunk)
	for {
		n, err := conn.Read(buf[:1+r.IntN(k.chunk)])
		got = append(got, buf[:n]...)
		if err != nil {
			return got, cause(err)
		}
		k.rest(s, r)
	}
}

// judge checks what arrived in one direction.
func (k tcpCase) judge(t failer, what string, sent, got []byte, errs [4]error) {
	broken := false
	for _, err := range errs {
		if errors.Is(err, stack.ErrTimedOut) || errors.Is(err, stack.ErrReset) || errors.Is(err, stack.ErrPipe) {
			broken = true
		}
	}
	if bytes.Equal(got, sent) || broken && bytes.HasPrefix(sent, got) {
		return
	}
	t.Errorf("%+v\n%s: %d bytes arrived of %d, or others; %v", k, what, len(got), len(sent), errs)
}

// leftovers says what both hosts have not forgotten.
func (w *tcpWorld) leftovers() string {
	var s string
	for _, h := range []*Host{w.a, w.b} {
		for c := h.tcp.first; c != nil; c = c.next {
			s += fmt.Sprintf("%s: socket %v\n", h.name, c)
		}
		fd := h.nextFD()
		h.releaseFD(fd)
		if len(h.tcp.conns)+len(h.tcp.listeners)+len(h.ports[stack.TCP]) > 0 || fd != firstFD {
			s += fmt.Sprintf("%s: %d connections, %d listeners, %d ports, lowest free descriptor %d\n",
				h.name, len(h.tcp.conns), len(h.tcp.listeners), len(h.ports[stack.TCP]), fd)
		}
	}
	return s
}

// TestTCPEveryByteOnce is the promise of TCP over links that do their worst.
func TestTCPEveryByteOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { drawTCPCase(t).check(t) })
}

// TestTCPBadLinks are fixed cases of it.
func TestTCPBadLinks(t *testing.T) {
	for seed := range uint64(20) {
		for _, shape := range []Shape{
			{Delay: 5 * time.Millisecond, Rate: 10e6, Loss: 0.3},
			{Delay: 5 * time.Millisecond, Rate: 10e6, Duplicate: 0.5, Reorder: 0.3, ReorderDelay: 20 * time.Millisecond},
			{Delay: 5 * time.Millisecond, Rate: 10e6, Corrupt: 0.1, Loss: 0.05},
			{Rate: 1e6, Queue: 3, Jitter: 10 * time.Millisecond},
		} {
			tcpCase{seed: seed, shape: shape, toA: 40000, toB: 90000, chunk: 5000}.check(t)
		}
	}
}
