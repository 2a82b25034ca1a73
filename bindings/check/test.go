package check

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/show"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// Test is what a test's function gets.
type Test struct{ *trial }

func testClass() bind.Member {
	return bind.Class("Test", "A test under way: it starts the submission and says what is expected of it.",
		bind.Method("start", "Run the submission as a process of a host. The host sees the files that were handed in, and nothing of check.lua's.", (*Test).start).
			Returns("process", "the process"),
		bind.Method("solution", "Run the reference solution as a process of a host, as somebody for the submission to talk to.", (*Test).solution).
			Returns("process", "the process"),
		bind.Method("expect", "Say something about a value, or about a process; if it is not so, the test fails and goes on.", (*Test).expect).
			Returns("expectation", "to be asked one question, such as equals(10)"),
		bind.Method("require", "Say something without which the rest of the test makes no sense; if it is not so, the test fails and ends.", (*Test).require).
			Returns("expectation", "to be asked one question, such as equals(10)"),
		bind.MethodVar("must", "Take the results of an operation that the submission makes possible, such as connecting to it. If the first is nil or false, the test fails and ends.", (*Test).must).
			Returns("results any", "all of them"),
		bind.MethodVar("on", "Call a function on a host and wait for its results: the test itself runs on a host of its own, which no link joins. What was opened there can be used from the test.", (*Test).on).
			Returns("results any", "what the function returns").
			Example(`local check, net, socket = require "check", require "net", require "socket"
check.test{name = "hello", run = function(t)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server)
  local welcome = t:on(server, socket.bind, "*", 80)
  local conn = t:must("connect to port 80", t:on(client, socket.connect, "server", 80))
  conn:send("hello\n")
  print((welcome:accept():receive())) --> hello
end} --> hello: passed`),
		bind.MethodProc("fail", "Let the test fail and end.", (*Test).fail),
		bind.MethodProc("credit", "Give points that stay although the test fail later. A test that passes has all its points.", (*Test).giveCredit),
		bind.Method("sent", "All bytes that a process has sent over TCP so far, one connection after another as it sent them.", (*Test).sent),
		bind.Method("received", "All bytes that a process has read from TCP so far.", (*Test).received),
		bind.Method("datagrams", "The datagrams that a process has sent or received so far.", (*Test).datagrams),
		bind.Method("usage", "What a process has used so far: fuel (instructions), memory (bytes, as last counted), connects, accepts, open (sockets at present), "+
			"datagrams_sent, bytes_sent, bytes_received.", (*Test).usage),
		bind.Method("trace", "The trace of the whole test so far, for module rules and for its dialogue.", (*Test).record),
		bind.Method("name", "The name of the test.", func(t *Test, _ *bind.Call, _ bind.None) (string, error) { return t.trial.name, nil }),
	).Text(func(t *Test) string { return t.trial.name })
}

type startArgs struct {
	Host    *host.Host `doc:"where it runs"`
	Options struct {
		Main  string       `doc:"its file; that which the exercise names if left out" default:""`
		Args  []lua.LValue `doc:"its arguments: strings, numbers, booleans" default:"nil"`
		Input *string      `doc:"all of its standard input; without it, Process:write writes to it"`
	} `doc:"how to run it"`
}

func (t *Test) start(c *bind.Call, a startArgs) (*host.Process, error) {
	return t.launch(c, &a, t.sub, false)
}

func (t *Test) solution(c *bind.Call, a startArgs) (*host.Process, error) {
	ex := *t.ex
	ex.Main = t.run.script.main
	sub, err := ex.Solution()
	if err != nil {
		c.Raise("%v", err)
	}
	return t.launch(c, &a, sub, true)
}

// launch starts a program of sub's files.
func (t *Test) launch(c *bind.Call, a *startArgs, sub *grade.Submission, reference bool) (*host.Process, error) {
	h, o, p := a.Host, &a.Options, process.Of(c)
	if p.Main().Done() {
		c.Raise("the test is over")
	}
	if h.Host == p.Home() {
		c.Raise("check.lua itself is on %s: programs need hosts that net.host adds", h.Name)
	}
	if owner, taken := t.mounted[h.Host]; taken && owner != reference {
		c.Raise("%s has the files of the other side: the submission and the reference solution need hosts of their own", h.Name)
	} else if !taken {
		h.Mount(sub.Files)
		t.mounted[h.Host] = reference
	}
	script := o.Main
	if script == "" {
		script = t.run.script.main
	}
	limits, err := t.limits()
	if err != nil {
		c.Raise("%v", err)
	}
	options := p.Options()
	options.Lab, options.LabOnly, options.Limits, options.Stderr = false, t.checker.LabOnly, limits, discard{}
	if !reference {
		options.Required = t.required
	}
	started, err := host.Start(p, c.L, h.Host, path.Clean(script), host.ScriptArgs(c, o.Args), options)
	switch {
	case err != nil && reference:
		c.Raise("%v", err)
	case err != nil:
		f := grade.Finding{Message: fmt.Sprintf("%s cannot be read: %v", script, err)}
		if bind.Code(err) == "not-found" {
			f.Message = fmt.Sprintf("there is no file %s among the files that were handed in", script) + listed(sub.Files)
		}
		t.miss(f, nil, false)
		t.missing = true
		t.stop(c)
	}
	if o.Input != nil {
		started.Input().Write([]byte(*o.Input))
		started.Input().Close()
	}
	t.programs = append(t.programs, &program{Process: started, script: script, host: h.Name, reference: reference})
	return started, nil
}

// mostListed is how many of the files that were handed in are told of when the right one is missing.
const mostListed = 10

