package telnet

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Settings say what a side of a connection is and can. The zero value agrees to SUPPRESS-GO-AHEAD, and to the other side's ECHO, alone.
type Settings struct {
	Serves   bool          // it is the server: it may echo, and takes the other side's terminal type and window size
	Terminal string        // the client's terminal, such as "XTERM"; "" tells none
	Width    int           // of the client's window in characters; 0 tells none
	Height   int           // of the client's window in lines
	Timeout  time.Duration // how long to wait for the peer; 0 means 60 s for a client, an hour for a server; less: for ever
	Charge   func(units int)
	Echoes   func(on bool) // is told when the other side begins to echo, or ends: meanwhile a terminal shows nothing of what is typed
}

// A Conn is a connection of a terminal. Read and Write are for its text, whose lines end with LF here; options are answered while it is read.
// It may not be read by two tasks at a time.
type Conn struct {
	settings Settings
	st       *stack.Stack
	conn     net.Conn
	in       decoder
	o        options
	buf      []byte
	tokens   []token
	text     []byte // of the token that is being read

	terminal      string // the other side's
	width, height int
	log           []string // of what was negotiated
	interrupted   bool
}

// New returns a side of a connection. A server asks for its options by Start, a client asks for none by itself.
func New(st *stack.Stack, conn net.Conn, s Settings) *Conn {
	return &Conn{settings: s, st: st, conn: conn, buf: make([]byte, 4096)}
}

// Dial connects to a server at host:port.
func Dial(st *stack.Stack, address string, s Settings) (*Conn, error) {
	c := &Conn{settings: s}
	d := stack.Dialer{Timeout: c.timeout()}
	conn, err := d.Dial(st, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("telnet: %w", err)
	}
	return New(st, conn, s), nil
}

func (c *Conn) deadline() time.Time {
	if d := c.timeout(); d >= 0 {
		return c.st.Now().Add(d)
	}
	return time.Time{}
}

func (c *Conn) timeout() time.Duration {
	switch {
	case c.settings.Timeout != 0:
		return c.settings.Timeout
	case c.settings.Serves:
		return serverTimeout
	}
	return clientTimeout
}

// Start asks for what a server wants: the terminal's type and the size of its window; and with echo for each character as it is typed, which the
// server then echoes (RFC 857, 858). Without, the client edits lines and echoes itself.
func (c *Conn) Start(echo bool) error {
	var out []byte
	for _, o := range []Option{TerminalType, WindowSize} {
		out = c.request(out, c.o.him[o].ask(true, DO, DONT), o)
	}
	if echo {
		for _, o := range []Option{Echo, SuppressGoAhead} {
			out = c.request(out, c.o.us[o].ask(true, WILL, WONT), o)
		}
	}
	return c.send(out)
}

// Ask asks for an option of our own (WILL, WONT) or of the other side (DO, DONT) to be on or off. The answer comes while Read waits.
func (c *Conn) Ask(o Option, ours, on bool) error {
	verb := Command(0)
	if ours {
		verb = c.o.us[o].ask(on, WILL, WONT)
	} else {
		verb = c.o.him[o].ask(on, DO, DONT)
	}
	return c.send(c.request(nil, verb, o))
}

// On reports whether an option is in force at our side, or at the other.
func (c *Conn) On(o Option, ours bool) bool {
	if ours {
		return c.o.us[o].on()
	}
	return c.o.him[o].on()
}

// Terminal returns the type of the other side's terminal and the size of its window, as far as it has told them.
func (c *Conn) Terminal() (name string, width, height int) { return c.terminal, c.width, c.height }

// Log returns what was negotiated so far: "sent DO NAWS", "received WILL NAWS", the last 100.
func (c *Conn) Log() []string { return c.log }

// Negotiates reports whether the other side has said anything about options.
func (c *Conn) Negotiates() bool { return len(c.log) > 0 }

func (c *Conn) note(direction, text string) {
	if len(c.log) >= 100 {
		c.log = c.log[1:]
	}
	c.log = append(c.log, direction+" "+text)
}

