package stack_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

func lab(t *testing.T, n *network, f func(s *sim.Scheduler, st *stack.Stack)) {
	t.Helper()
	s := sim.New(sim.Options{})
	st := stack.New(s, s.Root(), n, "test")
	if err := s.Run(s.Root().Go("main", func() { f(s, st) })); err != nil {
		t.Error(err)
	}
	s.Close()
	st.Close()
	if n.open != 0 {
		t.Errorf("%d sockets are left open", n.open)
	}
}

func connected(t *testing.T, st *stack.Stack, n *network) (*stack.Conn, *socket) {
	n.connect = map[netip.Addr]error{netip.MustParseAddr("10.0.0.1"): nil}
	c, err := st.Dial("tcp", "10.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	return c, c.Socket().(*socket)
}

func TestReadWaits(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		c, sock := connected(t, st, n)
		s.After(time.Second, sock.r.Wake) // for nothing
		s.After(2*time.Second, func() { sock.in = [][]byte{[]byte("hello")}; sock.r.Wake() })
		b := make([]byte, 3)
		if k, err := c.Read(b); string(b[:k]) != "hel" || err != nil || s.Elapsed() != 2*time.Second {
			t.Errorf("Read = %q, %v at %v", b[:k], err, s.Elapsed())
		}
		sock.eof = true
		if rest, err := io.ReadAll(c); string(rest) != "lo" || err != nil {
			t.Errorf("rest %q, %v", rest, err)
		}
	})
}

func TestDeadlineMovedWhileWaiting(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		c, _ := connected(t, st, n)
		start := s.Now()
		c.SetReadDeadline(start.Add(time.Second))
		s.After(500*time.Millisecond, func() { c.SetReadDeadline(start.Add(3 * time.Second)) })
		_, err := c.Read(make([]byte, 1))
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() || s.Elapsed() != 3*time.Second {
			t.Errorf("Read = %v at %v", err, s.Elapsed())
		}
		c.SetReadDeadline(start.Add(time.Hour))
		s.After(time.Second, func() { c.SetReadDeadline(start.Add(5 * time.Second)) })
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || s.Elapsed() != 5*time.Second {
			t.Errorf("Read with the deadline moved nearer = %v at %v", err, s.Elapsed())
		}
		c.SetReadDeadline(start)
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || s.Elapsed() != 5*time.Second {
			t.Errorf("Read with a past deadline = %v at %v", err, s.Elapsed())
		}
	})
}

func TestWriteInParts(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		c, sock := connected(t, st, n)
		s.After(time.Second, func() { sock.room = 100; sock.w.Wake() })
		if k, err := c.Write([]byte("hello world")); k != 11 || err != nil || string(sock.out) != "hello world" || s.Elapsed() != time.Second {
			t.Errorf("Write = %d, %v at %v: %q", k, err, s.Elapsed(), sock.out)
		}
		sock.room = 2
		c.SetWriteDeadline(s.Now().Add(time.Second))
		if k, err := c.Write([]byte("abc")); k != 2 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write past its deadline = %d, %v", k, err)
		}
	})
}

func TestCloseEndsWaiting(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		c, _ := connected(t, st, n)
		l, err := st.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		s.After(time.Second, func() { c.Close(); l.Close() })
		st.Go("accept", func() {
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Accept = %v", err)
			}
		})
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) || stack.Code(err) != "closed" {
			t.Errorf("Read = %v", err)
		}
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close = %v", err)
		}
		if err := c.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetDeadline = %v", err)
		}
		if c.RemoteAddr().String() != "10.0.0.1:80" {
			t.Errorf("peer after Close: %v", c.RemoteAddr())
		}
	})
}

