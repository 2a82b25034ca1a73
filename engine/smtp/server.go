package smtp

import (
	"crypto/tls"
	"errors"
	"math"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Mailbox takes messages.
type Mailbox interface {
	// Deliver takes a message, whose lines end with CRLF. Only when it returns nil does the client hear that the message is accepted: from then on
	// the client may forget it, so it has to be on stable storage. An error that is an *Error is the reply; any other is a temporary
	// failure without details. The envelope and the message are the mailbox's to keep. Deliver may park its task.
	Deliver(e *Envelope, message []byte) error
}

// A RecipientChecker is a Mailbox that judges each recipient at RCPT. Without it all are taken.
type RecipientChecker interface {
	// CheckRecipient judges one more recipient of e; the error is as Deliver's.
	CheckRecipient(e *Envelope, address string) error
}

// A SenderChecker is a Mailbox that judges the reverse-path at MAIL. Without it each is taken.
type SenderChecker interface {
	// CheckSender judges the sender of e; "" is the null reverse-path. The error is as Deliver's.
	CheckSender(e *Envelope, address string) error
}

// A Verifier is a Mailbox that answers VRFY. Without it the answer is "252 Cannot VRFY user".
type Verifier interface {
	// Verify returns the mailbox of a user, such as "Alice Liddell <alice@crepes.fr>".
	Verify(e *Envelope, user string) (string, error)
}

// An Expander is a Mailbox that answers EXPN. Without it the command is not implemented.
type Expander interface {
	// Expand returns the mailboxes of a mailing list.
	Expand(e *Envelope, list string) ([]string, error)
}

// A Step is a place in a session where Server.Hook is asked.
type Step string

// The steps. After "connect", "command" comes first for each line, then, if the command is understood and in order, its own; "message" is between the
// end of a message and its delivery; "close" is last and cannot be answered.
const (
	StepConnect  Step = "connect"  // Arg is the client's address
	StepCommand  Step = "command"  // Arg is the line
	StepHelo     Step = "helo"     // HELO or EHLO; Arg is the client's name
	StepMail     Step = "mail"     // Arg is the address
	StepRcpt     Step = "rcpt"     // Arg is the address
	StepData     Step = "data"     // DATA, or the first BDAT
	StepMessage  Step = "message"  // Message is the message
	StepRset     Step = "rset"     //
	StepNoop     Step = "noop"     // Arg is what follows the verb
	StepHelp     Step = "help"     // likewise
	StepVrfy     Step = "vrfy"     // likewise
	StepExpn     Step = "expn"     // likewise
	StepAuth     Step = "auth"     // Arg is the user, whose password was right
	StepStartTLS Step = "starttls" //
	StepQuit     Step = "quit"     //
	StepClose    Step = "close"    //
)

// An Event is a step that a session takes.
type Event struct {
	Step     Step
	Arg      string
	Message  []byte // of StepMessage
	Envelope *Envelope
}

// A Server takes mail. The zero value takes no message but speaks the whole protocol.
type Server struct {
	Domain  string  // its name; "" is the host's
	Mailbox Mailbox // nil refuses messages

	// Secret returns a user's password for AUTH. nil: AUTH is not offered.
	Secret func(user string) (password string, ok bool)
	// TLS makes STARTTLS possible. PLAIN and LOGIN, which show the password, are then offered under TLS only, unless Insecure is set.
	TLS      *tls.Config
	Insecure bool
	// Implicit begins sessions with TLS, as port 465 has it (RFC 8314 3.3).
	Implicit bool

	// Hook is asked at each step; a reply answers instead of the server: if it is positive the command counts as done, 421 and
	// 221 close the session. nil lets the server go on.
	Hook func(Event) *Reply
	// Replies are texts instead of the usual ones, by name; see ReplyNames.
	Replies map[string]string

	MaxSize       int           // of a message in bytes; 0 means 10 MiB
	MaxRecipients int           // of a message; 0 means 100 (RFC 5321 4.5.3.1.8)
	MaxLine       int           // of a message, in bytes without CRLF; 0 means 998
	MaxErrors     int           // then the session is closed; 0 means 10
	MaxSessions   int           // at a time; 0 means 1,000
	MaxMemory     int           // of all messages on their way in, in bytes; 0 means 8 times MaxSize, at least 10 MiB
	Timeout       time.Duration // for a command to come or a reply to go; 0 means 5 min (RFC 5321 4.5.3.2.7). A message may take longer, at 1,000 bytes a second
	EightBit      bool          // takes 8-bit data from clients that have not announced it
	Without       []string      // extensions that EHLO does not offer, such as "PIPELINING"

	// Go starts a session's task, or returns false: then the connection is closed. nil means Stack.Go.
	Go stack.Spawn

	taken    stack.Sessions
	sessions []*session
	held     int // bytes of messages on their way in
	words    map[string]Reply
	wordErr  error
}

const (
	defaultSize       = 10 << 20
	defaultRecipients = 100
	defaultErrors     = 10
	defaultSessions   = 1000
	defaultTimeout    = 5 * time.Minute
	maxCommand        = 2048  // RFC 5321 4.5.3.1.4 has 512; parameters may add
	maxAuthLine       = 12288 // RFC 4954 4
	maxIdle           = 200   // commands that bring no message forward, between two messages
	slowest           = 1000  // bytes of a message in a second
)

func or(n, usual int) int {
	if n > 0 {
		return n
	}
	return usual
}

func (s *Server) maxSize() int { return or(s.MaxSize, defaultSize) }

func (s *Server) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return defaultTimeout
}

