package smtp

import (
	"crypto/tls"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A link is the connection of a session: TCP, or TLS over it. Deadlines are those of the TCP connection.
type link struct {
	net.Conn // what is read and written
	tcp      net.Conn
	st       *stack.Stack
	under    *underTLS // or nil
}

// newLink takes a connection. Each reply and each group of commands is one write, and the last of it must not wait for an acknowledgement.
func newLink(st *stack.Stack, c net.Conn) link {
	if s, ok := c.(interface{ Socket() stack.Socket }); ok {
		_ = s.Socket().SetOption(stack.NoDelay, true) // it only costs time where it is not to be had
	}
	return link{Conn: c, tcp: c, st: st}
}

// secure puts TLS over the connection; the deadline is for the handshake.
func (l *link) secure(deadline time.Time, wrap func(net.Conn) *tls.Conn) error {
	if err := l.tcp.SetDeadline(deadline); err != nil {
		return err
	}
	l.under = &underTLS{Conn: l.tcp, st: l.st, text: "TLS: handshake"}
	t := wrap(l.under)
	if err := t.Handshake(); err != nil {
		return err
	}
	l.Conn, l.under.text = t, "TLS: end of the session"
	return nil
}

// Write implements net.Conn. Observers, who see bytes that mean nothing to them, are told what is said.
func (l *link) Write(b []byte) (int, error) {
	if l.under == nil || !l.st.Watched() {
		return l.Conn.Write(b)
	}
	before := l.under.text
	l.under.text = "TLS: " + gist(b)
	n, err := l.Conn.Write(b)
	l.under.text = before
	return n, err
}

// gist is the beginning of what is said, in one line.
func gist(b []byte) string {
	const enough = 300
	text := strings.TrimSuffix(string(b[:min(len(b), enough)]), "\r\n")
	if len(b) > enough {
		text += "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\r\n", " / ")
}

// SetReadDeadline implements net.Conn.
func (l *link) SetReadDeadline(t time.Time) error { return l.tcp.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (l *link) SetWriteDeadline(t time.Time) error { return l.tcp.SetWriteDeadline(t) }

// An underTLS is the connection under TLS. It tells observers what each record is, and has no deadlines for crypto/tls, which sets one by the
// machine's clock when it closes.
type underTLS struct {
	net.Conn
	st   *stack.Stack
	text string // what the next records are
}

// Write implements net.Conn.
func (u *underTLS) Write(b []byte) (int, error) {
	u.st.Message(stack.Message{Local: u.LocalAddr(), Remote: u.RemoteAddr(), Text: u.text})
	return u.Conn.Write(b)
}

// SetDeadline implements net.Conn.
func (*underTLS) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (*underTLS) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (*underTLS) SetWriteDeadline(time.Time) error { return nil }
