package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

func TestPing(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(2, LinkOptions{Shape: Shape{Delay: 10 * time.Millisecond, Rate: 1_000_000}})
	w.run(func() {
		for _, dst := range []netip.Addr{addr4(b), addr6(b)} {
			r := must(a.Ping(dst, PingOptions{Size: 72}))
			header := time.Duration(ipv4HeaderLen)
			if dst.Is6() {
				header = ipv6HeaderLen
			}
			equal(t, "RTT", r.RTT, 6*(10*time.Millisecond+(header+8+72)*8*time.Microsecond))
			equal(t, "from", r.From, dst)
			equal(t, "hop limit", r.HopLimit, 62)
			equal(t, "size", r.Size, 72)
			equal(t, "kind", r.Kind, EchoReply)
			r, err := a.Ping(dst, PingOptions{HopLimit: 1})
			wantErr(t, "hop limit 1", err, stack.ErrHostUnreachable)
			equal(t, "kind", r.Kind, TimeExceeded)
			equal(t, "who", must(a.LookupAddr(r.From))[0], "r1")
		}
		r := must(a.Ping(addr4(b), PingOptions{Size: -1}))
		equal(t, "size", r.Size, 0)
		r = must(a.Ping(netip.MustParseAddr("127.0.0.1"), PingOptions{}))
		equal(t, "RTT to itself", r.RTT, 0)
		r = must(a.Ping(addr4(a), PingOptions{Size: 60000}))
		equal(t, "size to itself", r.Size, 60000)
	})
}

func TestTraceroute(t *testing.T) {
	w := newWorld(t, 1)
	a, b, links := w.line(3, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	w.run(func() {
		for _, dst := range []netip.Addr{addr4(b), addr6(b)} {
			path := ""
			for k, hop := range must(a.Traceroute(dst, 0)) {
				path += fmt.Sprint(hop.Names[0], " ")
				equal(t, "probes", len(hop.RTTs), 3)
				equal(t, "RTT", hop.RTTs[0], time.Duration(2*(k+1))*time.Millisecond)
			}
			equal(t, "path", path, "r1 r2 r3 b ")
		}
		links[1].SetBlocked(BA, true)
		hops := must(a.Traceroute(addr4(b), 3))
		equal(t, "hops", len(hops), 3)
		equal(t, "first", hops[0].Kind, TimeExceeded)
		equal(t, "silent", hops[1].Addr.IsValid(), false)
		links[1].SetBlocked(BA, false)
		links[2].SetUp(false)
		_, err := a.Traceroute(addr4(b), 0)
		wantErr(t, "without a path", err, stack.ErrNetUnreachable)
		ok(t, a.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), links[0].b.addrs[0].Addr()))
		hops = must(a.Traceroute(addr4(b), 0))
		equal(t, "hops", len(hops), 1)
		wantErr(t, "r1 has no route", hops[0].Err, stack.ErrNetUnreachable)
	})
}

