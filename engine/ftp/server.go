package ftp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// An Account is what a user may do.
type Account struct {
	Password string
	Guest    bool     // any password will do, and is by custom the user's mail address (RFC 1635)
	Account  string   // that ACCT has to name after the password; "" for none
	FS       afero.Fs // the files
	Root     string   // the folder of FS that is the user's "/"; nothing outside of it can be named. "" is all of FS
	ReadOnly bool     // nothing can be changed
}

// A Server answers on any number of listeners. Account is needed; set the fields before the first connection.
type Server struct {
	// Account returns what a user may do, or false if there is no such user.
	Account func(user string) (Account, bool)

	Host       string        // name in the greeting; "" is the host's own
	TLS        *tls.Config   // for AUTH TLS and data connections; nil offers none
	Implicit   bool          // begin every connection with TLS
	RequireTLS bool          // refuse passwords and files that are not under TLS
	Timeout    time.Duration // how long a client may take for a command, and for each 16 KiB of a file; 0 means 5 minutes
	Sessions   int           // at a time; 0 means 1,000

	// PassivePorts are the first and the last port for passive data connections; zeros mean any. PassiveAddress is what PASV tells clients instead of the
	// server's own address, for a server behind a NAT box.
	PassivePorts   [2]uint16
	PassiveAddress netip.Addr

	// Foreign lets data connections go to and come from other hosts than the client's, by which two servers can exchange files, and by which a
	// server can be made to connect to anybody and a stranger can take a file (RFC 2577).
	Foreign bool

	// Go starts the task of a session or of a transfer; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that sessions do, in units of about 25 ns.
	Charge func(units int)

	sessions stack.Sessions
}

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "ftp session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("ftp: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and breaks every session off.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many sessions there are.
func (s *Server) Active() int { return s.sessions.Len() }

func (s *Server) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return serverTimeout
}

func (s *Server) charge(units int) {
	if s.Charge != nil {
		s.Charge(units)
	}
}

// spawn starts a task of a session.
func (s *Server) spawn(st *stack.Stack, name string, f func()) bool {
	if s.Go != nil {
		return s.Go(name, f)
	}
	st.Go(name, f)
	return true
}

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
	x := newSession(s, st, conn)
	leave, ok := s.sessions.Enter(conn, most)
	defer leave()
	x.patience()
	if !ok {
		x.say(421, "Too many sessions")
		x.flush()
		return
	}
	if s.Implicit && x.handshake() != nil {
		return
	}
	x.run()
	x.hangUp()
}

// A session is one control connection.
type session struct {
	*Server
	st    *stack.Stack
	conn  *stack.Link
	lines *wire.LineReader

	out      []byte // replies that have not gone yet
	flushing bool   // a task sends them

	user     string // whom USER has named
	account  Account
	password bool // PASS was right; ACCT may be missing
	in       bool // the user may work
	cwd      string
	image    bool   // TYPE I
	rest     int64  // of REST, for the next command
	from     string // of RNFR, for the next command
	facts    string // of OPTS MLST

	buffered bool // PBSZ was said
	private  bool // PROT P

	data     dataPlan
	transfer *transfer // that goes on, or nil
	idle     sim.Queue // woken when a transfer has ended

	done     bool
	mistakes int // refused commands in a row
	logins   int // refused logins
}

func newSession(s *Server, st *stack.Stack, conn net.Conn) *session {
	x := &session{Server: s, st: st, conn: stack.NewLink(st, conn), facts: allFacts, cwd: "/"}
	x.read(conn)
	return x
}

// read makes the session read its commands from conn. What was read ahead of another connection is lost.
func (x *session) read(conn net.Conn) {
	x.lines = wire.NewLineReader(conn)
	x.lines.Max = maxLine
}

// patience gives the client its time for the next command. While a transfer goes on there is no limit: the transfer has its own.
func (x *session) patience() {
	until := x.st.Now().Add(x.timeout())
	x.conn.SetWriteDeadline(until)
	if x.transfer != nil {
		until = time.Time{}
	}
	x.conn.SetReadDeadline(until)
}

// handshake puts TLS over the control connection.
func (x *session) handshake() error {
	if err := x.conn.ServeTLS(x.TLS, x.st.Now().Add(x.timeout())); err != nil {
		return err
	}
	x.read(x.conn.Conn)
	return nil
}

func (x *session) run() {
	host := x.Host
	if host == "" {
		host = x.st.HostName()
	}
	x.say(220, host+" FTP server ready")
	for !x.done {
		if (x.lines.Buffered() == 0 || len(x.out) > maxReply) && x.flush() != nil { // replies to pipelined commands go out together
			return
		}
		x.patience()
		line, err := x.lines.ReadLine()
		switch {
		case err == wire.ErrLineTooLong:
			x.refuse(500, "Line too long")
		case err != nil:
			x.broken(err)
			return
		default:
			x.charge(commandCost)
			x.command(line)
		}
		if x.mistakes >= maxMistakes || x.logins >= maxLogins {
			x.say(421, "Too many refused commands in a row: closing control connection")
			x.done = true
		}
	}
	x.patience()
	x.flush()
}

// broken ends a session whose client said nothing in time, or is gone.
func (x *session) broken(err error) {
	switch {
	case stack.Code(err) == "timeout":
		x.say(421, "Timeout: closing control connection")
	case !errors.Is(err, io.EOF): // half-closed clients may still read
		return
	default:
		x.await()
	}
	x.conn.SetWriteDeadline(x.st.Now().Add(x.timeout()))
	x.flush()
}

// hangUp closes all connections and waits for the transfer's task to end.
func (x *session) hangUp() {
	x.abort()
	x.await()
	x.data.forget()
	x.conn.Close() // under TLS it says goodbye
}

// reply answers.
func (x *session) reply(r Reply) {
	if x.mistakes++; r.Code < 400 {
		x.mistakes = 0
	}
	x.out = r.append(x.out)
}

// say answers with a code and a text.
func (x *session) say(code int, text string) { x.reply(Reply{code, text}) }

// refuse is say for a command that fails: what waited for it is forgotten.
func (x *session) refuse(code int, text string) {
	x.rest, x.from = 0, ""
	x.say(code, text)
}

// flush sends the replies. Two tasks may call it: what comes while one sends goes out with it.
func (x *session) flush() error {
	if x.flushing {
		return nil
	}
	x.flushing = true
	defer func() { x.flushing = false }()
	for len(x.out) > 0 {
		out := x.out
		x.out = nil
		if _, err := x.conn.Write(out); err != nil {
			return err
		}
	}
	return nil
}