// listed says which files there are.
func listed(files fs.FS) string {
	var names []string
	fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipAll
		case d.IsDir():
		case len(names) == mostListed:
			names = append(names, "…")
			return fs.SkipAll
		default:
			names = append(names, show.Escape(name))
		}
		return nil
	})
	if len(names) == 0 {
		return "; there is none at all (links and names that are no UTF-8 do not count)"
	}
	return ", which are " + strings.Join(names, ", ")
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// required is told what the submission requires. It gets every module that a process of a lab gets, or it could tell that it is graded; but one that
// the exercise does not list ends the test.
func (t *Test) required(module, where string) {
	if t.unlawful || slices.Contains(t.run.script.modules, module) {
		return
	}
	t.unlawful = true
	t.miss(grade.Finding{Message: fmt.Sprintf("it requires the module %s; this exercise is to be done with %s", module, strings.Join(t.run.script.modules, ", ")), Where: where}, nil, false)
	t.run.process.Meter.Stop(errOver)
	t.run.process.Sched().Interrupt(errOver)
}

// stop ends the test.
func (t *Test) stop(c *bind.Call) {
	p := process.Of(c)
	p.Meter.Stop(errOver)
	p.Sched().Interrupt(errOver)
	lua51.Check(c.L)
}

type expectArgs struct {
	Value lua.LValue `doc:"a value; a process; or a function, which is called for the value, with within again and again"`
	What  string     `doc:"what it is, for messages: \"the number of datagrams\"; a process need not be named" default:""`
}

func (t *Test) expect(c *bind.Call, a expectArgs) (*Expectation, error) {
	return t.expectation(c, a, false), nil
}

func (t *Test) require(c *bind.Call, a expectArgs) (*Expectation, error) {
	return t.expectation(c, a, true), nil
}

func (t *Test) expectation(c *bind.Call, a expectArgs, fatal bool) *Expectation {
	e := &Expectation{test: t, value: a.Value, what: a.What, fatal: fatal}
	if p, ok := bind.As[host.Process](a.Value); ok {
		for _, own := range t.programs {
			if own.Process == p {
				e.program = own
			}
		}
		if e.program == nil {
			e.program = &program{Process: p, script: p.Name, host: p.Home().Name, reference: true}
		}
		if e.what == "" {
			e.what = e.program.script + " on " + e.program.host
		}
	}
	if e.what == "" {
		c.Misuse("what", "want a few words that say what the value is, got none")
	}
	return e
}

type mustArgs struct {
	What    string       `doc:"what the submission makes possible: \"connect to port 6789\""`
	Results []lua.LValue `doc:"the results of the operation" rest:"true"`
}

func (t *Test) must(c *bind.Call, a mustArgs) bind.Out {
	if len(a.Results) > 0 && lua.LVAsBool(a.Results[0]) {
		return c.Return(values(a.Results)...)
	}
	f := grade.Finding{Message: "could not " + a.What, Expected: "it succeeds", Actual: "nothing"}
	if len(a.Results) > 1 {
		if text, ok := a.Results[1].(lua.LString); ok {
			f.Actual = string(text)
			f.Message += ": " + f.Actual
		}
	}
	t.miss(f, nil, false)
	t.stop(c)
	return c.Return()
}

func (t *Test) record(*bind.Call, bind.None) (*trace.Trace, error) {
	return trace.Running(t.trial.trace), nil
}

type onArgs struct {
	Host *host.Host     `doc:"the host"`
	Fn   *lua.LFunction `doc:"the function"`
	Args []lua.LValue   `doc:"its arguments" rest:"true"`
}

func (t *Test) on(c *bind.Call, a onArgs) bind.Out {
	var results []lua.LValue
	var failed error
	p := process.Of(c)
	name := "task"
	if !a.Fn.IsG {
		name = fmt.Sprintf("task %s:%d", a.Fn.Proto.SourceName, a.Fn.Proto.LineDefined)
	}
	p.Spawn(p.On(a.Host.Host), name, a.Fn, a.Args, func(r []lua.LValue, err error) bool {
		results, failed = r, err
		return true
	}).Join()
	if failed != nil {
		raise(c, failed)
	}
	return c.Return(values(results)...)
}

// values returns Lua values as what Return takes.
func values(list []lua.LValue) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

type failArgs struct {
	Message string `doc:"one sentence"`
	Options struct {
		Expected lua.LValue `doc:"shown beside what came" default:"nil"`
		Actual   lua.LValue `doc:"what came" default:"nil"`
	} `doc:"values to be shown side by side"`
}

func (t *Test) fail(c *bind.Call, a failArgs) error {
	f := grade.Finding{Message: a.Message}
	for _, side := range []struct {
		to *string
		v  lua.LValue
	}{{&f.Expected, a.Options.Expected}, {&f.Actual, a.Options.Actual}} {
		if side.v != lua.LNil {
			*side.to = block(c.L, side.v)
		}
	}
	t.miss(f, nil, false)
	t.stop(c)
	return nil
}

type creditArgs struct {
	Points float64 `doc:"of the test's points" min:"0"`
}

func (t *Test) giveCredit(_ *bind.Call, a creditArgs) error {
	t.credit += a.Points
	return nil
}

// longest is how many bytes of what was expected, and of what came, a sentence has.
const longest = 80

// sentence joins what a value is with what is wrong with it.
func sentence(what, expected, actual string) string {
	short := func(s string) bool { return len(s) <= longest && !strings.ContainsRune(s, '\n') }
	switch {
	case actual == stillRuns:
		return fmt.Sprintf("%s: expected %s, but %s", what, expected, actual)
	case short(expected) && short(actual):
		return fmt.Sprintf("%s: expected %s, got %s", what, expected, actual)
	case short(expected):
		return fmt.Sprintf("%s: expected %s, got something else", what, expected)
	}
	return what + " is not as expected"
}

// close reports whether two numbers are equal but for a tolerance.
func closeTo(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }
