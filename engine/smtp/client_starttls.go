package smtp

import (
	"crypto/tls"
	"net"
)

// StartTLS encrypts the session with ClientOptions.TLS (RFC 3207). What the server offered before is forgotten: say EHLO again.
func (c *Client) StartTLS() (Reply, error) {
	const command = "STARTTLS"
	if c.opt.TLS == nil {
		return Reply{}, &CommandError{command, &ArgumentError{"the client has no TLS settings"}}
	}
	r, err := c.command(command)
	if err != nil {
		return r, err
	}
	if len(c.in.waiting()) > 0 { // said by nobody knows whom
		return r, c.broke(command, &ProtocolError{"the server sent something between its reply and TLS"})
	}
	if err := c.handshake(); err != nil {
		return r, c.broke(command, err)
	}
	c.helo, c.extensions = "", nil
	return r, nil
}

func (c *Client) handshake() error {
	if err := c.conn.SetDeadline(c.st.Now().Add(c.opt.timeout())); err != nil {
		return err
	}
	config := c.opt.TLS
	if config == nil {
		return &ArgumentError{"the client has no TLS settings"}
	}
	t := tls.Client(c.conn, config)
	if err := t.Handshake(); err != nil {
		return &handshakeError{err}
	}
	c.conn, c.secure = t, true
	c.in = input{r: t, before: c.in.before}
	return nil
}

// A handshakeError says why TLS did not come about.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *handshakeError) Unwrap() error { return e.err }

var _ net.Conn = (*tls.Conn)(nil)
