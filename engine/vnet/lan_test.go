package vnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// lan makes a LAN 192.168.1.0/24 with hosts h1 … hn.
func (w *world) lan(n int, o LinkOptions) (*Lan, []*Host) {
	l := must(w.Network.Lan("lan", netip.MustParsePrefix("192.168.1.0/24")))
	var hosts []*Host
	for k := range n {
		h := w.host(fmt.Sprintf("h%d", k+1))
		w.link(h, l, o)
		hosts = append(hosts, h)
	}
	return l, hosts
}

func TestLan(t *testing.T) {
	w := newWorld(t, 1)
	l, h := w.lan(4, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	equal(t, "h4", fmt.Sprint(h[3].Addrs()), "[192.168.1.4 2001:db8:0:1::4]")
	equal(t, "hosts", len(l.Hosts()), 4)
	at := map[string]int{}
	w.Observe(func(e Event) {
		if e.Kind == Arrived {
			at[e.Node]++
		}
	})
	w.run(func() {
		for range 3 {
			r := must(h[0].Ping(addr4(h[1]), PingOptions{}))
			equal(t, "RTT", r.RTT, 4*time.Millisecond)
			equal(t, "hop limit", r.HopLimit, 64)
		}
	})
	// The switch floods the first request only: the answer tells it where h2 is.
	equal(t, "h2", at["h2"], 3)
	equal(t, "h3", at["h3"], 1)
	equal(t, "h4", at["h4"], 1)
}

// A switch cannot fragment: what is too long for the port is lost without a word.
func TestLanMTU(t *testing.T) {
	w := newWorld(t, 1)
	l, h := w.lan(2, LinkOptions{})
	ok(t, w.LinkBetween(l, h[1]).SetMTU(600))
	s, c := w.udp(h[1], 9), w.udp(h[0], 0)
	w.run(func() {
		must(c.WriteTo(make([]byte, 573), ap(addr4(h[1]), 9)))
		must(c.WriteTo(make([]byte, 572), ap(addr4(h[1]), 9)))
	})
	equal(t, "arrived", w.count(s), 1)
}

func TestLanNumbering(t *testing.T) {
	w := newWorld(t, 1)
	l := must(w.Network.Lan("l", netip.MustParsePrefix("10.9.8.0/29")))
	first := w.host("first")
	w.link(first, l, LinkOptions{AddrsA: []netip.Prefix{netip.MustParsePrefix("10.9.8.2/29")}})
	equal(t, "given", addr4(first).String(), "10.9.8.2")
	for k, want := range []string{"10.9.8.3", "10.9.8.4", "10.9.8.5", "10.9.8.6", "10.9.8.1"} {
		h := w.host(fmt.Sprint("x", k))
		w.link(h, l, LinkOptions{})
		equal(t, "address", addr4(h).String(), want)
	}
	if _, err := w.Network.Link(w.host("last"), l, LinkOptions{}); err == nil {
		t.Error("a full LAN took another host")
	}
	if _, err := w.Network.Link(must(w.Network.Lan("m")), l, LinkOptions{}); err == nil {
		t.Error("two LANs were joined")
	}
}

// Two LANs with a router between them.
func TestLansAndRouter(t *testing.T) {
	w := newWorld(t, 1)
	one, two := must(w.Network.Lan("one", netip.MustParsePrefix("192.168.1.0/24"))), must(w.Network.Lan("two", netip.MustParsePrefix("192.168.2.0/24")))
	a, b, r := w.host("a"), w.host("b"), w.router("r")
	w.wire(r, one)
	w.wire(a, one)
	w.wire(b, two)
	w.wire(two, r)
	w.run(func() {
		hops := must(a.Traceroute(addr4(b), 0))
		equal(t, "path", fmt.Sprint(hops[0].Names, hops[1].Names, len(hops)), "[r] [b] 2")
		equal(t, "router's address", hops[0].Addr.String(), "192.168.1.1")
		_, err := a.Ping(addr6(b), PingOptions{})
		ok(t, err)
	})
}

func TestBroadcast(t *testing.T) {
	for _, to := range []string{"255.255.255.255", "192.168.1.255"} {
		w := newWorld(t, 1)
		_, h := w.lan(4, LinkOptions{})
		out := w.host("outside")
		h[3].SetForwarding(true)
		w.wire(h[3], out)
		var socks []*udpSocket
		for _, x := range append(h, out) {
			socks = append(socks, w.udp(x, 67))
		}
		c := w.udp(h[0], 68)
		w.run(func() {
			_, err := c.WriteTo([]byte("x"), ap(netip.MustParseAddr(to), 67))
			wantErr(t, "without the option", err, stack.ErrAccess)
			wantErr(t, "connect without the option", c.Connect(ap(netip.MustParseAddr(to), 67)), stack.ErrAccess)
			ok(t, c.SetOption(stack.Broadcast, true))
			must(c.WriteTo([]byte("x"), ap(netip.MustParseAddr(to), 67)))
		})
		for k, s := range socks {
			equal(t, fmt.Sprint(to, " to host ", k), w.count(s), map[bool]int{true: 1}[k < 4])
		}
	}
}

// DHCP's situation: a host without an address broadcasts from 0.0.0.0.
func TestBroadcastWithoutAnAddress(t *testing.T) {
	w := newWorld(t, 1)
	l, h := w.lan(2, LinkOptions{})
	fresh := w.host("fresh")
	w.link(fresh, l, LinkOptions{NoAuto: true})
	s, c := w.udp(h[0], 67), w.udp(fresh, 68)
	ok(t, c.SetOption(stack.Broadcast, true))
	w.run(func() {
		must(c.WriteTo([]byte("discover"), ap(netip.MustParseAddr("255.255.255.255"), 67)))
		text, from := w.receive(s)
		equal(t, "received", text+" from "+from.String(), "discover from 0.0.0.0:68")
		ok(t, s.SetOption(stack.Broadcast, true))
		must(s.WriteTo([]byte("offer"), ap(netip.MustParseAddr("255.255.255.255"), 68)))
		text, _ = w.receive(c)
		equal(t, "answer", text, "offer")
		ok(t, fresh.SetAddrs("eth0", netip.MustParsePrefix("192.168.1.77/24")))
		_, err := fresh.Ping(addr4(h[1]), PingOptions{})
		ok(t, err)
	})
}

func TestMulticast(t *testing.T) {
	for _, group := range []string{"239.1.2.3", "ff15::99"} {
		w := newWorld(t, 1)
		_, h := w.lan(4, LinkOptions{})
		g := netip.MustParseAddr(group)
		any := netip.IPv4Unspecified()
		if g.Is6() {
			any = netip.IPv6Unspecified()
		}
		var socks []*udpSocket
		for _, x := range h {
			s := must(x.Socket(stack.UDP, stack.FamilyOf(g))).(*udpSocket)
			ok(t, s.Bind(ap(any, 5353)))
			socks = append(socks, s)
		}
		m := stack.Membership{Group: g}
		w.run(func() {
			ok(t, socks[0].SetOption(stack.AddMembership, m))
			ok(t, socks[1].SetOption(stack.AddMembership, m))
			ok(t, socks[2].SetOption(stack.AddMembership, m))
			wantErr(t, "twice", socks[2].SetOption(stack.AddMembership, m), stack.ErrAddrInUse)
			ok(t, socks[2].SetOption(stack.DropMembership, m))
			wantErr(t, "dropped twice", socks[2].SetOption(stack.DropMembership, m), stack.ErrAddrNotAvailable)
			must(socks[0].WriteTo([]byte("x"), ap(g, 5353)))
			ok(t, socks[0].SetOption(stack.MulticastLoop, false))
			must(socks[0].WriteTo([]byte("y"), ap(g, 5353)))
		})
		for k, want := range []int{1, 2, 0, 0} {
			equal(t, fmt.Sprint(group, " at host ", k), w.count(socks[k]), want)
		}
		socks[1].Close()
		equal(t, "memberships after close", len(h[1].ifaces[0].groups), 0)
	}
}

func TestMulticastStaysOnItsLink(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(1, LinkOptions{})
	g := netip.MustParseAddr("239.1.2.3")
	s, c := w.udp(b, 9), w.udp(a, 0)
	ok(t, s.SetOption(stack.AddMembership, stack.Membership{Group: g}))
	ok(t, c.SetOption(stack.MulticastHops, 9))
	w.run(func() { must(c.WriteTo([]byte("x"), ap(g, 9))) })
	equal(t, "received behind the router", w.count(s), 0)
}
