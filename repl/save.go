package repl

import (
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// An entry is a line that was done.
type entry struct {
	at     time.Duration
	host   string
	text   string
	silent bool // nothing that has to be done again
	typed  bool // into the session of telnet that is open
}

// maxLog bounds how many entries a session keeps.
const maxLog = 100_000

func (s *Shell) note(e entry) {
	if !e.silent && len(s.log) < maxLog {
		s.log = append(s.log, e)
	}
}

// script is the session so far as a lab: each line is done again at the time at which it was done, and nobody waits for it.
func (s *Shell) script(name string) string {
	var b strings.Builder
	seed := s.session.World.Sched.Seed()
	fmt.Fprintf(&b, "-- A session of the shell, saved.\n-- Run it with: moonwire run --seed %d %s\nlocal shell = require \"shell\"\n", seed, name)
	if s.options.Prelude != "" {
		fmt.Fprintln(&b, s.options.Prelude)
	}
	for _, e := range s.log {
		if e.typed {
			fmt.Fprintf(&b, "shell.type(%.9f, %s)\n", e.at.Seconds(), longString(e.text))
			continue
		}
		fmt.Fprintf(&b, "shell.at(%.9f, %q, %s)\n", e.at.Seconds(), e.host, longString(e.text))
	}
	fmt.Fprintf(&b, "shell.at(%.9f)\n", s.session.World.Sched.Elapsed().Seconds())
	return b.String()
}

// longString writes a text as a string of Lua in long brackets, which no text can close.
func longString(text string) string {
	level := ""
	for strings.Contains(text, "]"+level+"]") || strings.HasSuffix(text, "]"+level) {
		level += "="
	}
	return "[" + level + "[" + text + "]" + level + "]"
}

// Module is the Lua module shell, which saved sessions use.
var Module = bind.New("shell", "Do again what was typed at a prompt.",
	bind.Proc("at", "Wait until a time and do a line there: a command or Lua. Without a line, only wait. The line goes on while the next ones are done.", at).
		Errors("not-found", "invalid").
		Example(`local shell = require "shell"
shell.at(1, "localhost", "print(require('host').name())")
shell.at(2) --> localhost`),
	bind.Proc("type", "Wait until a time and type a line into the session of telnet that the last line began.", typeLine).Errors("closed", "invalid"),
)

type atArgs struct {
	Time time.Duration `doc:"since the world began"`
	Host *string       `doc:"where the line is done"`
	Line *string       `doc:"what was typed"`
}

// A codedError is an error with a code of stack.Code's table.
type codedError struct{ text, code string }

func (e *codedError) Error() string { return e.text }
func (e *codedError) Code() string  { return e.code }

func at(c *bind.Call, a atArgs) error {
	p := process.Of(c)
	waitUntil(p.Sched(), a.Time)
	if a.Host == nil || a.Line == nil {
		return nil
	}
	h := p.World().Find(*a.Host)
	if h == nil && p.Host().Name == *a.Host {
		h = p.Host()
	}
	if h == nil {
		return &codedError{"there is no host " + *a.Host, "not-found"}
	}
	fn, err := replayed(c, p, *a.Line)
	if err != nil {
		return &codedError{err.Error(), "invalid"}
	}
	p.Spawn(bindings.SessionPlace(p, h), bindings.PromptTask, fn, nil, func(_ []lua.LValue, err error) bool {
		if err != nil {
			fmt.Fprintln(p.Stderr, p.Explain(err))
		}
		return true
	})
	return nil
}

// waitUntil waits until a time, and then until everything that is due at that instant has happened, as it had before the line was typed.
func waitUntil(s *sim.Scheduler, at time.Duration) {
	s.Sleep(at - s.Elapsed())
	for next, ok := s.Next(); ok && next <= s.Elapsed(); next, ok = s.Next() {
		s.Sleep(0)
	}
}

// replayed returns a function that does a line.
func replayed(c *bind.Call, p *process.Process, line string) (*lua.LFunction, error) {
	if command, args := parseCommand(commands(), p, line); command != nil {
		if command.World == nil {
			return nil, fmt.Errorf("the command %s is for a person at a prompt", command.Name)
		}
		return c.L.NewFunction(func(L *lua.LState) int {
			if err := command.World(&Context{L: L, Process: p, Out: p.Stdout, Width: 80}, args); err != nil {
				L.RaiseError("%s", err.Error())
			}
			return 0
		}), nil
	}
	fn, _, err := compile(p, "line", line)
	return fn, err
}

type typeArgs struct {
	Time time.Duration `doc:"since the world began"`
	Line string        `doc:"what was typed"`
}

func typeLine(c *bind.Call, a typeArgs) error {
	p := process.Of(c)
	waitUntil(p.Sched(), a.Time)
	t, ok := p.Shell.(*telnetSession)
	if !ok {
		return &codedError{"no session of telnet was begun", "invalid"}
	}
	return t.typed(a.Line)
}
