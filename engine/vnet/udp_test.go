package vnet

import (
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

func TestUDPSocket(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	w.run(func() {
		s, c := w.udp(b, 53), w.udp(a, 0)
		to := ap(addr4(b), 53)
		buf := make([]byte, 100)
		_, _, err := c.ReadFrom(buf)
		wantErr(t, "read on an unbound socket", err, stack.ErrWouldBlock)
		_, err = c.Write([]byte("x"))
		wantErr(t, "write without a peer", err, stack.ErrDestinationRequired)
		_, err = c.WriteTo([]byte("x"), ap(addr4(b), 0))
		wantErr(t, "port 0", err, stack.ErrInvalid)
		_, err = c.WriteTo([]byte("x"), ap(addr6(b), 53))
		wantErr(t, "IPv6 on an IPv4 socket", err, stack.ErrFamily)
		_, err = c.WriteTo(make([]byte, 65508), to)
		wantErr(t, "too long", err, stack.ErrMessageSize)
		wantErr(t, "listen", c.Listen(1), stack.ErrNotSupported)
		wantErr(t, "shutdown without a peer", c.Shutdown(stack.ShutBoth), stack.ErrNotConnected)

		must(c.WriteTo(nil, to))
		must(c.WriteTo(make([]byte, 65507), to))
		must(c.WriteTo([]byte("0123456789"), to))
		got, from := w.receive(s)
		equal(t, "empty datagram", got, "")
		equal(t, "from", from.Addr(), addr4(a))
		if from.Port() < firstEphemeral || from.Port() > lastEphemeral || from.Port() != c.LocalAddr().Port() {
			t.Errorf("port %d", from.Port())
		}
		got, _ = w.receive(s)
		equal(t, "longest datagram", len(got), 65507)
		w.sched.Sleep(time.Second)
		n, _, err := s.ReadFrom(buf[:4])
		ok(t, err)
		equal(t, "cut datagram", string(buf[:n]), "0123")
		equal(t, "the rest is gone", s.CanRead(), false)
		ok(t, c.Close())
		ok(t, c.Close())
		_, err = c.Write([]byte("x"))
		wantErr(t, "write after close", err, stack.ErrBadDescriptor)
		equal(t, "descriptor", c.FD(), -1)
	})
}

func TestUDPConnected(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	w.run(func() {
		s, other, c := w.udp(b, 53), w.udp(b, 54), w.udp(a, 0)
		ok(t, c.Connect(ap(addr4(b), 53)))
		equal(t, "local", c.LocalAddr().Addr(), addr4(a))
		must(c.Write([]byte("x")))
		_, from := w.receive(s)
		must(other.WriteTo([]byte("not from the peer"), from))
		must(s.WriteTo([]byte("from the peer"), from))
		got, _ := w.receive(c)
		equal(t, "received", got, "from the peer")
		// A closed port answers with an ICMP error, which the next call returns once.
		s.Close()
		must(c.Write([]byte("x")))
		w.sched.Sleep(time.Second)
		if !c.CanRead() {
			t.Error("the error does not make the socket readable")
		}
		_, err := c.Read(make([]byte, 9))
		wantErr(t, "read", err, stack.ErrRefused)
		_, err = c.Read(make([]byte, 9))
		wantErr(t, "read again", err, stack.ErrWouldBlock)
		ok(t, c.Shutdown(stack.ShutRead))
		_, err = c.Read(make([]byte, 9))
		wantErr(t, "read after shutdown", err, io.EOF)
		ok(t, c.Connect(netip.AddrPort{}))
		equal(t, "peer", c.RemoteAddr().IsValid(), false)
		equal(t, "local after disconnecting", c.LocalAddr().Addr(), netip.IPv4Unspecified())
	})
}

func TestUDPDualStack(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	w.run(func() {
		s := must(b.Socket(stack.UDP, stack.IPv6)).(*udpSocket)
		ok(t, s.Bind(ap(netip.IPv6Unspecified(), 53)))
		c := w.udp(a, 0)
		must(c.WriteTo([]byte("x"), ap(addr4(b), 53)))
		_, from := w.receive(s)
		equal(t, "from", from.Addr().String(), "::ffff:10.0.1.1")
		must(s.WriteTo([]byte("y"), from))
		got, back := w.receive(c)
		equal(t, "answer", got+" "+back.String(), "y 10.0.1.2:53")
		equal(t, "conflict", errors.Is(w.udp(b, 0).Bind(ap(addr4(b), 53)), stack.ErrAddrInUse), true)
		s.Close()
		s = must(b.Socket(stack.UDP, stack.IPv6)).(*udpSocket)
		ok(t, s.SetOption(stack.V6Only, true))
		ok(t, s.Bind(ap(netip.IPv6Unspecified(), 53)))
		wantErr(t, "V6Only once bound", s.SetOption(stack.V6Only, false), stack.ErrInvalid)
		w.udp(b, 53)
		_, err := s.WriteTo([]byte("x"), from)
		wantErr(t, "IPv4 on an IPv6 socket", err, stack.ErrNetUnreachable)
	})
}

func TestUDPReceiveBuffer(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	s, c := w.udp(b, 53), w.udp(a, 0)
	ok(t, s.SetOption(stack.RecvBuffer, 5*(100+udp4)))
	w.run(func() {
		for range 8 {
			must(c.WriteTo(make([]byte, 100), ap(addr4(b), 53)))
		}
	})
	equal(t, "in the table", b.Sockets()[0].RecvQueue, 5*(100+udp4))
	equal(t, "kept", w.count(s), 5)
	equal(t, "dropped", s.overflow, 3)
}

// Who gets a datagram: the connected socket before the one bound to the address before the one bound to all.
func TestUDPDemux(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	c := w.udp(a, 7000)
	var all [3]*udpSocket
	for k, local := range []netip.Addr{netip.IPv4Unspecified(), addr4(b), addr4(b)} {
		all[k] = w.udp(b, 0)
		ok(t, all[k].SetOption(stack.ReuseAddr, true))
		ok(t, all[k].Bind(ap(local, 53)))
	}
	ok(t, all[1].Connect(ap(addr4(a), 7000))) // not the last that was bound, which would win a tie
	all[1], all[2] = all[2], all[1]
	for k := 2; k >= 0; k-- {
		w.run(func() { must(c.WriteTo([]byte("x"), ap(addr4(b), 53))) })
		for j, s := range all[:k+1] {
			equal(t, "received", w.count(s), map[bool]int{true: 1}[j == k])
		}
		all[k].Close()
	}
}

func TestUDPReusePort(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(0, LinkOptions{})
	var group []*udpSocket
	for range 4 {
		s := w.udp(b, 0)
		ok(t, s.SetOption(stack.ReusePort, true))
		ok(t, s.Bind(ap(netip.IPv4Unspecified(), 53)))
		group = append(group, s)
	}
	w.run(func() {
		for range 400 {
			c := w.udp(a, 0)
			must(c.WriteTo([]byte("x"), ap(addr4(b), 53)))
			must(c.WriteTo([]byte("x"), ap(addr4(b), 53)))
			w.sched.Sleep(time.Millisecond)
			c.Close()
		}
	})
	for _, s := range group {
		if n := w.count(s); n < 100 || n > 300 || n%2 == 1 {
			t.Errorf("one of four sockets got %d of 800", n)
		}
	}
}

func TestUDPOptions(t *testing.T) {
	w := newWorld(t, 1)
	a, _, _ := w.line(0, LinkOptions{})
	s := must(a.Socket(stack.UDP, stack.IPv6)).(*udpSocket)
	for o, v := range map[stack.Option]any{stack.ReuseAddr: true, stack.ReusePort: true, stack.KeepAlive: true, stack.Broadcast: true,
		stack.DontRoute: true, stack.MulticastLoop: false, stack.V6Only: true, stack.RecvBuffer: 5000, stack.SendBuffer: 6000,
		stack.HopLimit: 7, stack.MulticastHops: 8, stack.Linger: stack.LingerValue{On: true, Timeout: time.Second},
		stack.MulticastIf: addr4(a), stack.BindToDevice: "eth0"} {
		if before, err := s.Option(o); err != nil || before == v {
			t.Errorf("option %d: %v, %v before it is set", o, before, err)
		}
		ok(t, s.SetOption(o, v))
		equal(t, "option", must(s.Option(o)), v)
		wantErr(t, "wrong type", s.SetOption(o, struct{}{}), stack.ErrInvalid)
	}
	for _, o := range []stack.Option{stack.NoDelay, stack.KeepIdle, stack.FastOpen} {
		wantErr(t, "option of TCP", s.SetOption(o, 1), stack.ErrProtocolOption)
	}
	wantErr(t, "no such device", s.SetOption(stack.BindToDevice, "eth9"), stack.ErrNoDevice)
	wantErr(t, "hop limit 256", s.SetOption(stack.HopLimit, 256), stack.ErrInvalid)
	wantErr(t, "V6Only on IPv4", w.udp(a, 0).SetOption(stack.V6Only, true), stack.ErrProtocolOption)
	wantErr(t, "join no group", s.SetOption(stack.AddMembership, stack.Membership{Group: addr4(a)}), stack.ErrInvalid)
}

func TestHopLimitOption(t *testing.T) {
	w := newWorld(t, 1)
	a, b, _ := w.line(3, LinkOptions{})
	s, c := w.udp(b, 9), w.udp(a, 0)
	w.run(func() {
		for limit := 1; limit <= 5; limit++ {
			ok(t, c.SetOption(stack.HopLimit, limit))
			must(c.WriteTo([]byte("x"), ap(addr4(b), 9)))
		}
	})
	equal(t, "arrived with 4 and 5", w.count(s), 2)
}
