package stack

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Conn is a connected socket as a net.Conn. Its methods are for tasks; see Foreign for other goroutines.
type Conn struct {
	endpoint
	_ [56]byte // so that what a Read needs is in one cache line
}

// An endpoint is what Conn, Listener and PacketConn have in common: a socket, its scheduler and the deadlines.
type endpoint struct {
	sock     Socket
	sched    *sim.Scheduler
	readBy   time.Time
	writeBy  time.Time
	lastAddr netip.AddrPort // local address, kept after Close
	lastPeer netip.AddrPort
}

// NewConn returns a connected socket as a net.Conn.
func NewConn(s *sim.Scheduler, sock Socket) *Conn {
	return &Conn{endpoint: newEndpoint(s, sock)}
}

func newEndpoint(s *sim.Scheduler, sock Socket) endpoint {
	return endpoint{sock: sock, sched: s, lastAddr: sock.LocalAddr(), lastPeer: sock.RemoteAddr()}
}

// Socket returns the socket underneath.
func (e *endpoint) Socket() Socket { return e.sock }

// WaitReadable parks the task until sock may be readable, or returns false at the deadline (zero: never).
func WaitReadable(s *sim.Scheduler, sock Socket, call string, deadline time.Time) bool {
	return s.Wait(sim.Wait{Call: call, On: sock}, deadline, sock.Readable())
}

// WaitWritable is WaitReadable for writing.
func WaitWritable(s *sim.Scheduler, sock Socket, call string, deadline time.Time) bool {
	return s.Wait(sim.Wait{Call: call, On: sock}, deadline, sock.Writable())
}

func (e *endpoint) expired(deadline time.Time) bool {
	return !deadline.IsZero() && !e.sched.Now().Before(deadline)
}

// input calls try until it does not want to wait for something to read.
func (e *endpoint) input(op string, try func() error) error {
	for {
		if e.sock.Closed() {
			return e.fail(op, net.ErrClosed)
		}
		if e.expired(e.readBy) {
			return e.fail(op, os.ErrDeadlineExceeded)
		}
		if err := try(); !errors.Is(err, ErrWouldBlock) {
			return e.fail(op, err)
		}
		WaitReadable(e.sched, e.sock, op, e.readBy)
	}
}

// output calls try until it does not want to wait for room to write.
func (e *endpoint) output(op string, try func() error) error {
	for {
		if e.sock.Closed() {
			return e.fail(op, net.ErrClosed)
		}
		if e.expired(e.writeBy) {
			return e.fail(op, os.ErrDeadlineExceeded)
		}
		if err := try(); !errors.Is(err, ErrWouldBlock) {
			return e.fail(op, err)
		}
		WaitWritable(e.sched, e.sock, op, e.writeBy)
	}
}

func (e *endpoint) fail(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if err == error(ErrBadDescriptor) {
		err = net.ErrClosed
	}
	return &net.OpError{Op: op, Net: e.sock.Kind().String(), Source: addr(e.sock.Kind(), e.lastAddr), Addr: addr(e.sock.Kind(), e.lastPeer), Err: err}
}

// Read reads what is there, waiting for at least one byte.
func (c *Conn) Read(p []byte) (n int, err error) {
	if len(p) == 0 && c.sock.Kind() == TCP {
		return 0, c.input("read", func() error { return nil })
	}
	if c.readBy.IsZero() && Emptied(c.sock) {
		WaitReadable(c.sched, c.sock, "read", time.Time{})
	}
	for c.readBy.IsZero() {
		if n, err = c.sock.Read(p); err == nil {
			return n, nil
		}
		if !errors.Is(err, ErrWouldBlock) {
			return n, c.fail("read", err)
		}
		WaitReadable(c.sched, c.sock, "read", time.Time{})
	}
	err = c.input("read", func() (err error) {
		n, err = c.sock.Read(p)
		return err
	})
	return n, err
}

