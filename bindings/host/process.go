package host

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Process is a process that a script started.
type Process struct {
	*process.Process
	stdin  *process.Pipe
	stdout *process.Capture
	stderr *process.Capture
	read   int // bytes of the output that line has given
}

func processClass() bind.Member {
	return bind.Class("Process", "A script that runs as a process of a host.",
		bind.MethodProc("write", "Write to its standard input.", (*Process).write).Errors("closed"),
		bind.MethodProc("close_input", "End its standard input: it reads nil, the end of the file.", (*Process).closeInput),
		bind.MethodVar("wait", "Wait until the process has ended.", (*Process).wait).
			Returns("status integer|nil", "its exit status: 0 ok, 1 its script failed, 3 a limit fired, 137 killed, 255 its host crashed; nil at the timeout",
				"message string?", "why it failed", "code string?", "\"timeout\" if it still runs").Errors("timeout"),
		bind.Method("output", "All that it has printed so far.", (*Process).output),
		bind.Method("errors", "All that it has written to its standard error stream so far.", (*Process).errors),
		bind.MethodVar("line", "Wait for the next line of its output.", (*Process).line).
			Returns("line string|nil", "the line without its end, or nil", "message string?", "why there is none", "code string?", "\"closed\" or \"timeout\"").
			Errors("closed", "timeout"),
		bind.MethodProc("kill", "End it from outside.", (*Process).kill),
		bind.Method("running", "Whether it still runs.", (*Process).running),
		bind.Method("verdict", "How it ended: \"ok\", \"failed\", \"killed\", \"crashed\", \"defect\" or the limit that ended it, such as \"fuel\"; \"running\" before.", (*Process).verdict),
	).Text(func(p *Process) string { return p.String() })
}

type execArgs struct {
	Script string       `doc:"path of the script file on the host, whose working directory is the caller's script's folder"`
	Args   []lua.LValue `doc:"its arguments: strings, numbers, booleans" rest:"true"`
}

func exec(h *engine.Host, c *bind.Call, a execArgs) (*Process, error) {
	args := scriptArgs(c, a.Args)
	if h.V != nil && h.V.Down() {
		return nil, &codedError{"unreachable", h.Name + " is down: it crashed and was not restarted"}
	}
	return startProcess(process.Of(c), c.L, h, a.Script, args)
}

// scriptArgs returns the arguments of a script as text.
func scriptArgs(c *bind.Call, values []lua.LValue) []string {
	args := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case lua.LString:
			args[i] = string(v)
		case lua.LNumber:
			args[i] = lua51.FormatNumber(v)
		case lua.LBool:
			args[i] = strconv.FormatBool(bool(v))
		default:
			c.Misuse("args", "want strings, numbers or booleans, got %s at argument %d of the script", c.Describe(v), i+1)
		}
	}
	return args
}

// startUnits is the fuel that a new Lua state costs who asks for it, 0.1 ms.
const startUnits = 5000

// startProcess starts a script as a process that parent asked for, in a task with the thread L; outside of tasks L is nil. The
// limit of the world in its way ends parent.
func startProcess(parent *process.Process, L *lua.LState, h *engine.Host, script string, args []string) (*Process, error) {
	o := parent.Options()
	o.Lab = false
	return Start(parent, L, h, script, args, o)
}

// Start is what exec does, with options for the new process but for its standard streams.
func Start(parent *process.Process, L *lua.LState, h *engine.Host, script string, args []string, o process.Options) (*Process, error) {
	if L != nil {
		lua51.Charge(L, startUnits)
	}
	p := &Process{stdin: process.NewPipe(parent.Sched()), stdout: &process.Capture{}, stderr: &process.Capture{}}
	o.Stdin, o.Stdout = p.stdin, p.stdout
	console := o.Stderr
	if s, ok := console.(*errorStream); ok {
		console = s.console // one label, however many processes lie between
	}
	told := &process.Prefixed{W: console, Label: h.Name + ": "}
	o.Stderr = &errorStream{io.MultiWriter(p.stderr, told), console} // counts as the new process's output
	started, err := process.Start(h, parent.Path(script), script, args, o)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &codedError{"not-found", "no script " + script + " on " + h.Name + " (looked for " + parent.Path(script) + ")"}
	}
	var limit *lua51.LimitError
	if errors.As(err, &limit) {
		parent.Exceed(L, limit)
	}
	if err != nil {
		return nil, err
	}
	p.Process = started
	return p, nil
}

// Printed returns what the process has written to its standard output, and Complained to its standard error stream.
func (p *Process) Printed() *process.Capture { return p.stdout }

// Complained: see Printed.
func (p *Process) Complained() *process.Capture { return p.stderr }

