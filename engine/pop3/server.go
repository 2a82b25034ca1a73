package pop3

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sasl"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A Server answers on any number of listeners. Secret and Open are needed; set the fields before the first connection.
type Server struct {
	// Secret returns the password of a user, or false if there is no such user.
	Secret func(user string) (password string, ok bool)
	// Open locks the maildrop of a user who has logged in. ErrInUse says that another session has it.
	Open func(user string) (Drop, error)

	Host       string        // name in time stamps and challenges; "" is the host's own
	APOP       bool          // offer APOP: the greeting then ends with a time stamp
	TLS        *tls.Config   // for STLS; nil offers none
	Implicit   bool          // begin every connection with TLS
	RequireTLS bool          // refuse passwords that are not under TLS
	Timeout    time.Duration // how long a client may take for a command, and for each 16 KiB of an answer; 0 means 10 minutes
	Sessions   int           // at a time; 0 means 1,000

	// Go starts the task of a session; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that sessions do, in units of about 25 ns.
	Charge func(units int)

	sessions stack.Sessions
}

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "pop3 session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("pop3: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and breaks every session off. Nothing that was marked is deleted.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many sessions there are.
func (s *Server) Active() int { return s.sessions.Len() }

func (s *Server) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return serverTimeout
}

// Memory returns about how many bytes the sessions take.
func (s *Server) Memory() int64 { return int64(s.Active()) * sessionBytes }

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
		x.refuse("SYS/TEMP", "too many sessions")
		x.out.Flush()
		return
	}
	defer func() {
		if x.drop != nil {
			x.drop.Close()
		}
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

	stamp    string // of the greeting
	user     string // whom USER has named
	drop     Drop   // not nil in TRANSACTION
	messages []Message
	deleted  []bool
	done     bool
	mistakes int // refused commands
	logins   int // refused logins
}

// renew makes the session read and write anew: what was read ahead of TLS is lost.
func (x *session) renew() {
	x.out = bufio.NewWriter(x.conn)
	x.lines = wire.NewLineReader(wire.Flusher{R: x.conn, Out: x.out})
	x.lines.Max = maxCommand
}

// secure puts TLS over the connection.
func (x *session) secure() error {
	if err := x.conn.ServeTLS(x.TLS, x.st.Now().Add(x.timeout())); err != nil {
		return err
	}
	x.renew()
	return nil
}

// patience gives the client its time for the next command or part of an answer.
func (x *session) patience() { x.conn.SetDeadline(x.st.Now().Add(x.timeout())) }

func (x *session) run() {
	greeting := "POP3 server ready"
	if x.APOP {
		x.stamp = x.challenge()
		greeting += " " + x.stamp
	}
	x.patience()
	x.ok(greeting)
	for !x.done {
		x.patience()
		line, err := x.lines.ReadLine()
		switch {
		case err == wire.ErrLineTooLong:
			x.refuse("", "line too long")
		case err != nil:
			if errors.Is(err, io.EOF) || stack.Code(err) == "timeout" {
				x.patience()
				x.out.Flush()
			}
			return
		default:
			x.charge(commandCost)
			x.command(line)
		}
		if x.mistakes >= maxMistakes || x.logins >= maxLogins {
			break
		}
	}
	x.patience()
	x.out.Flush()
	x.conn.Close()
}

// challenge returns a msg-id that no session had before (RFC 1939 7).
func (x *session) challenge() string {
	host := x.Host
	if host == "" {
		host = x.st.HostName()
	}
	return sasl.Challenge(uint64(x.st.Rand().Uint32()), x.st.Now(), host)
}

// ok answers +OK with a text.
func (x *session) ok(text string) {
	x.out.WriteString(strings.TrimSuffix("+OK "+text, " ") + "\r\n")
}

// refuse answers -ERR with a response code and a text.
func (x *session) refuse(response, text string) {
	x.mistakes++
	if response != "" {
		text = "[" + response + "] " + text
	}
	x.out.WriteString("-ERR " + text + "\r\n")
}

// listing answers with lines up to a dot.
func (x *session) listing(text string, lines []string) {
	x.ok(text)
	x.charge(len(lines))
	for _, line := range lines {
		x.patience()
		x.out.WriteString(line + "\r\n")
	}
	x.out.WriteString(".\r\n")
}
