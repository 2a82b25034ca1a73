// Package process runs Lua scripts as processes of hosts: each has its own Lua state, arguments, standard
// streams, working directory, sockets and budget. Threads inside a process are tasks.
package process

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Options are what a process may use. They are handed on to the processes that it starts.
type Options struct {
	Standard []*bind.Module // opened as globals: os, io
	Modules  []*bind.Module // what require finds
	LabOnly  []*bind.Module // what require finds in the lab's own process alone
	Lab      bool           // this is the lab's own process
	Limits   Limits         // as Settle returns them: 0 means no limit
	Alarm    *lua51.Alarm   // of the whole run; nil for none
	Code     *lua51.Code    // what was compiled before, maybe in other worlds; nil for what this world's processes compile
	Stdin    io.Reader      // nil is empty
	Stdout   io.Writer      // nil is a Capture
	Stderr   io.Writer      // nil discards

	// Required, if not nil, is told of each module of Modules that a script requires, before it gets it, and where.
	Required func(module, where string)

	population *population // of the world; nil before its first process
}

// enter counts one more process of the world, which has what it compiles in common with the others, or returns the limit in its way.
func (o *Options) enter() error {
	if o.population == nil {
		o.population = &population{}
	}
	if o.Code == nil {
		o.Code = &lua51.Code{}
	}
	return o.population.enter(o.Limits)
}

// A Process is a script that runs on a host.
type Process struct {
	Name    string // of the script, as it is called in messages
	Args    []string
	L       *lua.LState
	Meter   *lua51.Meter
	Stdin   *Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Dir     string // working directory in the host's file system
	IO      any    // what module io keeps for the process
	Objects any    // what module host keeps for the process
	Trace   any    // what module trace keeps for the process
	Shell   any    // what a shell keeps for the process
	Check   any    // what module check keeps for the process

	opt     Options
	home    *Place
	places  []*Place // home first, then where its tasks run on other hosts
	main    *sim.Task
	loaded  *lua.LTable
	sources map[string]string // by chunk name, for messages
	status  int
	err     error // why the process failed
	halted  bool  // told to end: status and err are final
	lasting bool  // a failure of a task does not end it
	ended   bool
	done    sim.Queue
	exiting func()
	written int64 // to the standard streams
}

// Exit statuses of a process that did not choose its own.
const (
	StatusFailed  = 1   // the script raised an error
	StatusLimit   = 3   // a limit fired
	StatusDefect  = 4   // a defect of moonwire
	StatusKilled  = 137 // killed from outside, as a shell counts SIGKILL
	StatusCrashed = 255 // its host crashed
)

