package smtp

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// ClientOptions say how a client behaves. The zero value is a client for servers on port 25.
type ClientOptions struct {
	Helo    string        // how Send introduces itself; "" is the host's name
	Timeout time.Duration // for each step; 0 means 5 min (RFC 5321 4.5.3.2). The answer to a whole message may take twice as long

	TLS      *tls.Config // for STARTTLS
	Implicit bool        // begin with TLS, as port 465 has it

	NoPipelining bool // Send waits for each answer
	Chunking     bool // Send uses BDAT where the server offers CHUNKING
}

// A Client is a session with a server. Its methods send a command and wait for the reply; a reply of class 4 or 5 is also the error, as an
// *Error in a *CommandError. After any other error the connection is of no use.
type Client struct {
	Greeting Reply // of the server

	st         *stack.Stack
	conn       *stack.Link
	in         input
	opt        ClientOptions
	helo       string   // as it was said
	extensions []string // of EHLO, "SIZE 1000"
	secure     bool
	err        error // what broke the session
}

// Dial connects to address, "host" or "host:port", and waits for the greeting. A greeting that refuses is an error.
func Dial(st *stack.Stack, address string, o ClientOptions) (*Client, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), strconv.Itoa(Port))
	}
	conn, err := stack.Dialer{Timeout: o.timeout()}.Dial(st, "tcp", address)
	if err != nil {
		return nil, &CommandError{"connect", err}
	}
	return NewClient(st, conn, o)
}

// NewClient is Dial on a connection, which it closes if it fails.
func NewClient(st *stack.Stack, conn net.Conn, o ClientOptions) (*Client, error) {
	c := &Client{st: st, conn: stack.NewLink(st, conn), opt: o}
	c.in = input{r: conn, before: func() error { return nil }}
	if o.Implicit {
		if err := c.handshake(); err != nil {
			conn.Close()
			return nil, &CommandError{"connect", err}
		}
	}
	greeting, err := c.read("connect", o.timeout())
	if err == nil {
		err = greeting.Err()
	}
	if err != nil {
		conn.Close()
		return nil, wrap("connect", err)
	}
	c.Greeting = greeting
	return c, nil
}

func (o *ClientOptions) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return defaultTimeout
}

func wrap(command string, err error) error {
	var already *CommandError
	if errors.As(err, &already) {
		return err
	}
	return &CommandError{command, err}
}

// The largest reply a server may give, lest it fill our memory.
const (
	maxReplyLine  = 4096
	maxReplyLines = 2000
)

// read reads a reply. command is what it answers.
func (c *Client) read(command string, patience time.Duration) (Reply, error) {
	if c.err != nil {
		return Reply{}, &CommandError{command, c.err}
	}
	if err := c.conn.SetReadDeadline(c.st.Now().Add(patience)); err != nil {
		return Reply{}, c.broke(command, err)
	}
	r, err := readReply(&c.in)
	if err != nil {
		return Reply{}, c.broke(command, err)
	}
	if r.Code == 421 { // RFC 5321 3.8
		c.err = r.Err()
	}
	return r, nil
}

// readReply reads the lines of a reply.
func readReply(in *input) (Reply, error) {
	var r Reply
	for {
		line, err := in.line(maxReplyLine)
		switch {
		case err == errLineTooLong:
			return Reply{}, &ProtocolError{"the server's reply is longer than a reply may be"}
		case err != nil:
			return Reply{}, err
		}
		code, more, text, ok := cutCode(string(line))
		switch {
		case !ok:
			return Reply{}, &ProtocolError{"the server's reply is none: " + quote(string(line))}
		case len(r.Lines) > 0 && code != r.Code:
			return Reply{}, &ProtocolError{"the lines of the server's reply have different codes: " + quote(string(line))}
		case len(r.Lines) == maxReplyLines:
			return Reply{}, &ProtocolError{"the server's reply has too many lines"}
		}
		r.Code = code
		r.Lines = append(r.Lines, text)
		if !more {
			r.takeEnhanced()
			return r, nil
		}
	}
}

// broke records that the session is of no use any more.
func (c *Client) broke(command string, err error) error {
	if c.err == nil {
		c.err = err
	}
	return &CommandError{command, err}
}

