package pop3

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/pop3"
)

// Session is a session of Lua.
type Session struct{ client *pop3.Client }

var sessionClass = bind.Class("Session", "A session with a server. Each method is a command; a refusal is an error, after which the session goes on.",
	bind.Method("greeting", "What the server said first, without +OK.", func(s *Session, _ *bind.Call, _ bind.None) (string, error) { return s.client.Greeting, nil }),
	bind.Method("stamp", "The time stamp in the greeting, which APOP needs.", (*Session).stamp).Returns("stamp string?", "nil if the server has no APOP"),
	bind.MethodProc("user", "USER: say who it is.", func(s *Session, _ *bind.Call, a userArgs) error { return s.client.User(a.User) }).Errors(failures...),
	bind.MethodProc("pass", "PASS: show the password.", func(s *Session, _ *bind.Call, a passArgs) error { return s.client.Pass(a.Password) }).Errors(logins...),
	bind.MethodProc("login", "USER and PASS.", func(s *Session, _ *bind.Call, a loginArgs) error { return s.client.Login(a.User, a.Password) }).Errors(logins...),
	bind.MethodProc("apop", "APOP: prove to know the password without showing it.", func(s *Session, _ *bind.Call, a loginArgs) error { return s.client.APOP(a.User, a.Password) }).Errors(logins...),
	bind.MethodProc("cram_md5", "AUTH CRAM-MD5: the same by a challenge of its own.", func(s *Session, _ *bind.Call, a loginArgs) error { return s.client.CRAMMD5(a.User, a.Password) }).Errors(logins...),
	bind.MethodProc("stls", "STLS: put the connection under TLS.", func(s *Session, _ *bind.Call, _ bind.None) error { return s.client.STLS() }).Errors(failures...),
	bind.Method("capa", "CAPA: what the server can do.", func(s *Session, _ *bind.Call, _ bind.None) ([]string, error) { return s.client.Capa() }).
		Returns("capabilities", "one line each, such as \"SASL PLAIN CRAM-MD5\"").Errors(failures...),
	bind.Method("stat", "STAT: how many messages there are and their size together.", (*Session).stat).Errors(failures...),
	bind.Method("list", "LIST: the sizes of all messages, or of one.", (*Session).list).Returns("messages", "one table each: number, size (bytes)").Errors(reads...),
	bind.Method("uidl", "UIDL: the unique ids of all messages, or of one; they are the same in every session.", (*Session).uidl).Returns("messages", "one table each: number, uid").Errors(reads...),
	bind.Method("retr", "RETR: a message.", func(s *Session, _ *bind.Call, a numberArgs) ([]byte, error) { return s.client.Retr(a.Number) }).Returns("message", "lines that end with CRLF").Errors(reads...),
	bind.Method("top", "TOP: the header of a message and the first lines of its body.", func(s *Session, _ *bind.Call, a topArgs) ([]byte, error) { return s.client.Top(a.Number, a.Lines) }).
		Returns("text", "lines that end with CRLF").Errors(reads...),
	bind.MethodProc("dele", "DELE: mark a message, which quit deletes.", func(s *Session, _ *bind.Call, a numberArgs) error { return s.client.Dele(a.Number) }).Errors(reads...),
	bind.MethodProc("rset", "RSET: take all marks back.", func(s *Session, _ *bind.Call, _ bind.None) error { return s.client.Rset() }).Errors(failures...),
	bind.MethodProc("noop", "NOOP: nothing, but it is answered.", func(s *Session, _ *bind.Call, _ bind.None) error { return s.client.Noop() }).Errors(failures...),
	bind.MethodProc("quit", "QUIT: delete what is marked and end the session.", func(s *Session, _ *bind.Call, _ bind.None) error { return s.client.Quit() }).Errors(failures...),
	bind.Method("command", "Send a line for which there is no method; its answer must be one line.", func(s *Session, _ *bind.Call, a commandArgs) (string, error) { return s.client.Command(a.Line) }).
		Returns("text", "what stands behind +OK").Errors(failures...),
	bind.MethodProc("close", "Break the connection off: nothing is deleted.", func(s *Session, _ *bind.Call, _ bind.None) error { s.client.Close(); return nil }),
)

var (
	failures = []string{"failed", "timeout", "closed", "reset", "protocol"}
	logins   = []string{"denied", "in-use", "failed", "timeout", "closed", "reset", "protocol"}
	reads    = []string{"not-found", "too-long", "failed", "timeout", "closed", "reset", "protocol"}
)

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
	if stamp := s.client.Stamp(); stamp != "" {
		return &stamp, nil
	}
	return nil, nil
}

type statResult struct {
	bind.Tuple
	Messages int   `doc:"messages that are not marked"`
	Size     int64 `doc:"bytes"`
}

func (s *Session) stat(*bind.Call, bind.None) (statResult, error) {
	n, size, err := s.client.Stat()
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

func (s *Session) list(_ *bind.Call, a listArgs) ([]Listed, error) {
	entries, err := one(a.Number, s.client.List, s.client.ListOne)
	out := make([]Listed, len(entries))
	for i, e := range entries {
		out[i] = Listed{e.Number, e.Size}
	}
	return out, err
}

func (s *Session) uidl(_ *bind.Call, a listArgs) ([]Unique, error) {
	entries, err := one(a.Number, s.client.UIDL, s.client.UIDLOne)
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
