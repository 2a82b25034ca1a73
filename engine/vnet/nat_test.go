package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestNATMapping checks what three remote endpoints see of one inside endpoint (RFC 4787 section 4.1).
func TestNATMapping(t *testing.T) {
	for d, same := range map[Dependence][2]bool{ // as to another port of the same host, as to another host
		EndpointIndependent: {true, true}, AddressDependent: {true, false}, AddressAndPortDependent: {false, false},
	} {
		w := newNATWorld(t, 1, NATOptions{Mapping: d, Filtering: AddressAndPortDependent})
		c := w.udp(w.h1, 5000)
		p1, p2, q1 := w.udp(w.s1, 1), w.udp(w.s1, 2), w.udp(w.s2, 1)
		w.run(func() {
			a, b, c := w.seen(c, p1, ap(addr4(w.s1), 1)), w.seen(c, p2, ap(addr4(w.s1), 2)), w.seen(c, q1, ap(addr4(w.s2), 1))
			equal(t, "first port", a, ap(w.nat.Address(), 5000))
			equal(t, d.String()+": same host, other port", a == b, same[0])
			equal(t, d.String()+": other host", a == c, same[1])
			equal(t, "address", b.Addr() == a.Addr() && c.Addr() == a.Addr(), true)
		})
	}
}

// TestNATFiltering checks who may answer a datagram (RFC 4787 section 5).
func TestNATFiltering(t *testing.T) {
	for d, want := range map[Dependence][3]bool{ // who was sent to, another port of it, another host
		EndpointIndependent: {true, true, true}, AddressDependent: {true, true, false}, AddressAndPortDependent: {true, false, false},
	} {
		w := newNATWorld(t, 1, NATOptions{Filtering: d})
		c := w.udp(w.h1, 5000)
		from := []*udpSocket{w.udp(w.s1, 1), w.udp(w.s1, 2), w.udp(w.s2, 1)}
		var drops []Reason
		w.Observe(func(e Event) {
			if e.Kind == Dropped {
				drops = append(drops, e.Reason)
			}
		})
		w.run(func() {
			outside := w.seen(c, from[0], ap(addr4(w.s1), 1))
			for k, s := range from {
				got := w.seen(s, c, outside)
				equal(t, fmt.Sprintf("%v: from %d", d, k), got.IsValid(), want[k])
				equal(t, "drops", slices.Contains(drops, NATFilter), !want[k])
				drops = nil
			}
			w.send(from[0], ap(w.nat.Address(), 4999))
			equal(t, "a port without a mapping", fmt.Sprint(drops), fmt.Sprint([]Reason{NoMapping}))
		})
	}
}

func TestNATPorts(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	a, b, low := w.udp(w.h1, 5000), w.udp(w.h2, 5000), w.udp(w.h1, 99)
	s := w.udp(w.s1, 1)
	w.run(func() {
		to := ap(addr4(w.s1), 1)
		equal(t, "preserved", w.seen(a, s, to).Port(), 5000)
		if p := w.seen(b, s, to).Port(); p == 5000 || p < 1024 {
			t.Errorf("the second host with that port got %d", p)
		}
		equal(t, "low port", w.seen(low, s, to).Port(), 99)
		own := w.udp(w.box, 7000)
		c := w.udp(w.h1, 7000)
		if p := w.seen(c, s, to).Port(); p == 7000 {
			t.Error("a port of the router's own was given away")
		}
		equal(t, "the router itself", w.seen(own, s, to), ap(w.nat.Address(), 7000))
		equal(t, "an answer to the router", w.seen(s, own, ap(w.nat.Address(), 7000)).Port(), 1)
	})
	w = newNATWorld(t, 1, NATOptions{RandomPorts: true, FirstPort: 3000, LastPort: 3002})
	s = w.udp(w.s1, 1)
	w.run(func() {
		var got []int
		for k := range 4 {
			got = append(got, int(w.seen(w.udp(w.h1, uint16(5000+k)), s, ap(addr4(w.s1), 1)).Port()))
		}
		slices.Sort(got)
		equal(t, "ports of a range of three", fmt.Sprint(got), "[0 3000 3001 3002]")
		w.sched.Sleep(3 * time.Minute)
		if p := w.seen(w.udp(w.h1, 6000), s, ap(addr4(w.s1), 1)).Port(); p < 3000 || p > 3002 {
			t.Errorf("after the timeout: port %d", p)
		}
	})
}

