package stack

import (
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// A Link is the connection of a session of commands and replies: TCP, or TLS over it. Deadlines are those of the TCP connection. Observers of
// the stack, to whom bytes under TLS mean nothing, are told what is said.
type Link struct {
	net.Conn // what is read and written; Close says good-bye under TLS
	tcp      net.Conn
	st       *Stack
	under    *underTLS // or nil
	told     string    // what the next writes are
}

// Tell says in place of their text what the next writes are, until it is called with "": for what would mean nothing to the eye.
func (l *Link) Tell(text string) {
	l.told = text
	if l.under == nil && text != "" {
		l.st.Message(Message{Local: l.LocalAddr(), Remote: l.RemoteAddr(), Text: text})
	}
}

// NewLink takes a connection. Each reply and each group of commands is one write, and the last of it must not wait for an acknowledgement:
// Nagle's algorithm is off.
func NewLink(st *Stack, c net.Conn) *Link {
	if s, ok := c.(interface{ Socket() Socket }); ok {
		_ = s.Socket().SetOption(NoDelay, true) // it only costs time where it is not to be had
	}
	return &Link{Conn: c, tcp: c, st: st}
}

// Secured reports whether there is TLS over the connection.
func (l *Link) Secured() bool { return l.under != nil }

// TCP returns the connection underneath.
func (l *Link) TCP() net.Conn { return l.tcp }

// Break closes the TCP connection without a word, also while another task reads or writes.
func (l *Link) Break() error { return l.tcp.Close() }

// ServeTLS puts TLS over the connection as its server (RFC 8446); the deadline is for the handshake. What was read ahead of it is the caller's
// to refuse.
func (l *Link) ServeTLS(c *tls.Config, deadline time.Time) error {
	return l.secure(deadline, func(conn net.Conn) *tls.Conn { return tls.Server(conn, c) })
}

// DialTLS puts TLS over the connection as its client; the deadline is for the handshake.
func (l *Link) DialTLS(c *tls.Config, deadline time.Time) error {
	return l.secure(deadline, func(conn net.Conn) *tls.Conn { return tls.Client(conn, c) })
}

func (l *Link) secure(deadline time.Time, wrap func(net.Conn) *tls.Conn) error {
	if err := l.tcp.SetDeadline(deadline); err != nil {
		return err
	}
	under := &underTLS{Conn: l.tcp, st: l.st, text: "TLS: handshake"}
	t := wrap(under)
	if err := t.Handshake(); err != nil {
		return err
	}
	under.text = "TLS: end of the session"
	l.Conn, l.under = t, under
	return nil
}

// Write implements net.Conn. Observers, who see bytes that mean nothing to them, are told what is said.
func (l *Link) Write(b []byte) (int, error) {
	if l.under == nil || !l.st.Watched() {
		return l.Conn.Write(b)
	}
	before := l.under.text
	if l.told == "" {
		l.under.text = "TLS: " + gist(b)
	} else {
		l.under.text = "TLS: " + l.told
	}
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

// SetDeadline implements net.Conn.
func (l *Link) SetDeadline(t time.Time) error { return l.tcp.SetDeadline(t) }

// SetReadDeadline implements net.Conn.
func (l *Link) SetReadDeadline(t time.Time) error { return l.tcp.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (l *Link) SetWriteDeadline(t time.Time) error { return l.tcp.SetWriteDeadline(t) }

// An underTLS is the connection under TLS. It tells observers what each record is, and has no deadlines for crypto/tls, which sets one by the
// machine's clock when it closes.
type underTLS struct {
	net.Conn
	st   *Stack
	text string // what the next records are
}

// Write implements net.Conn.
func (u *underTLS) Write(b []byte) (int, error) {
	u.st.Message(Message{Local: u.LocalAddr(), Remote: u.RemoteAddr(), Text: u.text})
	return u.Conn.Write(b)
}

// SetDeadline implements net.Conn.
func (*underTLS) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (*underTLS) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (*underTLS) SetWriteDeadline(time.Time) error { return nil }