func TestUnreachable(t *testing.T) {
	w := newWorld(t, 1)
	a, b, links := w.line(2, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	lone := w.host("lone")
	send := func(to netip.Addr) error {
		c := must(a.Socket(stack.UDP, stack.FamilyOf(to)))
		defer c.Close()
		if err := c.Connect(ap(to, 4000)); err != nil {
			return err
		}
		must(c.Write([]byte("x")))
		w.sched.Sleep(time.Second)
		return c.TakeError()
	}
	w.run(func() {
		wantErr(t, "no link", send(lone.addrsOrHome()[0]), stack.ErrNetUnreachable)
		_, err := lone.Ping(addr4(a), PingOptions{})
		wantErr(t, "from a host with no link", err, stack.ErrNetUnreachable)
		_, err = lone.Ping(netip.MustParseAddr("127.0.0.1"), PingOptions{})
		ok(t, err)
		wantErr(t, "nobody's address", send(netip.MustParseAddr("203.0.113.1")), stack.ErrNetUnreachable)
		wantErr(t, "nobody on the own link", send(netip.MustParseAddr("10.0.1.99")), stack.ErrHostUnreachable)
		wantErr(t, "port", send(addr4(b)), stack.ErrRefused)
		wantErr(t, "port, IPv6", send(addr6(b)), stack.ErrRefused)
		// Behind a default route the routers say what is missing.
		ok(t, a.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), links[0].b.addrs[0].Addr()))
		wantErr(t, "nobody's address, says r1", send(netip.MustParseAddr("203.0.113.1")), stack.ErrNetUnreachable)
		wantErr(t, "nobody on r1's link", send(netip.MustParseAddr("10.0.2.99")), stack.ErrHostUnreachable)
		links[2].SetUp(false)
		wantErr(t, "last link down, says r1", send(addr4(b)), stack.ErrNetUnreachable)
		links[2].SetUp(true)
		links[0].SetUp(false)
		wantErr(t, "own link down", send(addr4(b)), stack.ErrHostUnreachable)
		links[0].SetUp(true)
		ok(t, a.AddRoute(netip.MustParsePrefix("::/0"), links[0].b.addrs[1].Addr()))
		wantErr(t, "nobody's IPv6 address, says r1", send(netip.MustParseAddr("2001:db8:ffff::1")), stack.ErrNetUnreachable)
		wantErr(t, "nobody on r1's link, IPv6", send(netip.MustParseAddr("2001:db8:0:2::99")), stack.ErrHostUnreachable)
		links[0].SetUp(false)
		a.DeleteRoute(netip.MustParsePrefix("0.0.0.0/0"))
		wantErr(t, "own link down, no default route", send(addr4(b)), stack.ErrNetUnreachable)
	})
}

// An error about an error, about a broadcast or about a later fragment is never sent.
func TestNoErrorsAboutErrors(t *testing.T) {
	w := newWorld(t, 1)
	_, h := w.lan(2, LinkOptions{})
	sentErrors := 0
	w.Observe(func(e Event) {
		if e.Kind == Sent && e.Packet.isICMP() && !e.Packet.ICMP.echo(false) {
			sentErrors++
		}
	})
	w.run(func() {
		c := w.udp(h[0], 5)
		ok(t, c.SetOption(stack.Broadcast, true))
		must(c.WriteTo([]byte("x"), ap(netip.MustParseAddr("192.168.1.255"), 99)))
		w.sched.Sleep(time.Second)
		equal(t, "errors about a broadcast", sentErrors, 0)
		must(c.WriteTo(make([]byte, 4000), ap(addr4(h[1]), 99)))
		w.sched.Sleep(time.Second)
		equal(t, "errors about a datagram in three fragments", sentErrors, 1)
		p := w.newPacket()
		p.Src, p.Dst, p.Proto, p.HopLimit = addr4(h[0]), addr4(h[1]), ICMP, 1
		p.ICMP = ICMPHeader{Type: 3, Code: 1}
		p.to = h[1].ifaces[0]
		h[1].icmpError(hopsExceeded, 0, p, h[1].ifaces[0])
		p.ICMP = ICMPHeader{Type: echoRequest4}
		w.sched.Sleep(time.Second)
		equal(t, "errors about an error", sentErrors, 1)
		h[1].icmpError(hopsExceeded, 0, p, h[1].ifaces[0])
		w.sched.Sleep(time.Second)
		equal(t, "errors about an echo request", sentErrors, 2)
	})
}

// Of a datagram in three fragments whose hop limit is used up, only the first fragment is reported.
func TestErrorAboutTheFirstFragmentOnly(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(1, LinkOptions{})
	errors := 0
	w.Observe(func(e Event) {
		if e.Kind == Sent && e.Node == "r1" {
			errors++
		}
	})
	c := w.udp(a, 0)
	ok(t, c.SetOption(stack.HopLimit, 1))
	w.run(func() { must(c.WriteTo(make([]byte, 4000), ap(addr4(b), 99))) })
	equal(t, "errors", errors, 1)
}

