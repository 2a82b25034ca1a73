package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

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
	kind   kind
}

// A kind of entry.
type kind int

const (
	done     kind = iota // a command or a piece
	typed                // into the session of telnet that is open
	answered             // to what read from the standard input
	ended                // the standard input, for what read from it
	halted               // a command or a piece, by Ctrl-C
)

// What a session keeps of what was done: entries, and bytes in all.
const (
	maxLog      = 100_000
	maxLogBytes = 64 << 20
)

func (s *Shell) note(e entry) {
	if e.silent {
		return
	}
	if s.logged += len(e.text); len(s.log) >= maxLog || s.logged > maxLogBytes {
		s.unkept = true
		return
	}
	s.log = append(s.log, e)
}

// noteAnswer notes what was read from the standard input. What was done on the wall clock cannot be done again.
func (s *Shell) noteAnswer(text string, end bool) {
	if !s.session.World.Sched.Virtual() {
		return
	}
	e := entry{text: text, kind: answered}
	if end {
		e.kind = ended
	}
	s.note(e)
}

// stopped reports whether Ctrl-C stopped what was done.
func stopped(err error) bool {
	return errors.Is(err, bindings.ErrBreak) || errors.Is(err, errInterrupted)
}

// noteStop leaves a line out of the log that Ctrl-C stopped, and what was answered to it: nobody could say when to stop it again.
func (s *Shell) noteStop(logged int, err error) {
	if stopped(err) && logged < len(s.log) {
		s.log = append(s.log[:logged], entry{text: s.log[logged].text, kind: halted})
	}
}

// script is the session so far as a lab: each line is done again at the time at which it was done, and nobody waits for it.
func (s *Shell) script(name string) string {
	var b strings.Builder
	seed := s.session.World.Sched.Seed()
	fmt.Fprintf(&b, "-- A session of the shell, saved.\n-- Run it with: moonwire run --seed %d %s\nlocal shell = require \"shell\"\nmath.randomseed(%[1]d)\n", seed, ShellWord(name))
	if s.options.Prelude != "" {
		fmt.Fprintln(&b, s.options.Prelude)
	}
	for _, e := range s.log { // who reads does not wait, so that what is read has to be there before
		switch e.kind {
		case answered:
			fmt.Fprintf(&b, "shell.answer(%s)\n", literal(e.text))
		case ended:
			fmt.Fprintln(&b, "shell.answer()")
		}
	}
	for _, e := range s.log {
		switch e.kind {
		case typed:
			fmt.Fprintf(&b, "shell.type(%.9f, %s)\n", e.at.Seconds(), literal(e.text))
		case halted:
			fmt.Fprintf(&b, "-- Left out, as Ctrl-C stopped it: %s\n", strings.ReplaceAll(e.text, "\n", "\n-- "))
		case done:
			fmt.Fprintf(&b, "shell.at(%.9f, %q, %s)\n", e.at.Seconds(), e.host, literal(e.text))
		}
	}
	fmt.Fprintf(&b, "shell.at(%.9f)\n", s.session.World.Sched.Elapsed().Seconds())
	return b.String()
}

// literal writes a text as a string of Lua: in long brackets, which no text can close, if Lua reads that as it is and it is not the end of a line.
func literal(text string) string {
	if strings.ContainsRune(text, '\r') || strings.HasPrefix(text, "\n") || strings.HasSuffix(text, "\n") {
		return quoted(text)
	}
	level := ""
	for strings.Contains(text, "]"+level+"]") || strings.HasSuffix(text, "]"+level) {
		level += "="
	}
	return "[" + level + "[" + text + "]" + level + "]"
}

