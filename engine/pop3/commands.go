package pop3

import (
	"bufio"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/chap"
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
	if x.TLS != nil && !x.secured && x.drop == nil {
		lines = append(lines, "STLS")
	}
	x.listing("capability list follows", lines)
}

// mayShow reports whether a password may go over the connection as it is.
func (x *session) mayShow() bool { return x.secured || !x.RequireTLS }

func (x *session) name(c command) {
	switch {
	case !x.mayShow():
		x.refuse("", "STLS first")
	case len(c.args) != 1:
		x.refuse("", "USER wants a name")
	default:
		x.user = c.args[0]
		x.ok("")
	}
}

func (x *session) pass(c command) {
	user := x.user
	x.user = ""
	switch {
	case !x.mayShow():
		x.refuse("", "STLS first")
	case user == "":
		x.refuse("", "USER comes before PASS")
	default:
		secret, known := x.Secret(user)
		x.login(user, known && equal(secret, c.rest))
	}
}

func (x *session) apop(c command) {
	switch {
	case x.stamp == "":
		x.refuse("", "APOP is not offered: the greeting has no time stamp")
	case len(c.args) != 2:
		x.refuse("", "APOP wants a name and a digest")
	default:
		secret, known := x.Secret(c.args[0])
		x.login(c.args[0], known && equal(Digest(x.stamp, secret), strings.ToLower(c.args[1])))
	}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// login begins the state TRANSACTION if the client is who it says.
func (x *session) login(user string, proved bool) {
	if !proved {
		x.logins++
		x.refuse("AUTH", "wrong name or password")
		return
	}
	drop, err := x.Open(user)
	var busy *Error
	switch {
	case errors.As(err, &busy):
		x.refuse(busy.Response, busy.Text)
		return
	case err != nil:
		x.refuse("SYS/TEMP", "the maildrop cannot be opened")
		return
	}
	x.drop, x.messages = drop, drop.Messages()
	x.deleted = make([]bool, len(x.messages))
	x.charge(10 * len(x.messages))
	x.ok("user successfully logged on")
}

// auth is AUTH of RFC 5034 with PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195).
func (x *session) auth(c command) {
	if len(c.args) < 1 || len(c.args) > 2 {
		x.refuse("", "AUTH wants a mechanism")
		return
	}
	switch mechanism := strings.ToUpper(c.args[0]); {
	case mechanism == "PLAIN" && x.mayShow():
		response := c.args[1:]
		if len(response) == 0 {
			response = []string{""}
			var ok bool
			if response[0], ok = x.ask(""); !ok {
				return
			}
		}
		text, err := base64.StdEncoding.DecodeString(response[0])
		parts := strings.Split(string(text), "\x00")
		if err != nil || len(parts) != 3 || parts[1] == "" || parts[0] != "" && parts[0] != parts[1] {
			x.refuse("AUTH", "not a message of PLAIN")
			return
		}
		secret, known := x.Secret(parts[1])
		x.login(parts[1], known && equal(secret, parts[2]))
	case mechanism == "CRAM-MD5" && len(c.args) == 1:
		challenge := x.challenge()
		response, ok := x.ask(challenge)
		if !ok {
			return
		}
		text, err := base64.StdEncoding.DecodeString(response)
		user, _, found := strings.Cut(string(text), " ")
		if err != nil || !found {
			x.refuse("AUTH", "not an answer of CRAM-MD5")
			return
		}
		secret, known := x.Secret(user)
		x.login(user, known && equal(chap.CRAMMD5(user, secret, challenge), string(text)))
	default:
		x.refuse("", "no such mechanism here")
	}
}

// ask sends a challenge of SASL and returns the answer, still in base64.
func (x *session) ask(challenge string) (string, bool) {
	x.out.WriteString("+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n")
	x.patience()
	x.lines.Max = 4096
	line, err := x.lines.ReadLine()
	x.lines.Max = maxCommand
	switch {
	case err == wire.ErrLineTooLong:
		x.refuse("", "line too long")
	case err != nil:
		x.done = true
	case string(line) == "*":
		x.refuse("AUTH", "cancelled")
	default:
		return string(line), true
	}
	return "", false
}

// stls puts TLS over the connection (RFC 2595 4). A command that came behind STLS in the clear ends the session.
func (x *session) stls(command) {
	switch {
	case x.TLS == nil || x.secured:
		x.refuse("", "STLS is not offered")
	case x.lines.Buffered() > 0:
		x.refuse("", "nothing may follow STLS in the clear")
		x.done = true
	default:
		x.ok("begin TLS negotiation")
		if x.out.Flush() != nil || x.secure() != nil {
			x.done = true
		}
		x.user = ""
	}
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
		x.raw.Close()
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