func TestICMPErrorsAreLimited(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	errors := 0
	w.Observe(func(e Event) {
		if e.Kind == Sent && e.Node == "b" {
			errors++
		}
	})
	w.run(func() {
		c := w.udp(a, 5)
		for range 2000 {
			must(c.WriteTo([]byte("x"), ap(addr4(b), 99)))
		}
		w.sched.Sleep(time.Second)
		equal(t, "burst", errors, icmpBurst)
		for range 2000 {
			must(c.WriteTo([]byte("x"), ap(addr4(b), 99)))
			w.sched.Sleep(100 * time.Microsecond)
		}
		if rest := errors - icmpBurst; rest < 200 || rest > 200+icmpBurst+1 {
			t.Errorf("%d errors in 0.2 s", rest)
		}
	})
}

func TestFragments(t *testing.T) {
	w := newWorld(t, 1)
	a, b, links := w.line(2, LinkOptions{})
	ok(t, links[1].SetMTU(576))
	big := make([]byte, 4000)
	for k := range big {
		big[k] = byte(k * 7)
	}
	w.run(func() {
		for _, f := range []stack.Family{stack.IPv4, stack.IPv6} {
			dst := addr4(b)
			if f == stack.IPv6 {
				dst = addr6(b)
			}
			s, c := must(b.Socket(stack.UDP, f)).(*udpSocket), must(a.Socket(stack.UDP, f)).(*udpSocket)
			ok(t, s.Bind(ap(dst, 9)))
			for _, size := range []int{1472, 1473, 4000} {
				must(c.WriteTo(big[:size], ap(dst, 9)))
				w.sched.Sleep(time.Second)
				if f == stack.IPv6 && !s.CanRead() {
					// The first packet finds out the path's MTU; only the sender may fragment.
					equal(t, "MTU", a.mtu(dst), 576)
					must(c.WriteTo(big[:size], ap(dst, 9)))
				}
				got, _ := w.receive(s)
				if got != string(big[:size]) {
					t.Errorf("family %v, %d bytes: not what was sent", f, size)
				}
			}
		}
		_, err := a.Ping(addr4(b), PingOptions{Size: 60000})
		ok(t, err)
		w.sched.Sleep(reassemblyTime)
	})
	equal(t, "datagrams not put together", len(b.pieces.order), 0)
}

// Of a datagram with a lost fragment nothing arrives, and the host gives it up after 30 s.
func TestFragmentLost(t *testing.T) {
	w := newWorld(t, 1)
	a, b, links := w.line(0, LinkOptions{})
	s, c := w.udp(b, 9), w.udp(a, 0)
	n := 0
	links[0].SetFilter(AB, func(*Packet) bool { n++; return n == 2 })
	var timeouts []time.Duration
	w.Observe(func(e Event) {
		if e.Reason == FragmentTimeout {
			timeouts = append(timeouts, e.At)
		}
	})
	w.run(func() {
		must(c.WriteTo(make([]byte, 4000), ap(addr4(b), 9)))
		w.sched.Sleep(time.Minute)
		must(c.WriteTo(make([]byte, 4000), ap(addr4(b), 9)))
		w.receive(s)
		equal(t, "waiting", w.count(s), 0)
	})
	equal(t, "given up", fmt.Sprint(timeouts), "[30s 30s]")
}

// Fragments arrive in any order, and more than once.
func TestFragmentsOutOfOrder(t *testing.T) {
	for seed := range uint64(30) {
		w := newWorld(t, seed)
		a, b, _ := w.line(0, LinkOptions{Shape: Shape{Rate: 10_000_000, Duplicate: 0.2, Reorder: 0.4, ReorderDelay: 2 * time.Millisecond}})
		s, c := w.udp(b, 9), w.udp(a, 0)
		w.run(func() { must(c.WriteTo(make([]byte, 20000), ap(addr4(b), 9))) })
		if w.count(s) == 0 {
			t.Errorf("seed %d: nothing arrived", seed)
		}
	}
}