// An ExitError says that the script ended itself by os.exit.
type ExitError struct{ Status int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// ErrKilled is the reason of a process ended by Kill.
var ErrKilled = errors.New("process: killed")

// ErrCrashed is the reason of a process whose host crashed.
var ErrCrashed = errors.New("process: its host crashed")

// Start reads the script file from the host's file system and starts it with args as a process. name is what
// messages call the script; "" means file. It fails if the file cannot be read; a script that does not load is a process
// that fails.
func Start(h *engine.Host, file, name string, args []string, o Options) (*Process, error) {
	source, err := ReadFile(h.FS, path.Join("/", file))
	if err != nil {
		return nil, fmt.Errorf("process: cannot read %s: %w", file, err)
	}
	if name == "" {
		name = file
	}
	return Begin(h, file, name, args, o, func(p *Process) error { return p.runMain(string(source)) })
}

// Begin starts a process whose main task runs main, which may use the process's Lua state; the process's working directory is the folder
// of file.
func Begin(h *engine.Host, file, name string, args []string, o Options, main func(*Process) error) (*Process, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	p := newProcess(h, name, args, o)
	p.Dir = path.Dir(path.Join("/", file))
	p.main = p.home.Stack.Go("main", func() {
		if err := main(p); err != nil {
			p.fail(p.main, err)
		}
	})
	p.main.Runtime = &luaTask{p: p, thread: p.L, at: p.home}
	return p, nil
}

// Open starts a process without a script, for a shell that gives it one piece of Lua after another: see Load and Spawn. It lasts until Exit or
// Kill, or until its host crashes: what fails or goes beyond a limit ends the task that did it, and no more.
func Open(h *engine.Host, name string, o Options) (*Process, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	p := newProcess(h, name, nil, o)
	p.lasting = true
	p.main = p.home.Stack.Go("shell", func() { p.Sched().Wait(sim.Wait{Call: "the prompt"}, time.Time{}, new(sim.Queue)) })
	p.main.Runtime = &luaTask{p: p, thread: p.L, at: p.home}
	return p, nil
}

// Renew gives a process of Open a full budget of instructions and output again.
func (p *Process) Renew() {
	p.Meter.Resume()
	p.written = 0
}

func newProcess(h *engine.Host, name string, args []string, o Options) *Process {
	if o.Stdout == nil {
		o.Stdout = &Capture{}
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	p := &Process{Name: name, Args: args, Dir: "/", opt: o, sources: map[string]string{},
		Meter: lua51.Budget{Fuel: o.Limits.Fuel, Memory: o.Limits.Memory, Alarm: o.Alarm}.Meter()}
	p.Stdout, p.Stderr = &tap{p, o.Stdout}, &tap{p, o.Stderr}
	p.home = p.newPlace(h)
	p.Stdin = newReader(h.World.Sched, o.Stdin)
	p.L = lua51.NewState(lua51.Options{Stdout: p.Stdout, Seed: p.home.Stack.Rand().Uint64(), Meter: p.Meter, MaxDepth: int(o.Limits.Depth)})
	lua51.Hold(p.L, p)
	bind.SetOwner(p.L, p)
	p.openLibraries()
	return p
}

// Of returns the process that makes the call.
func Of(c *bind.Call) *Process { return bind.Owner[*Process](c) }

// runMain loads and runs the main script.
func (p *Process) runMain(source string) error {
	fn, err := p.Load(source, p.Name)
	if err != nil {
		return err
	}
	args := make([]lua.LValue, len(p.Args))
	for i, a := range p.Args {
		args[i] = lua.LString(a)
	}
	_, err = lua51.Call(p.L, fn, args...)
	return err
}

// Load compiles source; messages call it name. A byte order mark at its beginning, which editors write and nobody sees, is left out, as Lua does since
// version 5.2.
func (p *Process) Load(source, name string) (*lua.LFunction, error) {
	source = strings.TrimPrefix(source, "\ufeff")
	p.sources[name] = source
	return p.opt.Code.Load(p.L, source, "@"+name)
}

// LoadShown is Load for source that was made of a text that somebody typed: messages show that.
func (p *Process) LoadShown(source, typed, name string) (*lua.LFunction, error) {
	fn, err := p.Load(source, name)
	if err == nil {
		p.sources[name] = typed
	}
	return fn, err
}

// Child returns what a process that this one starts may use, with its own standard output and error streams and no input.
func (p *Process) Child(stdout, stderr io.Writer) Options {
	o := p.opt
	o.Lab, o.Stdin, o.Stdout, o.Stderr = false, nil, stdout, stderr
	return o
}

// Spawn starts fn in a thread of its own as a task of the process at the place on; nil is where the caller runs. finish, if not
// nil, gets the results or the error and says whether somebody took the error. An error that nobody took is told on the
// standard error stream and makes the process fail, but does not end it.
func (p *Process) Spawn(on *Place, name string, fn *lua.LFunction, args []lua.LValue, finish func([]lua.LValue, error) bool) *sim.Task {
	th := lua51.NewThread(p.L, append([]lua.LValue{fn}, args...)...)
	if on == nil {
		on = p.Here()
	}
	var t *sim.Task
	t = on.Stack.Go(name, func() {
		th.G.CurrentThread = th
		results, err := lua51.Call(th, fn, args...)
		taken := finish != nil && finish(results, err)
		if err != nil && !taken {
			p.fail(t, err)
		}
	})
	t.Runtime = &luaTask{p: p, thread: th, at: on}
	t.OnEnd = func() { lua51.EndThread(th) } // also if it is killed before it begins
	return t
}

// Here returns where the calling task runs.
func (p *Process) Here() *Place {
	if t := p.home.Host.World.Sched.Current(); t != nil {
		if lt, ok := t.Runtime.(*luaTask); ok {
			return lt.at
		}
	}
	return p.home
}

// Stack returns what the calling task uses of its host: tasks that a lab spawned on another host have that host's.
func (p *Process) Stack() *stack.Stack { return p.Here().Stack }

// Home returns the host that the process was started on.
func (p *Process) Home() *engine.Host { return p.home.Host }

// Host returns the host of the calling task.
func (p *Process) Host() *engine.Host { return p.Here().Host }

// World returns the world the process runs in.
func (p *Process) World() *engine.World { return p.home.Host.World }

// Sched returns the world's scheduler.
func (p *Process) Sched() *sim.Scheduler { return p.home.Host.World.Sched }

// ErrInterrupted is the reason of a process that was interrupted from outside of the world, as by Ctrl-C.
var ErrInterrupted = errors.New("moonwire: interrupted")

// fail records why a task of the process failed and tells the standard error stream.
func (p *Process) fail(t *sim.Task, err error) {
	if p.err == nil {
		p.err, p.status = err, StatusOf(err)
	}
	p.tell(p.Report(t, err), err)
	switch {
	case p.lasting && !p.halted:
		p.err, p.status = nil, 0
		if p.Meter.Stopped() != nil {
			p.Meter.Resume()
		}
	case t == p.main || p.Meter.Stopped() != nil:
		p.halt(err)
	}
}

// tell writes the report of a failure. The last words of a process that a limit ends do not count as its output.
func (p *Process) tell(report string, err error) {
	switch stopped := p.Meter.Stopped(); {
	case errors.Is(err, ErrInterrupted):
	case stopped != nil:
		io.WriteString(p.opt.Stderr, report+"\n")
	default:
		io.WriteString(p.Stderr, report+"\n")
		if limit := p.Meter.Stopped(); limit != nil {
			p.err, p.status = limit, StatusOf(limit)
			io.WriteString(p.opt.Stderr, limit.Error()+"\n")
		}
	}
}

// StatusOf returns the exit status of a process that failed with err.
func StatusOf(err error) int {
	var limit *lua51.LimitError
	var defect *sim.PanicError
	switch {
	case errors.As(err, &limit):
		return StatusLimit
	case errors.As(err, &defect):
		return StatusDefect
	case errors.Is(err, ErrKilled):
		return StatusKilled
	}
	return StatusFailed
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool { return p.ended }

// Status returns the exit status; before the end, 0.
func (p *Process) Status() int { return p.status }

// Verdict says in a word how the process ended: "ok", "failed", "killed", "crashed", "defect", or the name of the limit that
// ended it; "running" before the end.
func (p *Process) Verdict() string {
	if !p.ended && !p.halted {
		return "running"
	}
	return VerdictOf(p.status, p.err)
}

// VerdictOf is the verdict of a process that ended with a status and an error.
func VerdictOf(status int, err error) string {
	var limit *lua51.LimitError
	var defect *sim.PanicError
	switch {
	case errors.As(err, &limit):
		return limit.Limit
	case errors.As(err, &defect):
		return "defect"
	case errors.Is(err, ErrInterrupted):
		return "interrupted"
	case errors.Is(err, ErrKilled):
		return "killed"
	case errors.Is(err, ErrCrashed):
		return "crashed"
	case err != nil || status != 0:
		return "failed"
	}
	return "ok"
}

// Err returns why the process failed, or nil.
func (p *Process) Err() error { return p.err }

// Where returns the file and line that the main script stands at, "" when it has ended.
func (p *Process) Where() string {
	if p.main.Done() {
		return ""
	}
	return lua51.Where(p.L)
}

// Main returns the task of the main script.
func (p *Process) Main() *sim.Task { return p.main }

// Done returns the queue that is woken when the process ends.
func (p *Process) Done() *sim.Queue { return &p.done }

// Options returns what the process was started with.
func (p *Process) Options() Options { return p.opt }

// FS returns the file system that the process sees.
func (p *Process) FS() afero.Fs { return p.Host().FS }

// Path returns the absolute form of a path of the process.
func (p *Process) Path(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(p.Dir, name)
}

// String names the process for reports.
func (p *Process) String() string { return p.home.Stack.ProcessName() }

// A luaTask keeps, while its task is parked, which thread of the state was running: gopher-lua has one
// variable for the whole state.
type luaTask struct {
	p      *Process
	thread *lua.LState
	at     *Place
	inside *lua.LState // thread or a coroutine within it
}

// Suspend implements sim.Runtime.
func (t *luaTask) Suspend() { t.inside = t.thread.G.CurrentThread }

// Resume implements sim.Runtime.
func (t *luaTask) Resume() {
	t.thread.G.CurrentThread = t.inside
	lua51.Continue(t.thread)
}

// Where implements sim.Runtime.
func (t *luaTask) Where() string { return lua51.Where(t.thread) }
