package vnet

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// traced runs traffic of every kind over bad links and returns the trace's hash.
func traced(t *testing.T, seed uint64) (sum string, events int) {
	w := newWorld(t, seed)
	bad := Shape{Rate: 2_000_000, Delay: 3 * time.Millisecond, Jitter: time.Millisecond, Queue: 10, Loss: 0.02, Duplicate: 0.02, Corrupt: 0.02, Reorder: 0.05}
	var routers []*Host
	for k := range 5 {
		routers = append(routers, w.router(fmt.Sprint("r", k)))
		for _, r := range routers[:k] {
			w.link(r, routers[k], LinkOptions{Shape: bad})
		}
	}
	lan := must(w.Network.Lan("lan"))
	w.link(routers[0], lan, LinkOptions{Shape: bad})
	var hosts []*Host
	for k := range 10 {
		h := w.host(fmt.Sprint("h", k))
		if k < 5 {
			w.link(h, routers[k], LinkOptions{Shape: bad})
		} else {
			w.link(h, lan, LinkOptions{Shape: bad})
		}
		hosts = append(hosts, h)
	}
	tr := w.Hash()
	w.run(func() {
		for k, h := range hosts {
			s := must(h.Socket(stack.UDP, stack.IPv4))
			ok(t, s.Bind(ap(addr4(h), 7)))
			h.Group().Go("echo", func() {
				c := must(h.Socket(stack.UDP, stack.IPv4))
				for j := range 50 {
					to := hosts[(k*3+j)%len(hosts)]
					c.WriteTo(make([]byte, h.rng.IntN(3000)), ap(addr4(to), uint16(7+j%2)))
					h.net.sched.Sleep(time.Duration(h.rng.IntN(1e7)))
				}
				h.Ping(addr6(hosts[(k+1)%10]), PingOptions{Timeout: time.Second})
				h.Traceroute(addr4(hosts[(k+2)%10]), 4)
			})
		}
		w.sched.Sleep(200 * time.Millisecond)
		w.Links()[3].SetUp(false)
		hosts[4].Crash()
	})
	return tr.Sum(), tr.Events()
}

func TestSameSeedSameTrace(t *testing.T) {
	first, events := traced(t, 1)
	if events < 5000 {
		t.Errorf("only %d events", events)
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	for _, n := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(n)
		again, _ := traced(t, 1)
		equal(t, fmt.Sprint("GOMAXPROCS ", n), again, first)
	}
	if other, _ := traced(t, 2); other == first {
		t.Error("another seed gives the same trace")
	}
}

// The hash sees each field: change one, and it differs.
func TestHashSeesEveryField(t *testing.T) {
	sum := func(e Event) string {
		tr := newWorld(t, 1).Hash()
		tr.add(e)
		return tr.Sum()
	}
	base := Packet{Src: src4, Dst: dst4, Payload: []byte("x")}
	seen := map[string]int{sum(Event{Packet: &base}): -1}
	changes := []func(e *Event){
		func(e *Event) { e.At = 1 }, func(e *Event) { e.Kind = Dropped }, func(e *Event) { e.Reason = Lost },
		func(e *Event) { e.Node = "a" }, func(e *Event) { e.Interface = "eth0" },
		func(e *Event) { e.Packet.Src = dst4 }, func(e *Event) { e.Packet.Dst = src4 }, func(e *Event) { e.Packet.HopLimit = 1 },
		func(e *Event) { e.Packet.Proto = 1 }, func(e *Event) { e.Packet.ID = 1 }, func(e *Event) { e.Packet.DontFragment = true },
		func(e *Event) { e.Packet.MoreFragments = true }, func(e *Event) { e.Packet.FragOffset = 8 },
		func(e *Event) { e.Packet.TCP.SrcPort = 1 }, func(e *Event) { e.Packet.TCP.DstPort = 1 }, func(e *Event) { e.Packet.TCP.Seq = 1 },
		func(e *Event) { e.Packet.TCP.Ack = 1 }, func(e *Event) { e.Packet.TCP.Flags = SYN }, func(e *Event) { e.Packet.TCP.Window = 1 },
		func(e *Event) { e.Packet.TCP.MSS = 1 }, func(e *Event) { e.Packet.TCP.WindowScale = 1 },
		func(e *Event) { e.Packet.UDP.SrcPort = 1 }, func(e *Event) { e.Packet.UDP.DstPort = 1 },
		func(e *Event) { e.Packet.ICMP.Type = 1 }, func(e *Event) { e.Packet.ICMP.Code = 1 }, func(e *Event) { e.Packet.ICMP.ID = 1 },
		func(e *Event) { e.Packet.ICMP.Seq = 1 }, func(e *Event) { e.Packet.ICMP.MTU = 1 },
		func(e *Event) { e.Packet.Payload = []byte("y") }, func(e *Event) { e.Packet.Payload = nil },
		func(e *Event) { e.Packet.sumError = 1 }, func(e *Event) { e.Packet.broken = Malformed },
	}
	for k, change := range changes {
		p := base
		e := Event{Packet: &p}
		change(&e)
		if j, dup := seen[sum(e)]; dup {
			t.Errorf("changes %d and %d have the same hash", j, k)
		}
		seen[sum(e)] = k
	}
}
