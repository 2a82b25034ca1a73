package smtp

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
	if c.opt.TLS == nil {
		return &ArgumentError{"the client has no TLS settings"}
	}
	if err := c.conn.DialTLS(c.opt.TLS, c.st.Now().Add(c.opt.timeout())); err != nil {
		return err
	}
	c.secure = true
	c.in = input{r: c.conn.Conn, before: c.in.before}
	return nil
}
