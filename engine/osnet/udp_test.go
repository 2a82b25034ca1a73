//go:build linux || darwin

package osnet_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

func TestUDPAgainstGoNet(t *testing.T) {
	p, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	go func() { // echo until closed
		b := make([]byte, 100)
		for {
			n, from, err := p.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			p.WriteToUDPAddrPort(b[:n], from)
		}
	}()
	to := p.LocalAddr().(*net.UDPAddr).AddrPort()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	s, st := world(t, local...)
	run(t, s, func() {
		c, err := st.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		b := make([]byte, 3)
		for _, message := range []string{"hi", "", "long one"} { // an empty datagram is one, and what is too long is cut
			if n, err := c.WriteToAddrPort([]byte(message), to); n != len(message) || err != nil {
				t.Errorf("%q: WriteTo = %d, %v", message, n, err)
			}
			n, from, err := c.ReadFromAddrPort(b)
			if string(b[:n]) != message[:min(3, len(message))] || from != to || err != nil {
				t.Errorf("%q: ReadFrom = %q from %v, %v", message, b[:n], from, err)
			}
		}
		if _, err := c.WriteToAddrPort(make([]byte, 70000), to); !errors.Is(err, stack.ErrMessageSize) {
			t.Errorf("a datagram too long: %v", err)
		}
		if _, err := c.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 9}); stack.Code(err) != "denied" {
			t.Errorf("WriteTo what no rule covers = %v", err)
		}
	})
}

func TestUDPConnectRefusedAndDisconnect(t *testing.T) {
	closed := freePort(t)
	s, st := world(t, local...)
	run(t, s, func() {
		c, err := st.Dial("udp", closed.String())
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		c.Write([]byte("x"))
		c.SetReadDeadline(st.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, stack.ErrRefused) {
			t.Errorf("Read = %v, want the ICMP error", err)
		}
		sock := c.Socket()
		if sock.RemoteAddr() != closed {
			t.Errorf("peer %v, want %v", sock.RemoteAddr(), closed)
		}
		if err := sock.Connect(netip.AddrPort{}); err != nil || sock.RemoteAddr().IsValid() {
			t.Errorf("disconnect: %v; peer %v", err, sock.RemoteAddr())
		}
		if _, err := sock.Write([]byte("x")); !errors.Is(err, stack.ErrDestinationRequired) {
			t.Errorf("Write without a peer = %v", err)
		}
	})
}

func TestSocketOfNoFamilyYet(t *testing.T) {
	_, st := world(t, local...)
	for _, k := range []stack.Kind{stack.TCP, stack.UDP} {
		sock, err := st.Socket(k, stack.Any)
		if err != nil {
			t.Fatal(err)
		}
		if sock.FD() != -1 || sock.Closed() || sock.LocalAddr().IsValid() || sock.CanRead() || sock.CanWrite() {
			t.Errorf("%v: has a descriptor: %v", k, sock)
		}
		if err := sock.Listen(1); err != error(stack.ErrBadDescriptor) {
			t.Errorf("%v: Listen = %v", k, err)
		}
		if err := sock.Bind(netip.MustParseAddrPort("127.0.0.1:0")); err != nil || sock.Family() != stack.IPv4 || sock.FD() < 0 {
			t.Errorf("%v: Bind = %v, family %v", k, err, sock.Family())
		}
		sock.Close()
		if err := sock.Close(); err != nil || sock.FD() != -1 || !sock.Closed() {
			t.Errorf("%v: second Close = %v", k, err)
		}
		if _, err := sock.Read(nil); err != error(stack.ErrBadDescriptor) {
			t.Errorf("%v: Read after Close = %v", k, err)
		}
	}
}

