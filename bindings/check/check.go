// Package check is the Lua module check, with which an instructor declares an exercise and its tests, and the [Checker] that runs them.
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
	"for each test and seed in a world of its own, where the file's main chunk runs first and then the test's function.",
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
	testClass, expectationClass,
)

// A script is check.lua, in the process that runs it.
type script struct {
	name    string
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
		Modules []string  `doc:"what it may require besides its own files; socket and its parts, mime, ltn12, json and task if left out" default:"nil"`
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
