package vnet

import (
	"testing"
	"time"
)

// Each router adds its processing delay, and packets do not wait for one another in it.
func TestProcessingDelay(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(2, LinkOptions{Shape: Shape{Rate: 1_000_000, Delay: 3 * time.Millisecond}})
	for _, h := range w.Hosts() {
		if h.Forwarding() {
			h.SetProcessing(20 * time.Microsecond)
		}
	}
	const lr = 8 * time.Millisecond
	for k, at := range w.oneWay(a, b, 4, 1000-udp4) {
		equal(t, "arrival", at, 3*(lr+3*time.Millisecond)+2*20*time.Microsecond+time.Duration(k)*lr)
	}
}

// A host that looks at packets faster from now on does not let later ones overtake.
func TestProcessingKeepsTheOrder(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.host("a"), w.host("b")
	w.wire(a, b)
	s, c := w.udp(b, 9), w.udp(a, 0)
	b.SetProcessing(time.Second)
	equal(t, "processing", b.Processing(), time.Second)
	w.run(func() {
		must(c.WriteTo([]byte("first"), ap(addr4(b), 9)))
		w.sched.Sleep(time.Millisecond)
		b.SetProcessing(0)
		must(c.WriteTo([]byte("second"), ap(addr4(b), 9)))
		for _, want := range []string{"first", "second"} {
			got, _ := w.receive(s)
			equal(t, "datagram", got, want)
		}
		equal(t, "time", w.sched.Elapsed(), time.Second)
		b.SetProcessing(time.Second)
		must(c.WriteTo([]byte("lost"), ap(addr4(b), 9)))
		w.sched.Sleep(time.Millisecond)
		b.Crash()
	})
	equal(t, "dropped", b.Counters().Dropped, 1)
}
