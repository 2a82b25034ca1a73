package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// oneWay sends n datagrams of size bytes payload from a to b and returns when each arrives.
func (w *world) oneWay(a, b *Host, n, size int) (at []time.Duration) {
	s, c := w.udp(b, 9), w.udp(a, 0)
	ok(w, s.SetOption(stack.RecvBuffer, 1<<24))
	w.run(func() {
		start := w.sched.Elapsed()
		for range n {
			must(c.WriteTo(make([]byte, size), ap(addr4(b), 9)))
		}
		for range n {
			w.receive(s)
			at = append(at, w.sched.Elapsed()-start)
		}
	})
	s.Close()
	return at
}

// headers of a UDP datagram over IPv4, which the slides' packets of L bytes include.
const udp4 = ipv4HeaderLen + udpHeaderLen

// The delays of the slides, to the nanosecond (Kurose & Ross, sections 1.4 and 2.1).
func TestDelayOfOneLink(t *testing.T) {
	for _, c := range []struct {
		bytes int
		rate  int64
		delay time.Duration
		want  time.Duration
	}{
		{1000, 1_000_000, 0, 8 * time.Millisecond},
		{1500, 100_000_000, 10 * time.Millisecond, 10*time.Millisecond + 120*time.Microsecond},
		{1250, 1_000_000_000, 0, 10 * time.Microsecond},
		{1500, 1_544_000, 0, 7772020}, // T1: 7.772 020 725… ms
		{1000, 56_000, 250 * time.Millisecond, 250*time.Millisecond + 142857142},
		{1000, 0, 3 * time.Nanosecond, 3},
		{100, 3, 0, 266666666666},
	} {
		w := newWorld(t, 1)
		a, b, _ := w.line(0, LinkOptions{Shape: Shape{Rate: c.rate, Delay: c.delay}})
		equal(t, "delay", w.oneWay(a, b, 1, c.bytes-udp4)[0], c.want)
	}
}

// Store and forward: N links of rate R cost N·L/R, and P packets back to back (N+P-1)·L/R.
func TestStoreAndForward(t *testing.T) {
	w := newWorld(t, 1)
	const hops, packets = 3, 5
	a, b, _ := w.line(hops-1, LinkOptions{Shape: Shape{Rate: 1_500_000, Delay: 2 * time.Millisecond}})
	at := w.oneWay(a, b, packets, 1500-udp4)
	lr := 8 * time.Millisecond
	for k, got := range at {
		equal(t, "arrival", got, (hops+time.Duration(k))*lr+hops*2*time.Millisecond)
	}
}

// The fractions of a nanosecond of packets sent back to back add up: 3 000 packets of 8 bits·1500 at 7 Mbps.
func TestTransmissionTimesAddUp(t *testing.T) {
	w := newWorld(t, 1)
	const n = 3000
	a, b, l := w.line(0, LinkOptions{Shape: Shape{Rate: 7_000_000, Queue: Unlimited}})
	at := w.oneWay(a, b, n, 1500-udp4)
	want := time.Duration(n * 1500 * 8 * int64(time.Second) / 7_000_000)
	equal(t, "last arrival", at[n-1], want)
	equal(t, "busy", l[0].Stats(AB).Busy, want)
	equal(t, "longest queue", l[0].Stats(AB).MaxQueue, n-1)
}

func TestQueueIsDropTail(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		want  int
	}{
		{Shape{}, 1 + defaultQueue},
		{Shape{Queue: 3}, 4},
		{Shape{Queue: NoQueue}, 1},
		{Shape{Queue: Unlimited}, 500},
		{Shape{Queue: Unlimited, QueueBytes: 2500}, 3},
	} {
		w := newWorld(t, 1)
		c.shape.Rate = 1_000_000
		a, b, l := w.line(0, LinkOptions{Shape: c.shape})
		s, client := w.udp(b, 9), w.udp(a, 0)
		ok(t, s.SetOption(stack.RecvBuffer, 1<<24))
		w.run(func() {
			for range 500 {
				must(client.WriteTo(make([]byte, 1000-udp4), ap(addr4(b), 9)))
			}
		})
		equal(t, "arrived", w.count(s), c.want)
		st := l[0].Stats(AB)
		equal(t, "dropped", st.QueueFull, uint64(500-c.want))
		equal(t, "handed over", st.Packets, 500)
		equal(t, "delivered", st.Delivered, uint64(c.want))
		equal(t, "bytes", st.Bytes, 500_000)
	}
}

// A packet that comes exactly when another one's transmission starts finds its place in the queue free.
func TestQueueFreesPlaceInTime(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{Shape: Shape{Rate: 1_000_000, Queue: 1}})
	s, c := w.udp(b, 9), w.udp(a, 0)
	w.run(func() {
		for k := range 10 {
			if k >= 2 {
				w.sched.Sleep(8 * time.Millisecond)
			}
			must(c.WriteTo(make([]byte, 1000-udp4), ap(addr4(b), 9)))
		}
	})
	equal(t, "arrived", w.count(s), 10)
}

func TestDirectionsDiffer(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.host("a"), w.host("b")
	l := w.link(a, b, LinkOptions{AB: &Shape{Delay: time.Second}, BA: &Shape{Delay: 2 * time.Second}})
	w.run(func() {
		r := must(a.Ping(addr4(b), PingOptions{}))
		equal(t, "RTT", r.RTT, 3*time.Second)
		ok(t, l.SetShape(l.From(b), Shape{Delay: 5 * time.Millisecond}))
		r = must(a.Ping(addr4(b), PingOptions{}))
		equal(t, "RTT after a change", r.RTT, 1005*time.Millisecond)
	})
}

func TestLoopbackTakesNoTime(t *testing.T) {
	w := newWorld(t, 1)
	a := w.host("a")
	s, c := w.udp(a, 9), w.udp(a, 0)
	w.run(func() {
		must(c.WriteTo(make([]byte, 65507), ap(netip.MustParseAddr("127.0.0.1"), 9)))
		if !s.CanRead() {
			t.Error("not delivered when WriteTo returned")
		}
		got, _ := w.receive(s)
		equal(t, "length", len(got), 65507)
		equal(t, "time", w.sched.Elapsed(), 0)
	})
}
