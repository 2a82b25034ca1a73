package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

var home = netip.MustParseAddr("127.0.0.1")

// TestLoopbackBounded sends a host datagrams of its own without ever waiting: what the receive buffer has no room for is dropped at once, and
// no packet is left over.
func TestLoopbackBounded(t *testing.T) {
	for _, to := range []string{"127.0.0.1", "::1", "10.0.1.1", "224.0.0.251", "10.0.1.255"} {
		w := newWorld(t, 1)
		a := w.host("a")
		w.link(a, w.host("b"), LinkOptions{Shape: Shape{Rate: 1e6}})
		dst := netip.MustParseAddr(to)
		var s, c *udpSocket
		if dst.Is6() {
			s, c = must(a.Socket(stack.UDP, stack.IPv6)).(*udpSocket), must(a.Socket(stack.UDP, stack.IPv6)).(*udpSocket)
			ok(t, s.Bind(ap(netip.IPv6Unspecified(), 9)))
		} else {
			s, c = w.udp(a, 9), w.udp(a, 0)
		}
		w.run(func() {
			ok(t, c.SetOption(stack.Broadcast, true))
			if dst.IsMulticast() {
				ok(t, s.SetOption(stack.AddMembership, stack.Membership{Group: dst}))
			}
			for range 10000 {
				must(c.WriteTo(make([]byte, 1000), ap(dst, 9)))
			}
			if s.queued > s.opt.recvBuffer || s.queued < s.opt.recvBuffer/2 {
				t.Errorf("%s: %d bytes wait, the receive buffer is %d", to, s.queued, s.opt.recvBuffer)
			}
			if n := len(w.free); a.looped.n > 0 || n > 200 {
				t.Errorf("%s: %d packets under way, %d used", to, a.looped.n, n)
			}
			if got := int(s.overflow) + w.count(s); got != 10000 {
				t.Errorf("%s: %d datagrams delivered or dropped, want 10000", to, got)
			}
		})
	}
}

// TestLoopbackRefused sends to a port of one's own that nobody has: the error is there when the next datagram is sent, as on Linux.
func TestLoopbackRefused(t *testing.T) {
	w := newWorld(t, 1)
	c := w.udp(w.host("a"), 0)
	w.run(func() {
		ok(t, c.Connect(ap(home, 9)))
		must(c.Write([]byte("x")))
		_, err := c.Write([]byte("x"))
		wantErr(t, "second write", err, stack.ErrRefused)
		must(c.Write([]byte("x")))
	})
}

// TestLoopbackConnects opens and gives up connections to one's own host, and forges segments, without ever waiting.
func TestLoopbackConnects(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.run(func() {
		for range 5 * maxLooped {
			c := w.socket(w.a)
			wantErr(t, "connect", c.Connect(ap(home, 9)), stack.ErrInProgress)
			ok(t, c.Close())
			ok(t, w.a.Inject(&Packet{Src: home, Dst: home, Proto: TCP, TCP: TCPHeader{SrcPort: 1, DstPort: 2, Flags: ACK}}))
			if w.a.looped.n > maxLooped+1 {
				t.Fatalf("%d packets under way", w.a.looped.n)
			}
		}
		for range 2 * maxLooped {
			c := w.socket(w.a)
			wantErr(t, "connect", c.Connect(ap(home, 9)), stack.ErrInProgress)
			if w.a.looped.n > maxLooped+1 {
				t.Fatalf("%d packets under way", w.a.looped.n)
			}
		}
		w.wait(time.Second)
		for c := w.a.tcp.first; c != nil; c = w.a.tcp.first {
			ok(t, c.Close())
		}
	})
}

// TestLoopbackTCP moves data between two sockets of a host: nothing is lost or sent twice, and no time passes.
func TestLoopbackTCP(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	const size = 32 << 20
	w.run(func() {
		l, c := w.socket(w.a), w.socket(w.a)
		ok(t, l.Bind(ap(home, 80)))
		ok(t, l.Listen(1))
		ok(t, w.connect(c, ap(home, 80)))
		s := w.accept(l)
		began := w.sched.Elapsed()
		w.sched.Root().Go("write", func() { w.write(c, pattern(size, 1)); c.Close() })
		got, err := w.readAll(s)
		ok(t, err)
		equal(t, "bytes", len(got), size)
		equal(t, "segments sent again", c.stats.Retransmits, 0)
		equal(t, "time", w.sched.Elapsed()-began, 0)
		s.Close()
		l.Close()
	})
}

// TestLinkBounded floods other hosts over links that have no queue to fill without ever waiting.
func TestLinkBounded(t *testing.T) {
	for name, shape := range map[string]Shape{
		"ideal":     {},
		"reordered": {Reorder: 1},
		"endless":   {Rate: 1e6, Queue: Unlimited},
	} {
		w := newWorld(t, 1)
		a, b := w.host("a"), w.host("b")
		l := w.link(a, b, LinkOptions{Shape: shape})
		s, c := w.udp(b, 9), w.udp(a, 0)
		w.run(func() {
			d := &l.dirs[AB]
			for d.stats.QueueFull == 0 && d.packets < 100000 {
				must(c.WriteTo(make([]byte, 1000), ap(addr4(b), 9)))
			}
			if d.stats.QueueFull == 0 || d.held() > maxHeld+2000 || d.packets < 50000 {
				t.Errorf("%s: %d packets of 1028 bytes and none dropped, %d bytes held", name, d.packets, d.held())
			}
			w.sched.Sleep(time.Hour)
			equal(t, name+": held when all have arrived", d.held(), 0)
			w.count(s)
			must(c.WriteTo(nil, ap(addr4(b), 9)))
			l.SetUp(false)
			w.sched.Sleep(time.Hour)
			equal(t, name+": held when the link was down", d.held(), 0)
		})
	}
}
