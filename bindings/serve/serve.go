// Package serve lets engines written in Go run as tasks of a script's process and call functions of the script from them.
package serve

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Tasks starts tasks at the place where the script's call ran.
type Tasks struct {
	p       *process.Process
	at      *process.Place
	running map[*sim.Task]*run
}

// A run is what is known of a running task.
type run struct {
	name   string
	thread *lua.LState
	failed error // the first error of a function that it called
}

// New returns what starts tasks where the call runs.
func New(c *bind.Call) *Tasks {
	p := process.Of(c)
	return &Tasks{p: p, at: p.Here(), running: map[*sim.Task]*run{}}
}

// Process returns the process.
func (t *Tasks) Process() *process.Process { return t.p }

// Stack returns what the tasks use of their host.
func (t *Tasks) Stack() *stack.Stack { return t.at.Stack }

// Go runs f as a task, which keeps the process going. The first error of a function that it called is told on the standard error stream, as of
// a task that the script started, and makes the process fail; f goes on. If the process has as many tasks as it may, f does not run, and Go
// returns false.
func (t *Tasks) Go(name string, f func()) bool {
	if t.p.MayStart() != nil {
		return false
	}
	body := t.p.L.NewFunction(func(L *lua.LState) int {
		r := &run{name: name, thread: L}
		self := t.p.Sched().Current()
		t.running[self] = r
		defer delete(t.running, self)
		f()
		if r.failed != nil && t.p.Meter.Stopped() != nil {
			L.Error(lua.LString(r.failed.Error()), 0)
		}
		return 0
	})
	t.p.Spawn(t.at, name, body, nil, nil)
	return true
}

// Call calls a function of the script in the thread of the running task, which must be one of Go. Its error is also told: see Go.
func (t *Tasks) Call(fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	r := t.running[t.p.Sched().Current()]
	results, err := lua51.Call(r.thread, fn, args...)
	if err != nil {
		t.Fail(err)
	}
	return results, err
}

// Charge takes fuel of the script for work that the engine does in the running task; when none is left it raises, which ends the task and the process.
// A unit is about one VM instruction, 10 to 50 ns. In a task that Go did not start it does nothing.
func (t *Tasks) Charge(units int) {
	if r := t.running[t.p.Sched().Current()]; r != nil {
		lua51.Charge(r.thread, int64(units))
	}
}

// Fail tells an error of the script that an engine found in what a function returned, as Call tells one that it raised.
func (t *Tasks) Fail(err error) {
	r := t.running[t.p.Sched().Current()]
	if r.failed != nil {
		return
	}
	r.failed = err
	if t.p.Meter.Stopped() != nil {
		return // told when the task ends, because of a limit
	}
	message := lua.LString(err.Error())
	t.p.Spawn(t.at, r.name, t.p.L.NewFunction(func(L *lua.LState) int {
		L.Error(message, 0)
		return 0
	}), nil, nil)
}