// request adds WILL, WONT, DO or DONT, if there is one.
func (c *Conn) request(out []byte, verb Command, o Option) []byte {
	if verb == 0 {
		return out
	}
	return append(out, byte(IAC), byte(verb), byte(o))
}

// send sends what was negotiated, and tells observers what it is.
func (c *Conn) send(out []byte) error {
	if len(out) == 0 {
		return nil
	}
	var words []string
	for _, t := range new(decoder).decode(out) {
		c.note("sent", t.String())
		words = append(words, t.String())
	}
	c.st.Message(stack.Message{Local: c.conn.LocalAddr(), Remote: c.conn.RemoteAddr(), Text: strings.Join(words, ", ")})
	return c.write(out)
}

// String names a token.
func (t token) String() string {
	switch t.command {
	case 0:
		return fmt.Sprintf("%d bytes", len(t.data))
	case WILL, WONT, DO, DONT:
		return t.command.String() + " " + t.option.String()
	case SB:
		return t.option.String() + " " + inside(t)
	}
	return t.command.String()
}

func inside(t token) string {
	b := t.inside
	switch {
	case t.option == WindowSize && len(b) == 4:
		return fmt.Sprintf("%d x %d", int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3]))
	case t.option == TerminalType && len(b) > 0 && b[0] == 0:
		return "IS " + printable(b[1:])
	case t.option == TerminalType && len(b) == 1 && b[0] == 1:
		return "SEND"
	}
	return fmt.Sprintf("%x", b)
}

// printable makes a name of what a peer has sent.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, string(b[:min(len(b), maxTerminal)]))
}

func (c *Conn) write(out []byte) error {
	c.conn.SetWriteDeadline(c.deadline())
	if _, err := c.conn.Write(out); err != nil {
		return fmt.Errorf("telnet: %w", err)
	}
	return nil
}

// Write sends text.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.write(encode(nil, p, c.o.us[Binary].on())); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Command sends a command that stands alone, such as AYT.
func (c *Conn) Command(command Command) error {
	return c.send([]byte{byte(IAC), byte(command)})
}

// Read reads text, and answers whatever comes between.
func (c *Conn) Read(p []byte) (int, error) {
	for len(c.text) == 0 {
		t, err := c.next()
		if err != nil {
			return 0, err
		}
		c.text = t.data
	}
	n := copy(p, c.text)
	c.text = c.text[n:]
	return n, nil
}

// next returns the next token after it was answered.
func (c *Conn) next() (token, error) {
	if len(c.tokens) == 0 {
		c.conn.SetReadDeadline(c.deadline())
		n, err := c.conn.Read(c.buf)
		if err == io.EOF {
			return token{}, err
		}
		if err != nil {
			return token{}, fmt.Errorf("telnet: %w", err)
		}
		c.in.binary = c.o.him[Binary].on()
		c.tokens = c.in.decode(c.buf[:n])
		c.tell()
		if len(c.tokens) == 0 {
			return token{}, nil
		}
	}
	t := c.tokens[0]
	c.tokens = c.tokens[1:]
	if t.command == 0 {
		return t, nil
	}
	if c.settings.Charge != nil {
		c.settings.Charge(negotiationCost)
	}
	return t, c.answer(t)
}

// tell tells observers what has come, if all of it were commands.
func (c *Conn) tell() {
	if !c.st.Watched() || len(c.tokens) == 0 {
		return
	}
	var words []string
	for _, t := range c.tokens {
		if t.command == 0 {
			return
		}
		words = append(words, t.String())
	}
	c.st.Message(stack.Message{Local: c.conn.LocalAddr(), Remote: c.conn.RemoteAddr(), Received: true, Text: strings.Join(words, ", ")})
}

// answer does what a command asks for.
func (c *Conn) answer(t token) error {
	c.note("received", t.String())
	switch t.command {
	case WILL, WONT, DO, DONT:
		echoed := c.o.him[Echo].on()
		out := c.request(nil, c.o.hear(t.command, t.option, c.agrees(t.command, t.option)), t.option)
		if echoes := c.o.him[Echo].on(); echoes != echoed && c.settings.Echoes != nil {
			c.settings.Echoes(echoes)
		}
		return c.send(c.follow(out, t))
	case SB:
		return c.send(c.subnegotiation(t))
	case AYT:
		if c.settings.Serves {
			_, err := io.WriteString(c, "\n["+c.st.HostName()+": yes]\n")
			return err
		}
	case IP, BRK, ABRT:
		c.interrupted = true
	}
	return nil
}

