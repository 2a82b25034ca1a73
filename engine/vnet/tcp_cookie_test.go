package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// flood sends n SYNs for port 80 of host b from addresses that nobody has.
func (w *tcpWorld) flood(n int) {
	for k := range n {
		ok(w.t, w.a.Inject(&Packet{Src: netip.AddrFrom4([4]byte{203, 0, 113, byte(k)}), Dst: w.bAddr, Proto: TCP,
			TCP: TCPHeader{SrcPort: uint16(1000 + k), DstPort: 80, Seq: uint32(k), Flags: SYN, Window: 65535, MSS: 1460}}))
	}
	w.wait(time.Millisecond)
}

func TestSynFloodFillsTheQueue(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.b.SetTCP(TCPConfig{SynQueue: 16})
	w.run(func() {
		w.listener(80, 5)
		w.flood(20)
		equal(t, "half-open connections", len(w.b.TCPConnections()), 16)
		equal(t, "state", w.b.TCPConnections()[0].State, "SYN-RECV")
		equal(t, "dropped", w.b.TCPListenCounters().SynQueueFull, 4)
		c := w.socket(w.a)
		err := stack.Connect(w.sched, c, netip.AddrPortFrom(w.bAddr, 80), w.sched.Now().Add(10*time.Second))
		if err == nil {
			t.Error("a client got in while the queue was full")
		}
	})
}

func TestSynCookies(t *testing.T) {
	for _, mtu := range []int{1500, 576, 9000} {
		w := newTCPWorld(t, 1, LinkOptions{MTU: mtu, Shape: Shape{Delay: time.Millisecond}})
		w.b.SetTCP(TCPConfig{SynQueue: 16, SynCookies: true})
		w.run(func() {
			l := w.listener(80, 5)
			w.flood(50)
			c := w.socket(w.a)
			ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
			s := w.accept(l)
			data := pattern(300_000, 1)
			w.sched.Root().Go("sender", func() {
				ok(t, w.write(c, data))
				c.Close()
			})
			got, err := w.readAll(s)
			if err != nil || string(got) != string(data) {
				t.Errorf("MTU %d: %d bytes came through, %v", mtu, len(got), err)
			}
			equal(t, "taken", w.b.TCPListenCounters().CookiesTaken, 1)
			equal(t, "sent", w.b.TCPListenCounters().CookiesSent, 35)
			if s.mss > mtu-40 || 2*s.mss < mtu-40 {
				t.Errorf("MTU %d: the connection's segments are %d bytes", mtu, s.mss)
			}
			s.Close()
		})
	}
}

// A cookie is good for its connection and its time only.
func TestForgedCookies(t *testing.T) {
	s := newTCPScript(t)
	s.b.SetTCP(TCPConfig{SynQueue: 1, SynCookies: true})
	s.run(func() {
		l := s.listener(80, 5)
		ack := func(port uint16, seq, ack uint32) {
			s.sent = nil
			ok(t, s.a.Inject(&Packet{Src: s.aAddr, Dst: s.bAddr, Proto: TCP,
				TCP: TCPHeader{SrcPort: port, DstPort: 80, Seq: seq, Ack: ack, Flags: ACK, Window: 1000}}))
			s.wait(time.Millisecond)
		}
		ack(5000, 8, 1)
		equal(t, "refused before any cookie was sent", s.b.TCPListenCounters().CookiesRefused, 0)
		s.flood(1)
		syn := func() uint32 {
			s.sent = nil
			ok(t, s.a.Inject(&Packet{Src: s.aAddr, Dst: s.bAddr, Proto: TCP, TCP: TCPHeader{SrcPort: 5000, DstPort: 80, Seq: 7, Flags: SYN, Window: 1000, MSS: 1460}}))
			s.wait(time.Millisecond)
			return s.sent[0].TCP.Seq
		}
		cookie := syn()
		for _, wrong := range []struct {
			port     uint16
			seq, ack uint32
		}{{5001, 8, cookie + 1}, {5000, 9, cookie + 1}, {5000, 8, cookie + 2}, {5000, 8, cookie + 1 + 1<<24}, {5000, 8, cookie + 1 + 1<<27}} {
			ack(wrong.port, wrong.seq, wrong.ack)
			if len(s.sent) != 1 || s.sent[0].TCP.Flags&RST == 0 {
				t.Errorf("%v was not answered by a reset: %v", wrong, s.answer())
			}
		}
		equal(t, "refused", s.b.TCPListenCounters().CookiesRefused, 5)
		s.wait(3 * cookieTick)
		ack(5000, 8, cookie+1)
		equal(t, "taken after its time", s.b.TCPListenCounters().CookiesTaken, 0)
		s.flood(1) // the first half-open connection has been given up
		cookie = syn()
		s.wait(cookieTick)
		ack(5000, 8, cookie+1)
		equal(t, "taken in the next tick", s.b.TCPListenCounters().CookiesTaken, 1)
		if c, err := l.Accept(); err != nil {
			t.Error(err)
		} else {
			equal(t, "peer", c.RemoteAddr().Port(), uint16(5000))
		}
	})
}

// TestTCPBetweenTwo checks that TCP takes no connection from or to a broadcast address, and answers nothing there.
func TestTCPBetweenTwo(t *testing.T) {
	all, subnet := netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("10.0.1.255")
	w := newTCPWorld(t, 1, LinkOptions{})
	for _, p := range []Packet{{Src: w.aAddr, Dst: all}, {Src: w.aAddr, Dst: subnet}, {Src: all, Dst: w.bAddr}, {Src: subnet, Dst: w.bAddr}} {
		for _, port := range []uint16{80, 81} {
			w := newTCPWorld(t, 1, LinkOptions{})
			answers := w.watch("b", func(*Packet) bool { return true })
			w.run(func() {
				l := w.listener(80, 5)
				p.Proto, p.TCP = TCP, TCPHeader{SrcPort: 1000, DstPort: port, Flags: SYN, Window: 1000}
				ok(t, w.a.Inject(&p))
				w.wait(2 * time.Second)
				equal(t, "handshakes", l.listen.opening, 0)
			})
			if len(*answers) != 0 {
				t.Errorf("%v to %v, port %d: %d answers", p.Src, p.Dst, port, len(*answers))
			}
		}
	}
}

func TestInjectRefuses(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	v6 := netip.MustParseAddr("2001:db8::9")
	for _, p := range []Packet{
		{}, {Src: w.aAddr}, {Dst: w.bAddr}, {Src: v6, Dst: w.bAddr}, {Src: netip.MustParseAddr("224.0.0.1"), Dst: w.bAddr},
		{Src: netip.MustParseAddr("::ffff:1.2.3.4"), Dst: v6}, {Src: netip.MustParseAddr("fe80::1%eth0"), Dst: v6},
	} {
		if w.a.Inject(&p) == nil {
			t.Errorf("%v to %v was taken", p.Src, p.Dst)
		}
	}
	wantErr(t, "too long", w.a.Inject(&Packet{Src: w.aAddr, Dst: w.bAddr, Proto: UDP, Payload: make([]byte, 70000)}), stack.ErrMessageSize)
	wantErr(t, "no route", w.a.Inject(&Packet{Src: w.aAddr, Dst: netip.MustParseAddr("198.51.100.1"), Proto: UDP}), stack.ErrNetUnreachable)
	w.a.Crash()
	wantErr(t, "down", w.a.Inject(&Packet{Src: w.aAddr, Dst: w.bAddr, Proto: UDP}), stack.ErrHostDown)
}