func TestDialTriesEveryAddress(t *testing.T) {
	silent, refusing, good := netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::1")
	for _, c := range []struct {
		network string
		addrs   []netip.Addr
		timeout time.Duration
		peer    string
		code    string
	}{
		{"tcp", []netip.Addr{refusing, good}, 0, "[fd00::1]:80", ""},
		{"tcp4", []netip.Addr{refusing, good}, 0, "", "refused"},
		{"tcp6", []netip.Addr{refusing, good}, 0, "[fd00::1]:80", ""},
		{"tcp6", []netip.Addr{refusing}, 0, "", "host-not-found"},
		{"tcp", []netip.Addr{silent, good}, time.Second, "", "timeout"},
	} {
		n := &network{names: map[string][]netip.Addr{"host": c.addrs}, connect: map[netip.Addr]error{refusing: stack.ErrRefused, good: nil}}
		lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
			conn, err := stack.Dialer{Timeout: c.timeout}.Dial(st, c.network, "host:80")
			if err != nil {
				if stack.Code(err) != c.code || n.open != 0 {
					t.Errorf("%s %v: %v, %d sockets open", c.network, c.addrs, err, n.open)
				}
				return
			}
			if conn.RemoteAddr().String() != c.peer {
				t.Errorf("%s %v: connected to %v", c.network, c.addrs, conn.RemoteAddr())
			}
		})
	}
}

func TestBadAddresses(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		for _, c := range []struct{ network, address, text string }{
			{"tcp", "host", "missing port"},
			{"tcp", "10.0.0.1:65536", "port is not a number"},
			{"tcp", "10.0.0.1:x", "port is not a number"},
			{"unix", "10.0.0.1:1", "unknown network unix"},
			{"tcp", "nobody:1", "lookup nobody: host not found"},
		} {
			if _, err := st.Dial(c.network, c.address); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("Dial %s %s = %v", c.network, c.address, err)
			}
		}
		if _, err := st.Listen("udp", ":1"); err == nil {
			t.Error("Listen on udp")
		}
		if _, err := st.ListenPacket("tcp", ":1"); err == nil {
			t.Error("ListenPacket on tcp")
		}
	})
}

func TestPacketConn(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		c, err := st.ListenPacket("udp", ":53")
		if err != nil {
			t.Fatal(err)
		}
		sock := c.Socket().(*socket)
		if k, err := c.WriteTo([]byte("hi"), &net.UDPAddr{IP: net.ParseIP("10.0.0.7"), Port: 9}); k != 2 || err != nil || sock.to.String() != "10.0.0.7:9" {
			t.Errorf("WriteTo = %d, %v to %v", k, err, sock.to)
		}
		if _, err := c.WriteTo(nil, &net.TCPAddr{}); !errors.Is(err, stack.ErrFamily) {
			t.Errorf("WriteTo a TCP address = %v", err)
		}
		sock.in = [][]byte{{}, []byte("long datagram")}
		for _, want := range []string{"", "long"} {
			b := make([]byte, 4)
			k, from, err := c.ReadFrom(b)
			if string(b[:k]) != want || from.String() != "10.0.0.7:9" || err != nil {
				t.Errorf("ReadFrom = %q from %v, %v; want %q", b[:k], from, err, want)
			}
		}
	})
}

func TestStackClosesWhatTheProcessHolds(t *testing.T) {
	n := &network{}
	s := sim.New(sim.Options{})
	st := stack.New(s, s.Root(), n, "test")
	for i := range 1000 { // most are closed at once
		sock, err := st.Socket(stack.TCP, stack.IPv4)
		if err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 {
			sock.Close()
		}
	}
	if n.open != 100 || st.OpenSockets() != 100 {
		t.Errorf("%d sockets are open, the stack says %d", n.open, st.OpenSockets())
	}
	st.Close()
	if n.open != 0 || st.OpenSockets() != 0 {
		t.Errorf("%d sockets are open after Close", n.open)
	}
}

func TestForeignFailsWhenItsProcessEnds(t *testing.T) {
	n := &network{}
	s := sim.New(sim.Options{Wall: true})
	g := s.Root().NewGroup("process")
	st := stack.New(s, g, n, "test")
	s.Hold()
	var f *stack.Foreign
	main := s.Root().Go("main", func() {
		c, _ := connected(t, st, n)
		f = stack.NewForeign(g, c)
	})
	ended := make(chan error)
	s.After(0, func() {
		go func() { _, err := f.Read(make([]byte, 1)); ended <- err; s.Post(s.Release) }()
	})
	var killer *sim.Timer
	killer = s.After(time.Millisecond, func() {
		g.Kill(errors.New("crash"))
		if n.open > 0 && g.Len() == 0 { // until the read was there to be killed
			s.Arm(killer, time.Millisecond)
		}
	})
	go func() { s.Run(main) }()
	if err := <-ended; !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), "crash") {
		t.Errorf("Read = %v", err)
	}
}
