// Package imap is the Lua module imap: the mail server's side and the reader's side of the Internet Message Access Protocol.
package imap

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
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
)

// Module is the declaration of imap.
var Module = bind.New("imap", "Keep mail on the server, in folders, by the Internet Message Access Protocol, version 4rev1 (RFC 3501), and serve it from the mailboxes of this host.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a server in this process. Its mailboxes are files of the host; deliveries, POP3 and IMAP of one host share them.", serveMail).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local imap = require "imap"
local server = assert(imap.serve{users = {bob = "hungry"}})
server:deliver("bob", "Subject: pickles\n\nHow about pickles?\n")
local s = assert(imap.dial("localhost"))
assert(s:login("bob", "hungry"))
assert(s:create("food"))
print(s:select("INBOX").exists) --> 1
for _, m in ipairs(s:fetch("1:*", "(ENVELOPE BODY[TEXT])")) do
  print(m.number, m.envelope.subject, (m.sections["BODY[TEXT]"]:gsub("\r\n", ""))) --> 1	pickles	How about pickles?
end
s:move(1, "food")
print(s:status("food").messages, s:status("INBOX").messages) --> 1	0
s:logout()`),
		bind.Fn("dial", "Connect to a server and take its greeting.", dial).
			Returns("session", "the session, before the login").Errors("refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		serverClass(), sessionClass(),
		bind.Example(wireExample),
	}
})

// Server is a server of Lua.
type Server struct {
	server *imap.Server
	port   int
	users  lua.LValue
}

func serverClass() bind.Member {
	return bind.Class("Server", "A server that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("sessions", "How many sessions there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.MethodProc("deliver", "Put a message into a user's INBOX, as a mail server does when one has come.", (*Server).deliver).Errors("invalid", "limit", "too-long"),
		bind.MethodProc("close", "Close the listener and break every session off.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serveArgs struct {
	Options struct {
		Users      lua.LValue    `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user" type:"table<string, string>|fun(user: string): string?"`
		Mailboxes  string        `doc:"folder of this host in which the mailboxes are" default:"/var/mail"`
		Address    string        `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port       *int          `doc:"TCP port; 0 draws one; 143, or with implicit 993, if left out" min:"0" max:"65535"`
		TLS        bool          `name:"tls" doc:"offer STARTTLS with a certificate of the world's authority" default:"false"`
		Implicit   bool          `doc:"begin every connection with TLS" default:"false"`
		RequireTLS bool          `name:"require_tls" doc:"refuse passwords that are not under TLS" default:"false"`
		Timeout    time.Duration `doc:"how long a client may take for a command; before the login at most 3 minutes" default:"30 min" min:"1 ms"`
		Largest    bind.Size     `doc:"the longest message that append takes" default:"32 MiB" min:"1"`
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
	s := &Server{users: o.Users}
	s.server = &imap.Server{Secret: tasks.Users(c, "users", o.Users), Store: store, Implicit: o.Implicit, RequireTLS: o.RequireTLS, Timeout: o.Timeout,
		MaxMessage: int64(o.Largest), Sessions: o.Sessions, Charge: tasks.Charge, Go: tasks.Go}
	if o.TLS || o.Implicit {
		if s.server.TLS, err = tasks.ServerTLS(); err != nil {
			return nil, err
		}
	}
	st := tasks.Stack()
	release := lua51.Hold(c.L, s)
	l, err := tasks.Listen("imap server", o.Address, serve.Port(o.Port, o.Implicit, imap.Port, imap.PortTLS), func(l net.Listener) {
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
	return s.server.Store.Deliver(a.User, strings.NewReader(a.Message))
}

type dialArgs struct {
	Host    string `doc:"name or address of the server"`
	Options struct {
		Port     *int          `doc:"TCP port; 143, or with implicit 993, if left out" min:"1" max:"65535"`
		Timeout  time.Duration `doc:"how long to wait for each answer" default:"60 s" min:"1 ms"`
		Implicit bool          `doc:"begin with TLS" default:"false"`
		Verify   bool          `doc:"under TLS take only a certificate of the world's authority for this host" default:"true"`
		Largest  bind.Size     `doc:"the longest answer that is taken, with the messages in it" default:"64 MiB" min:"1"`
	} `doc:"how to connect"`
}

func dial(c *bind.Call, a dialArgs) (*Session, error) {
	o := &a.Options
	p := process.Of(c)
	config, err := serve.ClientTLS(p, a.Host, o.Verify)
	if err != nil {
		return nil, err
	}
	client, err := imap.Dial(p.Stack(), net.JoinHostPort(a.Host, strconv.Itoa(serve.Port(o.Port, o.Implicit, imap.Port, imap.PortTLS))),
		imap.Options{Timeout: o.Timeout, Largest: int64(o.Largest), TLS: config, Implicit: o.Implicit})
	if err != nil {
		return nil, err
	}
	return &Session{client}, nil
}
