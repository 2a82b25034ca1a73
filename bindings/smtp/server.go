package smtp

import (
	"maps"
	"net"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Server is a mail server of Lua.
type Server struct {
	server   *smtp.Server
	listener *stack.Listener
	tasks    *serve.Tasks
	deliver  *lua.LFunction
	hooks    *Hooks
	users    lua.LValue // or nil
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), weigh func(int64)) {
	see(s.deliver)
	s.hooks.Held(see)
	if s.users != nil {
		see(s.users)
	}
	weigh(int64(s.server.Memory()))
}

func serverClass() bind.Member {
	return bind.Class("Server", "A mail server, as serve starts it.",
		bind.Method("port", "The TCP port it listens on.", (*Server).port),
		bind.Method("sessions", "How many sessions are under way.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Sessions(), nil }),
		bind.MethodProc("close", "Stop listening, and break all sessions off.", func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

func (s *Server) port(*bind.Call, bind.None) (int, error) {
	return s.listener.Addr().(*net.TCPAddr).Port, nil
}

type serveArgs struct {
	Options struct {
		Deliver       *lua.LFunction            `doc:"takes a message: gets the envelope (a table with from, to, helo, protocol, address, port, user, tls, body, smtputf8, size) and the message, with CR LF at the ends of lines. The client hears \"250\" when it has returned. It may return nil and a message: the server says 451; or a reply, such as \"552 5.2.2 Mailbox full\""`
		Domain        string                    `doc:"the server's name; the host's if left out" default:""`
		Address       string                    `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port          *int                      `doc:"TCP port; 0 draws one; 25, or with implicit 465, if left out" min:"0" max:"65535"`
		On            map[string]*lua.LFunction `doc:"functions that are asked at each step: connect, command, helo, mail, rcpt, data, message, rset, noop, help, vrfy, expn, auth, starttls, quit, close. Each gets the envelope so far and what the step is about: the client's address, the line, a name, an address, the message, a user. It returns nothing, and the server goes on; false, and the server refuses; or the reply to give instead" default:"nil"`
		Replies       map[string]string         `doc:"replies instead of the server's own, by name: see smtp.replies. {domain} stands for the server's name, {client} for the client's, {address} for what the command is about" default:"nil"`
		Users         lua.LValue                `doc:"for AUTH: passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user; AUTH is not offered if left out" default:"nil" type:"table<string, string>|fun(user: string): string?"`
		TLS           bool                      `name:"tls" doc:"offer STARTTLS with a certificate of the world's authority" default:"false"`
		Implicit      bool                      `doc:"begin every session with TLS" default:"false"`
		Insecure      bool                      `doc:"offer PLAIN and LOGIN, which show the password, before STARTTLS too" default:"false"`
		MaxSize       bind.Size                 `doc:"how long a message may be" default:"10 MiB" min:"1" max:"100 MiB"`
		MaxRecipients int                       `doc:"how many recipients a message may have" default:"100" min:"1"`
		MaxLine       int                       `doc:"how long a line of a message may be, in bytes without its end" default:"998" min:"1"`
		MaxErrors     int                       `doc:"after how many errors the session is closed" default:"10" min:"1"`
		Sessions      int                       `doc:"how many there may be at a time" default:"1000" min:"1"`
		Timeout       time.Duration             `doc:"how long a command may take to come" default:"5 min" min:"1 ms"`
		EightBit      bool                      `name:"eightbit" doc:"take messages that are not 7-bit ASCII from clients that did not say so" default:"false"`
		Without       []string                  `doc:"extensions that EHLO does not offer, such as PIPELINING" default:"nil"`
	} `doc:"how to serve"`
}

func start(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	s := &Server{tasks: serve.New(c), deliver: o.Deliver}
	s.hooks = NewHooks(c, s.tasks, "smtp.serve", o.On)
	s.server = &smtp.Server{
		Domain: o.Domain, Mailbox: s, Replies: o.Replies, Implicit: o.Implicit, Insecure: o.Insecure, MaxSize: int(o.MaxSize), MaxRecipients: o.MaxRecipients,
		MaxLine: o.MaxLine, MaxErrors: o.MaxErrors, MaxSessions: o.Sessions, Timeout: o.Timeout, EightBit: o.EightBit, Without: o.Without,
		Hook: s.hook, Go: s.tasks.Go,
	}
	s.check(c, &a)
	st := s.tasks.Stack()
	var err error
	if o.TLS || o.Implicit {
		if s.server.TLS, err = s.tasks.ServerTLS(); err != nil {
			return nil, err
		}
	}
	release := lua51.Hold(c.L, s)
	s.listener, err = s.tasks.Listen("smtp server", o.Address, serve.Port(o.Port, o.Implicit, smtp.Port, smtp.PortTLS), func(l net.Listener) {
		defer release()
		s.server.Serve(st, l)
	})
	if err != nil {
		release()
		return nil, err
	}
	return s, nil
}

// check reads the options whose fields are named by the script.
func (s *Server) check(c *bind.Call, a *serveArgs) {
	o := &a.Options
	for _, name := range smtp.ReplyNames() {
		if text, ok := o.Replies[name]; ok {
			if err := smtp.CheckReply(name, text); err != nil {
				c.Misuse("replies", "want another %s: %s", name, err.Error())
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Replies)) {
		if smtp.DefaultReply(name) == "" {
			c.Misuse("replies", "want replies by the names that smtp.replies gives, got %q", name)
		}
	}
	for step, keyword := range map[smtp.Step]string{smtp.StepVrfy: "VRFY", smtp.StepExpn: "EXPN"} {
		if s.hooks.on[step] == nil {
			s.server.Without = append(s.server.Without, keyword)
		}
	}
	slices.Sort(s.server.Without)
	if o.Users != lua.LNil {
		s.users, s.server.Secret = o.Users, s.tasks.Users(c, "users", o.Users)
	}
}

// hook asks the script's functions.
func (s *Server) hook(e smtp.Event) *smtp.Reply {
	if r := s.hooks.Ask(e); r != nil || e.Step != smtp.StepMessage {
		return r
	}
	results, err := s.tasks.Call(s.deliver, s.hooks.envelope(e.Envelope), lua.LString(e.Message))
	return s.hooks.reply("deliver", results, err, "451 4.3.0 Not delivered")
}

// Deliver implements smtp.Mailbox; the hook has given the message to the script already.
func (s *Server) Deliver(*smtp.Envelope, []byte) error { return nil }
