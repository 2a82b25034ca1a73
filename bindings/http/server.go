package http

import (
	"net"
	nethttp "net/http"
	"path"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// Server is a web server of Lua.
type Server struct {
	server  *http.Server
	tasks   *serve.Tasks
	port    int
	handler *lua.LFunction // or nil
	files   *http.Files    // or nil
	guard   *http.Guard    // or nil
	protect []string       // paths
	users   lua.LValue
	weight  int64 // of the bodies that the handler is given
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), weigh func(int64)) {
	if s.handler != nil {
		see(s.handler)
	}
	if s.users != nil {
		see(s.users)
	}
	weigh(s.weight + int64(s.server.Active())*connectionBytes)
}

// connectionBytes is about what a connection takes.
const connectionBytes = 8 << 10

func serverClass() bind.Member {
	return bind.Class("Server", "A web server that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("connections", "How many connections there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.Method("answered", "How many requests it has answered.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Answered(), nil }),
		bind.MethodProc("close", "Close the listener and break every connection off.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serveArgs struct {
	Options struct {
		Handler  *lua.LFunction `doc:"answers a request. It gets a table with method, path (decoded), query (what follows the question mark), params (of the query, by name), target, version, host, headers (by name in lower case), cookies (by name), body, form (the fields of a form in the body, by name), address and port of the client, user (who has shown the password), tls. It returns a body; or a status, a body and header fields; or a table with status, reason, body, headers, type, cookies; or nothing, and a file is looked for. A body may be a function that returns one piece after the other, and nil at the end" default:"nil"`
		Root     *string        `doc:"folder of this host whose files are served"`
		Index    []string       `doc:"what stands for a folder" default:"nil"`
		Writable bool           `doc:"PUT and DELETE change the files" default:"false"`
		List     bool           `doc:"show what is in a folder that has no index" default:"false"`
		Users    lua.LValue     `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user; everybody may read everything if left out" default:"nil" type:"table<string, string>|fun(user: string): string?"`
		Auth     string         `doc:"how users show that they know the password: \"basic\" sends it to whoever listens, \"digest\" does not" enum:"basic,digest" default:"basic"`
		Realm    string         `doc:"what the password is for, as browsers show it" default:"this site"`
		Protect  []string       `doc:"what only users may have: paths that begin with one of these; everything if left out" default:"nil"`
		Address  string         `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port     *int           `doc:"TCP port; 0 draws one; 80, or with tls 443, if left out" min:"0" max:"65535"`
		TLS      bool           `name:"tls" doc:"serve https with a certificate of the world's authority" default:"false"`
		Name     string         `doc:"what the field Server says" default:"moonwire"`
		Log      *string        `doc:"file of this host that gets a line for each answer, in the Common Log Format"`
		HTTP10   bool           `name:"http10" doc:"speak HTTP/1.0: close the connection after each answer" default:"false"`
		MaxBody  bind.Size      `doc:"the longest body of a request that is taken" default:"10 MiB" min:"0" max:"100 MiB"`
		Timeout  time.Duration  `doc:"how long a request may take to come" default:"60 s" min:"1 ms"`
		Idle     time.Duration  `doc:"how long a connection is kept for the next request" default:"60 s" min:"1 ms"`
		Requests int            `doc:"after how many requests a connection is closed; 0 is never" default:"0" min:"0"`
		Sessions int            `doc:"how many connections there may be at a time" default:"1000" min:"1"`
	} `doc:"what to serve; without handler and root, nothing is found"`
}

func start(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	p := tasks.Process()
	s := &Server{tasks: tasks, handler: o.Handler}
	if o.Root != nil {
		s.files = &http.Files{FS: p.FS(), Root: p.Path(*o.Root), Index: o.Index, Writable: o.Writable, List: o.List}
	}
	for name, text := range map[string]string{"name": o.Name, "realm": o.Realm} {
		if http.CheckField("Server", text) != nil {
			c.Misuse(name, "want text without control characters, got %q", text)
		}
	}
	st := tasks.Stack()
	if o.Users != lua.LNil {
		s.users, s.protect = o.Users, o.Protect
		s.guard = &http.Guard{Stack: st, Realm: o.Realm, Digest: o.Auth == "digest", Secret: tasks.Users(c, "users", o.Users)}
	}
	s.server = &http.Server{Handler: s.answer, Name: o.Name, HTTP10: o.HTTP10, Limits: http.Limits{Body: max(int64(o.MaxBody), 1)}, Timeout: o.Timeout,
		Idle: o.Idle, Requests: o.Requests, Sessions: o.Sessions, Go: tasks.Go, Charge: tasks.Charge}
	if o.Log != nil {
		s.server.Log = logTo(p.FS(), p.Path(*o.Log))
	}
	if o.TLS {
		var err error
		if s.server.TLS, err = tasks.ServerTLS(); err != nil {
			return nil, err
		}
	}
	release := lua51.Hold(c.L, s)
	l, err := tasks.Listen("http server", o.Address, serve.Port(o.Port, o.TLS, http.Port, http.PortTLS), func(l net.Listener) {
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

// answer is the server's handler: the script's, and then files.
func (s *Server) answer(r *http.Request) *http.Response {
	user, refused := s.admit(r)
	if refused != nil {
		return refused
	}
	if s.handler != nil {
		if a := s.ask(r, user); a != nil {
			return a
		}
	}
	if s.files != nil {
		return s.files.Answer(r)
	}
	return http.Status(nethttp.StatusNotFound)
}

// admit asks for the password where one is needed.
func (s *Server) admit(r *http.Request) (user string, refused *http.Response) {
	if s.guard == nil {
		return "", nil
	}
	if len(s.protect) > 0 && !slices.ContainsFunc(s.protect, func(start string) bool { return begins(r.URL.Path, start) }) {
		return "", nil
	}
	return s.guard.Check(r)
}

// begins reports whether a path begins with start, in whatever way it is written: //start and /./start name the same file.
func begins(name, start string) bool {
	clean := path.Clean("/" + name)
	return strings.HasPrefix(name, start) || strings.HasPrefix(clean, start) || clean+"/" == start
}
