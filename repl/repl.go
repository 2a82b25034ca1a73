// Package repl is the shell of moonwire: Lua and commands at a prompt, on a host of a world.
//
// A line is a command if it begins with the name of one and does not read as Lua; everything else is Lua, and the results of an
// expression are shown. In virtual time the world stands still while the shell waits for a line. It reads a terminal with editing,
// history and completion, and anything else line by line.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
)

// Options describe a shell.
type Options struct {
	Run   bindings.Run                  // the world, what its scripts may use, and where the shell reads and writes
	Build func(*bindings.Session) error // fills a new world, also after reset; nil leaves it empty
	Host  string                        // where the user sits at first; "" is the world's own local host

	Terminal bool   // Run.Stdin and Run.Stdout are a terminal: edit lines, show a prompt
	Plain    bool   // the terminal obeys no control sequences: lines come as its own driver edits them
	Color    bool   // mark errors and the prompt by colour
	History  string // file that keeps the lines of earlier sessions; "" keeps none
	Greeting string // printed first on a terminal
	Prelude  string // Lua that makes a saved session's world what Build makes it

	Commands []*Command         // besides the shell's own
	Done     func(*Shell, Done) // is told what came of each line; nil for nobody
}

// A Shell is one user's session.
type Shell struct {
	options  Options
	session  *bindings.Session
	running  atomic.Pointer[bindings.Session] // the same, for other goroutines
	modules  []*bind.Module
	commands []*Command
	in       lines
	out, err io.Writer
	pieces   int // of Lua, so far: their names
	log      []entry
	logged   int  // bytes of it
	unkept   bool // it has become too long
	unshown  bool // it may have what was typed and not shown
	status   int
	ctx      context.Context // of Loop
	leaving  atomic.Bool

	interrupts interrupts
	turns      sync.Mutex // of reading
	more       bool       // the prompt asks for the rest of a piece
	heard      heard

	tracing    *capture.Trace   // or nil
	packets    *capture.Capture // or nil
	packetFile *os.File
}

// New returns a shell whose world has been made.
func New(o Options) (*Shell, error) {
	s := &Shell{options: o, modules: append(bindings.AllModules(), o.Run.Modules...), commands: append(commands(), o.Commands...), ctx: context.Background()}
	if err := s.openLines(); err != nil {
		return nil, err
	}
	if o.Done != nil {
		s.out, s.err = s.heard.hear(s.out), s.heard.hear(s.err)
	}
	if err := s.begin(); err != nil {
		s.in.Close()
		return nil, err
	}
	return s, nil
}

// begin makes a new world.
func (s *Shell) begin() error {
	run := s.options.Run
	run.Stdout, run.Stderr = s.streams()
	run.Stdin = &answers{s: s}
	session, err := run.Session()
	if err != nil {
		return err
	}
	if s.options.Build != nil {
		if err := s.options.Build(session); err != nil {
			session.Close()
			return err
		}
	}
	if s.options.Host != "" {
		h := session.World.Find(s.options.Host)
		if h == nil {
			err := noHost(session.World, s.options.Host)
			session.Close()
			return err
		}
		session.Move(h)
	}
	if s.session != nil {
		s.endWorld()
	}
	s.session, s.log, s.logged, s.unkept, s.unshown = session, nil, 0, false, false
	s.running.Store(session)
	s.defineHelp()
	return s.seedRandom()
}

// seedRandom has math.random draw from the world's seed alone, as a saved session does: otherwise it would depend on the process's name.
func (s *Shell) seedRandom() error {
	L := s.session.Process.L
	_, err := lua51.Call(L, L.GetField(L.GetGlobal("math"), "randomseed").(*lua.LFunction), lua.LNumber(s.session.World.Sched.Seed()))
	return err
}

// streams returns where processes print: at a terminal, nothing that it would obey gets there.
func (s *Shell) streams() (out, err io.Writer) {
	if !s.options.Terminal {
		return s.out, s.err
	}
	return &visible{w: s.out}, &visible{w: s.err}
}

// Close ends the world and gives the terminal back.
func (s *Shell) Close() {
	s.in.Close()
	if t, ok := s.in.(*terminal); ok {
		t.leave()
	}
	s.endWorld()
	if s.options.Terminal {
		s.interrupts.stop()
	}
}

// endWorld ends the world and what is recorded of it.
func (s *Shell) endWorld() {
	if err := s.endPcap(); err != nil {
		fmt.Fprintf(s.err, "pcap: %v\n", err)
	}
	s.tracing = nil
	s.session.Close()
}

// interrupt stops what runs, from any goroutine.
func (s *Shell) interrupt() {
	if session := s.running.Load(); session != nil {
		session.Interrupt()
	}
	s.in.CallOff(false)
}

// Session returns the session that the shell drives.
func (s *Shell) Session() *bindings.Session { return s.session }

// host returns where the user sits.
func (s *Shell) host() *engine.Host { return s.session.Host() }

