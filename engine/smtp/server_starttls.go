package smtp

// startTLS is STARTTLS (RFC 3207). What the client said before the handshake anybody may have said: commands behind it are refused, and all
// that is known is forgotten (4.2).
func (ss *session) startTLS(arg string) {
	switch {
	case ss.server.TLS == nil || !ss.server.offers("STARTTLS"):
		ss.fail("not-implemented", "STARTTLS")
	case arg != "":
		ss.fail("syntax", "STARTTLS")
	case ss.envelope.Secure:
		ss.fail("sequence", "TLS is on already")
	case len(ss.in.waiting()) > 0:
		ss.fail("pipelined-tls", "")
		ss.closing = true
	case ss.settle(Event{Step: StepStartTLS}, nil, "starttls"):
		if ss.flush() != nil || ss.handshake() != nil {
			ss.closing = true
		}
	}
}

// handshake puts TLS under the session.
func (ss *session) handshake() error {
	if err := ss.conn.ServeTLS(ss.server.TLS, ss.st.Now().Add(ss.server.timeout())); err != nil {
		ss.out = ss.out[:0]
		return err
	}
	old := ss.envelope
	ss.envelope = &Envelope{Secure: true, Remote: old.Remote, Local: old.Local}
	ss.reset()
	ss.enhanced = false
	ss.in = input{r: ss.conn.Conn, before: ss.beforeRead, buf: ss.in.buf}
	return nil
}
