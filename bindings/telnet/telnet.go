// Package telnet is the Lua module telnet: both sides of the Telnet protocol.
package telnet

import (
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/telnet"
)

// Module is the declaration of telnet.
var Module = bind.New("telnet", "Terminals over the network (RFC 854): a server, a client, and the options that they agree on.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a server in this process. Each client gets a task that runs a function.", serveTerminals).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local telnet = require "telnet"
telnet.serve(function(t)
  t:write("login: ")
  local name = t:line()
  t:write("password: ")
  t:line()
  local kind, width, height = t:terminal()
  t:write(("Welcome, %s at %s of %d x %d\n"):format(name, kind, width, height))
end)
local t = assert(telnet.dial("localhost", {terminal = "VT100", width = 80, height = 24}))
t:expect("login: ")
t:write("alice\n")
t:expect("password: ")
t:write("hungry\n")
print(t:line()) --> Welcome, alice at VT100 of 80 x 24
for _, said in ipairs(t:negotiated()) do print(said) end
--> received DO TERMINAL-TYPE
--> sent WILL TERMINAL-TYPE
--> received DO NAWS
--> sent WILL NAWS
--> sent NAWS 80 x 24
--> received TERMINAL-TYPE SEND
--> sent TERMINAL-TYPE IS VT100`),
		bind.Fn("dial", "Connect to a server, of Telnet or of any protocol of lines.", dial).
			Returns("terminal", "the connection").Errors("refused", "timeout", "host-not-found", "unreachable"),
		serverClass(), terminalClass(),
	}
})

// Server is a server of Lua.
type Server struct {
	server  *telnet.Server
	port    int
	session *lua.LFunction
}

func serverClass() bind.Member {
	return bind.Class("Server", "A server that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
		bind.Method("sessions", "How many sessions there are now.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.server.Active(), nil }),
		bind.MethodProc("close", "Close the listener and break every session off.",
			func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil }),
	)
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), _ func(int64)) { see(s.session) }

type serveArgs struct {
	Session *lua.LFunction `doc:"gets the terminal of each client; when it returns, the connection is closed" type:"fun(terminal: telnet.Terminal)"`
	Options struct {
		Address  string        `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port     int           `doc:"TCP port; 0 draws one" default:"23" min:"0" max:"65535"`
		Echo     bool          `doc:"take each character as it is typed, and echo it; otherwise the client edits lines" default:"false"`
		Quiet    bool          `doc:"ask for no options" default:"false"`
		Timeout  time.Duration `doc:"how long to wait for what the client types" default:"1 h" min:"1 ms"`
		Sessions int           `doc:"how many there may be at a time" default:"1000" min:"1"`
	} `doc:"how to serve"`
}

func serveTerminals(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	s := &Server{session: a.Session}
	st := tasks.Stack()
	s.server = &telnet.Server{Settings: telnet.Settings{Timeout: o.Timeout, Charge: tasks.Charge}, Echo: o.Echo, Quiet: o.Quiet, Sessions: o.Sessions, Go: tasks.Go}
	s.server.Session = func(conn *telnet.Conn) {
		tasks.Call(a.Session, bind.Object(tasks.Process().L, &Terminal{conn}))
	}
	l, err := tasks.Listen("telnet server", o.Address, o.Port, func(l net.Listener) { s.server.Serve(st, l) })
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s, nil
}

type dialArgs struct {
	Host    string `doc:"name or address of the server"`
	Options struct {
		Port     int           `doc:"TCP port" default:"23" min:"1" max:"65535"`
		Terminal string        `doc:"the type of the terminal, such as VT100, for servers that ask; told to nobody if empty" default:""`
		Width    int           `doc:"characters of a line of its window; told to nobody if 0" default:"0" min:"0" max:"65535"`
		Height   int           `doc:"lines of its window" default:"0" min:"0" max:"65535"`
		Timeout  time.Duration `doc:"how long to wait" default:"60 s" min:"1 ms"`
	} `doc:"how to connect"`
}

func dial(c *bind.Call, a dialArgs) (*Terminal, error) {
	o := &a.Options
	conn, err := telnet.Dial(process.Of(c).Stack(), net.JoinHostPort(a.Host, strconv.Itoa(o.Port)),
		telnet.Settings{Terminal: o.Terminal, Width: o.Width, Height: o.Height, Timeout: o.Timeout})
	if err != nil {
		return nil, err
	}
	return &Terminal{conn}, nil
}

// Terminal is a connection of Lua.
type Terminal struct{ conn *telnet.Conn }

var failures = []string{"timeout", "closed", "reset", "too-long"}