// Loop reads and does lines until the input ends or the user leaves, and returns the exit status. The end of ctx leaves, too.
func (s *Shell) Loop(ctx context.Context) int {
	s.ctx = ctx
	stop := context.AfterFunc(ctx, func() { s.leaving.Store(true); s.in.Close(); s.interrupt() })
	defer stop()
	if s.options.Terminal && s.options.Greeting != "" {
		fmt.Fprintln(s.out, folded(s.options.Greeting, s.width()))
	}
	s.heard.text = nil // what was printed so far belongs to no line
	for !s.leaving.Load() {
		text, err := s.read()
		if errors.Is(err, errInterrupted) {
			continue
		}
		if errors.Is(err, errTooLong) {
			s.report("", errDropped)
			continue
		}
		if err != nil || s.leaving.Load() {
			break
		}
		s.Do(text)
		if status, exited := s.session.Exited(); exited {
			if err := s.session.Process.Err(); errors.Is(err, process.ErrCrashed) {
				fmt.Fprintln(s.err, bindings.Describe(err))
			}
			return status
		}
	}
	return s.status
}

// read reads one command or a whole piece of Lua, which may take several lines.
func (s *Shell) read() (string, error) {
	var text strings.Builder
	s.more = false
	for {
		line, err := s.readLine(s.prompt())
		if err == io.EOF && text.Len() > 0 {
			return text.String(), nil // its error tells what was missing
		}
		if err != nil {
			return "", err
		}
		if text.Len() > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(line)
		if s.whole(text.String()) {
			s.in.Keep(text.String())
			return text.String(), nil
		}
		s.more = true
	}
}

// roomToType is how many columns there are at least behind a prompt that shows more than that one may type.
const roomToType = 8

// prompt shows where the user sits and what the clock of the world shows.
func (s *Shell) prompt() string {
	name, clock := s.host().Name, Clock(s.session.World.Sched.Elapsed())
	if s.host().V != nil && s.host().V.Down() {
		name += " (down)"
	}
	plain := name + " " + clock + "> "
	if s.options.Terminal && len(plain)+roomToType > s.width() {
		return map[bool]string{false: "> ", true: "..> "}[s.more]
	}
	if s.more {
		return strings.Repeat(" ", max(len(plain)-4, 0)) + "..> "
	}
	return s.paint(bold, name) + " " + clock + "> "
}

// Clock writes a time since the world began: "0s", "1.25s", "2m03s", "1h00m05s"; below a minute with milliseconds.
func Clock(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".") + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm%02ds", d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dd%02dh%02dm", d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute)
}

// Do does one command or piece of Lua and prints what comes of it. An error of the piece is printed too; the shell goes on.
func (s *Shell) Do(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	s.in.Release()
	restore := s.interrupts.during(s.interrupt)
	defer func() {
		restore()
		s.in.Renew()
		s.session.Uninterrupt()
	}()
	before, logged := s.session.World.Sched.Elapsed(), len(s.log)
	at := s.host().Name
	if c, args := s.command(text); c != nil {
		s.note(entry{at: before, host: at, text: text, silent: c.Silent || c.Apart != nil && c.Apart(args)})
		err := c.run(s, args)
		s.report(text, err)
		s.noteStop(logged, err)
		s.tell(Done{Text: text, Host: at, Command: c.Name, Args: args, Err: err})
		return
	}
	s.note(entry{at: before, host: at, text: text})
	results, err := s.lua(text)
	s.report(text, err)
	s.noteStop(logged, err)
	s.tell(Done{Text: text, Host: at, Results: results, Err: err})
}

// report prints the error of a line for people.
func (s *Shell) report(text string, err error) {
	var waiting *bindings.Waiting
	switch {
	case err == nil:
		return
	case stopped(err):
		fmt.Fprintln(s.out, "interrupted")
	case errors.As(err, &waiting):
		fmt.Fprintln(s.out, fill(s.whereItWaits(waiting), s.width()))
	default:
		s.status = 1
		fmt.Fprintln(s.err, s.paint(red, s.plain(folded(s.session.Process.Explain(err), s.width()))))
		if advice := s.advice(text, err); advice != "" {
			fmt.Fprintln(s.err, fill(advice, s.width()))
		}
	}
}

// plain is a text as a terminal may have it.
func (s *Shell) plain(text string) string {
	if s.options.Terminal {
		return seen(text)
	}
	return text
}

// whereItWaits words that a piece goes on in the background.
func (s *Shell) whereItWaits(w *bindings.Waiting) string {
	for i := len(w.Deadlock.Blocked) - 1; i >= 0; i-- {
		b := w.Deadlock.Blocked[i]
		if b.Task == bindings.PromptTask {
			on := ""
			if b.On != "" {
				on = " (" + b.On + ")"
			}
			return "It waits in " + b.Call + on + " for what is still to come, and goes on in the background."
		}
	}
	return w.Error()
}

// defineHelp gives Lua the function help, which takes a name or the thing itself.
func (s *Shell) defineHelp() {
	L := s.session.Process.L
	L.SetGlobal("help", L.NewFunction(func(L *lua.LState) int {
		topic := ""
		switch v := L.Get(1).(type) {
		case lua.LString:
			topic = string(v)
		case *lua.LNilType:
		default:
			if topic = bind.TopicOf(L, v); topic == "" {
				L.RaiseError("help: there is no help on a %s; give a name, such as help(\"net.link\")", v.Type())
			}
		}
		var args []string
		if topic != "" {
			args = []string{topic}
		}
		if err := s.help(args); err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	}))
}
