package imap

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A Server answers on any number of listeners. Secret and Store are needed; set the fields before the first connection.
type Server struct {
	// Secret returns the password of a user, or false if there is no such user.
	Secret func(user string) (password string, ok bool)
	// Store has the users' mailboxes. That of a user who logs in is made if there is none.
	Store *maildrop.Store

	Host       string        // name in challenges; "" is the host's own
	TLS        *tls.Config   // for STARTTLS; nil offers none
	Implicit   bool          // begin every connection with TLS
	RequireTLS bool          // refuse passwords that are not under TLS
	Timeout    time.Duration // how long a client may take for a command, and for each 16 KiB that it sends or takes; 0 means 30 minutes. Before the login it has at most 3 minutes
	MaxMessage int64         // bytes of a message that APPEND takes; 0 means 32 MiB
	Sessions   int           // at a time; 0 means 1,000

	// Go starts the task of a session; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that sessions do, in units of about 25 ns.
	Charge func(units int)

	sessions stack.Sessions
	held     int64 // bytes of commands and views
}

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "imap session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("imap: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and breaks every session off.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many sessions there are.
func (s *Server) Active() int { return s.sessions.Len() }

// Memory returns about how many bytes the sessions take.
func (s *Server) Memory() int64 { return s.held + int64(s.Active())*sessionBytes }

// ServeConn speaks with one client until the end of the session and closes the connection.
func (s *Server) ServeConn(st *stack.Stack, conn net.Conn) {
	defer conn.Close()
	most := s.Sessions
	if most <= 0 {
		most = 1000
	}
	if task := st.Scheduler().Current(); task != nil {
		task.Daemon = true // a client that says nothing more does not keep the world going
	}
	x := &session{Server: s, st: st, conn: stack.NewLink(st, conn)}
	x.renew()
	leave, ok := s.sessions.Enter(conn, most)
	defer leave()
	if !ok {
		x.patience()
		x.untagged("BYE [UNAVAILABLE] too many sessions")
		x.out.Flush()
		return
	}
	defer func() {
		x.view = nil
		x.hold(0)
	}()
	if s.Implicit && x.secure() != nil {
		return
	}
	x.run()
}

// charge counts work.
func (s *Server) charge(units int) {
	if s.Charge != nil {
		s.Charge(units)
	}
}

// A session is one connection.
type session struct {
	*Server
	st    *stack.Stack
	conn  *stack.Link
	lines *wire.LineReader
	out   *bufio.Writer

	box      *maildrop.Mailbox // of the user who has logged in
	view     *view             // of the selected folder
	done     bool
	mistakes int
	logins   int
	held     int64 // as Server.held counts
}

// hold counts what the session takes: the present command, of so many bytes, and the view.
func (x *session) hold(command int) {
	n := int64(command)
	if x.view != nil {
		n += int64(len(x.view.messages)) * knownBytes
	}
	x.Server.held += n - x.held
	x.held = n
}

// renew makes the session read and write anew: what was read ahead of TLS is lost.
func (x *session) renew() {
	x.out = bufio.NewWriterSize(x.conn, 8192)
	x.lines = wire.NewLineReader(bufio.NewReaderSize(wire.Flusher{R: x.conn, Out: x.out}, 8192))
	x.lines.Max = maxLine
}

// secure puts TLS over the connection.
func (x *session) secure() error {
	if err := x.conn.ServeTLS(x.TLS, x.st.Now().Add(x.timeout())); err != nil {
		return err
	}
	x.renew()
	return nil
}

func (x *session) timeout() time.Duration {
	d := x.Timeout
	if d <= 0 {
		d = serverTimeout
	}
	if x.box == nil {
		d = min(d, loginTimeout)
	}
	return d
}

// patience gives the client its time for the next command or part of an answer.
func (x *session) patience() { x.conn.SetDeadline(x.st.Now().Add(x.timeout())) }

// untagged writes an answer that belongs to no command, or to the one that runs.
func (x *session) untagged(text string) { x.out.WriteString("* " + text + "\r\n") }

func (x *session) untaggedf(format string, args ...any) {
	fmt.Fprintf(x.out, "* "+format+"\r\n", args...)
}

func (x *session) run() {
	x.patience()
	x.untagged("OK [CAPABILITY " + x.capabilities() + "] IMAP4rev1 server ready")
	for !x.done {
		text, message, err := x.readCommand()
		var big *tooBig
		switch {
		case err == wire.ErrLineTooLong:
			x.mistakes++
			x.untagged("BAD line too long")
		case errors.As(err, &big):
			x.mistakes++
			x.out.WriteString(big.tag + " NO [TOOBIG] the literal is too large\r\n")
			if big.coming {
				x.untagged("BYE it is on its way")
				x.done = true
			}
		case err != nil:
			x.farewell(err)
			return
		default:
			x.charge(commandCost + len(text)/byteCost)
			x.command(text, message)
			x.hold(0)
		}
		if x.mistakes >= maxMistakes || x.logins >= maxLogins {
			x.untagged("BYE too many mistakes")
			break
		}
	}
	x.patience()
	x.out.Flush()
	x.conn.Close()
}

// farewell ends a session whose client does not go on.
func (x *session) farewell(err error) {
	if stack.Code(err) == "timeout" {
		x.untagged("BYE nothing came for too long")
	}
	x.patience()
	x.out.Flush()
}