// quoted writes a text as a string of Lua in double quotes.
func quoted(text string) string {
	b := []byte{'"'}
	for _, c := range []byte(text) {
		switch {
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < ' ' || c == 0x7f:
			b = fmt.Appendf(b, "\\%03d", c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// Module is the Lua module shell, which saved sessions use.
var Module = bind.New("shell", "Do again what was typed at a prompt.", func() []bind.Member {
	return []bind.Member{
		bind.Proc("at", "Wait until a time and do a line there: a command or Lua. Without a line, only wait. The line goes on while the next ones are done.", at).
			Errors("not-found", "invalid").
			Example(`local shell = require "shell"
shell.at(1, "localhost", "print(require('host').name())")
shell.at(2) --> localhost`),
		bind.Proc("answer", "Give the standard input a text to be read later, or, without one, an end.", answer).
			Example(`local shell = require "shell"
shell.answer("Alice\n")
print((io.read())) --> Alice`),
		bind.Proc("type", "Wait until a time and type a line into the session of telnet that the last line began.", typeLine).Errors("closed", "invalid"),
	}
})

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
	place := bindings.SessionPlace(p, h)
	if command, args := parseCommand(commands(), p, *a.Line); command != nil {
		if command.World == nil {
			return &codedError{"the command " + command.Name + " is for a person at a prompt", "invalid"}
		}
		args, behind := background(args)
		if err := command.check(args); err != nil {
			return &codedError{err.Error(), "invalid"}
		}
		x := &Context{L: c.L, Process: p, Out: p.Stdout, Width: 80}
		if k := keptOf(p); k.answers != nil && !behind {
			x.Stdin = k.answers
		}
		command.spawn(x, place, args)
		return nil
	}
	fn, _, err := compile(p, "line", *a.Line)
	if err != nil {
		return &codedError{err.Error(), "invalid"}
	}
	spawn(p, place, fn)
	return nil
}

// waitUntil waits until a time, and then until everything that is due at that instant has happened, as it had before the line was typed.
func waitUntil(s *sim.Scheduler, at time.Duration) {
	s.Sleep(at - s.Elapsed())
	for next, ok := s.Next(); ok && next <= s.Elapsed(); next, ok = s.Next() {
		s.Sleep(0)
	}
}

type typeArgs struct {
	Time time.Duration `doc:"since the world began"`
	Line string        `doc:"what was typed"`
}

func typeLine(c *bind.Call, a typeArgs) error {
	p := process.Of(c)
	waitUntil(p.Sched(), a.Time)
	t := keptOf(p).telnet
	if t == nil {
		return &codedError{"no session of telnet was begun", "invalid"}
	}
	return t.typed(a.Line)
}

type answerArgs struct {
	Text *string `doc:"what is read; left out, who reads finds an end there"`
}

func answer(c *bind.Call, a answerArgs) error {
	p := process.Of(c)
	k := keptOf(p)
	if k.answers == nil {
		k.answers = &given{}
		p.Stdin.Reset(k.answers)
	}
	k.answers.texts = append(k.answers.texts, a.Text)
	return nil
}

// kept is what a process has of a shell's, at the prompt or when a session is done again.
type kept struct {
	telnet  *telnetSession // the last
	answers *given         // or nil
}

func keptOf(p *process.Process) *kept {
	k, ok := p.Shell.(*kept)
	if !ok {
		k = &kept{}
		p.Shell = k
	}
	return k
}

// given is a standard input of texts, and of ends where one is nil.
type given struct{ texts []*string }

// Read implements io.Reader.
func (g *given) Read(b []byte) (int, error) {
	if len(g.texts) == 0 {
		return 0, io.EOF
	}
	text := g.texts[0]
	if text == nil {
		g.texts = g.texts[1:]
		return 0, io.EOF
	}
	n := copy(b, *text)
	if rest := (*text)[n:]; rest != "" {
		g.texts[0] = &rest
	} else {
		g.texts = g.texts[1:]
	}
	return n, nil
}

// ShellWord quotes a word for the machine's shell if it needs that.
func ShellWord(s string) string {
	special := func(r rune) bool { return r < '+' || r > 'z' || strings.ContainsRune(";<>?[]`\\^", r) }
	if s != "" && !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
