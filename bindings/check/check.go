// Package check is the Lua module check, with which an instructor declares an exercise and its tests, and the [Checker] that runs them.
//
// # How to write an exercise
//
// An exercise is a folder with a file check.lua, which says what is handed in and what is tested; the example of this package is a whole one.
// It is a lab like others, with the modules of a lab, and runs anew for each trial, which is one test under one seed: a new world is made, the
// main chunk runs, then the function of that test. So a test finds nothing of another one, and hosts are best made in a function that the tests share.
// Time is virtual; a trial takes some milliseconds, whatever it waits for.
//
// # Starting the submission
//
// Test:start runs the file that was handed in as a process of a host, with arguments and input, as often and on as many hosts as the
// test wants. The result is a host.Process, as Host:exec gives it: write, line, output, wait, kill. What the host's file system holds are
// the files that were handed in, and what Host:write_file puts there. Test:solution runs the reference solution in the same way, as somebody to talk to; it needs a
// host of its own.
//
// What the submission talks to are tasks of check.lua on other hosts: a server of moonwire (module smtp, dns, http …), or sockets and bytes made by hand. The test
// itself runs on a host that no link joins, so it opens sockets with Test:on or Host:spawn; it may use them itself afterwards.
//
// # Saying what is expected
//
// Test:expect and Test:require take a value and some words that say what it is, or a process, and are asked one question: equals, differs, matches, contains,
// lacks, between, near, at_least, at_most, holds, and of a process exits and prints. What is not so is a finding, told with what was expected and what
// came side by side, with what the submission's processes do at that moment, and with the dialogue on the network. After expect the test goes on, after
// require it ends. Test:must does the same for an operation that the submission makes possible; its results come back:
//
//	local conn = t:must("connect to port 80", t:on(client, socket.connect, "server", 80))
//
// A function in place of a value is called for it. With within it is called until the answer is right or the time is over; a process is waited for so long, and
// without within as long as anything can happen at all:
//
//	t:expect(function() return #lines end, "the number of lines"):within("5 s"):equals(3)
//	t:expect(p):within("30 s"):exits(0)
//
// Test:sent, Test:received and Test:datagrams give the bytes that a process put on the wire, Test:usage what it used, and Test:trace the whole trace, for
// its dialogue and for the module rules, which knows the rules of protocols.
//
// What check.lua prints goes to whoever grades, beside the test, and not to students.
//
// # Points
//
// A test that passes earns its points. One that does not earns what Test:credit has given so far. One whose needs have not passed is skipped.
// Under several seeds, the least counts.
//
// # Chaos
//
// chaos = {} runs a test under ten seeds. Under each the links and hosts that the test adds are made worse, each by what is drawn for it: delay, jitter, loss, doubled and
// overtaken packets, slow hosts, and streams cut into pieces. The fields of chaos are the most that is drawn. What the seed has drawn is told when the test fails. Loss and
// the like come on top of what the links are asked to be; TCP hides all but delay and pieces from programs, UDP nothing.
//
// # Verdicts
//
// A process of the submission that ends by an error, a limit or a mistake in its syntax gives the test that verdict when something that was expected is missing, and also
// when the test did not look: exits with the right status is how it looks. A deadlock, when the test waits for what can never happen, is a verdict of its own and names the
// line at which the submission waits. So is the limit on the world's clock.
//
// An error in check.lua is the fault of the grader and costs nobody anything, unless something that was expected has been missing before. Whatever a submission may send must
// therefore not make check.lua fail: conn:receive() may give nil, and a line may be anything. Compare with expect, which takes any value, before you compute.
//
// # What a submission cannot see
//
// It has a Lua state, hosts and files of its own, and the modules that the exercise lists. Module check and the files of the exercise do not exist for it; what it sees is
// what any process of a lab sees. The seed of its world follows from that of the trial and from solution.lua by a hash, so that whoever does not have the solution
// cannot foretell what a test draws by math.random.
package check

import (
	"cmp"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// Module is the declaration of check.
var Module = bind.New("check", "Declare an exercise and its tests. Only the file check.lua of an exercise has it, when moonwire grade runs it: "+
	"for each test and seed in a world of its own, where the file's main chunk runs first and then the test's function.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(host.Module),
		bind.Uses(trace.Module),
		bind.Proc("exercise", "Describe the exercise.", exercise),
		bind.Proc("test", "Declare a test.", test).
			Example(`local check, net = require "check", require "net"
check.exercise{title = "Greetings", main = "greet.lua", modules = {}}
check.test{name = "greets", points = 2, hint = "print(arg[1])", run = function(t)
  local greet = t:start(net.host("pc"), {args = {"hello"}})
  t:expect(greet):prints("hello")
  t:expect(greet):exits(1)
end} --> greets: failed
--> greet.lua on pc: expected to end with status 1, got status 0`),
		testClass(), expectationClass(),
	}
})

// A script is check.lua, in the process that runs it.
type script struct {
	title   string
	main    string
	modules []string
	limits  limitArgs
	tests   []declared
	library []*bind.Module // that a submission may be allowed
	sealed  bool           // the main chunk has returned
	trial   *trial
}

// A declared test.
type declared struct {
	grade.Test
	run    *lua.LFunction
	limits limitArgs
	chaos  *chaosArgs
}

