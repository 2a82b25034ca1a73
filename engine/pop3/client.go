package pop3

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sasl"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// Options say how a client behaves. The zero value is a client of 60 seconds' patience that takes messages up to 64 MiB.
type Options struct {
	Timeout  time.Duration // for each answer, and for each 16 KiB of a message; 0 means 60 s
	Largest  int64         // message in bytes; 0 means 64 MiB
	TLS      *tls.Config   // for STLS and Implicit
	Implicit bool          // begin with TLS
}

// A Client is a session with a server. Its methods are the commands; an answer -ERR is an *Error, after which the
// session goes on. It may not be used by two tasks at a time.
type Client struct {
	Greeting string // the text behind the greeting's +OK

	st    *stack.Stack
	o     Options
	conn  *stack.Link
	lines *wire.LineReader

	coming int64 // bytes of the answer that comes now
}

// Dial connects to a server at host:port and takes its greeting.
func Dial(st *stack.Stack, address string, o Options) (*Client, error) {
	d := stack.Dialer{Timeout: o.timeout()}
	conn, err := d.Dial(st, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("pop3: %w", err)
	}
	return NewClient(st, conn, o)
}

// NewClient begins a session on a connection, which it closes if the server is none.
func NewClient(st *stack.Stack, conn net.Conn, o Options) (*Client, error) {
	c := &Client{st: st, o: o, conn: stack.NewLink(st, conn)}
	c.renew()
	c.patience()
	err := error(nil)
	if o.Implicit {
		err = c.secure()
	}
	if err == nil {
		c.Greeting, err = c.answer("")
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

func (o *Options) largest() int64 {
	if o.Largest > 0 {
		return o.Largest
	}
	return 64 << 20
}

func (c *Client) renew() {
	c.lines = wire.NewLineReader(c.conn)
	c.lines.Max = maxLine
}

func (c *Client) patience() { c.conn.SetDeadline(c.st.Now().Add(c.o.timeout())) }

func (c *Client) secure() error {
	if c.o.TLS == nil {
		return errNoTLS
	}
	if err := c.conn.DialTLS(c.o.TLS, c.st.Now().Add(c.o.timeout())); err != nil {
		return tlsError(err)
	}
	c.renew()
	return nil
}

// answer reads a status line and returns its text.
func (c *Client) answer(command string) (string, error) {
	line, err := c.lines.ReadLine()
	if err != nil {
		return "", fmt.Errorf("pop3: answer to %s: %w", or(command, "the connection"), ended(err))
	}
	ok, response, text, valid := parseStatus(line)
	switch {
	case !valid:
		return "", syntaxError(or(command, "greeting"), line)
	case !ok:
		return "", &Error{command, response, text}
	}
	return text, nil
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

// Command sends a line and returns the text of the answer, for commands that have no method. The answer must be one line.
func (c *Client) Command(line string) (string, error) {
	name, _, _ := strings.Cut(line, " ")
	return c.exchange(strings.ToUpper(name), line)
}

func (c *Client) exchange(name, line string) (string, error) {
	c.patience()
	if err := wire.WriteLine(c.conn, line); err != nil {
		return "", fmt.Errorf("pop3: %s: %w", name, err)
	}
	return c.answer(name)
}

// User names the user (RFC 1939 7); Pass follows.
func (c *Client) User(name string) error {
	_, err := c.exchange("USER", "USER "+name)
	return err
}

// Pass shows the password, in the clear unless the connection is under TLS.
func (c *Client) Pass(password string) error {
	_, err := c.exchange("PASS", "PASS "+password)
	return err
}

// Login is User and Pass.
func (c *Client) Login(user, password string) error {
	if err := c.User(user); err != nil {
		return err
	}
	return c.Pass(password)
}

// Stamp returns the time stamp of the greeting; "" says that the server has no APOP.
func (c *Client) Stamp() string { return timestamp(c.Greeting) }

// APOP proves to know the password without showing it (RFC 1939 7).
func (c *Client) APOP(user, password string) error {
	stamp := c.Stamp()
	if stamp == "" {
		return &Error{Command: "APOP", Text: "the greeting has no time stamp"}
	}
	_, err := c.exchange("APOP", "APOP "+user+" "+Digest(stamp, password))
	return err
}

// CRAMMD5 proves to know the password by AUTH CRAM-MD5 (RFC 5034, RFC 2195).
func (c *Client) CRAMMD5(user, password string) error {
	c.patience()
	if err := wire.WriteLine(c.conn, "AUTH CRAM-MD5"); err != nil {
		return fmt.Errorf("pop3: AUTH: %w", err)
	}
	line, err := c.lines.ReadLine()
	if err != nil {
		return fmt.Errorf("pop3: answer to AUTH: %w", ended(err))
	}
	challenge, isChallenge := strings.CutPrefix(string(line), "+ ")
	if !isChallenge {
		if ok, response, text, valid := parseStatus(line); valid && !ok {
			return &Error{"AUTH", response, text}
		}
		return syntaxError("AUTH", line)
	}
	text, err := base64.StdEncoding.DecodeString(challenge)
	if err != nil {
		return syntaxError("AUTH", line)
	}
	_, err = c.exchange("AUTH", base64.StdEncoding.EncodeToString([]byte(sasl.CRAMMD5(user, password, string(text)))))
	return err
}

// STLS puts the connection under TLS (RFC 2595 4). What the server said before must be asked again.
func (c *Client) STLS() error {
	if c.o.TLS == nil {
		return errNoTLS
	}
	if _, err := c.exchange("STLS", "STLS"); err != nil {
		return err
	}
	if c.lines.Buffered() > 0 {
		c.conn.Break()
		return &SyntaxError{"STLS", "more than an answer in the clear"}
	}
	c.patience()
	return c.secure()
}

// Capa returns the capabilities, one a line, such as "TOP" and "SASL PLAIN CRAM-MD5" (RFC 2449 5).
func (c *Client) Capa() ([]string, error) { return c.listing("CAPA") }

// Stat returns how many messages there are that are not marked, and their size in bytes.
func (c *Client) Stat() (messages int, size int64, err error) {
	text, err := c.exchange("STAT", "STAT")
	if err != nil {
		return 0, 0, err
	}
	messages, size, ok := parseListing(text)
	if !ok {
		return 0, 0, syntaxError("STAT", []byte("+OK "+text))
	}
	return messages, size, nil
}

// An Entry is a line of a listing.
type Entry struct {
	Number int
	Size   int64  // in bytes; of List
	UID    string // of UIDL
}

// List returns the messages that are not marked with their sizes.
func (c *Client) List() ([]Entry, error) {
	return c.entries("LIST", listEntry)
}

// UIDL returns the messages that are not marked with their unique ids.
func (c *Client) UIDL() ([]Entry, error) {
	return c.entries("UIDL", uidEntry)
}

// ListOne returns one line of List.
func (c *Client) ListOne(number int) (Entry, error) {
	return c.entry("LIST", number, listEntry)
}

// UIDLOne returns one line of UIDL.
func (c *Client) UIDLOne(number int) (Entry, error) {
	return c.entry("UIDL", number, uidEntry)
}

func listEntry(line string) (e Entry, ok bool) {
	e.Number, e.Size, ok = parseListing(line)
	return e, ok
}

func uidEntry(line string) (e Entry, ok bool) {
	e.Number, e.UID, ok = parseUID(line)
	return e, ok
}

func (c *Client) entry(command string, number int, parse func(string) (Entry, bool)) (Entry, error) {
	text, err := c.exchange(command, command+" "+strconv.Itoa(number))
	if err != nil {
		return Entry{}, err
	}
	e, ok := parse(text)
	if !ok || e.Number != number {
		return Entry{}, syntaxError(command, []byte("+OK "+text))
	}
	return e, nil
}

func (c *Client) entries(command string, parse func(string) (Entry, bool)) ([]Entry, error) {
	lines, err := c.listing(command)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, len(lines))
	for i, line := range lines {
		var ok bool
		if list[i], ok = parse(line); !ok {
			return nil, syntaxError(command, []byte(line))
		}
	}
	return list, nil
}

// listing sends a command whose answer is lines up to a dot.
func (c *Client) listing(command string) ([]string, error) {
	text, err := c.block(command, command)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(text), "\r\n"), "\r\n"), nil
}

