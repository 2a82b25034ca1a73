package pop3

import (
	"bufio"
	"fmt"
	"io"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// command carries a command line out.
func (x *session) command(line []byte) {
	c, ok := parseCommand(line)
	if !ok {
		x.refuse("", "not a command")
		return
	}
	switch c.name {
	case "CAPA":
		x.capa()
		return
	case "QUIT":
		x.quit()
		return
	}
	before, after := x.authorization(c.name), x.transaction(c.name)
	switch {
	case before == nil && after == nil:
		x.refuse("", "unknown command "+c.name)
	case x.drop == nil && before == nil:
		x.refuse("", c.name+" comes after the login")
	case x.drop != nil && after == nil:
		x.refuse("", c.name+" comes before the login")
	case x.drop == nil:
		before(c)
	default:
		after(c)
	}
}

// authorization returns what a command does in the state AUTHORIZATION; nil if it is not one of them.
func (x *session) authorization(name string) func(command) {
	switch name {
	case "USER":
		return x.name
	case "PASS":
		return x.pass
	case "APOP":
		return x.apop
	case "AUTH":
		return x.auth
	case "STLS":
		return x.stls
	}
	return nil
}

// transaction returns what a command does in the state TRANSACTION; nil if it is not one of them.
func (x *session) transaction(name string) func(command) {
	switch name {
	case "STAT":
		return x.stat
	case "LIST":
		return x.list
	case "UIDL":
		return x.uidl
	case "RETR":
		return x.retr
	case "TOP":
		return x.top
	case "DELE":
		return x.dele
	case "RSET":
		return x.rset
	case "NOOP":
		return func(command) { x.ok("") }
	}
	return nil
}

// capa lists the capabilities (RFC 2449 5 and 6).
func (x *session) capa() {
	lines := []string{"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "IMPLEMENTATION moonwire"}
	if x.mayShow() {
		lines = append(lines, "USER", "SASL PLAIN CRAM-MD5")
	} else {
		lines = append(lines, "SASL CRAM-MD5")
	}
	if x.TLS != nil && !x.conn.Secured() && x.drop == nil {
		lines = append(lines, "STLS")
	}
	x.listing("capability list follows", lines)
}

// quit ends the session; after the login it is the state UPDATE (RFC 1939 6).
func (x *session) quit() {
	x.done = true
	var marked []int
	for i, gone := range x.deleted {
		if gone {
			marked = append(marked, i)
		}
	}
	if len(marked) > 0 {
		if err := x.drop.Delete(marked); err != nil {
			x.refuse("SYS/TEMP", "some deleted messages not removed")
			return
		}
	}
	if x.drop != nil {
		x.drop.Close()
		x.drop = nil
	}
	x.ok("POP3 server signing off")
}

func (x *session) stat(command) {
	n, size := x.total()
	x.ok(fmt.Sprintf("%d %d", n, size))
}

// total counts the messages that are not marked.
func (x *session) total() (n int, size int64) {
	for i, m := range x.messages {
		if !x.deleted[i] {
			n, size = n+1, size+m.Size
		}
	}
	return n, size
}

// message returns the index of the message that an argument names, which must not be marked.
func (x *session) message(arg string) (int, bool) {
	n, ok := parseNumber(arg)
	if !ok || n < 1 || n > len(x.messages) || x.deleted[n-1] {
		x.refuse("", "no such message")
		return 0, false
	}
	return n - 1, true
}

func (x *session) list(c command) {
	x.scan(c, "LIST", func(i int) string { return fmt.Sprintf("%d %d", i+1, x.messages[i].Size) })
}

func (x *session) uidl(c command) {
	x.scan(c, "UIDL", func(i int) string { return fmt.Sprintf("%d %s", i+1, x.messages[i].UID) })
}

// scan answers LIST and UIDL: one line if a message is named, otherwise all.
func (x *session) scan(c command, name string, show func(int) string) {
	switch len(c.args) {
	case 0:
		n, size := x.total()
		var lines []string
		for i := range x.messages {
			if !x.deleted[i] {
				lines = append(lines, show(i))
			}
		}
		x.listing(fmt.Sprintf("%d messages (%d octets)", n, size), lines)
	case 1:
		if i, ok := x.message(c.args[0]); ok {
			x.ok(show(i))
		}
	default:
		x.refuse("", name+" wants at most one message number")
	}
}

func (x *session) retr(c command) {
	if len(c.args) != 1 {
		x.refuse("", "RETR wants a message number")
		return
	}
	if i, ok := x.message(c.args[0]); ok {
		x.send(i, fmt.Sprintf("%d octets", x.messages[i].Size), func(r io.Reader) io.Reader { return r })
	}
}

func (x *session) top(c command) {
	lines := 0
	ok := len(c.args) == 2
	if ok {
		lines, ok = parseNumber(c.args[1])
	}
	if !ok {
		x.refuse("", "TOP wants a message number and a number of lines")
		return
	}
	if i, ok := x.message(c.args[0]); ok {
		x.send(i, "top of message follows", func(r io.Reader) io.Reader { return &topReader{r: bufio.NewReader(r), lines: lines} })
	}
}

// send sends message i, or the part of it that cut leaves. A message that breaks in the middle ends the session.
func (x *session) send(i int, text string, cut func(io.Reader) io.Reader) {
	r, err := x.drop.Open(i)
	if err != nil {
		x.refuse("SYS/TEMP", "the message cannot be read")
		return
	}
	defer r.Close()
	x.ok(text)
	w, from := wire.NewDotWriter(x.out), cut(r)
	for err == nil {
		x.patience()
		x.charge(chunk / byteCost)
		_, err = io.CopyN(w, from, chunk)
	}
	if err != io.EOF || w.Close() != nil {
		x.done = true
		x.conn.Break()
	}
}

func (x *session) dele(c command) {
	if len(c.args) != 1 {
		x.refuse("", "DELE wants a message number")
		return
	}
	if i, ok := x.message(c.args[0]); ok {
		x.deleted[i] = true
		x.ok("")
	}
}

func (x *session) rset(command) {
	clear(x.deleted)
	x.ok("")
}

// A topReader ends after the header, the empty line and a number of lines of the body (RFC 1939 7, TOP).
type topReader struct {
	r     *bufio.Reader
	lines int
	body  bool
	empty bool // nothing but CR has come of the line
	begun bool // something has come of the line
	done  bool
}

// Read implements io.Reader.
func (t *topReader) Read(p []byte) (n int, err error) {
	for n < len(p) && !t.done {
		if t.body && !t.begun && t.lines == 0 {
			t.done = true
			break
		}
		c, err := t.r.ReadByte()
		if err != nil {
			if n > 0 && err == io.EOF {
				return n, nil
			}
			return n, err
		}
		p[n] = c
		n++
		t.step(c)
	}
	if n == 0 && t.done {
		return 0, io.EOF
	}
	return n, nil
}

func (t *topReader) step(c byte) {
	if !t.begun {
		t.begun, t.empty = true, true
	}
	switch {
	case c == '\n':
		switch {
		case t.body:
			t.lines--
		case t.empty:
			t.body = true
		}
		t.begun = false
	case c != '\r':
		t.empty = false
	}
}