// limitArgs are what a submission may use; 0 is the default.
type limitArgs struct {
	Fuel    int64         `doc:"instructions of each process; 50 million unless set" default:"0" min:"0"`
	Memory  bind.Size     `doc:"what the values of each process may take; 64 MiB unless set" default:"0"`
	Output  bind.Size     `doc:"what each process may print; 1 MiB unless set" default:"0"`
	Time    time.Duration `doc:"what the world's clock may show when the test ends; 10 minutes unless set" default:"0 s"`
	Packets int64         `doc:"that the whole world may send; 200,000 unless set" default:"0" min:"0"`
}

// over returns the limits of o where it has some, and else those of l.
func (l limitArgs) over(o limitArgs) limitArgs {
	return limitArgs{cmp.Or(o.Fuel, l.Fuel), cmp.Or(o.Memory, l.Memory), cmp.Or(o.Output, l.Output), cmp.Or(o.Time, l.Time), cmp.Or(o.Packets, l.Packets)}
}

// check raises for limits that no process can have, so that it is check.lua that fails and not each test.
func (l limitArgs) check(c *bind.Call) {
	_, err := process.Limits{Fuel: l.Fuel, Memory: int64(l.Memory), Output: int64(l.Output), Time: l.Time, Packets: l.Packets}.Settle(false)
	if err != nil {
		c.Misuse("limits", "%v", err)
	}
}

// scriptOf returns the script that makes a call.
func scriptOf(c *bind.Call) *script {
	s, ok := process.Of(c).Check.(*script)
	if !ok {
		c.Raise("only the check.lua of an exercise has this, when moonwire grade runs it")
	}
	return s
}

type exerciseArgs struct {
	Options struct {
		Title   string    `doc:"what reports call it; the folder's name if left out" default:""`
		Main    string    `doc:"the file that is handed in and run" default:"submission.lua"`
		Modules []string  `doc:"what it may require besides its own files, or the test is lost; socket and its parts, mime, ltn12, json and task if left out" default:"nil"`
		Limits  limitArgs `doc:"what it may use in each test"`
	} `doc:"what it is"`
}

func exercise(c *bind.Call, a exerciseArgs) error {
	s, o := scriptOf(c), &a.Options
	if s.sealed {
		c.Raise("the exercise is described while check.lua loads, not in a test")
	}
	if o.Title != "" {
		s.title = o.Title
	}
	for _, name := range o.Modules {
		if s.known(name) == nil {
			c.Misuse("modules", "want names of modules, got %q", name)
		}
	}
	o.Limits.check(c)
	s.main, s.limits = o.Main, o.Limits
	if o.Modules != nil {
		s.modules = o.Modules
	}
	return nil
}

type testArgs struct {
	Options struct {
		Name       string         `doc:"a name, unique in the exercise; other tests and mutants refer to it"`
		Title      string         `doc:"one line for people; the name if left out" default:""`
		Points     float64        `doc:"what passing earns" default:"1" min:"0"`
		Needs      []string       `doc:"names of earlier tests that must have passed, otherwise this one is skipped" default:"nil"`
		Visibility string         `doc:"who may see how it went" enum:"visible,hidden,after_due_date,after_published" default:"visible"`
		Tags       []string       `doc:"words to pick tests by" default:"nil"`
		Hint       string         `doc:"what to look at when it fails" default:""`
		Seeds      *int           `doc:"under how many seeds it runs; 1, or with chaos 10, if left out" min:"1" max:"10000"`
		Chaos      *chaosArgs     `doc:"make the network of the hosts that run adds worse, under each seed in another way; chaos = {} takes the defaults. Each field is the most that a seed may draw"`
		Limits     limitArgs      `doc:"what the submission may use; of what is left out, as much as the exercise says"`
		Run        *lua.LFunction `doc:"the test itself: it gets a check.Test"`
	} `doc:"the test"`
}

func test(c *bind.Call, a testArgs) error {
	s, o := scriptOf(c), &a.Options
	if s.sealed {
		c.Raise("tests are declared while check.lua loads, not in a test")
	}
	if o.Name == "" {
		c.Misuse("name", "want a name, got \"\"")
	}
	o.Limits.check(c)
	known := map[string]bool{}
	for _, t := range s.tests {
		known[t.Name] = true
	}
	if known[o.Name] {
		c.Misuse("name", "want a name of its own, got %q, which another test has", o.Name)
	}
	for _, n := range o.Needs {
		if !known[n] {
			c.Misuse("needs", "want names of tests declared before, got %q", n)
		}
	}
	d := declared{Test: grade.Test{Name: o.Name, Title: o.Title, Points: o.Points, Needs: o.Needs, Visibility: grade.Visibility(o.Visibility),
		Tags: o.Tags, Hint: o.Hint, Seeds: 1, Chaos: o.Chaos != nil}, run: o.Run, limits: o.Limits, chaos: o.Chaos}
	switch {
	case o.Seeds != nil:
		d.Seeds = *o.Seeds
	case o.Chaos != nil:
		d.Seeds = defaultSeeds
	}
	if d.Title == "" {
		d.Title = d.Name
	}
	s.tests = append(s.tests, d)
	return nil
}

// known returns the module of a name that a submission may be allowed, or nil.
func (s *script) known(name string) *bind.Module {
	for _, m := range s.library {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// find returns the test of a name.
func (s *script) find(name string) (*declared, error) {
	for i := range s.tests {
		if s.tests[i].Name == name {
			return &s.tests[i], nil
		}
	}
	return nil, fmt.Errorf("check.lua declares no test %q", name)
}

// Held implements lua51.Holder: the tests' functions.
func (s *script) Held(see func(lua.LValue), _ func(int64)) {
	for _, t := range s.tests {
		see(t.run)
	}
}
