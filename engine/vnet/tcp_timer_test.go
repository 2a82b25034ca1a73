package vnet

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// watch records when host name sends segments that f picks.
func (w *tcpWorld) watch(name string, f func(p *Packet) bool) *[]time.Duration {
	var at []time.Duration
	w.net.Observe(func(e Event) {
		if e.Kind == Sent && e.Node == name && e.Packet.Proto == TCP && f(e.Packet) {
			at = append(at, e.At)
		}
	})
	return &at
}

// TestTCPSynRetries checks when SYN is sent again and when connect gives up.
func TestTCPSynRetries(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.link.SetFilter(AB, func(*Packet) bool { return true })
	at := w.watch("a", func(p *Packet) bool { return p.TCP.Flags == SYN })
	w.run(func() {
		c := w.socket(w.a)
		wantErr(t, "connect", w.connect(c, netip.AddrPortFrom(w.bAddr, 80)), stack.ErrTimedOut)
		c.Close()
		if now := w.sched.Elapsed(); now != 127*time.Second {
			t.Errorf("gave up at %v", now)
		}
	})
	if want := []time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9, 63e9}; !slices.Equal(*at, want) {
		t.Errorf("SYNs at %v, want %v", *at, want)
	}
	w.checkClean()
}

// TestTCPSynAckRetries checks that a half-open connection is given up, without the listener noticing.
func TestTCPSynAckRetries(t *testing.T) {
	s := newTCPScript(t)
	at := s.watch("b", func(p *Packet) bool { return p.TCP.Flags == SYN|ACK })
	s.run(func() {
		l := s.listener(80, 1)
		s.inject(SYN, 0, 0, "")
		s.wait(2 * time.Minute)
		if l.listen.opening != 0 || l.CanRead() {
			t.Error("the handshake is still under way")
		}
		l.Close()
	})
	if want := []time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9}; !slices.Equal(*at, want) {
		t.Errorf("SYN-ACKs at %v, want %v", *at, want)
	}
	s.checkClean()
}

// TestTCPDataTimeout cuts the link: data is sent again 15 times, doubling up to two minutes, and then the connection times out.
func TestTCPDataTimeout(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	at := w.watch("a", func(p *Packet) bool { return len(p.Payload) > 0 })
	w.run(func() {
		c, s := w.pair()
		w.link.SetBlocked(AB, true)
		start := w.sched.Elapsed()
		ok(t, w.write(c, []byte("x")))
		_, err := w.readAll(c)
		wantErr(t, "read", err, stack.ErrTimedOut)
		if took := w.sched.Elapsed() - start; took < 900*time.Second || took > 950*time.Second {
			t.Errorf("gave up after %v", took)
		}
		c.Close()
		s.Close()
		w.wait(20 * time.Minute)
	})
	if len(*at) != 16 {
		t.Fatalf("sent %d times, want 16: %v", len(*at), *at)
	}
	for i, gap := 2, (*at)[1]-(*at)[0]; i < len(*at); i++ {
		if gap = min(2*gap, maxRTO); (*at)[i]-(*at)[i-1] != gap {
			t.Errorf("retransmission %d came %v after the one before, want %v", i, (*at)[i]-(*at)[i-1], gap)
		}
	}
	w.checkClean()
}

// TestTCPTimeoutAfterRepair checks that a connection which no route carried for a while, and which went on when there was one again, does
// not name that when its peer falls silent later.
func TestTCPTimeoutAfterRepair(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.run(func() {
		c, s := w.pair()
		w.link.SetUp(false)
		ok(t, w.write(c, []byte("x")))
		w.wait(time.Second)
		w.link.SetUp(true)
		w.wait(10 * time.Second)
		if c.sndUna != c.sndMax {
			t.Error("what was lost has not been sent again")
		}
		w.link.SetBlocked(AB, true)
		ok(t, w.write(c, []byte("y")))
		_, err := w.readAll(c)
		wantErr(t, "read", err, stack.ErrTimedOut)
		c.Close()
		s.Close()
		w.wait(20 * time.Minute)
	})
	w.checkClean()
}