func TestNATTimeouts(t *testing.T) {
	for _, c := range []struct {
		o     NATOptions
		wait  time.Duration
		alive bool
	}{
		{NATOptions{}, 119 * time.Second, true},
		{NATOptions{}, 121 * time.Second, false},
		{NATOptions{Timeouts: Timeouts{UDP: 5 * time.Second}}, 6 * time.Second, false},
		{NATOptions{Timeouts: Timeouts{UDP: 10 * time.Minute}}, 9 * time.Minute, true},
	} {
		w := newNATWorld(t, 1, c.o)
		a, s := w.udp(w.h1, 5000), w.udp(w.s1, 1)
		w.run(func() {
			outside := w.seen(a, s, ap(addr4(w.s1), 1))
			w.sched.Sleep(c.wait)
			equal(t, fmt.Sprintf("%v after %v", c.o.UDP, c.wait), w.seen(s, a, outside).IsValid(), c.alive)
		})
	}
}

// What comes in keeps a UDP mapping alive only if that is asked for; what goes out always does.
func TestNATRefresh(t *testing.T) {
	for _, inbound := range []bool{false, true} {
		w := newNATWorld(t, 1, NATOptions{InboundRefresh: inbound})
		a, s := w.udp(w.h1, 5000), w.udp(w.s1, 1)
		w.run(func() {
			to := ap(addr4(w.s1), 1)
			outside := w.seen(a, s, to)
			for range 4 {
				w.sched.Sleep(time.Minute)
				w.seen(s, a, outside)
			}
			equal(t, "kept by answers", w.seen(s, a, outside).IsValid(), inbound)
			for range 4 {
				w.sched.Sleep(time.Minute)
				w.seen(a, s, to)
			}
			w.sched.Sleep(time.Minute)
			equal(t, "kept by requests", w.seen(s, a, outside).IsValid(), true)
		})
	}
}

func TestNATOverTCP(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{Mapping: AddressAndPortDependent, Filtering: AddressAndPortDependent})
	w.greeter(w.s1, 80)
	w.greeter(w.h1, 80)
	w.greeter(w.box, 22)
	w.run(func() {
		for _, h := range []*Host{w.h1, w.h2} {
			if got := w.greeting(h, ap(addr4(w.s1), 80)); got[:len("hello from s1 to 10.0.2.1:")] != "hello from s1 to 10.0.2.1:" {
				t.Error(got)
			}
		}
		equal(t, "mappings", len(w.nat.Mappings()), 2)
		equal(t, "state", w.nat.Mappings()[0].Peers[0].State, "closing")
		equal(t, "an inbound connection", w.greeting(w.s1, ap(w.nat.Address(), 80)), "i/o timeout")
		equal(t, "to the inside address", w.greeting(w.s1, ap(addr4(w.h1), 80)), stack.ErrNetUnreachable.Error())
		equal(t, "to the router itself", w.greeting(w.s1, ap(w.nat.Address(), 22))[:14], "hello from box")
		ok(t, w.nat.Forward(TCP, 8080, ap(addr4(w.h1), 80)))
		equal(t, "to a forwarded port", w.greeting(w.s1, ap(w.nat.Address(), 8080))[:23], "hello from h1 to 10.0.3")
		w.sched.Sleep(5 * time.Minute)
		equal(t, "mappings after the transitory timeout", w.table(), "TCP 192.168.1.1:80=10.0.2.1:8080\n")
		equal(t, "unforward", w.nat.Unforward(TCP, 8080), true)
		equal(t, "unforward again", w.nat.Unforward(TCP, 8080), false)
		equal(t, "no longer forwarded", w.greeting(w.s1, ap(w.nat.Address(), 8080)), "i/o timeout")
	})
}

