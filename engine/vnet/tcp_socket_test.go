package vnet

import (
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// read calls Read once, without waiting.
func (w *tcpWorld) read(c *tcpSocket) (string, error) {
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

const settle = 100 * time.Millisecond

// TestTCPReset follows what Linux does around resets.
func TestTCPReset(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	hard := func(c *tcpSocket) {
		ok(t, c.SetOption(stack.Linger, stack.LingerValue{On: true}))
		c.Close()
		w.wait(settle)
	}
	wantRead := func(c *tcpSocket, data string, want error) {
		t.Helper()
		if got, err := w.read(c); got != data || err != want {
			t.Errorf("read: %q, %v, want %q, %v", got, err, data, want)
		}
	}
	wantWrite := func(c *tcpSocket, want error) {
		t.Helper()
		_, err := c.Write([]byte("x"))
		wantErr(t, "write", err, want)
	}
	w.run(func() {
		c, s := w.pair() // data, then reset
		ok(t, w.write(s, []byte("data")))
		hard(s)
		wantRead(c, "data", nil)
		wantRead(c, "", stack.ErrReset)
		wantRead(c, "", io.EOF)
		wantWrite(c, stack.ErrPipe)
		c.Close()
		c, s = w.pair() // reset, then write
		hard(s)
		wantWrite(c, stack.ErrReset)
		wantWrite(c, stack.ErrPipe)
		wantRead(c, "", io.EOF)
		c.Close()
		c, s = w.pair() // FIN, write, write
		s.Close()
		w.wait(settle)
		wantWrite(c, nil)
		w.wait(settle)
		wantWrite(c, stack.ErrPipe)
		wantWrite(c, stack.ErrPipe)
		wantRead(c, "", io.EOF)
		c.Close()
		c, s = w.pair() // close with unread data
		ok(t, w.write(s, []byte("abc")))
		w.wait(settle)
		c.Close()
		w.wait(settle)
		wantRead(s, "", stack.ErrReset)
		wantWrite(s, stack.ErrPipe)
		s.Close()
		c, s = w.pair() // reading shut down, with data before and after
		ok(t, w.write(s, []byte("abc")))
		w.wait(settle)
		ok(t, c.Shutdown(stack.ShutRead))
		wantRead(c, "abc", nil)
		wantRead(c, "", io.EOF)
		ok(t, w.write(s, []byte("def")))
		w.wait(settle)
		wantRead(c, "def", nil)
		wantRead(c, "", io.EOF)
		c.Close()
		s.Close()
		c, s = w.pair() // writing shut down, twice
		ok(t, c.Shutdown(stack.ShutWrite))
		ok(t, c.Shutdown(stack.ShutWrite))
		wantWrite(c, stack.ErrPipe)
		if c.CanRead() || !c.CanWrite() {
			t.Error("after half-close: readable, or not writable")
		}
		wantErr(t, "connect", c.Connect(netip.AddrPortFrom(w.bAddr, 80)), nil)
		wantErr(t, "connect", c.Connect(netip.AddrPortFrom(w.bAddr, 80)), stack.ErrIsConnected)
		w.wait(settle)
		ok(t, w.write(s, []byte("still")))
		w.wait(settle)
		wantRead(c, "still", nil)
		s.Shutdown(stack.ShutWrite)
		w.wait(settle)
		wantErr(t, "shutdown of an ended connection", s.Shutdown(stack.ShutWrite), stack.ErrNotConnected)
		if c.RemoteAddr().IsValid() || s.RemoteAddr().IsValid() {
			t.Error("an ended connection has a peer")
		}
		wantRead(s, "", io.EOF)
		c.Close()
		s.Close()
		w.wait(2 * time.Minute)
	})
	w.checkClean()
}

// TestTCPUnconnected checks calls that need a connection or a listener.
func TestTCPUnconnected(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	w.run(func() {
		c := w.socket(w.a)
		if !c.CanRead() || !c.CanWrite() {
			t.Error("a fresh socket is not ready")
		}
		_, err := w.read(c)
		wantErr(t, "read", err, stack.ErrNotConnected)
		_, err = c.Write([]byte("x"))
		wantErr(t, "write", err, stack.ErrPipe)
		wantErr(t, "shutdown", c.Shutdown(stack.ShutBoth), stack.ErrNotConnected)
		_, err = c.Accept()
		wantErr(t, "accept", err, stack.ErrInvalid)
		ok(t, c.Bind(netip.MustParseAddrPort("0.0.0.0:0")))
		wantErr(t, "bind", c.Bind(netip.MustParseAddrPort("0.0.0.0:0")), stack.ErrInvalid)
		ok(t, c.Listen(0))
		ok(t, c.Listen(5))
		_, err = w.read(c)
		wantErr(t, "read of a listener", err, stack.ErrNotConnected)
		_, err = c.Write([]byte("x"))
		wantErr(t, "write to a listener", err, stack.ErrPipe)
		wantErr(t, "connect of a listener", c.Connect(netip.AddrPortFrom(w.bAddr, 1)), stack.ErrIsConnected)
		_, err = c.Accept()
		wantErr(t, "accept", err, stack.ErrWouldBlock)
		ok(t, c.Shutdown(stack.ShutWrite))
		_, err = c.Accept()
		wantErr(t, "accept", err, stack.ErrWouldBlock)
		ok(t, c.Shutdown(stack.ShutRead))
		_, err = c.Accept()
		wantErr(t, "accept", err, stack.ErrInvalid)
		ok(t, c.Close())
		ok(t, c.Close())
		wantErr(t, "bind", c.Bind(netip.MustParseAddrPort("0.0.0.0:0")), stack.ErrBadDescriptor)
		wantErr(t, "listen", c.Listen(1), stack.ErrBadDescriptor)
		if c.FD() != -1 || !c.Closed() {
			t.Error("still has a descriptor")
		}
		c = w.socket(w.a)
		wantErr(t, "to IPv6", c.Connect(netip.MustParseAddrPort("[::1]:1")), stack.ErrFamily)
		wantErr(t, "to a group", c.Connect(netip.MustParseAddrPort("224.0.0.1:1")), stack.ErrNetUnreachable)
		wantErr(t, "nowhere", c.Connect(netip.MustParseAddrPort("203.0.113.1:1")), stack.ErrNetUnreachable)
		wantErr(t, "not ours", c.Bind(netip.MustParseAddrPort("203.0.113.1:1")), stack.ErrAddrNotAvailable)
		wantErr(t, "this host", w.connect(c, netip.MustParseAddrPort("0.0.0.0:1")), stack.ErrRefused)
		c.Close()
	})
	w.checkClean()
}

// TestTCPRefused checks the life of a non-blocking connect that fails.
func TestTCPRefused(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	to := netip.AddrPortFrom(w.bAddr, 81)
	w.run(func() {
		c := w.socket(w.a)
		wantErr(t, "connect", c.Connect(to), stack.ErrInProgress)
		if c.CanWrite() || c.CanRead() {
			t.Error("ready while connecting")
		}
		w.wait(settle)
		if !c.CanWrite() || !c.CanRead() {
			t.Error("not ready after the refusal")
		}
		wantErr(t, "error", c.TakeError(), stack.ErrRefused)
		wantErr(t, "error", c.TakeError(), nil)
		wantErr(t, "connect", c.Connect(to), stack.ErrAborted)
		wantErr(t, "connect", c.Connect(to), stack.ErrInProgress)
		w.wait(settle)
		_, err := c.Write([]byte("x"))
		wantErr(t, "write", err, stack.ErrRefused)
		wantErr(t, "connect", c.Connect(to), stack.ErrAborted)
		l := w.listener(81, 1)
		ok(t, w.connect(c, to))
		c.Close()
		w.accept(l).Close()
		l.Close()
		w.wait(2 * time.Minute)
	})
	w.checkClean()
}

// TestTCPDualStack accepts IPv4 on an IPv6 socket.
func TestTCPDualStack(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	six := func(h *Host) *tcpSocket { return must(h.Socket(stack.TCP, stack.IPv6)).(*tcpSocket) }
	w.run(func() {
		l := six(w.b)
		ok(t, l.Bind(netip.MustParseAddrPort("[::]:80")))
		ok(t, l.Listen(5))
		c := w.socket(w.a)
		ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
		s := w.accept(l)
		if !s.RemoteAddr().Addr().Is4In6() || !s.LocalAddr().Addr().Is4In6() || s.Family() != stack.IPv6 {
			t.Errorf("accepted %v", s)
		}
		d := six(w.a)
		ok(t, w.connect(d, netip.AddrPortFrom(netip.AddrFrom16(w.bAddr.As16()), 80)))
		if !d.LocalAddr().Addr().Is4In6() {
			t.Errorf("connected %v", d)
		}
		e := six(w.a)
		ok(t, w.connect(e, netip.AddrPortFrom(w.b.Addrs()[1], 80)))
		w.accept(l)
		if s := w.accept(l); s.RemoteAddr().Addr() != w.a.Addrs()[1] {
			t.Errorf("accepted %v", s)
		}
		only := six(w.a)
		ok(t, only.SetOption(stack.V6Only, true))
		wantErr(t, "v6only", only.Connect(netip.AddrPortFrom(netip.AddrFrom16(w.bAddr.As16()), 80)), stack.ErrNetUnreachable)
		wantErr(t, "v6only", only.Bind(netip.MustParseAddrPort("[::ffff:127.0.0.1]:80")), stack.ErrInvalid)
		l2 := six(w.b)
		ok(t, l2.SetOption(stack.V6Only, true))
		ok(t, l2.Bind(netip.MustParseAddrPort("[::]:81")))
		ok(t, l2.Listen(5))
		wantErr(t, "IPv4 to v6only", w.connect(w.socket(w.a), netip.AddrPortFrom(w.bAddr, 81)), stack.ErrRefused)
	})
}

// TestTCPOptions sets, reads back and inherits options.
func TestTCPOptions(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{})
	values := map[stack.Option]any{stack.ReuseAddr: true, stack.KeepAlive: true, stack.NoDelay: true, stack.KeepIdle: 10, stack.KeepCount: 3,
		stack.KeepInterval: 5, stack.Linger: stack.LingerValue{On: true, Timeout: time.Second}, stack.RecvBuffer: 5000,
		stack.SendBuffer: 6000, stack.HopLimit: 7, stack.DeferAccept: 1, stack.FastOpen: 5}
	w.run(func() {
		l := w.socket(w.b)
		for o, v := range values {
			ok(t, l.SetOption(o, v))
		}
		ok(t, l.Bind(netip.MustParseAddrPort("0.0.0.0:80")))
		ok(t, l.Listen(1))
		c := w.socket(w.a)
		ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
		s := w.accept(l)
		for o, v := range values {
			if got, err := s.Option(o); got != v || err != nil {
				t.Errorf("option %d: %v, %v, want %v", o, got, err, v)
			}
		}
		for o, v := range map[stack.Option]any{stack.KeepIdle: 0, stack.KeepInterval: 40000, stack.KeepCount: 200, stack.NoDelay: 1,
			stack.Linger: true, stack.HopLimit: 300, stack.RecvBuffer: "x"} {
			wantErr(t, "bad value", c.SetOption(o, v), stack.ErrInvalid)
		}
		wantErr(t, "unknown", c.SetOption(stack.AddMembership, 1), stack.ErrProtocolOption)
		_, err := c.Option(stack.BindToDevice)
		wantErr(t, "unknown", err, stack.ErrProtocolOption)
	})
}

// TestTCPTimeWait checks who may use a port again while an old connection is in TIME-WAIT.
func TestTCPTimeWait(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	from, to := netip.AddrPortFrom(w.aAddr, 5000), netip.AddrPortFrom(w.bAddr, 80)
	bind := func(reuse bool) error {
		l := w.socket(w.b)
		defer l.Close()
		ok(t, l.SetOption(stack.ReuseAddr, reuse))
		if err := l.Bind(netip.MustParseAddrPort("0.0.0.0:80")); err != nil {
			return err
		}
		return l.Listen(1)
	}
	w.run(func() {
		l := w.listener(80, 1)
		connect := func() (*tcpSocket, *tcpSocket) {
			c := w.socket(w.a)
			ok(t, c.Bind(from))
			ok(t, w.connect(c, to))
			return c, w.accept(l)
		}
		c, s := connect()
		s.Close()
		w.wait(settle)
		c.Close()
		w.wait(settle)
		if got := w.b.Sockets(); len(got) != 2 || got[1].State != "TIME-WAIT" {
			t.Errorf("sockets of b: %v", got)
		}
		start := w.sched.Elapsed()
		c, s = connect() // the same ports, over TIME-WAIT: a higher initial sequence number
		if took := w.sched.Elapsed() - start; took > settle {
			t.Errorf("a connection over TIME-WAIT took %v", took)
		}
		c.Close()
		s.Close()
		l.Close()
		w.wait(settle)
		c = w.socket(w.a)
		wantErr(t, "bind over TIME-WAIT", c.Bind(from), stack.ErrAddrInUse)
		c.Close()
		c, s = w.pair()
		s.Close()
		w.wait(settle)
		c.Close()
		w.wait(settle)
		wantErr(t, "listen over TIME-WAIT", bind(false), stack.ErrAddrInUse)
		wantErr(t, "listen over TIME-WAIT with ReuseAddr", bind(true), nil)
		w.wait(time.Minute)
		wantErr(t, "listen after TIME-WAIT", bind(false), nil)
	})
	w.checkClean()
}

// TestTCPCloseDelivers closes at once after a large write: all of it still arrives.
func TestTCPCloseDelivers(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 5 * time.Millisecond, Rate: 1e6, Loss: 0.05}})
	w.run(func() {
		c, s := w.pair()
		data := pattern(300000, 1)
		n, err := c.Write(data)
		if n != len(data) || err != nil {
			t.Fatal(n, err)
		}
		c.Close()
		if got, err := w.readAll(s); err != nil || string(got) != string(data) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		s.Close()
		w.wait(10 * time.Minute)
	})
	w.checkClean()
}

// TestTCPCrash crashes the server's host: it forgets everything, and answers later segments with RST once it is back.
func TestTCPCrash(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 5 * time.Millisecond}})
	w.run(func() {
		c, s := w.pair()
		w.b.Crash()
		if !s.Closed() || len(w.b.Sockets()) != 0 {
			t.Error("the socket survived the crash")
		}
		ok(t, w.write(c, []byte("hello")))
		w.wait(time.Second)
		w.b.Restart()
		_, err := w.readAll(c)
		if !errors.Is(err, stack.ErrReset) {
			t.Errorf("after the restart: %v", err)
		}
		c.Close()
	})
	w.checkClean()
}