// Input returns its standard input, to be written to.
func (p *Process) Input() *process.Pipe { return p.stdin }

// ScriptArgs returns Lua values as the arguments of a script; the parameter that messages blame is called args.
func ScriptArgs(c *bind.Call, values []lua.LValue) []string { return scriptArgs(c, values) }

// An errorStream is the standard error stream of a started process: kept for its starter, and told on the run's own, console.
type errorStream struct {
	io.Writer
	console io.Writer
}

type dataArgs struct {
	Data string `doc:"bytes"`
}

func (p *Process) write(_ *bind.Call, a dataArgs) error {
	if p.Ended() {
		return errEnded
	}
	if _, err := p.stdin.Write([]byte(a.Data)); err != nil {
		return errInputClosed
	}
	return nil
}

var (
	errEnded       = &codedError{"closed", "the process has ended"}
	errInputClosed = &codedError{"closed", "its standard input is closed"}
)

func (p *Process) closeInput(*bind.Call, bind.None) error { return p.stdin.Close() }

type timeoutArgs struct {
	Timeout *time.Duration `doc:"how long to wait; for ever if left out"`
}

func (p *Process) wait(c *bind.Call, a timeoutArgs) bind.Out {
	s := p.Sched()
	if process.WaitReady(s, "wait", process.Deadline(s, a.Timeout), p) < 0 {
		return c.Return(nil, "timeout", "timeout")
	}
	if err := p.Err(); err != nil {
		return c.Return(p.Status(), err.Error())
	}
	return c.Return(p.Status())
}

func (p *Process) output(c *bind.Call, _ bind.None) (string, error) {
	return printed(c, p.stdout.String()), nil
}

func (p *Process) errors(c *bind.Call, _ bind.None) (string, error) {
	return printed(c, p.stderr.String()), nil
}

// printed takes fuel for a copy of what a process has printed.
func printed(c *bind.Call, text string) string {
	c.Charge(len(text) / 32)
	return text
}

func (p *Process) line(c *bind.Call, a timeoutArgs) bind.Out {
	s := p.Sched()
	deadline := process.Deadline(s, a.Timeout)
	for {
		line, whole := p.stdout.Line(p.read)
		if whole {
			p.read += len(line) + 1
			return c.Return(line)
		}
		switch {
		case p.Ended() && line != "":
			p.read += len(line)
			return c.Return(line)
		case p.Ended():
			return c.Fail(errEnded)
		case !deadline.IsZero() && !s.Now().Before(deadline):
			return c.Return(nil, "timeout", "timeout")
		}
		s.Wait(sim.Wait{Call: "line", On: p}, deadline, &p.stdout.More, p.Done())
	}
}

func (p *Process) kill(*bind.Call, bind.None) error {
	p.Kill()
	return nil
}

func (p *Process) verdict(*bind.Call, bind.None) (string, error) { return p.Verdict(), nil }

// Held implements lua51.Holder: what was written to the process and it has not read.
func (p *Process) Held(_ func(lua.LValue), weigh func(int64)) { weigh(p.stdin.Len()) }

func (p *Process) running(*bind.Call, bind.None) (bool, error) { return !p.Ended(), nil }

type writeFileArgs struct {
	Path string `doc:"absolute path on the host"`
	Data string `doc:"its new contents"`
}

func (h *Host) writeFile(_ *bind.Call, a writeFileArgs) error {
	name := path.Join("/", a.Path)
	if info, err := h.FS.Stat(name); err == nil && info.IsDir() {
		return fileError(a.Path, syscall.EISDIR)
	}
	if err := h.FS.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fileError(a.Path, err)
	}
	return fileError(a.Path, afero.WriteFile(h.FS, name, []byte(a.Data), 0o644))
}

type pathArgs struct {
	Path string `doc:"absolute path on the host"`
}

func (h *Host) readFile(_ *bind.Call, a pathArgs) (string, error) {
	name := path.Join("/", a.Path)
	if info, err := h.FS.Stat(name); err == nil && info.IsDir() {
		return "", fileError(a.Path, syscall.EISDIR)
	}
	b, err := process.ReadFile(h.FS, name)
	return string(b), fileError(a.Path, err)
}

// fileError words the error of a file system as module io does, with a code; nil stays nil.
func fileError(name string, err error) error {
	if err == nil {
		return nil
	}
	code := "failed"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = "not-found"
	case errors.Is(err, stack.ErrNoSpace), errors.Is(err, process.ErrTooLarge):
		code = "limit"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR):
		code = "denied"
	}
	text, _ := process.FileError(err)
	return &codedError{code, name + ": " + text}
}
