package smtp

import "bytes"

// A transfer is a message on its way out.
type transfer struct {
	c        *Client
	mail     string   // command lines
	rcpt     []string // likewise
	to       []string
	message  []byte // with CRLF; stuffed unless chunked
	chunked  bool
	delivery Delivery
	taken    int // recipients
}

// group is how many commands are sent before answers are read, so that neither side can be stuck in writing.
const group = 50

func (c *Client) newTransfer(from string, to []string, message []byte) (*transfer, error) {
	t := &transfer{c: c, to: to}
	if len(to) == 0 {
		return nil, &ArgumentError{"a message has a recipient"}
	}
	o := MailOptions{UTF8: !isASCII(from)}
	for _, a := range to {
		line, err := rcptCommand(a)
		if err != nil {
			return nil, err
		}
		t.rcpt = append(t.rcpt, line)
		o.UTF8 = o.UTF8 || !isASCII(a)
	}
	if !sevenBit(message) {
		o.Body = "8BITMIME"
	}
	_, offered := c.Extension("CHUNKING")
	t.chunked = c.opt.Chunking && offered
	var err error
	if t.message, err = lines(message); err != nil {
		return nil, err
	}
	if _, offered := c.Extension("SMTPUTF8"); offered && o.Body != "" { // otherwise it goes as it is: many write so without a word
		header, _, hasBody := bytes.Cut(t.message, []byte("\r\n\r\n"))
		o.UTF8 = o.UTF8 || hasBody && !sevenBit(header)
	}
	o.Size = int64(len(t.message))
	if !t.chunked {
		t.message = stuff(t.message)
	}
	t.mail, err = c.mailCommand(from, o)
	return t, err
}

func (t *transfer) run() (Delivery, error) {
	_, pipelined := t.c.Extension("PIPELINING")
	if !pipelined || t.c.opt.NoPipelining {
		err := t.step()
		return t.delivery, err
	}
	err := t.pipeline()
	return t.delivery, err
}

// step waits for each reply.
func (t *transfer) step() error {
	if _, err := t.c.command(t.mail); err != nil {
		return err
	}
	for i, line := range t.rcpt {
		r, err := t.c.Cmd(line)
		if err != nil {
			return err
		}
		t.recipient(i, r)
	}
	if t.taken == 0 {
		t.c.Reset()
		return t.nobody()
	}
	if t.chunked {
		return t.done(t.c.Bdat(t.message, true))
	}
	r, err := t.c.Cmd("DATA")
	if _, err = t.c.judge("DATA", r, err, 354); err != nil {
		t.c.Reset()
		return err
	}
	return t.done(t.c.text(t.message))
}

// recipient notes what the server said to a recipient.
func (t *transfer) recipient(i int, r Reply) {
	if err := refusal(t.rcpt[i], r); err != nil {
		t.delivery.Refused = append(t.delivery.Refused, Refused{t.to[i], err})
		return
	}
	t.taken++
}

// nobody is the error when each recipient was refused: that of the first.
func (t *transfer) nobody() error { return t.delivery.Refused[0].Err }

func (t *transfer) done(r Reply, err error) error {
	t.delivery.Reply = r
	return err
}

// pipeline sends MAIL, RCPT and DATA together (RFC 2920 3.1).
func (t *transfer) pipeline() error {
	commands := append([]string{t.mail}, t.rcpt...)
	if !t.chunked {
		commands = append(commands, "DATA")
	}
	var mailErr error
	var data Reply
	for begin := 0; begin < len(commands); begin += group {
		part := commands[begin:min(begin+group, len(commands))]
		var out []byte
		for _, line := range part {
			out = append(append(out, line...), "\r\n"...)
		}
		if err := t.c.write(part[0], out); err != nil {
			return err
		}
		for i, line := range part {
			r, err := t.c.read(line, t.c.opt.timeout())
			if err != nil {
				return err
			}
			switch n := begin + i; {
			case n == 0:
				mailErr = refusal(line, r)
			case n <= len(t.rcpt):
				t.recipient(n-1, r)
			default:
				data = r
			}
		}
	}
	switch {
	case t.chunked && mailErr == nil && t.taken > 0:
		return t.done(t.c.Bdat(t.message, true))
	case data.Code == 354 && mailErr == nil && t.taken > 0:
		return t.done(t.c.text(t.message))
	case data.Code == 354: // there is nobody to send it to, but the server waits for it
		t.c.text([]byte(".\r\n"))
	}
	t.c.Reset()
	switch {
	case mailErr != nil:
		t.delivery.Refused = nil
		return mailErr
	case t.taken == 0:
		return t.nobody()
	}
	_, err := t.c.judge("DATA", data, nil, 354)
	return err
}
