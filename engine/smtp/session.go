package smtp

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A session is a server's side of one connection.
type session struct {
	server   *Server
	st       *stack.Stack
	conn     *stack.Link
	in       input
	out      []byte // replies that have not gone yet
	envelope *Envelope
	domain   string

	mail     bool // MAIL was taken
	refused  bool // a recipient was refused
	chunks   *block
	coming   *block    // the message that is read now, or nil
	waits    bool      // the client is waited for
	since    time.Time // when that began
	errors   int
	idle     int
	closing  bool
	enhanced bool
	held     int
}

func newSession(s *Server, st *stack.Stack, c net.Conn) *session {
	ss := &session{server: s, st: st, conn: stack.NewLink(st, c), domain: s.Domain}
	if ss.domain == "" {
		ss.domain = st.HostName()
	}
	ss.in = input{r: c, before: ss.beforeRead}
	ss.envelope = &Envelope{Remote: addrPort(c.RemoteAddr()), Local: addrPort(c.LocalAddr())}
	return ss
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// beforeRead sends what was answered, and sets the deadline. A command has to be whole in time, and a message at least as fast as slowest:
// neither can be stretched by sending bit by bit.
func (ss *session) beforeRead() error {
	if err := ss.flush(); err != nil {
		return err
	}
	if !ss.waits {
		ss.waits, ss.since = true, ss.st.Now()
	}
	patience := ss.server.timeout()
	if ss.coming != nil {
		patience += time.Duration(ss.coming.taken) * (time.Second / slowest)
	}
	return ss.conn.SetReadDeadline(ss.since.Add(patience))
}

// flush sends the replies.
func (ss *session) flush() error {
	if len(ss.out) == 0 {
		return nil
	}
	if err := ss.conn.SetWriteDeadline(ss.st.Now().Add(ss.server.timeout())); err != nil {
		return err
	}
	_, err := ss.conn.Write(ss.out)
	ss.out = ss.out[:0]
	return err
}

// serve is the session.
func (ss *session) serve() {
	ss.dialogue()
	ss.ask(Event{Step: StepClose})
}

func (ss *session) dialogue() {
	if ss.server.Implicit && ss.server.TLS != nil && ss.handshake() != nil {
		return
	}
	if len(ss.server.sessions) > or(ss.server.MaxSessions, defaultSessions) {
		ss.say("too-many-sessions", "")
		ss.closing = true
	} else {
		ss.settle(Event{Step: StepConnect, Arg: ss.envelope.Remote.Addr().String()}, nil, "greeting")
		if len(ss.out) > 0 && ss.out[0] == '5' { // RFC 5321 3.1: after 554 only QUIT
			ss.closing = true
		}
	}
	for !ss.closing {
		line, err := ss.in.line(maxCommand)
		ss.waits = false
		switch {
		case err == errLineTooLong:
			ss.fail("too-long", "")
		case err != nil:
			ss.broken(err)
			return
		default:
			ss.command(string(line))
		}
		ss.count()
		if len(ss.out) > largeBuffer && ss.flush() != nil { // much was asked at once
			return
		}
	}
	ss.flush()
}

// broken ends a session whose client said nothing in time, or is gone.
func (ss *session) broken(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		ss.say("timeout", "")
		ss.flush()
		return
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF { // half-closed clients may still read
		ss.flush()
	}
}

// count ends a session with too many errors, or one that does nothing.
func (ss *session) count() {
	switch {
	case ss.closing:
	case ss.errors >= or(ss.server.MaxErrors, defaultErrors):
		ss.say("too-many-errors", "")
	case ss.idle >= maxIdle:
		ss.say("too-many-commands", "")
	}
}

// say answers with the reply of a name.
func (ss *session) say(name, address string) {
	r := ss.server.words[name]
	ss.reply(expand(r, ss.domain, ss.envelope.Helo, address))
}

// fail is say for what counts as an error of the client.
func (ss *session) fail(name, address string) {
	ss.errors++
	ss.say(name, address)
}

// reply answers. Who has not said EHLO gets no enhanced codes.
func (ss *session) reply(r Reply) {
	if !ss.enhanced {
		r.Enhanced = ""
	}
	if r.Code == 421 || r.Code == 221 || r.Code == 521 {
		ss.closing = true
	}
	ss.out = r.append(ss.out)
}

// ask asks the hook.
func (ss *session) ask(e Event) *Reply {
	if ss.server.Hook == nil {
		return nil
	}
	e.Envelope = ss.envelope
	return ss.server.Hook(e)
}

// settle answers a command that is in order: the hook may, then check, which may be nil, may refuse; otherwise the reply of that name is
// given. It reports whether the command is done.
func (ss *session) settle(e Event, check func() error, name string) bool {
	if r := ss.ask(e); r != nil {
		ss.reply(*r)
		return r.Positive()
	}
	if check != nil {
		if err := check(); err != nil {
			ss.refuse(err)
			return false
		}
	}
	if e.Step == StepMail && e.Arg == "" {
		e.Arg = "<>"
	}
	ss.say(name, e.Arg)
	return true
}

// refuse answers with an error of the mailbox.
func (ss *session) refuse(err error) {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code < 400 || refusal.Code > 599 {
		ss.say("local-error", "")
		return
	}
	r := refusal.reply()
	for i := range r.Lines {
		r.Lines[i] = printable(r.Lines[i])
	}
	ss.reply(r)
}

// command takes a command line.
func (ss *session) command(line string) {
	if r := ss.ask(Event{Step: StepCommand, Arg: line}); r != nil {
		ss.reply(*r)
		return
	}
	verb, arg := splitCommand(line)
	if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		ss.fail("unknown", line)
		return
	}
	switch verb {
	case "HELO", "EHLO":
		ss.helo(verb, arg)
	case "MAIL":
		ss.mailFrom(arg)
	case "RCPT":
		ss.rcptTo(arg)
	case "DATA":
		ss.data(arg)
	case "BDAT":
		ss.bdat(arg)
	case "RSET":
		ss.rset(arg)
	case "NOOP":
		ss.noop(arg)
	case "HELP":
		ss.help(arg)
	case "VRFY":
		ss.vrfy(arg)
	case "EXPN":
		ss.expn(arg)
	case "AUTH":
		ss.auth(arg)
	case "STARTTLS":
		ss.startTLS(arg)
	case "QUIT":
		ss.quit(arg)
	case "SEND", "SOML", "SAML", "TURN", "ETRN", "ATRN":
		ss.fail("not-implemented", verb)
	default:
		ss.fail("unknown", line)
	}
}

// reset forgets the message that is under way (RFC 5321 4.1.1.5). The envelope is a new one: a mailbox may have kept the old.
func (ss *session) reset() {
	old := ss.envelope
	ss.envelope = &Envelope{Helo: old.Helo, Extended: old.Extended, User: old.User, Secure: old.Secure, Remote: old.Remote, Local: old.Local}
	ss.mail, ss.refused, ss.chunks = false, false, nil
	ss.free()
}

// claim takes n bytes of the memory for messages, and reports whether there were as many.
func (ss *session) claim(n int) bool {
	limit := or(ss.server.MaxMemory, max(8*ss.server.maxSize(), defaultSize))
	if ss.server.held+n > limit {
		return false
	}
	ss.server.held += n
	ss.held += n
	return true
}

func (ss *session) free() {
	ss.server.held -= ss.held
	ss.held = 0
}
