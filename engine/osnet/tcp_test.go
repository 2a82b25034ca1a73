//go:build linux || darwin

package osnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// peer listens with Go's own net and hands one connection to f.
func peer(t *testing.T, f func(*net.TCPConn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		f(c.(*net.TCPConn))
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestHalfCloseAgainstGoNet(t *testing.T) {
	address := peer(t, func(c *net.TCPConn) {
		all, err := io.ReadAll(c)
		if err != nil {
			t.Error(err)
		}
		c.Write(bytes.ToUpper(all))
	})
	s, st := world(t, local...)
	big := strings.Repeat("moonwire ", 200_000) // more than the kernel's buffers
	var got []byte
	run(t, s, func() {
		c, err := st.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if n, err := c.Write([]byte(big)); n != len(big) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := c.CloseWrite(); err != nil {
			t.Error(err)
		}
		if _, err := c.Write([]byte("x")); stack.Code(err) != "closed" {
			t.Errorf("Write after CloseWrite = %v", err)
		}
		if got, err = io.ReadAll(c); err != nil {
			t.Error(err)
		}
	})
	if string(got) != strings.ToUpper(big) {
		t.Errorf("%d bytes came back", len(got))
	}
}

func TestServeGoNet(t *testing.T) {
	s, st := world(t, local...)
	answer := make(chan string, 1)
	run(t, s, func() {
		l, err := st.Listen("tcp", "localhost:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		go func() {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				answer <- err.Error()
				return
			}
			c.Write([]byte("hello"))
			b := make([]byte, 100)
			n, _ := c.Read(b)
			answer <- string(b[:n])
			c.Close()
		}()
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		b := make([]byte, 100)
		n, _ := c.Read(b)
		c.Write(bytes.ToUpper(b[:n]))
		if _, err := c.Read(b); err != io.EOF {
			t.Errorf("Read at the end = %v", err)
		}
	})
	if got := <-answer; got != "HELLO" {
		t.Errorf("answer %q", got)
	}
}

func TestResetByPeer(t *testing.T) {
	address := peer(t, func(c *net.TCPConn) {
		c.Read(make([]byte, 1))
		c.SetLinger(0)
	})
	s, st := world(t, local...)
	run(t, s, func() {
		c, err := st.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		c.Write([]byte("x"))
		_, err = io.ReadAll(c)
		if !errors.Is(err, stack.ErrReset) || stack.Code(err) != "reset" {
			t.Errorf("ReadAll = %v", err)
		}
		for err = nil; err == nil; {
			_, err = c.Write([]byte("x"))
		}
		if !errors.Is(err, stack.ErrPipe) { // and no SIGPIPE
			t.Errorf("Write = %v", err)
		}
	})
}

// freePort returns a port of 127.0.0.1 on which nobody listens.
func freePort(t *testing.T) netip.AddrPort {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestFailuresToConnect(t *testing.T) {
	closed := freePort(t).String()
	s, st := world(t, append(local, "255.255.255.255:80")...)
	for _, c := range []struct{ address, code string }{
		{closed, "refused"},
		{"255.255.255.255:80", "unreachable"},
		{"224.0.0.1:80", "denied"},
		{"nosuchname.invalid:80", "denied"},
	} {
		run(t, s, func() {
			conn, err := stack.Dialer{Timeout: 50 * time.Millisecond}.Dial(st, "tcp", c.address)
			if err == nil {
				conn.Close()
			}
			if code := stack.Code(err); !strings.Contains(c.code, code) {
				t.Errorf("Dial %s = %v, code %s; want %s", c.address, err, code, c.code)
			}
		})
	}
	if n := st.OpenSockets(); n != 0 {
		t.Errorf("%d sockets left open", n)
	}
}

func TestDeadlines(t *testing.T) {
	release := make(chan struct{})
	address := peer(t, func(*net.TCPConn) { <-release })
	t.Cleanup(func() { close(release) })
	s, st := world(t, local...)
	run(t, s, func() {
		c, err := st.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		start := st.Now()
		c.SetDeadline(start.Add(20 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		if took := st.Now().Sub(start); !errors.Is(err, os.ErrDeadlineExceeded) || took < 20*time.Millisecond {
			t.Errorf("Read = %v after %v", err, took)
		}
		big := make([]byte, 64<<20) // more than the kernel buffers; made before the clock runs
		c.SetDeadline(st.Now().Add(200 * time.Millisecond))
		n, err := c.Write(big)
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 64<<20 {
			t.Errorf("Write = %d, %v", n, err)
		}
		c.SetDeadline(time.Time{})
		reader := st.Go("reader", func() {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read while Close = %v", err)
			}
		})
		s.Sleep(0)
		c.Close()
		reader.Join()
	})
}

func TestListenWithoutARule(t *testing.T) {
	_, st := world(t)
	if _, err := st.Listen("tcp", "127.0.0.1:0"); stack.Code(err) != "denied" {
		t.Errorf("Listen without a rule = %v", err)
	}
	if _, err := st.Listen("tcp", ":0"); stack.Code(err) != "denied" {
		t.Errorf("Listen on every address without a rule = %v", err)
	}
	sock, err := st.Socket(stack.TCP, stack.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	if err := sock.Listen(1); stack.Code(err) != "denied" {
		t.Errorf("Listen of an unbound socket = %v", err)
	}
}

func TestManyIdleSockets(t *testing.T) {
	const n = 400
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < 2*n+100 {
		t.Skipf("%d sockets need more open files than the %d that ulimit -n says", 2*n+1, files.Cur)
	}
	s, st := world(t, local...)
	woken := 0
	run(t, s, func() {
		l, err := st.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		var clients []*stack.Conn
		defer func() { // or readers would wait for ever when something fails
			for _, c := range clients {
				c.Close()
			}
		}()
		var readers []*sim.Task
		for range n {
			c, err := st.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			clients = append(clients, c)
			p, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			readers = append(readers, st.Go("reader", func() {
				defer p.Close()
				if _, err := p.Read(make([]byte, 1)); err == nil {
					woken++
				}
			}))
		}
		s.Sleep(time.Millisecond)
		for _, c := range clients {
			c.Write([]byte("x"))
		}
		for _, r := range readers {
			r.Join()
		}
		if list := st.Sockets(); len(list) != n+1 || list[0].State != "LISTEN" || list[1].Process != "test" {
			t.Errorf("%d sockets, first %v", len(list), list[0])
		}
		st.Close()
	})
	if woken != n || len(st.Sockets()) != 0 {
		t.Errorf("%d of %d woken, %d sockets left", woken, n, len(st.Sockets()))
	}
}

func TestNewNeedsTheWallClock(t *testing.T) {
	if _, err := osnet.New(sim.New(sim.Options{}), nil); err == nil {
		t.Error("a virtual clock was accepted")
	}
}
