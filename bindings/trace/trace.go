// Package trace is the Lua module trace: a record of what processes do with their sockets, shown as the slides show it.
package trace

import (
	"errors"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Module is the declaration of trace.
var Module = bind.New("trace", "Record who says what to whom and when, and show it as a dialogue, a sequence diagram or JSON.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(host.Module),
		bind.Fn("start", "Start a trace: connects, accepts, sends, receives, closes, look-ups and protocol messages from now on. The lab's own process traces the whole world, "+
			"another process itself. Sockets that are open already are not in it, but the connections that they accept later are. A process has one running trace.", start).
			Returns("trace", "the running trace").Errors("in-use").
			Example(`local trace, socket, task = require "trace", require "socket", require "task"
local t = trace.start()
task.spawn(function()
  local conn = assert(socket.bind("*", 25)):accept()
  conn:send("220 hamburger.edu\r\n")
  conn:send("250 Hello " .. conn:receive():match("HELO (.+)") .. ", pleased to meet you\r\n")
end)
task.sleep(1)
local s = assert(socket.connect("localhost", 25))
s:receive()
s:send("HELO crepes.fr\r\n")
s:receive()
print(t:stop():dialogue()) --> S: 220 hamburger.edu
--> C: HELO crepes.fr
--> S: 250 Hello crepes.fr, pleased to meet you`),
		bind.Proc("note", "Put a remark into every trace that sees this process.", note).
			Example(`local trace = require "trace"
local t = trace.start()
trace.note("here it begins")
print(t:events()[1].text) --> here it begins`),
		traceClass(),
	}
})

// Trace is a trace of Lua.
type Trace struct {
	trace   *capture.Trace
	stopped bool
}

func traceClass() bind.Member {
	return bind.Class("Trace", "What was recorded. The methods that show it may be called while it runs, and with a choice of hosts, ports and times.",
		bind.Method("stop", "Stop recording; what was recorded stays.", (*Trace).stop).Returns("trace", "the trace itself"),
		bind.Method("running", "Whether it still records.", func(t *Trace, _ *bind.Call, _ bind.None) (bool, error) { return !t.stopped, nil }),
		bind.Method("dialogue", "What was said in each conversation, as the slides write it: C: for the client, who connected or spoke first, S: for the server.", (*Trace).dialogue).
			Returns("text", "lines, without a newline at the end"),
		bind.Method("text", "A sequence diagram for a terminal of 80 columns: a column for each host, an arrow for each message, when it left at the left and when it was taken at the right.", (*Trace).text).
			Returns("text", "lines, without a newline at the end").
			Example(`local trace, socket = require "trace", require "socket"
local t = trace.start()
socket.connect("localhost", 80)
print(t:text():match("connect :80")) --> connect :80
print(t:text():match("Connection refused")) --> Connection refused`),
		bind.Method("svg", "A sequence diagram as an SVG image: a lifeline for each host, time running down, slanted arrows.", (*Trace).svg),
		bind.Method("json", "The events as lines of JSON, one object each, with these keys, those without a value left out: at (seconds, nine decimals), host, process, op, "+
			"transport, local, remote, peer, conversation, size, data (if it is text) or hex (if it is not), text, received, error, code. Of data that was too much to keep there "+
			"is less than size. A last line {\"missing\":N} counts events that were not kept.", (*Trace).json).Returns("text", "lines, without a newline at the end").
			Example(`local trace, socket = require "trace", require "socket"
local t = trace.start()
socket.udp():sendto("hello", "127.0.0.1", 9)
print(t:json():match('"remote".*')) -->"remote":"127.0.0.1:9","peer":"localhost","conversation":1,"size":5,"data":"hello"}`),
		bind.Method("events", "The events as tables.", (*Trace).events).
			Returns("events", "one table each: at (seconds), host, process, op and, where it makes sense, transport, local_address, remote_address, peer, conversation, size, data, text, received, message, code"),
		bind.MethodProc("save", "Write a file of the host: .txt is the dialogue, .jsonl JSON lines, .svg the diagram.", (*Trace).save).Errors("invalid", "not-found", "denied"),
	)
}

// choice is which events are shown.
type choice struct {
	Hosts []lua.LValue   `doc:"hosts or their names; of one: what it does and what others do with it; of more: what is between them" default:"nil" type:"(host.Host|string)[]"`
	Ports []int          `doc:"either end has one of these ports" default:"nil"`
	From  time.Duration  `doc:"not before this instant of the world's clock" default:"0 s" min:"0"`
	To    *time.Duration `doc:"not after it" min:"0"`
}

