// Package sftp is the Lua module sftp: both sides of the SSH File Transfer Protocol.
package sftp

import (
	"fmt"
	"net"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"
	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/scp"
	"github.com/moonwire-lab/moonwire/engine/sftp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
)

// Module is the declaration of sftp.
var Module = bind.New("sftp", `Fetch and store files by the SSH File Transfer Protocol, version 3, and serve the files of this host.

Commands and files go over one connection, which SSH (RFC 4253) protects. The programs sftp and scp of OpenSSH can talk to the server.`, func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a server in this process.", serveFiles).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local sftp = require "sftp"
sftp.serve{root = "/srv/files", users = {alice = "hungry"}}
local s = assert(sftp.dial("localhost", {user = "alice", password = "hungry"}))
assert(s:store("menu.txt", "crepes\n"))
for _, f in ipairs(s:list("/")) do print(f.name, f.size) end --> menu.txt	7
print(s:fetch("/menu.txt")) --> crepes
-->
print(s:fetch("../../etc/passwd")) --> nil	sftp: OPEN ../../etc/passwd: No such file or folder	not-found
s:close()`),
		bind.Fn("dial", "Connect to a server and log in.", dial).
			Returns("session", "the session").Errors("denied", "refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		bind.Fn("scp_fetch", "Fetch a file by the older protocol of scp, which can do nothing but copy.", scpFetch).
			Returns("content", "all of it").Errors("denied", "not-found", "too-long", "refused", "timeout", "host-not-found", "unreachable", "protocol", "closed").
			Example(`local sftp = require "sftp"
sftp.serve{users = {alice = "hungry"}}
local alice = {user = "alice", password = "hungry"}
assert(sftp.scp_store("localhost", "menu.txt", "crepes\n", alice))
print(sftp.scp_fetch("localhost", "menu.txt", alice)) --> crepes
-->`),
		bind.Proc("scp_store", "Store a file by the older protocol of scp.", scpStore).
			Errors("denied", "not-found", "limit", "refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		serverClass(), sessionClass(),
	}
})

// Server is a server of Lua.
type Server struct {
	server *ssh.Server
	port   int
	key    gossh.PublicKey
	users  lua.LValue
}

func serverClass() bind.Member {
	return bind.Class("Server", "A server that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("sessions", "How many sessions there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.Method("fingerprint", "The hash of its key, as ssh shows it.", func(s *Server, _ *bind.Call, _ bind.None) (string, error) { return gossh.FingerprintSHA256(s.key), nil }),
		bind.MethodProc("close", "Close the listener and break every session off.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serveArgs struct {
	Options struct {
		Users    lua.LValue        `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user" type:"table<string, string>|fun(user: string): string?"`
		Root     string            `doc:"folder of this host that users see as \"/\" and cannot leave; it is made if it is missing" default:"/srv/ftp"`
		Homes    map[string]string `doc:"folders that single users see as \"/\" in place of root" default:"nil"`
		Keys     map[string]string `doc:"public keys by user name, as lines of OpenSSH's authorized_keys, that will do in place of the password" default:"nil"`
		ReadOnly bool              `doc:"let nobody change anything" default:"false"`
		Address  string            `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port     int               `doc:"TCP port; 0 draws one" default:"22" min:"0" max:"65535"`
		Timeout  time.Duration     `doc:"how long a client may say nothing" default:"10 min" min:"1 ms"`
		Sessions int               `doc:"how many there may be at a time" default:"1000" min:"1"`
	} `doc:"what to serve"`
}

func serveFiles(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	st := tasks.Stack()
	key, err := serve.HostKey(tasks.Process(), st.HostName())
	if err != nil {
		return nil, err
	}
	s := &Server{users: o.Users, key: key.PublicKey()}
	s.server = &ssh.Server{Key: key, Rand: serve.Random(st), Timeout: o.Timeout, Sessions: o.Sessions, Charge: tasks.Charge, Go: tasks.Go}
	secret, keys := tasks.Users(c, "users", o.Users), publicKeys(c, o.Keys)
	s.server.Account = func(user string) (ssh.Account, bool) {
		password, ok := secret(user)
		return ssh.Account{Password: password, Keys: keys[user]}, ok || len(keys[user]) > 0
	}
	files := tasks.Process().FS()
	folder := func(name string) (string, error) {
		name = tasks.Process().Path(name)
		if err := files.MkdirAll(name, 0o755); err != nil {
			return "", fmt.Errorf("sftp: folder %s: %w", name, err)
		}
		return name, nil
	}
	root, err := folder(o.Root)
	if err != nil {
		return nil, err
	}
	s.server.Run = func(channel *ssh.Channel, subsystem bool, name string) (func() int, bool) {
		command, isSCP := scp.ParseCommand(name)
		isSCP = isSCP && !subsystem
		return func() int {
			at := root
			if home, own := o.Homes[channel.User]; own {
				var err error
				if at, err = folder(home); err != nil {
					return 1
				}
			}
			if isSCP {
				server := &scp.Server{FS: files, Root: at, ReadOnly: o.ReadOnly, Charge: tasks.Charge}
				return server.Serve(channel, command)
			}
			channel.Describe = sftp.Describe
			server := &sftp.Server{FS: files, Root: at, ReadOnly: o.ReadOnly, Charge: tasks.Charge}
			if server.Serve(channel) != nil {
				return 1
			}
			return 0
		}, isSCP || subsystem && name == sftp.Subsystem
	}
	l, err := tasks.Listen("sftp server", o.Address, o.Port, func(l net.Listener) { s.server.Serve(st, l) })
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s, nil
}

// publicKeys reads the option keys.
func publicKeys(c *bind.Call, lines map[string]string) map[string][]gossh.PublicKey {
	keys := map[string][]gossh.PublicKey{}
	for user, rest := range lines {
		for text := []byte(rest); len(text) > 0; {
			key, _, _, more, err := gossh.ParseAuthorizedKey(text)
			if err != nil {
				c.Misuse("keys", "want lines such as \"ssh-ed25519 AAAA…\" for %s", user)
			}
			keys[user], text = append(keys[user], key), more
		}
	}
	return keys
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), _ func(int64)) { see(s.users) }

type dialArgs struct {
	Host    string      `doc:"name or address of the server"`
	Options dialOptions `doc:"how to connect"`
}

type dialOptions struct {
	User        string        `doc:"the user's name"`
	Password    string        `doc:"the password" default:""`
	Key         string        `doc:"a private key, which is tried before the password: the text of a file of ssh-keygen, without a passphrase" default:""`
	Port        int           `doc:"TCP port" default:"22" min:"1" max:"65535"`
	Fingerprint string        `doc:"the hash that the server's key must have, such as SHA256:…; if empty, the key must be that of the host in this world" default:""`
	Verify      bool          `doc:"look at the server's key; without, anybody on the way can be the server" default:"true"`
	Timeout     time.Duration `doc:"how long to wait for each answer" default:"60 s" min:"1 ms"`
	Largest     bind.Size     `doc:"the longest file that fetch takes" default:"64 MiB" min:"1"`
}

// unknownKey is the error of a server whose key is not known.
type unknownKey struct{ fingerprint string }

// Error returns the text.
func (e unknownKey) Error() string {
	return "sftp: the server's key " + e.fingerprint + " is not the one that is known for it (options fingerprint and verify of dial)"
}

// Code returns "denied".
func (unknownKey) Code() string { return "denied" }

// connect opens a connection and logs in.
func connect(c *bind.Call, host string, o *dialOptions) (*ssh.Client, error) {
	p := process.Of(c)
	st := p.Stack()
	var signer gossh.Signer
	if o.Key != "" {
		var err error
		if signer, err = gossh.ParsePrivateKey([]byte(o.Key)); err != nil {
			c.Misuse("key", "want the text of a file of ssh-keygen, -----BEGIN OPENSSH PRIVATE KEY----- and so on: %s", err)
		}
	}
	known := o.Fingerprint
	if known == "" {
		key, err := serve.HostKey(p, host)
		if err != nil {
			return nil, err
		}
		known = gossh.FingerprintSHA256(key.PublicKey())
	}
	return ssh.Dial(st, net.JoinHostPort(host, strconv.Itoa(o.Port)), ssh.Options{User: o.User, Password: o.Password, Key: signer, Rand: serve.Random(st), Timeout: o.Timeout,
		HostKey: func(key gossh.PublicKey) error {
			if got := gossh.FingerprintSHA256(key); o.Verify && got != known {
				return unknownKey{got}
			}
			return nil
		}})
}

func dial(c *bind.Call, a dialArgs) (*Session, error) {
	conn, err := connect(c, a.Host, &a.Options)
	if err != nil {
		return nil, err
	}
	conn.Channel.Describe = sftp.Describe
	err = conn.Subsystem(sftp.Subsystem)
	var client *sftp.Client
	if err == nil {
		client, err = sftp.NewClient(conn.Channel)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &Session{conn, client, process.Of(c), int64(a.Options.Largest)}, nil
}