// Write writes all of p to a stream, or one datagram to the peer.
func (c *Conn) Write(p []byte) (n int, err error) {
	for {
		err = c.output("write", func() error {
			m, err := c.sock.Write(p[n:])
			n += m
			return err
		})
		if err != nil || n >= len(p) || c.sock.Kind() == UDP {
			return n, err
		}
	}
}

// CloseRead stops the receiving direction.
func (c *Conn) CloseRead() error { return c.fail("close", c.sock.Shutdown(ShutRead)) }

// CloseWrite sends what is queued and then FIN (a half-close); reading goes on.
func (c *Conn) CloseWrite() error { return c.fail("close", c.sock.Shutdown(ShutWrite)) }

// Close closes the socket and wakes the tasks that wait on it.
func (e *endpoint) Close() error {
	if e.sock.Closed() {
		return e.fail("close", net.ErrClosed)
	}
	return e.fail("close", e.sock.Close())
}

// LocalAddr returns a *net.TCPAddr or *net.UDPAddr.
func (e *endpoint) LocalAddr() net.Addr { return addr(e.sock.Kind(), e.lastAddr) }

// Addr is LocalAddr under the name that net.Listener gives it.
func (e *endpoint) Addr() net.Addr { return e.LocalAddr() }

// RemoteAddr returns a *net.TCPAddr or *net.UDPAddr, or nil.
func (e *endpoint) RemoteAddr() net.Addr { return addr(e.sock.Kind(), e.lastPeer) }

// SetDeadline sets both deadlines; a waiting call ends when its deadline has passed. The zero time means never.
func (e *endpoint) SetDeadline(t time.Time) error {
	if err := e.SetReadDeadline(t); err != nil {
		return err
	}
	return e.SetWriteDeadline(t)
}

// SetReadDeadline sets the deadline of Read, ReadFrom and Accept.
func (e *endpoint) SetReadDeadline(t time.Time) error {
	if e.sock.Closed() {
		return e.fail("set", net.ErrClosed)
	}
	e.readBy = t
	e.sock.Readable().Wake()
	return nil
}

// SetWriteDeadline sets the deadline of Write and WriteTo.
func (e *endpoint) SetWriteDeadline(t time.Time) error {
	if e.sock.Closed() {
		return e.fail("set", net.ErrClosed)
	}
	e.writeBy = t
	e.sock.Writable().Wake()
	return nil
}

func addr(k Kind, a netip.AddrPort) net.Addr {
	switch {
	case !a.IsValid():
		return nil
	case k == UDP:
		return net.UDPAddrFromAddrPort(a)
	}
	return net.TCPAddrFromAddrPort(a)
}

// A Listener is a listening socket as a net.Listener; SetDeadline bounds Accept.
type Listener struct {
	endpoint
	stack *Stack
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	var c *Conn
	err := l.input("accept", func() error {
		sock, err := l.stack.Accept(l.sock)
		if err != nil {
			return err
		}
		c = NewConn(l.sched, sock)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// A PacketConn is a UDP socket as a net.PacketConn.
type PacketConn struct {
	endpoint
}

// ReadFromAddrPort waits for one datagram, cut to len(p).
func (c *PacketConn) ReadFromAddrPort(p []byte) (n int, from netip.AddrPort, err error) {
	err = c.input("read", func() (err error) {
		n, from, err = c.sock.ReadFrom(p)
		return err
	})
	return n, from, err
}

// WriteToAddrPort sends one datagram.
func (c *PacketConn) WriteToAddrPort(p []byte, to netip.AddrPort) (n int, err error) {
	err = c.output("write", func() (err error) {
		n, err = c.sock.WriteTo(p, to)
		return err
	})
	return n, err
}

// ReadFrom is ReadFromAddrPort with a *net.UDPAddr.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromAddrPort(p)
	return n, addr(UDP, from), err
}

// WriteTo is WriteToAddrPort with a *net.UDPAddr.
func (c *PacketConn) WriteTo(p []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, c.fail("write", ErrFamily)
	}
	a := u.AddrPort()
	return c.WriteToAddrPort(p, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
}
