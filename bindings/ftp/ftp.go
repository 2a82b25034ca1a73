// Package ftp is the Lua module ftp: both sides of the File Transfer Protocol.
package ftp

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/ftp"
)

// Module is the declaration of ftp.
var Module = bind.New("ftp", "Fetch and store files by the File Transfer Protocol (RFC 959), and serve the files of this host.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a server in this process.", serveFiles).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local ftp = require "ftp"
local f = assert(io.open("/tmp/menu.txt", "w"))
f:write("crepes\n")
f:close()
local server = assert(ftp.serve{root = "/tmp", users = {alice = "hungry"}})
local s = assert(ftp.dial("localhost"))
assert(s:login("alice", "hungry"))
for _, f in ipairs(s:mlsd()) do print(f.name, f.size) end --> menu.txt	7
print(s:retr("menu.txt")) --> crepes
-->
assert(s:stor("copy.txt", "pickles\n"))
print(s:size("nothing.txt")) --> nil	ftp: SIZE: 550 No such file or folder	not-found
s:quit()`),
		bind.Fn("dial", "Connect to a server and take its greeting.", dial).
			Returns("session", "the session, before the login").Errors("refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		serverClass(), transferClass(), sessionClass(),
		bind.Example(wireExample),
	}
})

// Server is a server of Lua.
type Server struct {
	server *ftp.Server
	port   int
	users  lua.LValue
}

func serverClass() bind.Member {
	return bind.Class("Server", "A server that runs.",
		bind.Method("port", "The TCP port on which it listens for commands.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("sessions", "How many sessions there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.MethodProc("close", "Close the listener and break every session off.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serveArgs struct {
	Options struct {
		Root           string            `doc:"folder of this host that users see as \"/\" and cannot leave; it is made if it is missing" default:"/srv/ftp"`
		Users          lua.LValue        `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user" default:"nil" type:"table<string, string>|fun(user: string): string?"`
		Homes          map[string]string `doc:"folders that single users see as \"/\" in place of root" default:"nil"`
		Accounts       map[string]string `doc:"what single users have to say by ACCT after the password" default:"nil"`
		Anonymous      *bool             `doc:"let \"anonymous\" and \"ftp\" in with any password, to read; true if there are no users"`
		ReadOnly       bool              `doc:"let nobody change anything" default:"false"`
		Address        string            `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port           *int              `doc:"TCP port; 0 draws one; 21, or with implicit 990, if left out" min:"0" max:"65535"`
		PassivePorts   []int             `doc:"first and last port for passive data connections; any if left out" default:"nil" min:"1" max:"65535"`
		PassiveAddress *netip.Addr       `doc:"the address that PASV tells, for a server behind a NAT box; the server's own if left out"`
		Foreign        bool              `doc:"let data connections go to and come from other hosts than the client's" default:"false"`
		TLS            bool              `name:"tls" doc:"offer AUTH TLS with a certificate of the world's authority" default:"false"`
		Implicit       bool              `doc:"begin every connection with TLS" default:"false"`
		RequireTLS     bool              `name:"require_tls" doc:"refuse passwords and files that are not under TLS" default:"false"`
		Timeout        time.Duration     `doc:"how long a client may take for a command, and for each 16 KiB of a file" default:"5 min" min:"1 ms"`
		Sessions       int               `doc:"how many there may be at a time" default:"1000" min:"1"`
	} `doc:"what to serve"`
}

func serveFiles(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	s := &Server{users: o.Users}
	s.server = &ftp.Server{Implicit: o.Implicit, RequireTLS: o.RequireTLS, Foreign: o.Foreign, Timeout: o.Timeout, Sessions: o.Sessions, Charge: tasks.Charge, Go: tasks.Go}
	if len(o.PassivePorts) > 0 {
		if len(o.PassivePorts) != 2 || o.PassivePorts[0] > o.PassivePorts[1] {
			c.Misuse("passive_ports", "want the first and the last port, as in {50000, 50010}, got %d numbers", len(o.PassivePorts))
		}
		s.server.PassivePorts = [2]uint16{uint16(o.PassivePorts[0]), uint16(o.PassivePorts[1])}
	}
	if o.PassiveAddress != nil {
		if !o.PassiveAddress.Is4() {
			c.Misuse("passive_address", "want an IPv4 address, since PASV can tell no other, got %s", o.PassiveAddress)
		}
		s.server.PassiveAddress = *o.PassiveAddress
	}
	if err := s.accounts(c, tasks, &a); err != nil {
		return nil, err
	}
	if o.TLS || o.Implicit || o.RequireTLS {
		var err error
		if s.server.TLS, err = tasks.ServerTLS(); err != nil {
			return nil, err
		}
	}
	st := tasks.Stack()
	l, err := tasks.Listen("ftp server", o.Address, serve.Port(o.Port, o.Implicit, ftp.Port, ftp.PortTLS), func(l net.Listener) { s.server.Serve(st, l) })
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s, nil
}

// accounts makes what the server asks of users, and the folders that they need.
func (s *Server) accounts(c *bind.Call, tasks *serve.Tasks, a *serveArgs) error {
	o := &a.Options
	p := tasks.Process()
	files := p.FS()
	anonymous := o.Users == lua.LNil
	if o.Anonymous != nil {
		anonymous = *o.Anonymous
	}
	secret := func(string) (string, bool) { return "", false }
	if o.Users != lua.LNil {
		secret = tasks.Users(c, "users", o.Users)
	}
	folder := func(name string) (string, error) {
		name = p.Path(name)
		if err := files.MkdirAll(name, 0o755); err != nil {
			return "", fmt.Errorf("ftp: folder %s: %w", name, err)
		}
		return name, nil
	}
	root, err := folder(o.Root)
	if err != nil {
		return err
	}
	s.server.Account = func(user string) (ftp.Account, bool) {
		account := ftp.Account{FS: files, Root: root, ReadOnly: o.ReadOnly}
		if anonymous && (user == "anonymous" || user == "ftp") {
			account.Guest, account.ReadOnly = true, true
			return account, true
		}
		password, ok := secret(user)
		if home, own := o.Homes[user]; own && ok {
			var err error
			if account.Root, err = folder(home); err != nil {
				return account, false
			}
		}
		account.Password, account.Account = password, o.Accounts[user]
		return account, ok
	}
	return nil
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), _ func(int64)) { see(s.users) }

type dialArgs struct {
	Host    string `doc:"name or address of the server"`
	Options struct {
		Port     *int          `doc:"TCP port; 21, or with implicit 990, if left out" min:"1" max:"65535"`
		Timeout  time.Duration `doc:"how long to wait for each reply" default:"60 s" min:"1 ms"`
		Active   bool          `doc:"let the server connect for data (PORT, EPRT), instead of connecting to it (PASV, EPSV)" default:"false"`
		Plain    bool          `doc:"know RFC 959 alone: PORT and PASV, not EPRT and EPSV" default:"false"`
		Implicit bool          `doc:"begin with TLS" default:"false"`
		Verify   bool          `doc:"under TLS take only a certificate of the world's authority for this host" default:"true"`
		Largest  bind.Size     `doc:"the longest file that retr takes" default:"64 MiB" min:"1"`
	} `doc:"how to connect"`
}

func dial(c *bind.Call, a dialArgs) (*Session, error) {
	o := &a.Options
	p := process.Of(c)
	config, err := serve.ClientTLS(p, a.Host, o.Verify)
	if err != nil {
		return nil, err
	}
	client, err := ftp.Dial(p.Stack(), net.JoinHostPort(a.Host, strconv.Itoa(serve.Port(o.Port, o.Implicit, ftp.Port, ftp.PortTLS))),
		ftp.Options{Timeout: o.Timeout, Active: o.Active, Plain: o.Plain, TLS: config, Implicit: o.Implicit})
	if err != nil {
		return nil, err
	}
	return &Session{client, p, int64(o.Largest)}, nil
}
