// Package pop3 is the Lua module pop3: the mail server's side and the reader's side of the Post Office Protocol.
package pop3

import (
	"net"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/pop3"
)

// Module is the declaration of pop3.
var Module = bind.New("pop3", "Read mail by the Post Office Protocol, version 3 (RFC 1939), and serve it from the mailboxes of this host.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a server in this process. Its mailboxes are files of the host; deliveries, POP3 and IMAP of one host share them.", serveMail).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local pop3 = require "pop3"
local server = assert(pop3.serve{users = {alice = "hungry"}})
server:deliver("alice", "Subject: pickles\n\nHow about pickles?\n")
local s = assert(pop3.dial("localhost"))
assert(s:login("alice", "hungry"))
for _, m in ipairs(s:list()) do print(m.number, m.size) end --> 1	40
print((s:retr(1):match("\r\n\r\n(.-)\r\n"))) --> How about pickles?
s:dele(1)
s:quit()`),
		bind.Fn("dial", "Connect to a server and take its greeting.", dial).
			Returns("session", "the session, before the login").Errors("refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		bind.Fn("digest", "What APOP sends in place of a password: the MD5 of the greeting's time stamp and the password (RFC 1939 7).",
			func(_ *bind.Call, a digestArgs) (string, error) { return pop3.Digest(a.Stamp, a.Password), nil }).
			Returns("digest", "32 hexadecimal digits").
			Example(`print(require("pop3").digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf")) --> c4c9334bac560ecc979e58001b3e22fb`),
		serverClass(), sessionClass(),
		bind.Example(wireExample),
	}
})

type digestArgs struct {
	Stamp    string `doc:"the time stamp with its angle brackets"`
	Password string `doc:"the password"`
}

// Server is a server of Lua.
type Server struct {
	server *pop3.Server
	store  *maildrop.Store
	port   int
	users  lua.LValue
}

func serverClass() bind.Member {
	return bind.Class("Server", "A server that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("sessions", "How many sessions there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.MethodProc("deliver", "Put a message into a user's mailbox, as a mail server does when one has come.", (*Server).deliver).Errors("invalid", "limit", "too-long"),
		bind.MethodProc("close", "Close the listener and break every session off; what is marked in them is not deleted.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serveArgs struct {
	Options struct {
		Users      lua.LValue    `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user" type:"table<string, string>|fun(user: string): string?"`
		Mailboxes  string        `doc:"folder of this host in which the mailboxes are" default:"/var/mail"`
		Address    string        `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port       *int          `doc:"TCP port; 0 draws one; 110, or with implicit 995, if left out" min:"0" max:"65535"`
		Apop       bool          `doc:"offer APOP: the greeting then ends with a time stamp" default:"false"`
		TLS        bool          `name:"tls" doc:"offer STLS with a certificate of the world's authority" default:"false"`
		Implicit   bool          `doc:"begin every connection with TLS" default:"false"`
		RequireTLS bool          `name:"require_tls" doc:"refuse passwords that are not under TLS" default:"false"`
		Timeout    time.Duration `doc:"how long a client may take for a command" default:"10 min" min:"1 ms"`
		Sessions   int           `doc:"how many there may be at a time" default:"1000" min:"1"`
	} `doc:"what to serve"`
}

func serveMail(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	p := tasks.Process()
	store, err := mailstore.Of(p.Host(), p.Path(o.Mailboxes))
	if err != nil {
		return nil, err
	}
	s := &Server{store: store, users: o.Users}
	s.server = &pop3.Server{Secret: tasks.Users(c, "users", o.Users), Open: pop3.Maildrops(store), APOP: o.Apop, Implicit: o.Implicit, RequireTLS: o.RequireTLS,
		Timeout: o.Timeout, Sessions: o.Sessions, Charge: tasks.Charge, Go: tasks.Go}
	if o.TLS || o.Implicit {
		if s.server.TLS, err = tasks.ServerTLS(); err != nil {
			return nil, err
		}
	}
	st := tasks.Stack()
	release := lua51.Hold(c.L, s)
	l, err := tasks.Listen("pop3 server", o.Address, serve.Port(o.Port, o.Implicit, pop3.Port, pop3.PortTLS), func(l net.Listener) {
		defer release()
		s.server.Serve(st, l)
	})
	if err != nil {
		release()
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s, nil
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), weigh func(int64)) {
	see(s.users)
	weigh(s.server.Memory())
}

type deliverArgs struct {
	User    string `doc:"whose mailbox; it is made if there is none"`
	Message string `doc:"header, an empty line, body"`
}

func (s *Server) deliver(_ *bind.Call, a deliverArgs) error {
	return s.store.Deliver(a.User, strings.NewReader(a.Message))
}

type dialArgs struct {
	Host    string `doc:"name or address of the server"`
	Options struct {
		Port     *int          `doc:"TCP port; 110, or with implicit 995, if left out" min:"1" max:"65535"`
		Timeout  time.Duration `doc:"how long to wait for each answer" default:"60 s" min:"1 ms"`
		Implicit bool          `doc:"begin with TLS" default:"false"`
		Verify   bool          `doc:"under TLS take only a certificate of the world's authority for this host" default:"true"`
		Largest  bind.Size     `doc:"the longest message that is taken" default:"64 MiB" min:"1"`
	} `doc:"how to connect"`
}

func dial(c *bind.Call, a dialArgs) (*Session, error) {
	o := &a.Options
	p := process.Of(c)
	config, err := serve.ClientTLS(p, a.Host, o.Verify)
	if err != nil {
		return nil, err
	}
	client, err := pop3.Dial(p.Stack(), net.JoinHostPort(a.Host, strconv.Itoa(serve.Port(o.Port, o.Implicit, pop3.Port, pop3.PortTLS))),
		pop3.Options{Timeout: o.Timeout, Largest: int64(o.Largest), TLS: config, Implicit: o.Implicit})
	if err != nil {
		return nil, err
	}
	return &Session{client}, nil
}