// write sends bytes; command is what they are part of.
func (c *Client) write(command string, b []byte) error {
	if c.err != nil {
		return &CommandError{command, c.err}
	}
	err := c.conn.SetWriteDeadline(c.st.Now().Add(c.opt.timeout() + time.Duration(len(b))*(time.Second/slowest)))
	if err == nil {
		_, err = c.conn.Write(b)
	}
	if err != nil {
		return c.broke(command, err)
	}
	return nil
}

// checkLine refuses what would be more than one command.
func checkLine(line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return &ArgumentError{"a command is one line"}
	}
	return nil
}

// Cmd sends a line as it is and waits for the reply, whatever it is: a reply of class 4 or 5 is no error here.
func (c *Client) Cmd(line string) (Reply, error) {
	if err := checkLine(line); err != nil {
		return Reply{}, &CommandError{quote(line), err}
	}
	return c.cmd(line, line)
}

// cmd sends a line that errors call shown.
func (c *Client) cmd(line, shown string) (Reply, error) {
	if err := c.write(shown, []byte(line+"\r\n")); err != nil {
		return Reply{}, err
	}
	return c.read(shown, c.opt.timeout())
}

// command is Cmd where a refusal is an error.
func (c *Client) command(line string) (Reply, error) {
	r, err := c.Cmd(line)
	if err == nil {
		err = refusal(line, r)
	}
	return r, err
}

// refusal returns the error of a reply, or nil.
func refusal(command string, r Reply) error {
	if err := r.Err(); err != nil {
		return &CommandError{command, err}
	}
	return nil
}

// Helo introduces the client without extensions.
func (c *Client) Helo(name string) (Reply, error) {
	r, err := c.command("HELO " + name)
	if err == nil {
		c.helo, c.extensions = name, nil
	}
	return r, err
}

// Ehlo introduces the client and learns the server's extensions.
func (c *Client) Ehlo(name string) (Reply, error) {
	r, err := c.command("EHLO " + name)
	if err == nil {
		c.helo, c.extensions = name, slices.Clone(r.Lines[1:])
	}
	return r, err
}

// Hello is Ehlo, and Helo where the server does not know EHLO (RFC 5321 3.2).
func (c *Client) Hello() (Reply, error) {
	name := c.opt.Helo
	if name == "" {
		name = c.st.HostName()
	}
	r, err := c.Ehlo(name)
	var refused *Error
	if errors.As(err, &refused) && !refused.Temporary() {
		return c.Helo(name)
	}
	return r, err
}

// Extension reports whether the server offers an extension, and its parameters: "1000" of SIZE.
func (c *Client) Extension(keyword string) (parameters string, ok bool) {
	for _, e := range c.extensions {
		word, rest, _ := strings.Cut(e, " ")
		if strings.EqualFold(word, keyword) {
			return rest, true
		}
	}
	return "", false
}

// Extensions returns the lines of the answer to EHLO, without the first.
func (c *Client) Extensions() []string { return slices.Clone(c.extensions) }

// Secure reports whether TLS protects the session.
func (c *Client) Secure() bool { return c.secure }

// Reset forgets the message that is under way.
func (c *Client) Reset() (Reply, error) { return c.command("RSET") }

// Noop does nothing.
func (c *Client) Noop() (Reply, error) { return c.command("NOOP") }

// Help asks the server to explain itself, or a command.
func (c *Client) Help(topic string) (Reply, error) {
	return c.command(strings.TrimSpace("HELP " + topic))
}

// Verify asks for the mailbox of a user. Most servers say 252: they will try.
func (c *Client) Verify(user string) (Reply, error) { return c.command("VRFY " + user) }

// Expand asks who is on a mailing list.
func (c *Client) Expand(list string) (Reply, error) { return c.command("EXPN " + list) }

// Quit ends the session and closes the connection.
func (c *Client) Quit() (Reply, error) {
	r, err := c.command("QUIT")
	c.Close()
	return r, err
}

// Close closes the connection without QUIT.
func (c *Client) Close() error {
	if c.err == nil {
		c.err = net.ErrClosed
	}
	return c.conn.Close()
}

// Memory returns how much the session takes, in bytes.
func (c *Client) Memory() int { return len(c.in.buf) + 1<<10 }
