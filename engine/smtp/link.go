package smtp

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A link is the connection of a session: TCP, or TLS over it. Deadlines are those of the TCP connection.
type link struct {
	net.Conn // what is read and written
	tcp      net.Conn
}

// newLink takes a connection. Each reply and each group of commands is one write, and the last of it must not wait for an acknowledgement.
func newLink(c net.Conn) link {
	if s, ok := c.(interface{ Socket() stack.Socket }); ok {
		_ = s.Socket().SetOption(stack.NoDelay, true) // it only costs time where it is not to be had
	}
	return link{c, c}
}

// secure puts TLS over the connection; the deadline is for the handshake.
func (l *link) secure(deadline time.Time, wrap func(net.Conn) *tls.Conn) error {
	if err := l.tcp.SetDeadline(deadline); err != nil {
		return err
	}
	t := wrap(undated{l.tcp})
	if err := t.Handshake(); err != nil {
		return err
	}
	l.Conn = t
	return nil
}

// SetReadDeadline implements net.Conn.
func (l *link) SetReadDeadline(t time.Time) error { return l.tcp.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (l *link) SetWriteDeadline(t time.Time) error { return l.tcp.SetWriteDeadline(t) }

// An undated is the connection under TLS: crypto/tls sets a deadline by the machine's clock when it closes.
type undated struct{ net.Conn }

func (undated) SetDeadline(time.Time) error      { return nil }
func (undated) SetReadDeadline(time.Time) error  { return nil }
func (undated) SetWriteDeadline(time.Time) error { return nil }
