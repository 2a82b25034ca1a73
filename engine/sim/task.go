package sim

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"time"
)

// A Task is a coroutine run by a Scheduler. What a wait needs comes first, in three cache lines.
type Task struct {
	single waiter // the registration of a wait for one queue
	state  state
	late   bool // the wait ended by its deadline
	// Daemon tasks do not keep a run going by sleeping once its main task has ended.
	Daemon bool
	s      *Scheduler
	next   func() (struct{}, bool)
	yield  func(struct{}) bool

	wait  Wait
	since time.Duration
	timer Timer // of the wait's deadline

	// Runtime, if set, is told when the task loses and regains the baton.
	Runtime Runtime
	killed  error
	many    []waiter // registrations of a wait for several queues
	// OnEnd, if set, is called on the baton when the task has ended. It must not wait.
	OnEnd func()

	id     int
	name   string
	group  *Group
	ended  Queue
	report func(error) // told how the task ended: nil if its function returned

	prev, following *Task // among the live tasks, oldest first
	inGroup         int   // index in group.tasks
}

type state uint8

const (
	runnable state = iota
	running
	parked
	ended
)

// A Runtime is what a language hangs on its tasks: it saves and restores the state that it keeps
// outside the coroutine, and says where the task's script stands.
type Runtime interface {
	Suspend()
	Resume()
	Where() string // file and line, or ""
}

// A Wait says what a task waits for, for the deadlock report.
type Wait struct {
	Call string       // "accept", "receive", "sleep", …
	On   fmt.Stringer // what it is called on, or nil
}

// Killed is the value with which a killed task's stack unwinds. Code that recovers from
// panics must panic with it again.
type Killed struct{ Reason error }

// Unwind marks Killed as a panic that is not an error.
func (Killed) Unwind() {}

func (k Killed) Error() string { return "sim: task killed: " + k.Reason.Error() }

// A PanicError reports a Go panic in a task: a defect of the program, not of its input.
type PanicError struct {
	Task  string
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("sim: task %s: panic: %v", e.Task, e.Value) }

func (s *Scheduler) spawn(g *Group, name string, f func()) *Task {
	s.nextID++
	t := &Task{s: s, id: s.nextID, name: name, group: g, inGroup: len(g.tasks)}
	t.single.task = t
	t.timer.Event = (*wakeLate)(t)
	t.since = s.Elapsed()
	g.tasks = append(g.tasks, t)
	s.tasks.add(t)
	t.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		returned := false
		defer func() { t.end(recover(), returned) }()
		if t.killed == nil {
			f()
			returned = true
		}
	})
	if s.closed {
		t.killed = ErrClosed
	}
	s.ready.push(t)
	return t
}

// end runs as the last deferred call of a task; r is what it panicked with.
func (t *Task) end(r any, returned bool) {
	err := t.killed
	if _, unwinds := r.(interface{ Unwind() }); r != nil && !unwinds {
		err = &PanicError{Task: t.name, Value: r, Stack: debug.Stack()}
		t.s.fail(err)
	}
	switch {
	case returned:
		err = nil
	case err == nil:
		err = errExited
	}
	t.state = ended
	t.s.tasks.remove(t)
	t.group.remove(t)
	t.ended.Wake()
	if t.report != nil {
		t.report(err)
	}
	if t.OnEnd != nil {
		t.OnEnd()
	}
}

// errExited is the end of a task by runtime.Goexit, as testing.T.FailNow has it; iter.Pull hands it on to Run.
var errExited = errors.New("sim: task exited")

func (s *Scheduler) resume(t *Task) {
	defer s.suspended() // Goexit in the task goes through here
	s.current = t
	t.state = running
	t.next()
}

func (s *Scheduler) suspended() { s.current = nil }

// park gives the baton back until somebody wakes the task.
func (t *Task) park() {
	if t.killed != nil {
		panic(Killed{t.killed})
	}
	t.state = parked
	if t.Runtime != nil {
		t.Runtime.Suspend()
	}
	t.yield(struct{}{})
	if t.Runtime != nil {
		t.Runtime.Resume()
	}
	if t.killed != nil {
		panic(Killed{t.killed})
	}
}

func (t *Task) wake() {
	if t.state != parked {
		return
	}
	t.state = runnable
	t.leave()
	t.s.ready.push(t)
}

type wakeLate Task

func (w *wakeLate) Fire() {
	t := (*Task)(w)
	t.late = true
	t.wake()
}

// Current returns the running task, or nil outside of tasks.
func (s *Scheduler) Current() *Task { return s.current }

// Name returns the task's name.
func (t *Task) Name() string { return t.name }

// Group returns the group the task belongs to.
func (t *Task) Group() *Group { return t.group }

// Done reports whether the task has ended.
func (t *Task) Done() bool { return t.state == ended }

// Killed returns the reason with which Kill was called, or nil.
func (t *Task) Killed() error { return t.killed }

// Ended returns the queue that is woken when the task ends.
func (t *Task) Ended() *Queue { return &t.ended }

// Join waits until t has ended.
func (t *Task) Join() {
	for !t.Done() {
		t.s.Wait(Wait{Call: "join", On: t}, time.Time{}, &t.ended)
	}
}

func (t *Task) String() string { return t.name }

// Kill ends the task: its stack unwinds from the call it waits in, running deferred calls; a wait in
// those ends at once too. A task that kills itself does not return from Kill.
func (t *Task) Kill(reason error) {
	if t.state == ended || t.killed != nil {
		return
	}
	t.killed = reason
	if t == t.s.current {
		panic(Killed{reason})
	}
	t.wake()
}

// Sleep parks the running task for d; for d ≤ 0 it lets every other runnable task run first.
func (s *Scheduler) Sleep(d time.Duration) {
	s.waitFor(s.current, Wait{Call: "sleep"}, d, true)
}

// A taskList holds the live tasks, oldest first.
type taskList struct{ first, last *Task }

func (l *taskList) add(t *Task) {
	t.prev = l.last
	if l.last == nil {
		l.first = t
	} else {
		l.last.following = t
	}
	l.last = t
}

func (l *taskList) remove(t *Task) {
	if t.prev == nil {
		l.first = t.following
	} else {
		t.prev.following = t.following
	}
	if t.following == nil {
		l.last = t.prev
	} else {
		t.following.prev = t.prev
	}
	t.prev, t.following = nil, nil
}

// A ring is a FIFO of runnable tasks.
type ring struct {
	buf  []*Task
	head int
	n    int
}

func (r *ring) push(t *Task) {
	if r.n == len(r.buf) {
		bigger := make([]*Task, max(16, 2*len(r.buf)))
		for i := range r.n {
			bigger[i] = r.buf[(r.head+i)%len(r.buf)]
		}
		r.buf, r.head = bigger, 0
	}
	r.buf[(r.head+r.n)%len(r.buf)] = t
	r.n++
}

func (r *ring) pop() *Task {
	if r.n == 0 {
		return nil
	}
	t := r.buf[r.head]
	r.buf[r.head] = nil
	r.head = (r.head + 1) % len(r.buf)
	r.n--
	return t
}
