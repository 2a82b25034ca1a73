package ftp

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// Options say how a client behaves. The zero value is a client of 60 seconds' patience with passive data connections.
type Options struct {
	Timeout  time.Duration // for each reply, and for each part of a file; 0 means 60 s
	Active   bool          // let the server make the data connections (PORT, EPRT)
	Plain    bool          // know RFC 959 alone: PASV and PORT and no others
	TLS      *tls.Config   // for AuthTLS and Implicit, and data connections
	Implicit bool          // begin with TLS

	// Heard, if not nil, is told each reply, for programs that show them to a person.
	Heard func(Reply)
}

// A Client is a session with a server. Its methods are the commands; a refusal is an *Error, after which the session goes on. It may not be used
// by two tasks at a time, and not while a Transfer is open, but for Transfer's own methods.
type Client struct {
	Greeting Reply
	Options  Options // Active, Plain and Timeout may be changed between commands

	st      *stack.Stack
	conn    *stack.Link
	lines   *wire.LineReader
	open    *Transfer // or nil
	old     bool      // the server has refused EPSV or EPRT
	image   bool      // TYPE I is in force
	private bool      // PROT P is in force
}

// Dial connects to a server at host:port and takes its greeting.
func Dial(st *stack.Stack, address string, o Options) (*Client, error) {
	d := stack.Dialer{Timeout: o.timeout()}
	conn, err := d.Dial(st, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("ftp: %w", err)
	}
	return NewClient(st, conn, o)
}

