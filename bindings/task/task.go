// Package task is the Lua module task: threads of a process, sleep, timers, queues, and waiting for the first
// of several things.
package task

import (
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Module is the declaration of task.
var Module = bind.New("task", "Tasks: threads of the process that run one at a time and wait without keeping others waiting.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("spawn", "Start a function as a task of this process, on the host of the caller.", spawn).
			Returns("task", "the task, which runs as soon as the caller waits").
			Example(`local t = require("task").spawn(function(a, b) return a + b end, 1, 2)
print(t:join()) --> true	3`),
		bind.Proc("sleep", "Wait; other tasks run meanwhile.", sleep).
			Example(`local task = require "task"
local before = task.now()
task.sleep("1 h")
print(task.now() - before) --> 3600`),
		bind.Fn("now", "Seconds since the world began, on its clock.", now),
		bind.Fn("after", "Call a function once, in a task of its own, when a time has passed.", after).
			Returns("timer", "the timer"),
		bind.Fn("every", "Call a function again and again, in a task of its own, a fixed time apart.", every).
			Returns("timer", "the timer; it keeps its process going, but not the run once the lab's main script has returned"),
		bind.Fn("queue", "A first-in first-out queue between tasks.", newQueue).
			Returns("queue", "the queue").
			Example(`local task = require "task"
local q = task.queue()
task.spawn(function() task.sleep(1); q:put("ready") end)
print(q:get()) --> ready`),
		bind.Var("first", "Wait for the first of several tasks, timers, queues, processes and sockets: a task or process that has ended, a queue with a value, a timer that has fired, a socket with something to read.", first).
			Returns("index integer|nil", "its place in the list, nil at the timeout", "thing any", "the thing itself; at the timeout, the message").
			Errors("timeout").
			Example(`local task = require "task"
local slow = task.spawn(function() task.sleep(9) end)
local fast = task.spawn(function() task.sleep(1) end)
print((task.first({slow, fast}))) --> 2`),
		taskClass(), queueClass(), timerClass(),
	}
})

// A Task is a running function.
type Task struct {
	task    *sim.Task
	sched   *sim.Scheduler
	results []lua.LValue
	err     error
	joining int
	ended   bool
	changed sim.Queue
}

func taskClass() bind.Member {
	return bind.Class("Task", "A function that runs as a task.",
		bind.MethodVar("join", "Wait until the task has ended.", (*Task).join).
			Returns("ok true|nil", "true if it returned", "result any", "what it returned; or the error's message", "code string?", "\"timeout\", \"cancelled\" or \"failed\"").
			Errors("timeout", "cancelled", "failed"),
		bind.MethodProc("cancel", "End the task at the call it waits in. Nothing happens if it has ended.", (*Task).cancel),
		bind.Method("done", "Whether the task has ended.", (*Task).done),
	).Text(func(t *Task) string { return t.task.Name() })
}

type spawnArgs struct {
	Fn   *lua.LFunction `doc:"the function to run"`
	Args []lua.LValue   `doc:"its arguments" rest:"true"`
}

func spawn(c *bind.Call, a spawnArgs) (*Task, error) {
	MayStart(c)
	return Start(process.Of(c), c.L, nil, a.Fn, a.Args), nil
}

// MayStart ends the calling process if it has as many tasks and timers as it may.
func MayStart(c *bind.Call) {
	p := process.Of(c)
	if limit := p.MayStart(); limit != nil {
		p.Exceed(c.L, limit)
	}
}

// errCancelled is why a cancelled task ends.
var errCancelled = errors.New("task cancelled")

// Start runs fn as a task of p at the given place; nil is where the caller runs.
func Start(p *process.Process, L *lua.LState, on *process.Place, fn *lua.LFunction, args []lua.LValue) *Task {
	t := &Task{sched: p.Sched()}
	t.task = p.Spawn(on, nameOf(L, fn), fn, args, func(results []lua.LValue, err error) bool {
		t.results, t.err = results, err
		return t.joining > 0
	})
	end := t.task.OnEnd
	t.task.OnEnd = func() {
		end()
		t.ended = true
		t.changed.Wake()
	}
	return t
}

// nameOf names a task after the line its function is defined on.
func nameOf(L *lua.LState, fn *lua.LFunction) string {
	if fn.IsG {
		return "task"
	}
	return fmt.Sprintf("task %s:%d", fn.Proto.SourceName, fn.Proto.LineDefined)
}

// Ready implements process.Waitable.
func (t *Task) Ready() bool { return t.ended }

// Changed implements process.Waitable.
func (t *Task) Changed() *sim.Queue { return &t.changed }

// String implements process.Waitable.
func (t *Task) String() string { return t.task.Name() }

type timeoutArgs struct {
	Timeout *time.Duration `doc:"how long to wait; for ever if left out"`
}

func (t *Task) join(c *bind.Call, a timeoutArgs) bind.Out {
	if t.task == t.sched.Current() {
		c.Raise("a task cannot wait for its own end")
	}
	got := t.awaitEnd(a.Timeout)
	var run *lua51.RuntimeError
	switch {
	case got < 0:
		return c.Return(nil, "timeout", "timeout")
	case errors.As(t.err, &run):
		return c.Return(nil, run.Value, "failed")
	case t.err != nil:
		return c.Return(nil, t.err.Error(), "failed")
	case t.task.Killed() != nil:
		return c.Return(nil, t.task.Killed().Error(), "cancelled")
	}
	out := []any{true}
	for _, v := range t.results {
		out = append(out, v)
	}
	return c.Return(out...)
}

// awaitEnd is join's wait. A task that is cancelled in it takes no error.
func (t *Task) awaitEnd(timeout *time.Duration) int {
	t.joining++
	defer func() { t.joining-- }()
	return process.WaitReady(t.sched, "join", process.Deadline(t.sched, timeout), t)
}

func (t *Task) cancel(*bind.Call, bind.None) error {
	t.task.Kill(errCancelled)
	return nil
}

func (t *Task) done(*bind.Call, bind.None) (bool, error) { return t.ended, nil }

type sleepArgs struct {
	Duration time.Duration `doc:"how long"`
}

func sleep(c *bind.Call, a sleepArgs) error {
	process.Of(c).Sched().Sleep(a.Duration)
	return nil
}

func now(c *bind.Call, _ bind.None) (time.Duration, error) {
	return process.Of(c).Sched().Elapsed(), nil
}

type firstArgs struct {
	Things  []lua.LValue   `doc:"tasks, timers, queues, processes, sockets"`
	Timeout *time.Duration `doc:"how long to wait; for ever if left out"`
}

func first(c *bind.Call, a firstArgs) bind.Out {
	if len(a.Things) == 0 {
		c.Misuse("things", "want at least one thing to wait for, got an empty table")
	}
	things := make([]process.Waitable, len(a.Things))
	for i, v := range a.Things {
		ud, _ := v.(*lua.LUserData)
		if ud != nil {
			things[i], _ = ud.Value.(process.Waitable)
		}
		if things[i] == nil {
			c.Misuse("things", "want a task, timer, queue, process or socket at index %d, got %s", i+1, c.Describe(v))
		}
	}
	s := process.Of(c).Sched()
	i := process.WaitReady(s, "first", process.Deadline(s, a.Timeout), things...)
	if i < 0 {
		return c.Return(nil, "timeout", "timeout")
	}
	return c.Return(i+1, a.Things[i])
}