// Retr returns a message, its lines ending in CRLF.
func (c *Client) Retr(number int) ([]byte, error) {
	return c.block("RETR", "RETR "+strconv.Itoa(number))
}

// Top returns the header of a message, the empty line and as many lines of the body.
func (c *Client) Top(number, lines int) ([]byte, error) {
	return c.block("TOP", fmt.Sprintf("TOP %d %d", number, lines))
}

// block sends a command whose answer is a block of lines. One that is too long ends the session.
func (c *Client) block(name, line string) ([]byte, error) {
	if _, err := c.exchange(name, line); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	defer func() { c.coming = 0 }()
	r := wire.NewDotReader(c.lines)
	r.Max = c.o.largest()
	c.lines.Max = 65536
	defer func() { c.lines.Max = maxLine }()
	for {
		c.patience()
		_, err := io.CopyN(&text, r, chunk)
		c.coming = int64(text.Cap())
		switch {
		case err == io.EOF:
			return text.Bytes(), nil
		case err == wire.ErrBlockTooLong || err == wire.ErrLineTooLong:
			c.conn.Break() // what is left may be endless
			return nil, errTooLong
		case err != nil:
			return nil, fmt.Errorf("pop3: answer to %s: %w", name, ended(err))
		}
	}
}

// Memory returns about how many bytes the session takes, with the answer that comes now.
func (c *Client) Memory() int64 { return sessionBytes + c.coming }

// Dele marks a message; QUIT deletes it.
func (c *Client) Dele(number int) error {
	_, err := c.exchange("DELE", "DELE "+strconv.Itoa(number))
	return err
}

// Rset takes all marks back.
func (c *Client) Rset() error {
	_, err := c.exchange("RSET", "RSET")
	return err
}

// Noop does nothing but show that both are there.
func (c *Client) Noop() error {
	_, err := c.exchange("NOOP", "NOOP")
	return err
}

// Quit ends the session: the server deletes what is marked and signs off. The connection is closed whatever is answered.
func (c *Client) Quit() error {
	_, err := c.exchange("QUIT", "QUIT")
	c.conn.Close()
	return err
}

// Close breaks the connection off; nothing is deleted.
func (c *Client) Close() error { return c.conn.Break() }