// NewClient begins a session on a connection, which it closes if the server is none.
func NewClient(st *stack.Stack, conn net.Conn, o Options) (*Client, error) {
	c := &Client{Options: o, st: st, conn: stack.NewLink(st, conn)}
	c.read(conn)
	c.patience()
	err := error(nil)
	if o.Implicit {
		err = c.secure("the connection")
	}
	if err == nil {
		c.Greeting, err = c.greeting()
	}
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

func (c *Client) read(conn net.Conn) {
	c.lines = wire.NewLineReader(conn)
	c.lines.Max = maxLine
}

func (c *Client) patience() { c.conn.SetDeadline(c.st.Now().Add(c.Options.timeout())) }

func (c *Client) secure(what string) error {
	config := c.Options.TLS
	if config == nil {
		return &codedError{text: "no settings for TLS", code: "invalid"}
	}
	err := c.conn.DialTLS(config, c.st.Now().Add(c.Options.timeout()))
	if err != nil {
		return tlsError(what, err)
	}
	c.read(c.conn.Conn)
	return nil
}

// greeting takes the first reply, and a second one if the server says "120 wait" (RFC 959 5.4).
func (c *Client) greeting() (Reply, error) {
	r, err := c.reply("")
	if err == nil && r.Code == 120 {
		c.patience()
		r, err = c.reply("")
	}
	return r, err
}

// reply reads a reply; one of class 4 or 5 is an *Error.
func (c *Client) reply(command string) (Reply, error) {
	name, _, _ := strings.Cut(command, " ")
	r, err := readReply(c.lines, or(name, "greeting"))
	switch {
	case err == wire.ErrLineTooLong:
		return r, syntaxError(or(name, "greeting"), "a line of more than 4096 bytes")
	case err != nil:
		if _, is := err.(*SyntaxError); is {
			return r, err
		}
		return r, fmt.Errorf("ftp: reply to %s: %w", or(name, "the connection"), ended(err))
	}
	if c.Options.Heard != nil {
		c.Options.Heard(r)
	}
	if !r.Positive() {
		return r, &Error{name, r}
	}
	return r, nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// ended says that the stream ended too early wherever it ends.
func ended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// send sends a command line.
func (c *Client) send(line string) error {
	if c.open != nil {
		return &codedError{text: "the transfer of " + c.open.command + " is open: close it first", code: "invalid"}
	}
	if strings.ContainsAny(line, "\r\n") {
		return &codedError{text: "the end of a line within a command, which would begin another: " + strconv.QuoteToASCII(line[:min(len(line), 80)]), code: "invalid"}
	}
	c.patience()
	if err := wire.WriteLine(c.conn, line); err != nil {
		name, _, _ := strings.Cut(line, " ")
		return fmt.Errorf("ftp: %s: %w", name, err)
	}
	return nil
}

// Command sends a line and returns the reply, for commands that have no method. It is not for commands with a data connection.
func (c *Client) Command(line string) (Reply, error) {
	if err := c.send(line); err != nil {
		return Reply{}, err
	}
	return c.reply(line)
}

// exchange sends a command with an argument, which may be "".
func (c *Client) exchange(name, arg string) (Reply, error) {
	if arg != "" {
		name += " " + arg
	}
	return c.Command(name)
}

// wanted is exchange for commands whose reply has a certain code.
func (c *Client) wanted(code int, name, arg string) (string, error) {
	r, err := c.exchange(name, arg)
	if err == nil && r.Code != code {
		return "", syntaxError(name, r.String())
	}
	return r.Text, err
}

// User names the user; the reply's code is 331 if a password is wanted, 230 if not.
func (c *Client) User(name string) (Reply, error) { return c.exchange("USER", name) }

// Pass shows the password, in the clear unless the connection is under TLS; the reply's code is 230, or 332 if an account is wanted.
func (c *Client) Pass(password string) (Reply, error) { return c.Command("PASS " + password) }

// Acct names an account (RFC 959 4.1.1).
func (c *Client) Acct(account string) (Reply, error) { return c.exchange("ACCT", account) }

// Login is User, Pass and Acct, as far as the server asks for them.
func (c *Client) Login(user, password, account string) error {
	r, err := c.User(user)
	if err == nil && r.Code == 331 {
		r, err = c.Pass(password)
	}
	if err == nil && r.Code == 332 {
		r, err = c.Acct(account)
	}
	if err == nil && r.Code != 230 && r.Code != 202 && r.Code != 232 {
		return syntaxError("USER", r.String())
	}
	return err
}

// AuthTLS puts the control connection under TLS, and the data connections that follow (RFC 4217): AUTH TLS, PBSZ 0, PROT P.
func (c *Client) AuthTLS() error {
	if c.Options.TLS == nil {
		return &codedError{text: "no settings for TLS", code: "invalid"}
	}
	if _, err := c.wanted(234, "AUTH", "TLS"); err != nil {
		return err
	}
	if c.lines.Buffered() > 0 { // said by nobody knows whom
		c.conn.Break()
		return &SyntaxError{"AUTH", "more than a reply in the clear"}
	}
	if err := c.secure("AUTH"); err != nil {
		return err
	}
	return c.Protect(true)
}

// Protect sets whether the data connections that follow are under TLS: PBSZ 0 and PROT P, or PROT C.
func (c *Client) Protect(private bool) error {
	if _, err := c.exchange("PBSZ", "0"); err != nil {
		return err
	}
	level := map[bool]string{false: "C", true: "P"}[private]
	_, err := c.exchange("PROT", level)
	if err == nil {
		c.private = private
	}
	return err
}

// Secured reports whether the control connection is under TLS.
func (c *Client) Secured() bool { return c.conn.Secured() }

// Type sets how files are sent: "A", lines of text, as it is at first, or "I", bytes.
func (c *Client) Type(code string) error {
	_, err := c.exchange("TYPE", code)
	if err == nil {
		c.image = !strings.EqualFold(code[:min(1, len(code))], "A")
	}
	return err
}

// Syst returns the kind of system that the server says it is.
func (c *Client) Syst() (string, error) { return c.wanted(215, "SYST", "") }

// Stat returns the state of the session, or a listing of a path.
func (c *Client) Stat(path string) (Reply, error) { return c.exchange("STAT", path) }

// Help returns what the server says of its commands, or of one.
func (c *Client) Help(command string) (Reply, error) { return c.exchange("HELP", command) }

// Noop does nothing but show that both are there.
func (c *Client) Noop() error {
	_, err := c.exchange("NOOP", "")
	return err
}

// Feat returns the extensions, such as "REST STREAM", one each (RFC 2389 3).
func (c *Client) Feat() ([]string, error) {
	r, err := c.exchange("FEAT", "")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(r.Text, "\n")
	var list []string
	for i, line := range lines {
		if i > 0 && i < len(lines)-1 {
			list = append(list, strings.TrimLeft(line, " "))
		}
	}
	return list, nil
}

// Quit ends the session. The connection is closed whatever is answered.
func (c *Client) Quit() error {
	_, err := c.exchange("QUIT", "")
	c.conn.Close()
	return err
}

// Close breaks the connection off.
func (c *Client) Close() error { return c.conn.Break() }