// TestTCPKeepAlive checks that a peer that vanished is noticed, and one that is there is left alone.
func TestTCPKeepAlive(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	w.run(func() {
		c, s := w.pair()
		for o, v := range map[stack.Option]any{stack.KeepIdle: 60, stack.KeepInterval: 10, stack.KeepCount: 4} {
			ok(t, c.SetOption(o, v))
		}
		ok(t, c.SetOption(stack.KeepAlive, true))
		w.wait(time.Hour)
		if c.state != tcpEstablished || c.stats.KeepAlives < 50 || c.stats.KeepAlives > 61 {
			t.Errorf("after an hour of silence: %v, %d probes", c, c.stats.KeepAlives)
		}
		w.link.SetBlocked(BA, true)
		heard := c.lastHeard
		_, err := w.readAll(c)
		wantErr(t, "read", err, stack.ErrTimedOut)
		if took := w.sched.Elapsed() - heard; took != 100*time.Second {
			t.Errorf("noticed after %v, want 60 s + 4·10 s", took)
		}
		w.link.SetBlocked(BA, false)
		w.wait(time.Second)
		if _, err := w.read(s); err != stack.ErrReset {
			t.Errorf("the peer got %v", err)
		}
		c.Close()
		s.Close()
	})
	w.checkClean()
}

// TestTCPLastBytesOfWindow fills a receive buffer whose last bytes the scaled window field cannot tell: they are taken at once, and then
// the sender probes ever more rarely.
func TestTCPLastBytesOfWindow(t *testing.T) {
	for size := 10000; size < 10000+1<<windowShift; size += 9 {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		w.b.SetTCP(TCPConfig{RecvBuffer: size})
		w.run(func() {
			c, s := w.pair()
			w.sched.Root().Go("write", func() {
				ok(t, w.write(c, pattern(50000, 1)))
				c.Close()
			})
			w.wait(time.Minute)
			if over := s.recvQueue.n - size; over < 0 || over >= 1<<windowShift || c.stats.Probes > 12 {
				t.Errorf("a buffer of %d bytes: %d more are taken, after %d probes", size, over, c.stats.Probes)
			}
			_, err := w.readAll(s)
			ok(t, err)
			s.Close()
			w.wait(2 * time.Minute)
		})
		w.checkClean()
	}
}

// TestTCPZeroWindow lets the receiver stop reading: the sender stops, probes, and goes on even if the window update is lost.
func TestTCPZeroWindow(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		w.b.SetTCP(TCPConfig{RecvBuffer: 10000})
		data := pattern(50000, 1)
		w.run(func() {
			c, s := w.pair()
			w.sched.Root().Go("write", func() {
				ok(t, w.write(c, data))
				c.Close()
			})
			w.wait(time.Minute)
			if s.recvQueue.n >= 10000+(1<<windowShift) || s.recvQueue.n < 9000 || c.sndWnd > 1460 || c.stats.Probes < 3 {
				t.Errorf("%d bytes wait, window %d, %d probes", s.recvQueue.n, c.sndWnd, c.stats.Probes)
			}
			w.link.SetBlocked(BA, lost)
			buf := make([]byte, 20000)
			n, _ := s.Read(buf)
			w.wait(10 * time.Millisecond)
			w.link.SetBlocked(BA, false)
			got, err := w.readAll(s)
			if string(buf[:n])+string(got) != string(data) || err != nil {
				t.Errorf("%d bytes, %v", n+len(got), err)
			}
			s.Close()
			w.wait(10 * time.Minute)
		})
		w.checkClean()
	}
}

// TestTCPOrphanProbes closes a socket whose peer never reads: the connection is given up in the end, and the run ends.
func TestTCPOrphanProbes(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	w.b.SetTCP(TCPConfig{RecvBuffer: 1000})
	var s *tcpSocket
	w.run(func() {
		c, peer := w.pair()
		s = peer
		c.Write(pattern(5000, 1))
		c.Close()
	})
	if n := len(w.a.tcpSockets()); n != 0 || s.state != tcpEstablished {
		t.Errorf("%d sockets left at the writer, the reader is %v", n, s)
	}
}

