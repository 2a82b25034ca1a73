package imap

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// Options say how a client behaves. The zero value is a client of 60 seconds' patience that takes answers up to 64 MiB.
type Options struct {
	Timeout  time.Duration // for each answer, and for each 16 KiB of one; 0 means 60 s
	Largest  int64         // answer in bytes, with the messages in it; 0 means 64 MiB
	TLS      *tls.Config   // for StartTLS and Implicit
	Implicit bool          // begin with TLS
}

// A Client is a session with a server. Its methods are the commands; an answer NO or BAD is an *Error, after which the session goes on. It may
// not be used by two tasks at a time.
type Client struct {
	Greeting      string // its text
	Authenticated bool   // the server knew the client from the start, or a login succeeded
	Capabilities  []string
	Selected      *Selected // nil: none

	st      *stack.Stack
	o       Options
	conn    *stack.Link
	in      *bufio.Reader
	lines   *wire.LineReader
	tag     int
	left    int64 // bytes that the answer to the present command may still have
	coming  int64 // bytes that it has had
	updates []Update
	kept    int64 // bytes of the answers that they come from
	bye     *Error
}

// Selected is what the server said of the selected folder; it follows what the server says later.
type Selected struct {
	Name           string
	ReadOnly       bool
	Exists, Recent uint32
	Unseen         uint32 // number of the first message that is not \Seen; 0: not said
	UIDValidity    uint32
	UIDNext        uint32
	Flags          []string
	PermanentFlags []string
}

// An Update is something that a server said without being asked, or beside the answer.
type Update struct {
	Kind    string   // exists, recent, expunge, fetch or flags
	Number  uint32   // of exists and recent how many, of expunge and fetch which message
	Message *Message // of fetch
	Flags   []string // of flags
}

// Dial connects to a server at host:port and takes its greeting.
func Dial(st *stack.Stack, address string, o Options) (*Client, error) {
	d := stack.Dialer{Timeout: o.timeout()}
	conn, err := d.Dial(st, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("imap: %w", err)
	}
	return NewClient(st, conn, o)
}

// NewClient begins a session on a connection, which it closes if the server is none.
func NewClient(st *stack.Stack, conn net.Conn, o Options) (*Client, error) {
	c := &Client{st: st, o: o, conn: stack.NewLink(st, conn), left: maxResponse}
	c.renew()
	c.patience()
	err := error(nil)
	if o.Implicit {
		err = c.secure()
	}
	if err == nil {
		err = c.greet()
	}
	c.coming = 0
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (o *Options) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return clientTimeout
}

func (o *Options) largest() int64 {
	if o.Largest > 0 {
		return o.Largest
	}
	return 64 << 20
}

func (c *Client) renew() {
	c.in = bufio.NewReaderSize(c.conn, 8192)
	c.lines = wire.NewLineReader(c.in)
	c.lines.Max = maxResponse
}

func (c *Client) patience() { c.conn.SetDeadline(c.st.Now().Add(c.o.timeout())) }

func (c *Client) secure() error {
	if c.o.TLS == nil {
		return &codedError{"no settings for TLS", "invalid", nil}
	}
	if err := c.conn.DialTLS(c.o.TLS, c.st.Now().Add(c.o.timeout())); err != nil {
		return tlsError(err)
	}
	c.renew()
	c.Capabilities = nil
	return nil
}

// greet reads the greeting (RFC 3501 7.1).
func (c *Client) greet() error {
	p, err := c.receive("greeting")
	if err != nil {
		return err
	}
	p.want('*')
	p.sp()
	r := p.untagged()
	s := p.responseText(r.name)
	switch {
	case p.err != nil || r.number != 0:
		return c.broken("greeting", p.err, p.b)
	case r.name == "BYE":
		return &Error{"", "BYE", s.response, s.text}
	case r.name != "OK" && r.name != "PREAUTH":
		return c.broken("greeting", nil, p.b)
	}
	c.Greeting, c.Authenticated = s.text, r.name == "PREAUTH"
	c.code(s)
	return nil
}

// broken says that the server does not follow the grammar, and gives the connection up, for it is not known what comes next.
func (c *Client) broken(command string, err error, line []byte) error {
	c.conn.Break()
	if err == nil {
		err = &syntaxError{want: "an answer of an IMAP server", rest: string(line[:min(len(line), 40)])}
	}
	return &codedError{"answer to " + command, "protocol", err}
}

// receive reads an answer: a line, and the literals in it with the lines that follow them.
func (c *Client) receive(command string) (*parser, error) {
	var b []byte
	for {
		c.patience()
		line, err := c.lines.ReadLine()
		if err != nil {
			return nil, c.lost(command, err)
		}
		b = append(b, line...)
		c.coming += int64(len(line))
		size, _, ok := literalHeader(line)
		if c.left -= int64(len(line)) + 2; c.left < 0 || ok && c.left < size {
			c.conn.Break()
			return nil, &codedError{"the answer to " + command + " is longer than the limit", "too-long", nil}
		}
		if !ok {
			return &parser{b: b}, nil
		}
		c.left -= size
		b = append(b, "\r\n"...)
		for size > 0 { // memory is taken as bytes come
			c.patience()
			n := min(size, chunk)
			from := len(b)
			b = append(b, make([]byte, n)...)
			c.coming += n
			if _, err := io.ReadFull(c.lines, b[from:]); err != nil {
				return nil, c.lost(command, err)
			}
			size -= n
		}
	}
}

