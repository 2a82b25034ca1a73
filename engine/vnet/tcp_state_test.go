package vnet

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A tcpScript talks to one socket on host b by segments made by hand; what the socket sends is collected instead of delivered.
type tcpScript struct {
	*tcpWorld
	sent  []Packet
	local netip.AddrPort // the script's own address
	to    netip.AddrPort
	seq   uint32 // next of the script
	ack   uint32
}

func newTCPScript(t *testing.T) *tcpScript {
	s := &tcpScript{tcpWorld: newTCPWorld(t, 7, LinkOptions{})}
	s.local = netip.AddrPortFrom(s.aAddr, 4000)
	s.to = netip.AddrPortFrom(s.bAddr, 80)
	s.net.Observe(func(e Event) {
		if e.Kind == Sent && e.Node == "b" {
			s.sent = append(s.sent, *e.Packet.Clone())
		}
	})
	s.link.SetFilter(BA, func(*Packet) bool { return true })
	return s
}

// inject makes host b receive a segment; seq and ack are relative to the script's own numbers.
func (s *tcpScript) inject(flags TCPFlags, seq, ack int, data string) {
	p := s.net.newPacket()
	p.Src, p.Dst, p.Proto = s.local.Addr(), s.to.Addr(), TCP
	p.TCP = TCPHeader{SrcPort: s.local.Port(), DstPort: s.to.Port(), Seq: s.seq + uint32(seq), Ack: s.ack + uint32(ack), Flags: flags, Window: 60000}
	p.Payload = []byte(data)
	s.b.receiveTCP(p)
	s.net.freePacket(p)
}

// answer returns and forgets what b sent, as flags and the lengths relative to the script's numbers.
func (s *tcpScript) answer() []string {
	var out []string
	for _, p := range s.sent {
		out = append(out, flagNames(p.TCP.Flags)+" "+itoa(int(int32(p.TCP.Seq-s.ack)))+" "+itoa(int(int32(p.TCP.Ack-s.seq))))
	}
	s.sent = nil
	return out
}