// filter checks a choice.
func (a *choice) filter(c *bind.Call) capture.Filter {
	f := capture.Filter{From: a.From}
	world := process.Of(c).World()
	for _, v := range a.Hosts {
		h, isHost := bind.As[host.Host](v)
		name, isName := v.(lua.LString)
		switch {
		case isHost:
			f.Hosts = append(f.Hosts, h.Name)
		case !isName:
			c.Misuse("hosts", "want hosts or their names, got %s", c.Describe(v))
		case world.Net != nil && world.Find(string(name)) == nil:
			c.Misuse("hosts", "want hosts of the world, got %q, which is none", string(name))
		default:
			f.Hosts = append(f.Hosts, string(name))
		}
	}
	for _, p := range a.Ports {
		if p < 0 || p > 65535 {
			c.Misuse("ports", "want numbers from 0 to 65535, got %d", p)
		}
		f.Ports = append(f.Ports, uint16(p))
	}
	if a.To != nil {
		if *a.To < a.From {
			c.Misuse("to", "want an instant that is not before from, %v, got %v", a.From, *a.To)
		}
		f.To = max(*a.To, 1)
	}
	return f
}

type startArgs struct {
	Options struct {
		choice
		Events int       `doc:"how many events are kept at most; later ones are only counted" default:"20000" min:"1" max:"1000000"`
		Bytes  bind.Size `doc:"how much of the data is kept at most" default:"4 MiB" min:"1" max:"64 MiB"`
	} `doc:"what to record"`
}

func start(c *bind.Call, a startArgs) (*Trace, error) {
	p := process.Of(c)
	if running, ok := p.Trace.(*Trace); ok && !running.stopped {
		return nil, errRunning
	}
	o := capture.TraceOptions{Filter: a.Options.filter(c), Events: a.Options.Events, Bytes: int(a.Options.Bytes)}
	t := &Trace{}
	own := p.Stack()
	if !p.Options().Lab {
		o.Only = func(s *stack.Stack) bool {
			if p.Ended() {
				t.trace.Stop() // or it would go on watching the others
			}
			return s == own
		}
	}
	t.trace = p.World().Trace(o)
	p.Trace = t
	return t, nil
}

// errRunning is returned where a process wants a second trace.
var errRunning = &codedError{"in-use", "a trace of this process is running; stop it first"}

// A codedError is an error with a code.
type codedError struct{ code, text string }

func (e *codedError) Error() string { return e.text }

// Code returns the code.
func (e *codedError) Code() string { return e.code }

type noteArgs struct {
	Text string `doc:"the remark"`
}

func note(c *bind.Call, a noteArgs) error {
	process.Of(c).Stack().Note(a.Text)
	return nil
}

func (t *Trace) stop(*bind.Call, bind.None) (*Trace, error) {
	t.trace.Stop()
	t.stopped = true
	return t, nil
}

type choiceArgs struct {
	Options struct{ choice } `doc:"what to show"`
}

type dialogueArgs struct {
	Options struct {
		choice
		Width int  `doc:"columns, at which long lines are folded" default:"80" min:"20" max:"100000"`
		Lines int  `doc:"how many lines that one side says at once are shown; 0 shows all" default:"20" min:"0"`
		Times bool `doc:"put the instant at which each line was sent in front" default:"false"`
	} `doc:"what to show, and how"`
}

func (t *Trace) dialogue(c *bind.Call, a dialogueArgs) (string, error) {
	o := capture.DialogueOptions{Width: a.Options.Width, Lines: a.Options.Lines, Times: a.Options.Times}
	if o.Lines == 0 {
		o.Lines = -1
	}
	var b strings.Builder
	err := t.trace.Dialogue(&b, a.Options.filter(c), o)
	return lines(&b), err
}

// Running returns what scripts see of a running trace.
func Running(t *capture.Trace) *Trace { return &Trace{trace: t} }

// Recorded returns what was recorded so far, for other modules.
func (t *Trace) Recorded() *capture.Trace { return t.trace }

func lines(b *strings.Builder) string { return strings.TrimSuffix(b.String(), "\n") }

func (t *Trace) text(c *bind.Call, a choiceArgs) (string, error) {
	var b strings.Builder
	err := t.trace.Text(&b, a.Options.filter(c))
	return lines(&b), err
}

func (t *Trace) svg(c *bind.Call, a choiceArgs) (string, error) {
	var b strings.Builder
	err := t.trace.SVG(&b, a.Options.filter(c))
	return b.String(), err
}

func (t *Trace) json(c *bind.Call, a choiceArgs) (string, error) {
	var b strings.Builder
	err := t.trace.JSON(&b, a.Options.filter(c))
	return lines(&b), err
}

type saveArgs struct {
	Path    string           `doc:"path of the file on this host; its end says what is written"`
	Options struct{ choice } `doc:"what to show"`
}

func (t *Trace) save(c *bind.Call, a saveArgs) error {
	p := process.Of(c)
	f := a.Options.filter(c)
	if err := capture.CheckFormat(a.Path); err != nil {
		return err
	}
	file, err := p.Create(a.Path)
	if err != nil {
		return err
	}
	return errors.Join(t.trace.Save(file, a.Path, f), file.Close())
}