// ErrClosed is what Serve returns after Close.
var ErrClosed = errors.New("smtp: server closed")

// ListenAndServe is Serve on an address such as ":25".
func (s *Server) ListenAndServe(st *stack.Stack, address string) error {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return err
	}
	return s.Serve(st, l)
}

// Serve takes connections of l, each session in a task of its own, until Close is called; then it returns ErrClosed. It closes l.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.prepare(); err != nil {
		l.Close()
		return err
	}
	if err := s.taken.Serve(st, l, "smtp session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return err
	}
	return ErrClosed
}

func (s *Server) prepare() error {
	if s.words == nil && s.wordErr == nil {
		s.words, s.wordErr = wording(s.Replies)
	}
	return s.wordErr
}

// ServeConn runs one session on c in the calling task and closes c.
func (s *Server) ServeConn(st *stack.Stack, c net.Conn) {
	defer c.Close()
	leave, ok := s.taken.Enter(c, math.MaxInt) // one too many is told so
	defer leave()
	if !ok || s.prepare() != nil {
		return
	}
	ss := newSession(s, st, c)
	s.sessions = append(s.sessions, ss)
	defer func() {
		s.sessions = slices.DeleteFunc(s.sessions, func(o *session) bool { return o == ss })
		ss.free()
	}()
	ss.serve()
	ss.conn.Close() // TLS says that nothing more will come
}

// Sessions returns how many sessions are under way.
func (s *Server) Sessions() int { return len(s.sessions) }

// Close stops listening and breaks all sessions off. Tasks end soon after.
func (s *Server) Close() { s.taken.Close() }

// offers reports whether EHLO may offer an extension.
func (s *Server) offers(keyword string) bool { return !slices.Contains(s.Without, keyword) }

// extensions lists what EHLO offers a session.
func (ss *session) extensions() []string {
	s := ss.server
	var list []string
	for _, keyword := range []string{"PIPELINING", "8BITMIME", "SIZE", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING", "STARTTLS", "AUTH", "VRFY", "EXPN", "HELP"} {
		if !s.offers(keyword) {
			continue
		}
		switch keyword {
		case "SIZE":
			keyword += " " + strconv.Itoa(s.maxSize())
		case "STARTTLS":
			if s.TLS == nil || ss.envelope.Secure {
				continue
			}
		case "AUTH":
			mechanisms := ss.mechanisms()
			if mechanisms == "" {
				continue
			}
			keyword += mechanisms
		case "VRFY":
			if _, ok := s.Mailbox.(Verifier); !ok && s.Hook == nil {
				continue
			}
		case "EXPN":
			if _, ok := s.Mailbox.(Expander); !ok && s.Hook == nil {
				continue
			}
		}
		list = append(list, keyword)
	}
	return list
}

// Memory returns how much sessions and the messages on their way in take, in bytes.
func (s *Server) Memory() int {
	n := s.held
	for _, ss := range s.sessions {
		n += len(ss.in.buf) + cap(ss.out)
	}
	return n
}