func itoa(n int) string {
	if n < 0 {
		return "-" + itoa(-n)
	}
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func flagNames(f TCPFlags) string {
	s := ""
	for i, n := range []string{"F", "S", "R", "P", "A", "U"} {
		if f&(1<<i) != 0 {
			s += n
		}
	}
	return s
}

// open leads a socket of b that the script connects to, into ESTABLISHED; the script's next byte is then seq 0, b's ack 0.
func (s *tcpScript) open() *tcpSocket {
	l := s.listener(80, 1)
	s.seq = 1000
	s.inject(SYN, 0, 0, "")
	s.seq++
	s.ack = s.sent[0].TCP.Seq + 1
	s.inject(ACK, 0, 0, "")
	c := s.accept(l)
	l.Close()
	s.sent = nil
	return c
}

// into leads an established socket into another state.
func (s *tcpScript) into(c *tcpSocket, state tcpState) {
	switch state {
	case tcpFinWait1, tcpFinWait2, tcpClosing, tcpTimeWait:
		c.Shutdown(stack.ShutWrite)
	case tcpCloseWait, tcpLastAck:
		s.inject(FIN|ACK, 0, 0, "")
	}
	switch state {
	case tcpLastAck:
		c.Shutdown(stack.ShutWrite)
	case tcpFinWait2, tcpTimeWait:
		s.inject(ACK, 0, 1, "")
	case tcpClosing:
		s.inject(FIN|ACK, 0, 0, "")
	}
	if state == tcpTimeWait {
		s.inject(FIN|ACK, 0, 1, "")
	}
	if c.state != state {
		s.t.Fatalf("got into %v instead of %v", c.state, state)
	}
	s.sent = nil
}

// TestTCPStates injects one segment in each state and looks at what comes back and where it leads.
func TestTCPStates(t *testing.T) {
	peerFin := func(s tcpState) int { // the peer's FIN takes a number in these states
		if s == tcpCloseWait || s == tcpLastAck || s == tcpClosing || s == tcpTimeWait {
			return 1
		}
		return 0
	}
	for _, c := range []struct {
		name   string
		state  tcpState
		flags  TCPFlags
		seq    int // relative to the next the socket expects
		ack    int // relative to its data
		data   string
		answer string // "" is none
		next   tcpState
		err    error
	}{
		{"data in order waits for its ACK", tcpEstablished, ACK, 0, 0, "x", "", tcpEstablished, nil},
		{"data ahead asks for the gap", tcpEstablished, ACK, 5, 0, "x", "A 0 0", tcpEstablished, nil},
		{"old data is acknowledged again", tcpEstablished, ACK, -3, 0, "xyz", "A 0 0", tcpEstablished, nil},
		{"data beyond the window", tcpEstablished, ACK, 1 << 20, 0, "x", "A 0 0", tcpEstablished, nil},
		{"ACK of what was not sent", tcpEstablished, ACK, 0, 9, "", "A 0 0", tcpEstablished, nil},
		{"no ACK flag", tcpEstablished, 0, 0, 0, "x", "", tcpEstablished, nil},
		{"FIN", tcpEstablished, FIN | ACK, 0, 0, "", "A 0 1", tcpCloseWait, nil},
		{"data and FIN", tcpEstablished, FIN | ACK, 0, 0, "abc", "A 0 4", tcpCloseWait, nil},
		{"RST in order", tcpEstablished, RST, 0, 0, "", "", tcpClosed, stack.ErrReset},
		{"RST in the window but not in order", tcpEstablished, RST, 5, 0, "", "A 0 0", tcpEstablished, nil},
		{"RST outside", tcpEstablished, RST, -5, 0, "", "", tcpEstablished, nil},
		{"SYN in the window", tcpEstablished, SYN, 5, 0, "", "A 0 0", tcpEstablished, nil},
		{"our FIN is acknowledged", tcpFinWait1, ACK, 0, 1, "", "", tcpFinWait2, nil},
		{"simultaneous close", tcpFinWait1, FIN | ACK, 0, 0, "", "A 1 1", tcpClosing, nil},
		{"FIN with the ACK of ours", tcpFinWait1, FIN | ACK, 0, 1, "", "A 1 1", tcpTimeWait, nil},
		{"RST", tcpFinWait1, RST, 0, 0, "", "", tcpClosed, stack.ErrReset},
		{"data after our FIN", tcpFinWait2, ACK, 0, 1, "x", "", tcpFinWait2, nil},
		{"FIN", tcpFinWait2, FIN | ACK, 0, 1, "", "A 1 1", tcpTimeWait, nil},
		{"FIN again", tcpCloseWait, FIN | ACK, -1, 0, "", "A 0 1", tcpCloseWait, nil},
		{"RST", tcpCloseWait, RST, 0, 0, "", "", tcpClosed, stack.ErrPipe},
		{"ACK of our FIN", tcpClosing, ACK, 0, 1, "", "", tcpTimeWait, nil},
		{"RST", tcpClosing, RST, 0, 0, "", "", tcpClosed, nil},
		{"ACK of our FIN", tcpLastAck, ACK, 0, 1, "", "", tcpClosed, nil},
		{"ACK of nothing new", tcpLastAck, ACK, 0, 0, "", "", tcpLastAck, nil},
		{"FIN again", tcpTimeWait, FIN | ACK, -1, 1, "", "A 1 1", tcpTimeWait, nil},
		{"RST", tcpTimeWait, RST, 0, 0, "", "", tcpClosed, nil},
	} {
		t.Run(c.state.String()+" "+c.name, func(t *testing.T) {
			s := newTCPScript(t)
			s.run(func() {
				sock := s.open()
				s.into(sock, c.state)
				s.inject(c.flags, c.seq+peerFin(c.state), c.ack, c.data)
				got := ""
				for _, a := range s.answer() {
					got += a
				}
				if got != c.answer {
					t.Errorf("answer %q, want %q", got, c.answer)
				}
				if sock.state != c.next {
					t.Errorf("state %v, want %v", sock.state, c.next)
				}
				if err := sock.TakeError(); err != c.err {
					t.Errorf("error %v, want %v", err, c.err)
				}
			})
		})
	}
}

// TestTCPNoConnection checks the answers to segments for which there is nothing (RFC 9293 section 3.10.7.1).
func TestTCPNoConnection(t *testing.T) {
	for _, c := range []struct {
		flags TCPFlags
		data  string
		want  string
	}{{SYN, "", "RA 0 1"}, {ACK, "abc", "R 0 0"}, {FIN, "abc", "RA 0 4"}, {RST, "", ""}, {RST | ACK, "", ""}} {
		s := newTCPScript(t)
		s.run(func() {
			s.inject(c.flags, 0, 0, c.data)
			got := ""
			for _, p := range s.sent {
				got = flagNames(p.TCP.Flags) + " " + itoa(int(p.TCP.Seq)) + " " + itoa(int(p.TCP.Ack))
			}
			if got != c.want {
				t.Errorf("%s %q: %q, want %q", flagNames(c.flags), c.data, got, c.want)
			}
		})
	}
}

// TestTCPSimultaneousOpen connects two bound sockets to each other at the same instant.
func TestTCPSimultaneousOpen(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 10 * time.Millisecond}})
	a, b := w.socket(w.a), w.socket(w.b)
	aAddr, bAddr := netip.AddrPortFrom(w.aAddr, 1000), netip.AddrPortFrom(w.bAddr, 2000)
	w.run(func() {
		ok(t, a.Bind(aAddr))
		ok(t, b.Bind(bAddr))
		wantErr(t, "connect", a.Connect(bAddr), stack.ErrInProgress)
		wantErr(t, "connect", b.Connect(aAddr), stack.ErrInProgress)
		wantErr(t, "connect again", a.Connect(bAddr), stack.ErrAlready)
		w.wait(15 * time.Millisecond)
		if a.state != tcpSynReceived || b.state != tcpSynReceived {
			t.Errorf("after the SYNs: %v, %v", a, b)
		}
		w.wait(time.Second)
		ok(t, w.write(a, []byte("from a")))
		ok(t, w.write(b, []byte("from b")))
		a.Shutdown(stack.ShutWrite)
		b.Shutdown(stack.ShutWrite)
		for _, c := range []*tcpSocket{a, b} {
			if got, err := w.readAll(c); err != nil || len(got) != 6 {
				t.Errorf("%v: %q, %v", c, got, err)
			}
		}
		w.wait(time.Second)
		if a.state != tcpTimeWait || b.state != tcpTimeWait {
			t.Errorf("after a simultaneous close: %v, %v", a, b)
		}
		a.Close()
		b.Close()
		w.wait(time.Minute + time.Second)
	})
	w.checkClean()
}

