package mail

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	luasmtp "github.com/moonwire-lab/moonwire/bindings/smtp"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Server is a mail server of Lua.
type Server struct {
	server    *mta.Server
	tasks     *serve.Tasks
	listeners []net.Listener
	users     lua.LValue // or nil
	hooks     *luasmtp.Hooks
	events    []mta.Event
	weight    int64 // of the events, in bytes
}

// maxEvents is how many events a server remembers.
const maxEvents = 1000

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), weigh func(int64)) {
	if s.users != nil {
		see(s.users)
	}
	s.hooks.Held(see)
	weigh(s.server.Memory() + s.weight)
}

func serverClass() bind.Member {
	return bind.Class("Server", "A mail server that runs.",
		bind.Method("port", "The TCP port on which it takes mail.", (*Server).port),
		bind.Method("sessions", "How many sessions of clients there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.SMTP.Sessions(), nil }),
		bind.Method("queue", "The messages that somebody has not got yet, the oldest first.", (*Server).queue).
			Returns("messages", "one table each: id, from, arrived (seconds on the world's clock), size (bytes), to: one table for each recipient with address, attempts (so far), next (when it is tried again) and problem (why the last attempt failed)"),
		bind.Method("log", "What happened to messages, the last 1,000 events.", (*Server).log).
			Returns("events", "one table each: at (seconds on the world's clock), kind (queued, delivered, sent, deferred, delayed, bounced, dropped, removed), id, from, to, host (the server that answered), answer (what it said, or what went wrong)"),
		bind.Method("message", "A message in the queue, as it will be passed on.", (*Server).message).Returns("message", "its bytes").Errors("not-found"),
		bind.MethodProc("remove", "Take a message out of the queue. Nobody is told.", func(s *Server, _ *bind.Call, a idArgs) error { return s.server.Remove(a.ID) }).Errors("not-found"),
		bind.MethodProc("flush", "Try everything in the queue now.", func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Flush(); return nil }),
		bind.MethodVar("drain", "Wait until the queue is empty.", (*Server).drain).Returns("done true?", "nil if the time is over first").Errors("timeout", "closed"),
		bind.Method("submit", "Put a message into the queue, as a program of the host does.", (*Server).submit).Returns("id", "its name in the queue").Errors("denied"),
		bind.Method("mailbox", "A user's mailbox.", (*Server).mailbox).Returns("mailbox", "it is made if there is none").Errors("invalid", "limit", "failed"),
		bind.MethodProc("close", "Stop: break off all sessions and deliveries. What is in the queue stays in its files.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

type serverArgs struct {
	Options struct {
		Domain    string                    `doc:"the server's name and its mail domain; the host's name if left out" default:""`
		Users     lua.LValue                `doc:"passwords by user name; each user gets a mailbox. Or a function that is given a user name and returns the password, or nil if there is no such user" type:"table<string, string>|fun(user: string): string?"`
		Domains   []string                  `doc:"further domains whose mailboxes are here" default:"nil"`
		Aliases   map[string]lua.LValue     `doc:"names that stand for other addresses: one, or a list. Reports on messages to the list x go to owner-x, if that is an alias too" default:"nil" type:"table<string, string|string[]>"`
		CatchAll  string                    `doc:"the user who gets what is for users that do not exist; it is refused if left out" default:""`
		Relay     []netip.Prefix            `doc:"the own subnets, such as \"10.0.1.0/24\": their hosts may send mail to everybody. Others may when they say who they are and send as users of this domain" default:"nil" type:"string[]"`
		RelayFor  []string                  `doc:"domains for which mail of everybody is taken and passed on: this server is one of their mail exchangers" default:"nil"`
		OpenRelay bool                      `doc:"take mail of everybody to everybody" default:"false"`
		MX        map[string][]lua.LValue   `name:"mx" doc:"mail exchangers by domain, before the name system is asked: tables of preference and host, such as {{10, \"mail.lab\"}}; none for a domain that takes no mail" default:"nil" type:"table<string, table[]>"`
		Routes    map[string]string         `doc:"servers by domain, \"host\" or \"host:port\", whatever its exchangers are; \"*\" is all other domains" default:"nil"`
		ToPort    int                       `doc:"the TCP port of other servers" default:"25" min:"1" max:"65535"`
		Retry     time.Duration             `doc:"how long after the first failure a delivery is tried again; the pauses double" default:"15 min" min:"1 s"`
		RetryMax  time.Duration             `doc:"the longest pause" default:"4 h" min:"1 s"`
		Warn      time.Duration             `doc:"when an attempt fails so long after the message has come, its sender is told, once, that it is late; 0 tells nobody" default:"4 h" min:"0"`
		Expire    time.Duration             `doc:"how long delivery is tried before the sender is told that it failed" default:"120 h" min:"1 s"`
		Workers   int                       `doc:"how many messages are delivered at a time" default:"10" min:"1" max:"1000"`
		MaxQueue  int                       `doc:"how many messages the queue takes" default:"10000" min:"1" max:"100000"`
		MaxHops   int                       `doc:"how many servers a message may have come through" default:"50" min:"1" max:"1000"`
		Mailboxes string                    `doc:"folder of this host in which the mailboxes are" default:"/var/mail"`
		Spool     string                    `doc:"folder of this host in which the queue is" default:"/var/spool/mail"`
		Address   string                    `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port      int                       `doc:"TCP port to listen on; 0 draws one" default:"25" min:"0" max:"65535"`
		Submit    *int                      `name:"submission" doc:"another TCP port to listen on, such as 587" min:"1" max:"65535"`
		TLS       bool                      `name:"tls" doc:"offer STARTTLS with a certificate of the world's authority, and use it with other servers that do" default:"false"`
		Insecure  bool                      `doc:"offer PLAIN and LOGIN, which show the password, without TLS too" default:"false"`
		On        map[string]*lua.LFunction `doc:"functions that are asked at each step of a session, as smtp.serve has them, before the server's own rules. A positive reply to the step message says that the function has taken the message; the server then does not" default:"nil"`
		Replies   map[string]string         `doc:"replies instead of the server's own, by name: see smtp.replies" default:"nil"`
		MaxSize   bind.Size                 `doc:"how long a message may be" default:"10 MiB" min:"1" max:"30 MiB"`
		Sessions  int                       `doc:"how many sessions there may be at a time" default:"1000" min:"1"`
		Timeout   time.Duration             `doc:"how long a command, or the answer of another server, may take" default:"5 min" min:"1 ms"`
	} `doc:"how to serve"`
}

func startServer(c *bind.Call, a serverArgs) (*Server, error) {
	o := &a.Options
	s := &Server{tasks: serve.New(c), users: o.Users}
	p := s.tasks.Process()
	store, err := mailstore.Of(p.Host(), p.Path(o.Mailboxes))
	if err != nil {
		return nil, err
	}
	st := s.tasks.Stack()
	s.server = &mta.Server{
		Domain: o.Domain, Local: o.Domains, Store: store, FS: p.FS(), Queue: p.Path(o.Spool), Aliases: aliases(c, o.Aliases), CatchAll: strings.ToLower(o.CatchAll),
		Networks: o.Relay, RelayFor: o.RelayFor, OpenRelay: o.OpenRelay, Routes: o.Routes, Port: o.ToPort, Retry: o.Retry, RetryMax: o.RetryMax, Expire: o.Expire,
		Workers: o.Workers, MaxQueue: o.MaxQueue, MaxHops: o.MaxHops, Go: s.tasks.Go, Told: s.told, MX: &exchanger{host: p.Host(), stack: st, table: exchangers(c, o.MX)},
		Client: smtp.ClientOptions{Timeout: o.Timeout},
	}
	if s.server.Warn = o.Warn; o.Warn == 0 {
		s.server.Warn = -1
	}
	in := &s.server.SMTP
	in.Insecure, in.MaxSize, in.MaxSessions, in.Timeout, in.Replies = o.Insecure, int(o.MaxSize), o.Sessions, o.Timeout, o.Replies
	for _, name := range slices.Sorted(maps.Keys(o.Replies)) {
		if err := smtp.CheckReply(name, o.Replies[name]); err != nil {
			c.Misuse("replies", "want replies by the names that smtp.replies gives: %s", err.Error())
		}
	}
	s.hooks = luasmtp.NewHooks(c, s.tasks, "mail.server", o.On)
	if len(o.On) > 0 {
		in.Hook = s.hooks.Ask
	}
	in.Secret = s.tasks.Users(c, "users", o.Users)
	if err := s.people(c, o.Users, in.Secret); err != nil {
		return nil, err
	}
	if o.TLS {
		if in.TLS, err = s.tasks.ServerTLS(); err != nil {
			return nil, err
		}
		if s.server.Client.TLS, err = serve.ClientTLS(p, "", false); err != nil {
			return nil, err
		}
	}
	return s, s.listen(c, st, &a)
}

// people makes the mailboxes of the users in a table; a function is asked whether there is one.
func (s *Server) people(c *bind.Call, users lua.LValue, secret func(string) (string, bool)) error {
	table, ok := users.(*lua.LTable)
	if !ok {
		s.server.User = func(user string) bool { _, ok := secret(user); return ok }
		return nil
	}
	for key, value := range bind.Pairs(table) {
		c.Charge(50)
		name, ok := key.(lua.LString)
		if _, isText := value.(lua.LString); !ok || !isText {
			c.Misuse("users", "want passwords by user name, got %s = %s", key, c.Describe(value))
		}
		if _, err := s.server.Store.Ensure(string(name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) listen(c *bind.Call, st *stack.Stack, a *serverArgs) error {
	ports := []int{a.Options.Port}
	if a.Options.Submit != nil {
		ports = append(ports, *a.Options.Submit)
	}
	closeAll := func() {
		for _, l := range s.listeners {
			l.Close()
		}
	}
	for _, port := range ports {
		l, err := st.Listen("tcp", net.JoinHostPort(a.Options.Address, strconv.Itoa(port)))
		if err != nil {
			closeAll()
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	if err := s.server.Start(st); err != nil {
		closeAll()
		return err
	}
	release := lua51.Hold(c.L, s)
	for _, l := range s.listeners {
		if !s.tasks.Go("mail server", func() { defer release(); s.server.Serve(st, l) }) {
			s.server.Close()
			closeAll()
			release()
			return stack.ErrNoBuffers
		}
	}
	return nil
}

// aliases reads the option of that name.
func aliases(c *bind.Call, table map[string]lua.LValue) map[string][]string {
	out := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		c.Charge(10)
		switch v := table[name].(type) {
		case lua.LString:
			out[strings.ToLower(name)] = []string{string(v)}
		case *lua.LTable:
			var list []string
			for i := 1; i <= v.Len(); i++ {
				c.Charge(2)
				address, ok := v.RawGetInt(i).(lua.LString)
				if !ok {
					c.Misuse("aliases", "want addresses for %s, got %s at index %d", name, c.Describe(v.RawGetInt(i)), i)
				}
				list = append(list, string(address))
			}
			if len(list) == 0 {
				c.Misuse("aliases", "want at least one address for %s, got an empty table", name)
			}
			out[strings.ToLower(name)] = list
		default:
			c.Misuse("aliases", "want an address or a list of them for %s, got %s", name, c.Describe(table[name]))
		}
	}
	return out
}

func (s *Server) told(e mta.Event) {
	if len(s.events) == maxEvents {
		for _, old := range s.events[:maxEvents/10] {
			s.weight -= weightOf(old)
		}
		s.events = append(s.events[:0], s.events[maxEvents/10:]...)
	}
	s.events = append(s.events, e)
	s.weight += weightOf(e)
}

// weightOf returns about how many bytes an event takes.
func weightOf(e mta.Event) int64 { return int64(300 + len(e.From) + len(e.To) + len(e.Text)) }

func (s *Server) port(*bind.Call, bind.None) (int, error) {
	return s.listeners[0].Addr().(*net.TCPAddr).Port, nil
}

type queued struct {
	ID, From string
	Arrived  float64
	Size     int64
	To       []waitingFor
}

type waitingFor struct {
	Address  string
	Attempts int
	Next     float64
	Problem  string
}

// at returns a time as seconds on the world's clock, as task.now has it.
func (s *Server) at(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	sched := s.tasks.Process().Sched()
	return (sched.Elapsed() - sched.Now().Sub(t)).Seconds()
}

func (s *Server) queue(c *bind.Call, _ bind.None) ([]queued, error) {
	list := []queued{}
	for _, e := range s.server.Entries() {
		c.Charge(30 + 20*len(e.To))
		q := queued{ID: e.ID, From: e.From, Arrived: s.at(e.Arrived), Size: e.Size, To: []waitingFor{}}
		for _, r := range e.To {
			q.To = append(q.To, waitingFor{r.Address, r.Attempts, s.at(r.Next), r.Problem})
		}
		list = append(list, q)
	}
	return list, nil
}

type event struct {
	At                         float64
	Kind                       string
	ID, From, To, Host, Answer string
}

func (s *Server) log(c *bind.Call, _ bind.None) ([]event, error) {
	c.Charge(20 * len(s.events))
	list := []event{}
	for _, e := range s.events {
		list = append(list, event{s.at(e.Time), string(e.Kind), e.ID, e.From, e.To, e.Host, e.Text})
	}
	return list, nil
}

type idArgs struct {
	ID string `doc:"its name in the queue"`
}

func (s *Server) message(c *bind.Call, a idArgs) ([]byte, error) {
	b, err := s.server.Message(a.ID)
	c.Charge(len(b) / messageFuel)
	return b, err
}

type drainArgs struct {
	Timeout *time.Duration `doc:"how long to wait; for ever if left out"`
}

func (s *Server) drain(c *bind.Call, a drainArgs) bind.Out {
	sched := s.tasks.Process().Sched()
	deadline := process.Deadline(sched, a.Timeout)
	for s.server.Len() > 0 {
		switch {
		case s.server.Closed():
			return c.Fail(&codedError{"closed", "closed"})
		case !deadline.IsZero() && !sched.Now().Before(deadline):
			return c.Fail(&codedError{"timeout", "timeout"})
		}
		sched.Wait(sim.Wait{Call: "drain", On: s}, deadline, s.server.Changed())
	}
	return c.Return(true)
}

// String shows the server in a report on what waits.
func (s *Server) String() string { return fmt.Sprintf("mail queue of %d", s.server.Len()) }

type submitArgs struct {
	Message struct {
		From    string   `doc:"where reports go; \"\" for nowhere"`
		To      []string `doc:"the recipients: addresses, or users of this server"`
		Message string   `doc:"header, an empty line, body"`
	} `doc:"the message and its envelope"`
}

// submit runs in a task of the server, so that the script's function may be asked for users.
func (s *Server) submit(c *bind.Call, a submitArgs) (string, error) {
	m := &a.Message
	c.Charge(len(m.Message)/messageFuel + 100*len(m.To))
	var id string
	var err error
	ended := false
	var done sim.Queue
	if !s.tasks.Go("submit", func() {
		defer func() { ended = true; done.Wake() }()
		id, err = s.server.Submit(m.From, m.To, []byte(m.Message))
	}) {
		return "", stack.ErrNoBuffers
	}
	for !ended {
		s.tasks.Process().Sched().Wait(sim.Wait{Call: "submit", On: s}, time.Time{}, &done)
	}
	if err != nil {
		return "", &codedError{"denied", err.Error()}
	}
	return id, nil
}

type mailboxOfArgs struct {
	User string `doc:"the user's name"`
}

func (s *Server) mailbox(_ *bind.Call, a mailboxOfArgs) (*Mailbox, error) {
	box, err := s.server.Store.Ensure(a.User)
	if err != nil {
		return nil, err
	}
	return &Mailbox{box, s.tasks.Process().Sched()}, nil
}
