package maildrop

import "io"

// A lines reader gives every line the end CRLF: POP3 and IMAP count and send messages so (RFC 1939 11, RFC 9051 2.3.4).
type lines struct {
	r    io.Reader
	in   []byte
	buf  [4096]byte
	cr   bool // the last byte was CR
	half bool // LF is still to come
	err  error
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(l.in) == 0 {
			if n > 0 || l.err != nil {
				break
			}
			var m int
			m, l.err = l.r.Read(l.buf[:])
			l.in = l.buf[:m]
			continue
		}
		c := l.in[0]
		switch {
		case l.half:
			l.half = false
		case c == '\n' && !l.cr:
			p[n], l.half = '\r', true
			n++
			continue
		}
		p[n], l.cr, l.in = c, c == '\r', l.in[1:]
		n++
	}
	if n > 0 {
		return n, nil
	}
	return 0, l.err
}
