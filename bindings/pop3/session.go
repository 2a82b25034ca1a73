package pop3

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/pop3"
)

// Session is a session of Lua.
type Session struct{ client *pop3.Client }

// Held implements lua51.Holder.
func (s *Session) Held(_ func(lua.LValue), weigh func(int64)) { weigh(s.client.Memory()) }

// use returns the client for a command, which costs fuel.
func (s *Session) use(c *bind.Call) *pop3.Client {
	c.Charge(300)
	return s.client
}

func sessionClass() bind.Member {
	return bind.Class("Session", "A session with a server. Each method is a command; a refusal is an error, after which the session goes on.",
		bind.Method("greeting", "What the server said first, without +OK.", func(s *Session, c *bind.Call, _ bind.None) (string, error) { return s.use(c).Greeting, nil }),
		bind.Method("stamp", "The time stamp in the greeting, which APOP needs.", (*Session).stamp).Returns("stamp string?", "nil if the server has no APOP"),
		bind.MethodProc("user", "USER: say who it is.", func(s *Session, c *bind.Call, a userArgs) error { return s.use(c).User(a.User) }).Errors(failures...),
		bind.MethodProc("pass", "PASS: show the password.", func(s *Session, c *bind.Call, a passArgs) error { return s.use(c).Pass(a.Password) }).Errors(logins...),
		bind.MethodProc("login", "USER and PASS.", func(s *Session, c *bind.Call, a loginArgs) error { return s.use(c).Login(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("apop", "APOP: prove to know the password without showing it.", func(s *Session, c *bind.Call, a loginArgs) error { return s.use(c).APOP(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("cram_md5", "AUTH CRAM-MD5: the same by a challenge of its own.", func(s *Session, c *bind.Call, a loginArgs) error { return s.use(c).CRAMMD5(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("stls", "STLS: put the connection under TLS.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).STLS() }).Errors(failures...),
		bind.Method("capa", "CAPA: what the server can do.", func(s *Session, c *bind.Call, _ bind.None) ([]string, error) { return s.use(c).Capa() }).
			Returns("capabilities", "one line each, such as \"SASL PLAIN CRAM-MD5\"").Errors(failures...),
		bind.Method("stat", "STAT: how many messages there are and their size together.", (*Session).stat).Errors(failures...),
		bind.Method("list", "LIST: the sizes of all messages, or of one.", (*Session).list).Returns("messages", "one table each: number, size (bytes)").Errors(reads...),
		bind.Method("uidl", "UIDL: the unique ids of all messages, or of one; they are the same in every session.", (*Session).uidl).Returns("messages", "one table each: number, uid").Errors(reads...),
		bind.Method("retr", "RETR: a message.", func(s *Session, c *bind.Call, a numberArgs) ([]byte, error) {
			return charged(c)(s.use(c).Retr(a.Number))
		}).Returns("message", "lines that end with CRLF").Errors(reads...),
		bind.Method("top", "TOP: the header of a message and the first lines of its body.", func(s *Session, c *bind.Call, a topArgs) ([]byte, error) {
			return charged(c)(s.use(c).Top(a.Number, a.Lines))
		}).
			Returns("text", "lines that end with CRLF").Errors(reads...),
		bind.MethodProc("dele", "DELE: mark a message, which quit deletes.", func(s *Session, c *bind.Call, a numberArgs) error { return s.use(c).Dele(a.Number) }).Errors(reads...),
		bind.MethodProc("rset", "RSET: take all marks back.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Rset() }).Errors(failures...),
		bind.MethodProc("noop", "NOOP: nothing, but it is answered.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Noop() }).Errors(failures...),
		bind.MethodProc("quit", "QUIT: delete what is marked and end the session.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Quit() }).Errors(failures...),
		bind.Method("command", "Send a line for which there is no method; its answer must be one line.", func(s *Session, c *bind.Call, a commandArgs) (string, error) { return s.use(c).Command(a.Line) }).
			Returns("text", "what stands behind +OK").Errors(failures...),
		bind.MethodProc("close", "Break the connection off: nothing is deleted.", func(s *Session, c *bind.Call, _ bind.None) error { s.use(c).Close(); return nil }),
	)
}

var (
	failures = []string{"failed", "timeout", "closed", "reset", "protocol"}
	logins   = []string{"denied", "in-use", "failed", "timeout", "closed", "reset", "protocol"}
	reads    = []string{"not-found", "too-long", "failed", "timeout", "closed", "reset", "protocol"}
)

// charged takes fuel for a text that was fetched.
func charged(c *bind.Call) func([]byte, error) ([]byte, error) {
	return func(text []byte, err error) ([]byte, error) {
		c.Charge(len(text) / 32)
		return text, err
	}
}

type userArgs struct {
	User string `doc:"the user's name"`
}

type passArgs struct {
	Password string `doc:"the password"`
}

type loginArgs struct {
	User     string `doc:"the user's name"`
	Password string `doc:"the password"`
}

type numberArgs struct {
	Number int `doc:"number of the message, from 1" min:"0"`
}

type topArgs struct {
	Number int `doc:"number of the message, from 1" min:"0"`
	Lines  int `doc:"lines of the body" default:"0" min:"0"`
}

type commandArgs struct {
	Line string `doc:"the line, without its end"`
}

type listArgs struct {
	Number *int `doc:"number of the message, from 1; all if left out" min:"0"`
}

func (s *Session) stamp(c *bind.Call, _ bind.None) (*string, error) {
	if stamp := s.use(c).Stamp(); stamp != "" {
		return &stamp, nil
	}
	return nil, nil
}

type statResult struct {
	bind.Tuple
	Messages int   `doc:"messages that are not marked"`
	Size     int64 `doc:"bytes"`
}

func (s *Session) stat(c *bind.Call, _ bind.None) (statResult, error) {
	n, size, err := s.use(c).Stat()
	return statResult{Messages: n, Size: size}, err
}

// A Listed is a line of list.
type Listed struct {
	Number int   `doc:"number of the message in this session"`
	Size   int64 `doc:"bytes"`
}

// A Unique is a line of uidl.
type Unique struct {
	Number int    `doc:"number of the message in this session"`
	UID    string `name:"uid" doc:"its unique id"`
}

func (s *Session) list(c *bind.Call, a listArgs) ([]Listed, error) {
	entries, err := one(a.Number, s.use(c).List, s.use(c).ListOne)
	out := make([]Listed, len(entries))
	for i, e := range entries {
		out[i] = Listed{e.Number, e.Size}
	}
	return out, err
}

func (s *Session) uidl(c *bind.Call, a listArgs) ([]Unique, error) {
	entries, err := one(a.Number, s.use(c).UIDL, s.use(c).UIDLOne)
	out := make([]Unique, len(entries))
	for i, e := range entries {
		out[i] = Unique{e.Number, e.UID}
	}
	return out, err
}

func one(number *int, all func() ([]pop3.Entry, error), single func(int) (pop3.Entry, error)) ([]pop3.Entry, error) {
	if number == nil {
		return all()
	}
	e, err := single(*number)
	if err != nil {
		return nil, err
	}
	return []pop3.Entry{e}, nil
}