// An established connection outlives two hours of silence, one that opens four minutes.
func TestNATKeepsEstablishedConnections(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	l := must(w.s1.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
	ok(t, l.Bind(ap(netip.IPv4Unspecified(), 80)))
	ok(t, l.Listen(1))
	w.run(func() {
		c := must(w.h1.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
		ok(t, stack.Connect(w.sched, c, ap(addr4(w.s1), 80), time.Time{}))
		w.sched.Sleep(time.Second)
		s := must(l.Accept()).(*tcpSocket)
		back, front := stack.NewConn(w.sched, s), stack.NewConn(w.sched, c)
		buf := make([]byte, 10)
		for _, wait := range []time.Duration{time.Minute, 2 * time.Hour} {
			w.sched.Sleep(wait)
			must(back.Write([]byte("x")))
			front.SetReadDeadline(w.sched.Now().Add(time.Minute))
			_, err := front.Read(buf)
			wantErr(t, "after "+wait.String(), err, nil)
		}
		w.sched.Sleep(2*time.Hour + 5*time.Minute)
		equal(t, "table after two hours and five minutes", w.table(), "")
		must(back.Write([]byte("x")))
		front.SetReadDeadline(w.sched.Now().Add(time.Minute))
		if _, err := front.Read(buf); err == nil {
			t.Error("the connection is still there")
		}
		s.Close()
		c.Close()
		w.s1.Crash()
	})
}

func TestNATHairpin(t *testing.T) {
	for _, off := range []bool{false, true} {
		w := newNATWorld(t, 1, NATOptions{NoHairpin: off})
		w.greeter(w.h1, 80)
		ok(t, w.nat.Forward(TCP, 8080, ap(addr4(w.h1), 80)))
		a, b, s := w.udp(w.h1, 5000), w.udp(w.h2, 6000), w.udp(w.s1, 1)
		w.run(func() {
			got := w.greeting(w.h2, ap(w.nat.Address(), 8080))
			if off {
				equal(t, "TCP", got, "i/o timeout")
			} else {
				equal(t, "TCP", got[:25], "hello from h1 to 10.0.2.1")
			}
			outside := w.seen(a, s, ap(addr4(w.s1), 1))
			equal(t, "UDP", w.seen(b, a, outside) == ap(w.nat.Address(), 6000), !off)
			w.send(b, ap(w.nat.Address(), 9))
			equal(t, "to the router", b.TakeError(), nil)
			equal(t, "to itself", w.seen(a, a, outside) == outside, !off)
		})
	}
}

// A crash of the router loses its table: connections hang, and new ones work.
func TestNATCrash(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	w.greeter(w.s1, 80)
	a, s := w.udp(w.h1, 5000), w.udp(w.s1, 1)
	ok(t, w.nat.Forward(UDP, 53, ap(addr4(w.h2), 53)))
	w.run(func() {
		outside := w.seen(a, s, ap(addr4(w.s1), 1))
		w.box.Crash()
		w.box.Restart()
		equal(t, "answer after the crash", w.seen(s, a, outside).IsValid(), false)
		equal(t, "table", w.table(), "UDP 192.168.1.2:53=10.0.2.1:53\n")
		equal(t, "request after the crash", w.seen(a, s, ap(addr4(w.s1), 1)).IsValid(), true)
		equal(t, "answer", w.seen(s, a, outside).IsValid(), true)
		equal(t, "a new connection", w.greeting(w.h2, ap(addr4(w.s1), 80))[:13], "hello from s1")
	})
}

// Two homes may use the same private addresses.
func TestTwoHomesWithTheSameAddresses(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	lan := must(w.Network.Lan("home2", netip.MustParsePrefix("192.168.1.0/24")))
	other, box2 := w.host("other"), w.router("box2")
	w.wire(other, lan)
	w.wire(box2, lan)
	up := w.wire(box2, w.isp)
	nat2 := must(box2.SetNAT(&NATOptions{Outside: up}))
	a, b, s := w.udp(w.h1, 5000), w.udp(other, 5000), w.udp(w.s1, 1)
	w.run(func() {
		equal(t, "addresses", addr4(other), addr4(w.h1))
		to := ap(addr4(w.s1), 1)
		outA, outB := w.seen(a, s, to), w.seen(b, s, to)
		equal(t, "one", outA, ap(w.nat.Address(), 5000))
		equal(t, "two", outB, ap(nat2.Address(), 5000))
		equal(t, "to one", w.seen(s, a, outA).Port(), 1)
		equal(t, "to two", w.seen(s, b, outB).Port(), 1)
		// From one home to the other.
		equal(t, "home to home", w.seen(a, b, outB), outA)
	})
}

func TestNATErrors(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	bad := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	set := func(h *Host, o NATOptions) error { _, err := h.SetNAT(&o); return err }
	bad("a host", set(w.h1, NATOptions{Outside: w.home}))
	bad("no link", set(w.box, NATOptions{}))
	bad("a link elsewhere", set(w.isp, NATOptions{Outside: w.home}))
	bad("ports upside down", set(w.box, NATOptions{Outside: w.up, FirstPort: 5, LastPort: 4}))
	bad("a negative timeout", set(w.box, NATOptions{Outside: w.up, Timeouts: Timeouts{UDP: -1}}))
	bad("an unknown behaviour", set(w.box, NATOptions{Outside: w.up, Mapping: 7}))
	x := w.router("x")
	six := w.link(x, w.isp, LinkOptions{NoAuto: true})
	bad("no IPv4 address", set(x, NATOptions{Outside: six}))
	inside := ap(addr4(w.h1), 80)
	bad("ICMP", w.nat.Forward(ICMP, 80, inside))
	bad("port 0", w.nat.Forward(TCP, 0, inside))
	bad("inside port 0", w.nat.Forward(TCP, 80, ap(addr4(w.h1), 0)))
	bad("IPv6", w.nat.Forward(TCP, 80, ap(addr6(w.h1), 80)))
	bad("its own address", w.nat.Forward(TCP, 80, ap(w.nat.Address(), 80)))
	ok(t, w.nat.Forward(TCP, 80, inside))
	ok(t, w.nat.Forward(UDP, 80, inside))
	for _, err := range []error{w.nat.Forward(TCP, 80, ap(addr4(w.h2), 80)), w.nat.Forward(TCP, 81, inside)} {
		if !errors.Is(err, stack.ErrAddrInUse) {
			t.Errorf("forwarded twice: %v", err)
		}
	}
	must(w.box.SetNAT(nil))
	if w.box.box != nil || w.box.NAT() != nil {
		t.Error("the NAT is still there")
	}
}

func TestNATIsRepeatable(t *testing.T) {
	sum := func(seed uint64) string {
		w := newNATWorld(t, seed, NATOptions{RandomPorts: true, Mapping: AddressAndPortDependent})
		trace := w.Hash()
		w.greeter(w.s1, 80)
		s := w.udp(w.s2, 1)
		w.run(func() {
			for k := range 20 {
				w.greeting(w.h1, ap(addr4(w.s1), 80))
				w.seen(w.udp(w.h2, uint16(2000+k)), s, ap(addr4(w.s2), 1))
			}
		})
		return trace.Sum()
	}
	equal(t, "the same seed", sum(1), sum(1))
	if sum(1) == sum(2) {
		t.Error("the seed does not matter")
	}
}
