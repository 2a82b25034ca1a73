package ssl

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A secured is a socket that encrypts: what is read from and written to it passes a tls.Conn. Like every stack.Socket it never blocks.
type secured struct {
	stack.Socket // the connection underneath
	pipe         *pipe
	tls          *tls.Conn
	ready        bool // the handshake is done
	more         bool // the last Read may have left something decrypted
	under        int  // bytes of the last Write that are encrypted and not gone yet
}

// Read implements stack.Socket.
func (s *secured) Read(p []byte) (int, error) {
	if !s.ready {
		return 0, io.EOF
	}
	n, err := s.tls.Read(p)
	s.more = n == len(p)
	switch {
	case n > 0:
		return n, nil
	case errors.Is(err, errWait):
		return 0, stack.ErrWouldBlock
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil:
		return 0, io.EOF
	}
	return 0, plainError(err)
}

// Write implements stack.Socket. After ErrWouldBlock the same bytes have to be written again, as with OpenSSL: they are on their way.
func (s *secured) Write(p []byte) (int, error) {
	if !s.ready {
		return 0, stack.ErrBadDescriptor
	}
	if s.under == 0 {
		n, err := s.tls.Write(p)
		if err != nil {
			return 0, plainError(err)
		}
		s.under = n
	}
	if err := s.pipe.flush(); err != nil {
		return 0, err
	}
	n := s.under
	s.under = 0
	return min(n, len(p)), nil
}

// plainError takes the system's error out of what crypto/tls made of it.
func plainError(err error) error {
	var no stack.Errno
	if errors.As(err, &no) {
		return no
	}
	return err
}

// CanRead implements stack.Socket.
func (s *secured) CanRead() bool { return s.more || s.Socket.CanRead() }

// A pipe is the connection under a tls.Conn. While parking is set, its calls park the task, as the handshake needs it; after that
// Read fails with errWait where it would, and Write keeps what the network does not take.
type pipe struct {
	sched   *sim.Scheduler
	sock    stack.Socket
	parking bool
	pending []byte
}

// errWait is a temporary error, after which a tls.Conn may be read again.
var errWait net.Error = &waitError{}

type waitError struct{}

func (*waitError) Error() string   { return "nothing has arrived" }
func (*waitError) Timeout() bool   { return true }
func (*waitError) Temporary() bool { return true }

// Read implements net.Conn.
func (p *pipe) Read(b []byte) (int, error) {
	for {
		n, err := p.sock.Read(b)
		if err != error(stack.ErrWouldBlock) {
			return n, err
		}
		if !p.parking {
			return 0, errWait
		}
		stack.WaitReadable(p.sched, p.sock, "handshake", time.Time{})
	}
}

// Write implements net.Conn.
func (p *pipe) Write(b []byte) (int, error) {
	p.pending = append(p.pending, b...)
	for {
		err := p.flush()
		switch {
		case err == nil, err == error(stack.ErrWouldBlock) && !p.parking:
			return len(b), nil
		case err != error(stack.ErrWouldBlock):
			return 0, err
		}
		stack.WaitWritable(p.sched, p.sock, "handshake", time.Time{})
	}
}

// flush gives the network what it takes, and returns stack.ErrWouldBlock if something is left.
func (p *pipe) flush() error {
	for len(p.pending) > 0 {
		n, err := p.sock.Write(p.pending)
		p.pending = p.pending[n:]
		if err != nil {
			return err
		}
	}
	p.pending = nil
	return nil
}

// Close implements net.Conn. The connection belongs to the Lua object, which closes it.
func (p *pipe) Close() error { return nil }

// LocalAddr implements net.Conn.
func (p *pipe) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(p.sock.LocalAddr()) }

// RemoteAddr implements net.Conn.
func (p *pipe) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.sock.RemoteAddr()) }

// SetDeadline implements net.Conn; timeouts are the Lua object's.
func (p *pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (p *pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