func TestOptions(t *testing.T) {
	_, st := world(t, local...)
	for _, c := range []struct {
		kind   stack.Kind
		family stack.Family
		option stack.Option
		value  any
	}{
		{stack.TCP, stack.IPv4, stack.ReuseAddr, true},
		{stack.TCP, stack.IPv4, stack.ReusePort, true},
		{stack.TCP, stack.IPv4, stack.KeepAlive, true},
		{stack.TCP, stack.IPv4, stack.NoDelay, true},
		{stack.TCP, stack.IPv4, stack.KeepIdle, 77},
		{stack.TCP, stack.IPv4, stack.KeepCount, 7},
		{stack.TCP, stack.IPv4, stack.KeepInterval, 9},
		{stack.TCP, stack.IPv4, stack.Linger, stack.LingerValue{On: true, Timeout: 3 * time.Second}},
		{stack.TCP, stack.IPv4, stack.HopLimit, 5},
		{stack.TCP, stack.IPv6, stack.HopLimit, 5},
		{stack.TCP, stack.IPv6, stack.V6Only, false},
		{stack.UDP, stack.IPv4, stack.Broadcast, true},
		{stack.UDP, stack.IPv4, stack.DontRoute, true},
		{stack.UDP, stack.IPv4, stack.MulticastHops, 4},
		{stack.UDP, stack.IPv4, stack.MulticastLoop, false},
		{stack.UDP, stack.IPv4, stack.MulticastIf, netip.MustParseAddr("127.0.0.1")},
	} {
		sock, err := st.Socket(c.kind, c.family)
		if err != nil {
			t.Log(err) // a machine without IPv6
			continue
		}
		if err := sock.SetOption(c.option, c.value); err != nil {
			t.Errorf("option %d of %v: %v", c.option, c.kind, err)
		}
		if got, err := sock.Option(c.option); got != c.value || err != nil {
			t.Errorf("option %d of %v = %v, %v; want %v", c.option, c.kind, got, err, c.value)
		}
		if err := sock.SetOption(c.option, 1.5); !errors.Is(err, stack.ErrInvalid) {
			t.Errorf("option %d of a wrong type: %v", c.option, err)
		}
		sock.Close()
	}
	sock, err := st.Socket(stack.UDP, stack.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	join := stack.Membership{Group: netip.MustParseAddr("239.1.2.3")}
	if err := sock.SetOption(stack.AddMembership, join); stack.Code(err) != "denied" {
		t.Errorf("joining a group that no rule covers: %v", err)
	}
}

func TestLookups(t *testing.T) {
	s, st := world(t, "example.test:80")
	run(t, s, func() {
		addrs, err := st.LookupHost("localhost")
		if err != nil || len(addrs) == 0 || !addrs[0].Is4() || !addrs[0].IsLoopback() {
			t.Errorf("localhost = %v, %v", addrs, err)
		}
		if addrs, err := st.LookupHost("::1"); err != nil || len(addrs) != 1 || addrs[0] != netip.IPv6Loopback() {
			t.Errorf("::1 = %v, %v", addrs, err)
		}
		if _, err := st.LookupHost("other.test"); stack.Code(err) != "denied" || err.Error() != "osnet: lookup other.test: denied (to allow it: --allow other.test:*)" {
			t.Errorf("a name of no rule: %v", err)
		}
		if _, err := st.LookupAddr(netip.MustParseAddr("192.0.2.1")); stack.Code(err) != "denied" {
			t.Errorf("an address of no rule: %v", err)
		}
	})
	if i := st.Interfaces(); len(i) == 0 || len(i[0].Prefixes) == 0 || !i[0].Prefixes[0].Addr().IsLoopback() {
		t.Errorf("interfaces: %v", i)
	}
}

// TestUDPAnswers lets peers that no rule covers write to sockets.
func TestUDPAnswers(t *testing.T) {
	peer := func() (*net.UDPConn, netip.AddrPort) {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		a := c.LocalAddr().(*net.UDPAddr).AddrPort()
		return c, netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	place, at := peer() // a port that nobody else gets
	caller, from := peer()
	_, silent := peer()
	known, allowed := peer()
	place.Close()
	s, st := world(t, at.String()+"/udp", allowed.String()+"/udp")
	run(t, s, func() {
		c, err := st.ListenPacket("udp", at.String())
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		b := make([]byte, 10)
		if _, err := c.WriteToAddrPort(b, from); stack.Code(err) != "denied" {
			t.Errorf("to one who has not written yet: %v", err)
		}
		for range 2 {
			caller.WriteToUDPAddrPort([]byte("hi"), at)
			if _, got, err := c.ReadFromAddrPort(b); got != from || err != nil {
				t.Errorf("from %v, %v", got, err)
			}
		}
		for i := range 33 {
			_, err := c.WriteToAddrPort([]byte("answer"), from)
			if allowed := i < 2*16; allowed != (err == nil) || !allowed && stack.Code(err) != "denied" {
				t.Errorf("answer %d: %v", i, err)
			}
		}
		if n, err := caller.Read(b); string(b[:n]) != "answer" || err != nil {
			t.Errorf("the caller got %q, %v", b[:n], err)
		}
		if _, err := c.WriteToAddrPort(b, silent); stack.Code(err) != "denied" {
			t.Errorf("to one who did not write: %v", err)
		}

		// A socket that was not bound is a client: it does not answer strangers.
		client, err := st.Socket(stack.UDP, stack.IPv4)
		if err != nil {
			t.Error(err)
			return
		}
		defer client.Close()
		if _, err := client.WriteTo([]byte("hi"), allowed); err != nil {
			t.Error(err)
		}
		if _, back, err := known.ReadFromUDPAddrPort(b); err == nil {
			caller.WriteToUDPAddrPort([]byte("hi"), back)
		}
		for !client.CanRead() {
			s.Wait(sim.Wait{Call: "receive"}, time.Time{}, client.Readable())
		}
		if _, got, err := client.ReadFrom(b); got != from || err != nil {
			t.Errorf("the client got a datagram from %v, %v", got, err)
		}
		if _, err := client.WriteTo(b, from); stack.Code(err) != "denied" {
			t.Errorf("a client answered a stranger: %v", err)
		}
	})
}