// agrees reports whether an option may be switched on.
func (c *Conn) agrees(verb Command, o Option) bool {
	if verb == WILL { // the other side's
		return o == SuppressGoAhead || o == Binary || o == Echo && !c.settings.Serves || c.settings.Serves && (o == TerminalType || o == WindowSize)
	}
	switch o {
	case SuppressGoAhead, Binary:
		return true
	case Echo:
		return c.settings.Serves
	case TerminalType:
		return !c.settings.Serves && c.settings.Terminal != ""
	case WindowSize:
		return !c.settings.Serves && c.settings.Width > 0
	}
	return false
}

// follow adds what an option brings with it as soon as it is on.
func (c *Conn) follow(out []byte, t token) []byte {
	switch {
	case t.command == DO && t.option == WindowSize && c.o.us[WindowSize].on():
		w, h := c.settings.Width, c.settings.Height
		return encodeSB(out, WindowSize, byte(w>>8), byte(w), byte(h>>8), byte(h))
	case t.command == WILL && t.option == TerminalType && c.o.him[TerminalType].on():
		return encodeSB(out, TerminalType, 1)
	}
	return out
}

func (c *Conn) subnegotiation(t token) []byte {
	switch {
	case t.option == TerminalType && len(t.inside) == 1 && t.inside[0] == 1 && c.o.us[TerminalType].on():
		return encodeSB(nil, TerminalType, append([]byte{0}, c.settings.Terminal...)...)
	case t.option == TerminalType && len(t.inside) > 1 && t.inside[0] == 0 && c.o.him[TerminalType].on():
		c.terminal = printable(t.inside[1:])
	case t.option == WindowSize && len(t.inside) == 4 && c.o.him[WindowSize].on():
		c.width, c.height = int(t.inside[0])<<8|int(t.inside[1]), int(t.inside[2])<<8|int(t.inside[3])
	}
	return nil
}

// ReadSecret is ReadLine for a password: while it waits, the client echoes nothing, because the server says that it does, and it does not. The
// prompt goes out behind that.
func (c *Conn) ReadSecret(prompt string) (string, error) {
	was := c.o.us[Echo].wanted()
	if err := c.Ask(Echo, true, true); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, prompt); err != nil {
		return "", err
	}
	line, err := c.readLine(true)
	if err == nil && !was {
		if _, err = io.WriteString(c, "\n"); err == nil {
			err = c.Ask(Echo, true, false)
		}
	}
	return line, err
}

// ReadLine reads a line, without its end, as a person types it: backspace, EC and EL take back, an interrupt gives up what was typed. Where we
// echo (option ECHO is on at our side), what is typed is sent back.
func (c *Conn) ReadLine() (string, error) { return c.readLine(false) }

func (c *Conn) readLine(hidden bool) (string, error) {
	var line []byte
	echo := func(text string) error {
		if !c.o.us[Echo].on() || hidden {
			return nil
		}
		_, err := io.WriteString(c, text)
		return err
	}
	for {
		for len(c.text) == 0 {
			t, err := c.next()
			switch {
			case err != nil:
				return "", err
			case t.command == EC && len(line) > 0:
				line = line[:len(line)-1]
			case t.command == EL || c.interrupted:
				line, c.interrupted = line[:0], false
			}
			c.text = t.data
		}
		b := c.text[0]
		c.text = c.text[1:]
		var err error
		switch {
		case b == '\n' || b == '\r':
			return string(line), echo("\n")
		case b == 8 || b == 127:
			if len(line) > 0 {
				line, err = line[:len(line)-1], echo("\b \b")
			}
		case len(line) >= maxLine:
			err = lineTooLong{}
		case b >= ' ' || b == '\t':
			line, err = append(line, b), echo(string([]byte{b}))
		}
		if err != nil {
			return "", err
		}
	}
}

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// NetConn returns the connection underneath.
func (c *Conn) NetConn() net.Conn { return c.conn }
