package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A world is a network under test.
type world struct {
	testing.TB
	sched *sim.Scheduler
	*Network
}

func newWorld(t testing.TB, seed uint64) *world {
	s := sim.New(sim.Options{Seed: seed, TimeLimit: 100 * time.Hour})
	t.Cleanup(s.Close)
	return &world{t, s, New(s)}
}

func (w *world) host(name string) *Host   { return must(w.Network.Host(name)) }
func (w *world) router(name string) *Host { return must(w.Network.Router(name)) }

func (w *world) link(a, b Node, o LinkOptions) *Link { return must(w.Network.Link(a, b, o)) }

// wire joins two nodes by an ideal link.
func (w *world) wire(a, b Node) *Link { return w.link(a, b, LinkOptions{}) }

// run runs f as the main task until nothing more can happen.
func (w *world) run(f func()) {
	w.Helper()
	if err := w.sched.Run(w.sched.Root().Go("main", f)); err != nil {
		w.Fatal(err)
	}
}

// udp returns a UDP socket bound to a port of all IPv4 addresses of a host, or unbound if the port is 0.
func (w *world) udp(h *Host, port uint16) *udpSocket {
	s := must(h.Socket(stack.UDP, stack.IPv4)).(*udpSocket)
	if port != 0 {
		ok(w, s.Bind(netip.AddrPortFrom(netip.IPv4Unspecified(), port)))
	}
	return s
}

// receive waits for a datagram.
func (w *world) receive(s *udpSocket) (string, netip.AddrPort) {
	w.Helper()
	buf := make([]byte, 70000)
	for {
		n, from, err := s.ReadFrom(buf)
		if err == nil {
			return string(buf[:n]), from
		}
		if err != error(stack.ErrWouldBlock) {
			w.Fatalf("receive: %v", err)
		}
		if !stack.WaitReadable(w.sched, s, "receive", w.sched.Now().Add(time.Hour)) {
			w.Fatalf("receive: nothing came")
		}
	}
}

// count returns how many datagrams wait on a socket, after reading them all.
func (w *world) count(s *udpSocket) (n int) {
	for s.CanRead() {
		w.receive(s)
		n++
	}
	return n
}

// line makes a chain: host a, routers r1 … rn, host b.
func (w *world) line(routers int, o LinkOptions) (a, b *Host, links []*Link) {
	a = w.host("a")
	last := a
	for k := range routers {
		r := w.router(fmt.Sprintf("r%d", k+1))
		links = append(links, w.link(last, r, o))
		last = r
	}
	b = w.host("b")
	return a, b, append(links, w.link(last, b, o))
}

func addr4(h *Host) netip.Addr { return h.Addrs()[0] }

func addr6(h *Host) netip.Addr {
	all := h.Addrs()
	return all[slices.IndexFunc(all, netip.Addr.Is6)]
}

func ap(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t, 1)
	for _, bad := range []string{"", "a b", "-a", "a-", "a..b", "1.2.3.4", "::1", "é", string(make([]byte, 300))} {
		if _, err := w.Network.Host(bad); err == nil {
			t.Errorf("host %q was accepted", bad)
		}
	}
	w.host("Server.Lab")
	for _, same := range []string{"server.lab", "SERVER.lab"} {
		if _, err := w.Network.Host(same); err == nil {
			t.Errorf("%s was accepted beside Server.Lab", same)
		}
	}
	if w.Lookup("SERVER.LAB") == nil {
		t.Error("Lookup minds the case")
	}
}

func TestAutomaticAddresses(t *testing.T) {
	w := newWorld(t, 1)
	a, b, r := w.host("a"), w.host("b"), w.router("r")
	w.wire(a, r)
	w.wire(r, b)
	equal(t, "a", fmt.Sprint(a.Addrs()), "[10.0.1.1 2001:db8:0:1::1]")
	equal(t, "r", fmt.Sprint(r.Addrs()), "[10.0.1.2 10.0.2.1 2001:db8:0:1::2 2001:db8:0:2::1]")
	equal(t, "b", fmt.Sprint(b.Addrs()), "[10.0.2.2 2001:db8:0:2::2]")
	i := r.Interfaces()
	equal(t, "interfaces", len(i), 3)
	equal(t, "loopback", i[0].Name, "lo")
	equal(t, "eth1", i[2].Name+" "+i[2].Peer+" "+i[2].HardwareA, "eth1 b 02:00:01:00:00:03")
	equal(t, "MTU", i[2].MTU, 1500)
}