func terminalClass() bind.Member {
	return bind.Class("Terminal", "A connection to a terminal or, of a client, to a server. Its lines end with \\n here, whatever goes over the wire.",
		bind.MethodProc("write", "Send text.", func(t *Terminal, c *bind.Call, a writeArgs) error {
			c.Charge(100 + len(a.Text)/32)
			_, err := t.conn.Write([]byte(a.Text))
			return err
		}).Errors(failures...),
		bind.Method("read", "Read some text.", (*Terminal).read).Returns("text string?", "at least one byte; nil when the other side has closed").Errors(failures...),
		bind.Method("line", "Read a line as a person types it: backspace takes back, and a server that was asked to echoes.", func(t *Terminal, c *bind.Call, _ bind.None) (*string, error) {
			return t.typed(c, t.conn.ReadLine)
		}).Returns("line string?", "without its end; nil when the other side has closed").Errors(failures...),
		bind.Method("secret", "Read a line while the client shows nothing of what is typed.", func(t *Terminal, c *bind.Call, a secretArgs) (*string, error) {
			return t.typed(c, func() (string, error) { return t.conn.ReadSecret(a.Prompt) })
		}).Returns("line string?", "without its end; nil when the other side has closed").Errors(failures...),
		bind.Method("expect", "Read until a text has come.", (*Terminal).expect).Returns("text", "all that came, to the end of that text").Errors(failures...),
		bind.MethodProc("will", "WILL or WONT: ask for an option of this side.", func(t *Terminal, c *bind.Call, a askArgs) error { return t.ask(c, a, true) }).Errors(failures...),
		bind.MethodProc("ask", "DO or DONT: ask for an option of the other side.", func(t *Terminal, c *bind.Call, a askArgs) error { return t.ask(c, a, false) }).Errors(failures...),
		bind.Method("on", "Whether an option of the other side is on.", func(t *Terminal, c *bind.Call, a optionArgs) (bool, error) {
			return t.conn.On(option(c, a.Option), false), nil
		}),
		bind.Method("ours", "Whether an option of this side is on.", func(t *Terminal, c *bind.Call, a optionArgs) (bool, error) {
			return t.conn.On(option(c, a.Option), true), nil
		}),
		bind.MethodProc("command", "Send a command that stands alone, such as AYT (are you there?) or IP (interrupt).", (*Terminal).command).Errors(failures...),
		bind.Method("negotiated", "What was said of options, and commands, so far: the last 100.", func(t *Terminal, _ *bind.Call, _ bind.None) ([]string, error) { return t.conn.Log(), nil }).
			Returns("said", "one text each, such as \"sent WILL ECHO\""),
		bind.Method("terminal", "The other side's terminal, as far as it has told.", (*Terminal).terminal),
		bind.MethodProc("close", "Close the connection.", func(t *Terminal, _ *bind.Call, _ bind.None) error { t.conn.Close(); return nil }),
	)
}

type writeArgs struct {
	Text string `doc:"the text"`
}

type readArgs struct {
	Most int `doc:"bytes, at most" default:"4096" min:"1" max:"65536"`
}

func (t *Terminal) read(c *bind.Call, a readArgs) (*string, error) {
	b := make([]byte, a.Most)
	n, err := t.conn.Read(b)
	c.Charge(100 + n/32)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	text := string(b[:n])
	return &text, err
}

func (t *Terminal) typed(c *bind.Call, read func() (string, error)) (*string, error) {
	line, err := read()
	c.Charge(100 + len(line))
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return &line, err
}

type secretArgs struct {
	Prompt string `doc:"is sent when the client has been told to show nothing" default:""`
}

type expectArgs struct {
	Text string `doc:"what to wait for"`
}

// maxExpect is how many bytes expect reads.
const maxExpect = 1 << 20

func (t *Terminal) expect(c *bind.Call, a expectArgs) (string, error) {
	var all []byte
	b := make([]byte, 1)
	for len(all) < len(a.Text) || string(all[len(all)-len(a.Text):]) != a.Text {
		if len(all) >= maxExpect {
			return "", tooLong{}
		}
		if _, err := t.conn.Read(b); err != nil {
			return "", err
		}
		all = append(all, b[0])
		c.Charge(1)
	}
	return string(all), nil
}

// tooLong is the error of expect.
type tooLong struct{}

// Error returns the text.
func (tooLong) Error() string { return "telnet: 1 MiB came without the text that was waited for" }

// Code returns "too-long".
func (tooLong) Code() string { return "too-long" }

type optionArgs struct {
	Option string `doc:"name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …"`
}

type askArgs struct {
	Option string `doc:"name of the option: ECHO, SUPPRESS-GO-AHEAD, BINARY, TERMINAL-TYPE, NAWS, …"`
	On     bool   `doc:"on or off" default:"true"`
}

func option(c *bind.Call, name string) telnet.Option {
	o, ok := telnet.ParseOption(name)
	if !ok {
		c.Misuse("option", "want the name of an option, such as ECHO or NAWS, got %q", name)
	}
	return o
}

func (t *Terminal) ask(c *bind.Call, a askArgs, ours bool) error {
	c.Charge(100)
	return t.conn.Ask(option(c, a.Option), ours, a.On)
}

type commandArgs struct {
	Name string `doc:"AYT, IP, AO, BRK, EC, EL, NOP, GA, DM, EOR, ABORT, SUSP or EOF"`
}

func (t *Terminal) command(c *bind.Call, a commandArgs) error {
	command, ok := telnet.ParseCommand(a.Name)
	if !ok {
		c.Misuse("name", "want a command that stands alone, such as AYT, got %q", a.Name)
	}
	return t.conn.Command(command)
}

type terminalResult struct {
	bind.Tuple
	Name   string `doc:"its type; empty if not told"`
	Width  int    `doc:"characters of a line; 0 if not told"`
	Height int    `doc:"lines; 0 if not told"`
}

func (t *Terminal) terminal(*bind.Call, bind.None) (terminalResult, error) {
	name, width, height := t.conn.Terminal()
	return terminalResult{Name: name, Width: width, Height: height}, nil
}
