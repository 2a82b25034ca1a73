package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestTCPICMP checks what ICMP errors do: they end a connect, and only explain a later timeout.
func TestTCPICMP(t *testing.T) {
	for _, c := range []struct{ icmp, want stack.Errno }{
		{stack.ErrHostUnreachable, stack.ErrHostUnreachable}, {stack.ErrNetUnreachable, stack.ErrNetUnreachable}, {stack.ErrRefused, stack.ErrRefused},
	} {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		w.run(func() {
			about := func(sock *tcpSocket, seq uint32) *Packet {
				return &Packet{Src: sock.local.Addr(), Dst: sock.remote.Addr(), Proto: TCP,
					TCP: TCPHeader{SrcPort: sock.local.Port(), DstPort: sock.remote.Port(), Seq: seq}}
			}
			sock := w.socket(w.a)
			sock.Connect(netip.AddrPortFrom(w.bAddr, 80))
			w.a.tcpError(about(sock, sock.iss+100), c.icmp, true) // not about a segment of ours
			wantErr(t, "forged", sock.TakeError(), nil)
			w.a.tcpError(about(sock, sock.iss), c.icmp, true)
			wantErr(t, "connect", sock.TakeError(), c.want)
			sock.Close()
			sock, peer := w.pair()
			w.link.SetFilter(AB, func(*Packet) bool { return true })
			ok(t, w.write(sock, []byte("x")))
			w.a.tcpError(about(sock, sock.sndUna), c.icmp, true)
			wantErr(t, "established", sock.TakeError(), nil)
			_, err := w.readAll(sock)
			wantErr(t, "timeout", err, c.want)
			sock.Close()
			peer.Close()
		})
	}
}

// TestTCPPathMTU sends through a router whose far link is narrow: the sender learns its MTU and uses it.
func TestTCPPathMTU(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		w := newTCPWorld(t, 1, LinkOptions{})
		r, far := must(w.net.Router("r")), must(w.net.Host("far"))
		must(w.net.Link(w.a, r, LinkOptions{Shape: Shape{Delay: time.Millisecond}, MTU: 4000}))
		must(w.net.Link(r, far, LinkOptions{Shape: Shape{Delay: time.Millisecond}, MTU: 1300}))
		must(w.net.Link(r, w.b, LinkOptions{MTU: 9000}))
		family, index := stack.IPv4, 0
		if v6 {
			family, index = stack.IPv6, 1
		}
		data := pattern(100000, 1)
		w.run(func() {
			far.SetTCP(TCPConfig{})
			l := must(far.Socket(stack.TCP, family)).(*tcpSocket)
			ok(t, l.Bind(netip.AddrPortFrom(far.Addrs()[index], 80)))
			ok(t, l.Listen(1))
			c := must(w.a.Socket(stack.TCP, family)).(*tcpSocket)
			ok(t, w.connect(c, netip.AddrPortFrom(far.Addrs()[index], 80)))
			s := w.accept(l)
			c.mss = 3000 // as if the far host had announced more than its link takes
			start := w.sched.Elapsed()
			ok(t, w.write(c, data))
			c.Close()
			if got, err := w.readAll(s); err != nil || string(got) != string(data) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if took := w.sched.Elapsed() - start; took > 100*time.Millisecond || c.stats.Timeouts > 0 {
				t.Errorf("took %v, %d timeouts", took, c.stats.Timeouts)
			}
			want := 1260
			if v6 {
				want = 1240
			}
			if c.mss != want {
				t.Errorf("MSS %d, want %d", c.mss, want)
			}
		})
	}
}

// TestTCPLinkNarrows lowers the MTU of the sender's own link under way.
func TestTCPLinkNarrows(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond, Rate: 10e6}})
	data := pattern(1000000, 1)
	w.run(func() {
		c, s := w.pair()
		w.sched.Root().Go("write", func() {
			ok(t, w.write(c, data))
			c.Close()
		})
		w.sched.After(100*time.Millisecond, func() { ok(t, w.link.SetMTU(600)) })
		if got, err := w.readAll(s); err != nil || string(got) != string(data) || c.mss != 560 {
			t.Errorf("%d bytes, %v, MSS %d", len(got), err, c.mss)
		}
	})
}
