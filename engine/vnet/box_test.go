package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A box forgets flows and mappings that have timed out, however many there were.
func TestBoxForgetsTheDead(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{Mapping: AddressAndPortDependent})
	a := w.udp(w.h1, 5000)
	w.world.run(func() {
		for k := range 20000 {
			must(a.WriteTo([]byte("x"), ap(addr4(w.s1), uint16(1+k))))
			w.sched.Sleep(200 * time.Millisecond)
		}
	})
	b := w.box.box
	if n := len(b.flows.all); n > 2*leastSweep {
		t.Errorf("%d flows are remembered; 600 are alive", n)
	}
	equal(t, "mappings in the table and by port", len(b.nat.table), len(b.nat.outside))
	if n := len(b.nat.Mappings()); n < 590 || n > 610 {
		t.Errorf("%d mappings are alive", n)
	}
}

// A connection with the same ports as one that has ended begins anew, and its mapping stays the same.
func TestFlowBeginsAnew(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{RandomPorts: true})
	syn := func(from *Host, src, dst netip.AddrPort, flags TCPFlags) {
		ok(t, from.Inject(&Packet{Src: src.Addr(), Dst: dst.Addr(), Proto: TCP, TCP: TCPHeader{SrcPort: src.Port(), DstPort: dst.Port(), Flags: flags}}))
		w.sched.Sleep(100 * time.Millisecond)
	}
	inside, remote := ap(addr4(w.h1), 5000), ap(addr4(w.s1), 80)
	w.run(func() {
		syn(w.h1, inside, remote, SYN)
		first := w.nat.Mappings()[0].Outside
		state := func() string { return w.nat.Mappings()[0].Peers[0].State }
		equal(t, "after the reset of the closed port", state(), "closing")
		syn(w.h1, inside, remote, SYN)
		equal(t, "the mapping", w.nat.Mappings()[0].Outside, first)
		equal(t, "peers", len(w.nat.Mappings()[0].Peers), 1)
		syn(w.s1, remote, first, SYN) // from the other side
		equal(t, "still one peer", len(w.nat.Mappings()[0].Peers), 1)
		w.sched.Sleep(5 * time.Minute)
		syn(w.h1, inside, remote, ACK)
		equal(t, "a segment without a connection", w.table(), "")
	})
}

// What a box has put together from fragments it may cut again, over IPv6 too.
func TestFragmentsThroughFirewall(t *testing.T) {
	w := newWallWorld(t)
	ok(t, w.up.SetMTU(600))
	must(w.box.SetFirewall(&FirewallOptions{Rules: []Rule{{Chain: Forward, Proto: UDP, DstPorts: Ports{{80, 80}}}, {Chain: Forward, State: FlowEstablished}},
		Policy: [3]Action{Forward: Drop}}))
	w.run(func() {
		for _, to := range []netip.Addr{addr4(w.s1), addr6(w.s1)} {
			c := must(w.h1.Socket(stack.UDP, stack.FamilyOf(to))).(*udpSocket)
			got := ""
			for range 3 { // over IPv6 both ends have to learn the path's MTU first
				must(c.WriteTo(pattern(4000, 1), ap(to, 80)))
				w.sched.Sleep(time.Second)
				if c.CanRead() {
					got, _ = w.receive(c)
				}
			}
			equal(t, to.String(), got == string(pattern(4000, 1)), true)
		}
	})
}

// A partition is between hosts, whatever address a NAT gives their packets.
func TestPartitionBehindNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	w.greeter(w.s1, 80)
	ok(t, w.Partition(w.h1, w.s1))
	w.run(func() {
		equal(t, "parted", w.greeting(w.h1, ap(addr4(w.s1), 80)), "i/o timeout")
		equal(t, "its neighbour", w.greeting(w.h2, ap(addr4(w.s1), 80))[:5], "hello")
		equal(t, "Parted", w.Parted(w.h1, w.s1) && !w.Parted(w.s1, w.h1), true)
		w.HealAll()
		equal(t, "healed", w.greeting(w.h1, ap(addr4(w.s1), 80))[:5], "hello")
	})
	if w.Partition(w.h1, w.h1) == nil || w.Partition(w.h1, newWorld(t, 1).host("x")) == nil {
		t.Error("a partition that makes no sense was accepted")
	}
}

func TestOnBoot(t *testing.T) {
	w := newWorld(t, 1)
	a := w.host("a")
	log := ""
	a.OnBoot(func() { log += "1" })
	a.OnBoot(func() { a.Group().Go("second", func() { log += "2" }) })
	w.run(func() {
		a.Restart()
		equal(t, "restart of a running host", log, "")
		a.Crash()
		a.Crash()
		a.Restart()
		a.Restart()
		w.sched.Sleep(time.Second)
		equal(t, "after a crash", log, "12")
	})
}