// lost words the end of the connection; what the server said last is the reason.
func (c *Client) lost(command string, err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if c.bye != nil && stack.Code(err) == "closed" {
		return c.bye
	}
	return fmt.Errorf("imap: answer to %s: %w", command, err)
}

// Has reports whether the server has a capability. Without a list of them it asks for one.
func (c *Client) Has(capability string) bool {
	if c.Capabilities == nil {
		if _, err := c.Capability(); err != nil {
			return false
		}
	}
	return slices.ContainsFunc(c.Capabilities, func(have string) bool { return strings.EqualFold(have, capability) })
}

// A request is a command that is being written: text and literals in turn, beginning and ending with text.
type request struct {
	name  string
	parts [][]byte
	err   error // it cannot be sent
}

func newRequest(name string) *request { return &request{name: name, parts: [][]byte{[]byte(name)}} }

func (r *request) raw(text string) *request {
	last := len(r.parts) - 1
	r.parts[last] = append(r.parts[last], text...)
	return r
}

// astring adds a space and a string, as a literal if it must be one. No string has a zero byte (RFC 3501 4.3.1).
func (r *request) astring(text string) *request {
	r.raw(" ")
	if strings.IndexByte(text, 0) >= 0 {
		r.err = &codedError{fmt.Sprintf("%s: a zero byte in %.40q", r.name, text), "invalid", nil}
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f {
			return r.literal([]byte(text))
		}
	}
	if len(text) > 1000 {
		return r.literal([]byte(text))
	}
	last := len(r.parts) - 1
	r.parts[last] = appendAString(r.parts[last], text)
	return r
}

func (r *request) mailbox(name string) *request { return r.astring(encodeUTF7(name)) }

func (r *request) literal(text []byte) *request {
	r.parts = append(r.parts, text, nil)
	return r
}

// do sends a command and reads until its end. Each answer without a tag is given to take, which reports whether it was meant; the others
// are updates.
func (c *Client) do(r *request, take func(response) bool) (status, error) {
	defer func() { c.coming = 0 }()
	tag, s, err := c.send(r)
	if err != nil || s.word != "" {
		return s, err
	}
	return c.await(r.name, tag, take)
}

// send sends a command with its literals. A server may refuse it before they are all sent: then the status is not empty.
func (c *Client) send(r *request) (tag string, s status, err error) {
	if r.err != nil {
		return "", s, r.err
	}
	plus := len(r.parts) > 1 && c.Has("LITERAL+")
	c.left, c.coming = c.o.largest(), 0
	c.tag++
	tag = fmt.Sprintf("a%d", c.tag)
	line := []byte(tag + " ")
	for i, part := range r.parts {
		switch isLiteral := i%2 == 1; {
		case isLiteral && plus:
			line = fmt.Appendf(line, "{%d+}\r\n", len(part))
		case isLiteral:
			if err := c.write(r.name, fmt.Appendf(line, "{%d}\r\n", len(part))); err != nil {
				return "", s, err
			}
			line = line[:0]
			if s, err = c.goAhead(r.name, tag); err != nil || s.word != "" {
				return "", s, err
			}
		}
		line = append(line, part...)
	}
	return tag, s, c.write(r.name, append(line, "\r\n"...))
}

func (c *Client) write(command string, b []byte) error {
	for len(b) > 0 {
		c.patience()
		n, err := c.conn.Write(b[:min(len(b), chunk)])
		if err != nil {
			return fmt.Errorf("imap: %s: %w", command, err)
		}
		b = b[n:]
	}
	return nil
}

// goAhead waits for a line that begins with "+", or the refusal of the command.
func (c *Client) goAhead(command, tag string) (status, error) {
	_, s, err := c.challenge(command, tag)
	return s, err
}

// challenge is goAhead with the text behind "+".
func (c *Client) challenge(command, tag string) (text string, s status, err error) {
	for {
		p, err := c.receive(command)
		switch {
		case err != nil:
			return "", s, err
		case p.take('+'):
			p.take(' ')
			return string(p.b[p.at:]), s, nil
		case p.peek() == '*':
			if err := c.untagged(command, p, nil); err != nil {
				return "", s, err
			}
			continue
		}
		s, err = c.tagged(command, tag, p)
		if err == nil && s.word == "OK" {
			return "", s, c.broken(command, nil, p.b)
		}
		return "", s, err
	}
}

// await reads answers until the one with the tag.
func (c *Client) await(command, tag string, take func(response) bool) (status, error) {
	for {
		p, err := c.receive(command)
		if err != nil {
			return status{}, err
		}
		if p.peek() != '*' {
			return c.tagged(command, tag, p)
		}
		if err := c.untagged(command, p, take); err != nil {
			return status{}, err
		}
	}
}

// tagged reads the end of a command. NO and BAD are an *Error.
func (c *Client) tagged(command, tag string, p *parser) (status, error) {
	got := p.tag()
	p.sp()
	word := strings.ToUpper(p.atom())
	s := p.responseText(word)
	switch {
	case p.err != nil || got != tag || word != "OK" && word != "NO" && word != "BAD":
		return s, c.broken(command, p.err, p.b)
	case word != "OK":
		return s, &Error{command, word, s.response, s.text}
	}
	c.code(s)
	return s, nil
}