// TestTCPSelfConnect connects a socket to its own address.
func TestTCPSelfConnect(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.run(func() {
		c := w.socket(w.a)
		ok(t, c.Bind(netip.MustParseAddrPort("127.0.0.1:5000")))
		ok(t, w.connect(c, c.LocalAddr()))
		ok(t, w.write(c, []byte("echo")))
		buf := make([]byte, 10)
		n, err := stack.NewConn(w.sched, c).Read(buf)
		if err != nil || string(buf[:n]) != "echo" {
			t.Errorf("%q, %v", buf[:n], err)
		}
		c.Shutdown(stack.ShutWrite)
		if _, err := stack.NewConn(w.sched, c).Read(buf); err != io.EOF {
			t.Errorf("after half-close: %v", err)
		}
		c.Close()
		w.wait(2 * time.Minute)
	})
	w.checkClean()
}

// TestTCPSequenceWrap carries a connection across sequence number 2^32 in both directions.
func TestTCPSequenceWrap(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond, Loss: 0.02}})
	local, remote := netip.AddrPortFrom(w.aAddr, 1000), netip.AddrPortFrom(w.bAddr, 80)
	near := func(h *Host, l, r netip.AddrPort) {
		for h.tcp.secret = 1; h.initialSeq(l, r) < 1<<32-20000; h.tcp.secret++ {
		}
	}
	near(w.a, local, remote)
	near(w.b, remote, local)
	data := pattern(200000, 3)
	w.run(func() {
		l := w.listener(80, 1)
		c := w.socket(w.a)
		ok(t, c.Bind(local))
		ok(t, w.connect(c, remote))
		s := w.accept(l)
		if c.iss < 1<<32-21000 || s.iss < 1<<32-21000 {
			t.Fatalf("initial sequence numbers %d and %d", c.iss, s.iss)
		}
		for _, end := range []*tcpSocket{c, s} {
			w.sched.Root().Go("write", func() {
				ok(t, w.write(end, data))
				end.Shutdown(stack.ShutWrite)
			})
		}
		for _, end := range []*tcpSocket{c, s} {
			if got, err := w.readAll(end); err != nil || string(got) != string(data) {
				t.Errorf("%v: %d bytes, %v", end, len(got), err)
			}
		}
		if c.sndMax > 1<<31 {
			t.Error("did not wrap around")
		}
	})
}