// TestTCPBacklog fills the accept queue: later clients are kept waiting and get in when there is room.
func TestTCPBacklog(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	done := 0
	w.run(func() {
		l := w.listener(80, 2)
		for range 6 {
			w.sched.Root().Go("client", func() {
				c := w.socket(w.a)
				ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
				ok(t, w.write(c, []byte("x")))
				done++
			})
		}
		w.wait(500 * time.Millisecond)
		if got := w.b.tcpSockets()[0]; len(l.listen.ready) != 3 || got.RecvQueue != 3 || got.SendQueue != 2 {
			t.Errorf("%d ready, %+v", len(l.listen.ready), got)
		}
		late := w.socket(w.a)
		late.Connect(netip.AddrPortFrom(w.bAddr, 80))
		w.wait(50 * time.Millisecond)
		if late.state != tcpSynSent || l.listen.opening != 3 {
			t.Errorf("with the accept queue full: %v, %d handshakes", late, l.listen.opening)
		}
		late.Close()
		for range 6 {
			s := w.accept(l)
			for !s.CanRead() {
				stack.WaitReadable(w.sched, s, "read", time.Time{})
			}
			s.Close()
		}
		// Those whose last ACK found no room get in by sending their data again.
		if now := w.sched.Elapsed(); done != 6 || now < 600*time.Millisecond || now > 10*time.Second {
			t.Errorf("%d served by %v", done, now)
		}
		// A listener that closes resets those that nobody accepted.
		c := w.socket(w.a)
		ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
		w.wait(settle)
		l.Close()
		w.wait(settle)
		if _, err := w.read(c); err != stack.ErrReset {
			t.Errorf("not accepted: %v", err)
		}
	})
}

// TestTCPDelayedAck checks that one segment is acknowledged after 40 ms, two at once, and a reply carries the ACK.
func TestTCPDelayedAck(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	w.run(func() {
		c, s := w.pair()
		w.wait(time.Second)
		at := w.watch("b", func(*Packet) bool { return true })
		start := w.sched.Elapsed()
		ok(t, w.write(c, []byte("x")))
		w.wait(time.Second)
		if len(*at) != 1 || (*at)[0]-start != 41*time.Millisecond {
			t.Errorf("one segment: ACKs at %v after %v", *at, start)
		}
		*at, start = nil, w.sched.Elapsed()
		ok(t, w.write(c, pattern(2920, 1)))
		w.wait(time.Second)
		if len(*at) != 1 || (*at)[0]-start != time.Millisecond {
			t.Errorf("two segments: ACKs at %v after %v", *at, start)
		}
		s.Read(make([]byte, 5000))
		*at = nil
		ok(t, w.write(c, []byte("question")))
		w.wait(10 * time.Millisecond)
		ok(t, w.write(s, []byte("answer")))
		w.wait(time.Second)
		if len(*at) != 1 {
			t.Errorf("question and answer: %d segments", len(*at))
		}
	})
}

// TestTCPNagle writes three small pieces: with Nagle's algorithm the second waits for the ACK of the first.
func TestTCPNagle(t *testing.T) {
	for _, noDelay := range []bool{false, true} {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		w.run(func() {
			c, _ := w.pair()
			ok(t, c.SetOption(stack.NoDelay, noDelay))
			at := w.watch("a", func(p *Packet) bool { return len(p.Payload) > 0 })
			for range 3 {
				ok(t, w.write(c, []byte("x")))
			}
			w.wait(time.Second)
			want := 2
			if noDelay {
				want = 3
			}
			if len(*at) != want {
				t.Errorf("NoDelay %v: %d segments, want %d", noDelay, len(*at), want)
			}
		})
	}
}

// TestTCPDeadlock waits for a peer that will never read or write: probes and keep-alive must not hide the deadlock.
func TestTCPDeadlock(t *testing.T) {
	for _, keepAlive := range []bool{false, true} {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		main := w.sched.Root().Go("main", func() {
			c, _ := w.pair()
			if ok(t, c.SetOption(stack.KeepAlive, keepAlive)); keepAlive {
				w.readAll(c)
			}
			w.write(c, pattern(10<<20, 1))
		})
		var dead *sim.DeadlockError
		if err := w.sched.Run(main); !errors.As(err, &dead) || len(dead.Blocked) != 1 {
			t.Errorf("keep-alive %v: %v", keepAlive, err)
		}
	}
}