func TestGivenAddresses(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.host("a"), w.host("b")
	w.link(a, b, LinkOptions{Subnets: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/30")}})
	equal(t, "b", addr4(b).String(), "192.0.2.2")
	w.link(a, b, LinkOptions{AddrsA: []netip.Prefix{netip.MustParsePrefix("198.51.100.7/24")}})
	equal(t, "a's second link", a.Addrs()[1].String(), "198.51.100.7")
	_, err := w.Network.Link(a, b, LinkOptions{AddrsA: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}})
	if !errors.Is(err, stack.ErrAddrInUse) {
		t.Errorf("an address twice on one host: %v", err)
	}
	equal(t, "interfaces after the failure", len(a.Interfaces()), 3)
	ok(t, a.SetAddrs("eth0", netip.MustParsePrefix("192.0.2.9/24")))
	equal(t, "a", a.Addrs()[0].String(), "192.0.2.9")
	wantErr(t, "no such interface", errors.Unwrap(a.SetAddrs("eth7")), stack.ErrNoDevice)
}

func TestLookup(t *testing.T) {
	w := newWorld(t, 1)
	a, b, c := w.host("a"), w.host("Bob"), w.host("c")
	r := w.router("r")
	w.wire(r, b)
	w.wire(a, r)
	w.wire(a, b)
	look := func(h *Host, name string) string {
		addrs, err := h.LookupHost(name)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(addrs)
	}
	equal(t, "literal", look(a, "1.2.3.4"), "[1.2.3.4]")
	equal(t, "localhost", look(a, "LocalHost"), "[127.0.0.1 ::1]")
	equal(t, "bob, nearest address first", look(a, "BOB."), "[10.0.3.2 10.0.1.2 2001:db8:0:3::2 2001:db8:0:1::2]")
	equal(t, "nobody", look(a, "nobody"), "lookup nobody: host not found")
	if _, err := a.LookupHost("nobody"); !errors.Is(err, stack.ErrHostNotFound) {
		t.Errorf("nobody: %v", err)
	}
	equal(t, "reverse", fmt.Sprint(must(a.LookupAddr(netip.MustParseAddr("10.0.1.2")))), "[Bob]")
	equal(t, "reverse of loopback", fmt.Sprint(must(a.LookupAddr(netip.IPv6Loopback()))), "[localhost]")
	equal(t, "own name without a link", look(c, "c"), "[100.64.0.1]")
	equal(t, "that name elsewhere", look(a, "c"), "[100.64.0.1]")

	a.SetHosts(table{"pinned": "9.9.9.9", "bob": "8.8.8.8"})
	equal(t, "hosts file first", look(a, "bob"), "[8.8.8.8]")
	a.SetResolver(table{"x.example": "7.7.7.7"})
	equal(t, "resolver", look(a, "x.example"), "[7.7.7.7]")
	equal(t, "own name in spite of the resolver", look(a, "A"), fmt.Sprint(a.Addrs()))
	equal(t, "resolver instead of the network", look(a, "c"), "lookup c: host not found")
	equal(t, "hosts file before resolver", look(a, "pinned"), "[9.9.9.9]")
	equal(t, "reverse by resolver", fmt.Sprint(must(a.LookupAddr(netip.MustParseAddr("7.7.7.7")))), "[x.example]")
}

// table is a Resolver of fixed names.
type table map[string]string

func (r table) LookupHost(name string) ([]netip.Addr, error) {
	if a, known := r[name]; known {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
}

func (r table) LookupAddr(a netip.Addr) ([]string, error) {
	for name, b := range r {
		if b == a.String() {
			return []string{name}, nil
		}
	}
	return nil, &stack.LookupError{Name: a.String(), Err: stack.ErrHostNotFound}
}

func TestCrashAndRestart(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	s := w.udp(b, 53)
	reached := false
	b.Group().Go("server", func() {
		w.receive(s)
		reached = true
	})
	before := addr4(b)
	var drops []Reason
	w.Observe(func(e Event) {
		if e.Kind == Dropped {
			drops = append(drops, e.Reason)
		}
	})
	w.run(func() {
		w.sched.Sleep(time.Second)
		b.Crash()
		if !s.Closed() {
			t.Error("the socket is still open")
		}
		_, err := b.Socket(stack.UDP, stack.IPv4)
		wantErr(t, "socket of a crashed host", err, stack.ErrHostDown)
		_, err = a.Ping(before, PingOptions{})
		wantErr(t, "ping of a crashed host", err, stack.ErrTimedOut)
		b.Restart()
		equal(t, "address", addr4(b), before)
		_, err = a.Ping(before, PingOptions{})
		ok(t, err)
		equal(t, "port 53 is free again", w.udp(b, 53).FD(), firstFD)
	})
	equal(t, "drops", fmt.Sprint(drops), "[host down]")
	if reached {
		t.Error("the server's task went on")
	}
}
