package lua51

import (
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// The sizes of Lua stacks. A frame that is in use takes about 90 bytes, one that may come nothing.
const (
	mainFrames      = 20000 // as LUAI_MAXCALLS of Lua 5.1
	taskFrames      = 4000
	coroutineFrames = 4000
	nestedFrames    = 1000 // deep inside pcalls and resumes, where frames of Go pile up as well
	fullDepth       = 8    // how many nested runs still get a full stack
	maxDepth        = 195  // as LUAI_MAXCCALLS of Lua 5.1: runs nested in runs

	registrySlots    = 48
	coroutineSlots   = 48
	registryGrowth   = 4096 // at most, at once
	maxRegistrySlots = 1 << 20
	sparePool        = 4 // idle stacks kept by a state
)

var (
	errYieldBoundary = errors.New("attempt to yield across metamethod/C-call boundary")
	errOverflow      = errors.New("stack overflow")
)

// A machine is what all threads of one Lua state share.
type machine struct {
	*natives
	main      *lua.LState
	template  *lua.LState // that stacks and threads begin as copies of
	options   Options
	meter     *Meter
	spare     []*lua.LState // idle stacks for protected runs
	addresses map[any]uint64
	addressed uint64 // addresses given out
	sweepAt   int    // look for objects that are gone when there are this many addresses
	holders   map[Holder]bool
	tasks     map[*task]bool       // made by NewThread, until EndThread
	sources   map[string]string    // chunk names as given, by what messages show
	proxies   map[*lua.LTable]bool // metatables that newproxy made
	strings   *lua.LTable          // the metatable of strings
	random    generator
	attached  any   // what Attach was given
	collected int64 // fuel spent when the script last asked for a collection
}

// A task is one line of execution: the state's own, or that of a thread made with NewThread.
// Its coroutines and protected calls run on stacks of their own but belong to it.
type task struct {
	thread  *lua.LState
	running *lua.LState  // the stack that runs now, or ran when the task was parked
	stop    error        // why this task alone must end
	depth   int          // protected calls and resumes that are under way inside each other
	args    []lua.LValue // what a thread will be called with
}

type role int

const (
	roleAnchor    role = iota // a thread as Go code holds it; it runs nothing itself
	roleRun                   // the stack of one protected call
	roleCoroutine             // the stack of a coroutine
)

// A threadContext is what we keep of a Lua stack: each has its own. It is the stack's context, since that is a place for it.
type threadContext struct {
	meter     *Meter
	task      *task
	interrupt bool  // attend must look at this stack before the next instruction
	yielding  bool  // yield was called and resume has not seen it yet
	fault     error // to be raised at the next instruction; unlike a limit it can be caught

	machine *machine
	thread  *lua.LState
	caller  *lua.LState // the stack that runs or resumes this one
	role    role
	frames  int
	co      *coroutine // of roleCoroutine
}

func contextOf(L *lua.LState) *threadContext {
	t, _ := L.Context().(*threadContext)
	return t
}

// mustContext is contextOf for functions that exist only in states made by NewState.
func mustContext(L *lua.LState) *threadContext { return L.Context().(*threadContext) }

// attend does what is due before the next instruction, and returns why it must not be run, or nil.
func (t *threadContext) attend() error {
	if t.interrupt {
		if t.yielding {
			return t.Err()
		}
		t.interrupt = false
		if t.co != nil {
			// With no parent, gopher-lua lets panics of the coroutine through and returns normally from its body.
			t.thread.Parent = nil
			t.thread.Panic = throw
		}
	}
	if m := t.meter; m.fuel < m.due {
		m.plan()
		t.makeRoom()
		t.chargeValues()
		t.chargeNext()
	}
	t.meter.check(t)
	return t.Err()
}

// makeRoom makes room for the calls of the next instructions. It is called whenever a stack begins or goes on to run, and about every 64
// instructions.
func (t *threadContext) makeRoom() {
	stateOf(t.thread).makeRoom(t.frames)
}

// MakeRoom is for functions in Go that call others through L's own methods.
func MakeRoom(L *lua.LState) {
	if t := contextOf(L); t != nil {
		t.makeRoom()
	}
}

// Err implements context.Context: why the thread must end.
func (t *threadContext) Err() error {
	switch {
	case t.meter.stopped != nil:
		return t.meter.stopped
	case t.task.stop != nil:
		return t.task.stop
	case t.yielding:
		return errYieldBoundary
	}
	return t.fault
}

// Done implements context.Context. No loop of gopher-lua runs that would ask.
func (t *threadContext) Done() <-chan struct{} { return nil }

// Deadline implements context.Context.
func (t *threadContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (t *threadContext) Value(any) any { return nil }

// newStack makes a Lua stack of the machine, with a context of its own.
func (m *machine) newStack(role role, owner *task, frames, slots int) *lua.LState {
	th := newStack(m.template, frames, slots)
	(&threadContext{meter: m.meter, task: owner, machine: m, thread: th, role: role, frames: frames}).enter(th)
	return th
}

// borrow returns an idle stack for a protected run on behalf of L.
func (m *machine) borrow(L *lua.LState, t *threadContext) *lua.LState {
	frames := taskFrames
	switch {
	case t.task.depth > fullDepth:
		frames = nestedFrames
	case t.task.thread == m.main:
		frames = mainFrames
	}
	frames = min(frames, m.options.maxDepth())
	var th *lua.LState
	for i := len(m.spare) - 1; i >= 0; i-- {
		if contextOf(m.spare[i]).frames == frames {
			th = m.spare[i]
			m.spare = append(m.spare[:i], m.spare[i+1:]...)
			break
		}
	}
	if th == nil {
		th = m.newStack(roleRun, t.task, frames, registrySlots)
	}
	c := contextOf(th)
	c.task, c.caller = t.task, L
	th.Env = L.Env
	return th
}

// giveBack keeps a stack whose run has ended for the next one.
func (m *machine) giveBack(th *lua.LState) {
	th.SetTop(0)
	contextOf(th).caller = nil
	if len(m.spare) < sparePool {
		m.spare = append(m.spare, th)
	}
}

// recycle gives a stack back whose run has failed, after removing what the failed functions left on it. It
// lets go of deep ones: then gopher-lua returns frames to a pool of all states while it still reads them.
func (m *machine) recycle(th *lua.LState) {
	if stateOf(th).stack.value.depth() == 0 { // nothing was called
		m.giveBack(th)
		return
	}
	if _, deep := th.GetStack(recyclable); deep || len(m.spare) >= sparePool {
		return
	}
	defer func() { _ = recover() }() // then the stack is not used again
	th.Push(m.wipe)
	th.Call(0, 0)
	th.Panic = throw
	m.giveBack(th)
}

// recyclable is how many frames a failed run may leave behind: with that of wipe they fill one segment.
const recyclable = lua.FramesPerSegment - 2

// wipe runs on top of the frames that a failed run left. gopher-lua removes its own frame when it returns.
func wipe(L *lua.LState) int {
	L.Panic = func(*lua.LState) {}
	L.Error(lua.LNil, 0) // gives what functions captured of the failed ones' locals a life of its own
	for L.RemoveCallerFrame().Idx > 0 {
	}
	return 0
}

// NewThread returns a thread of the same Lua state for a task of its own, to be handed to Call. Every
// instruction it runs counts, and Alarm.Break can stop it alone. It and what it will be called with count as
// memory until EndThread.
func NewThread(L *lua.LState, args ...lua.LValue) *lua.LState {
	m := mustContext(L).machine
	owner := &task{}
	th := new(lua.LState)
	*th = *m.template // its stack too, for an anchor needs none
	th.Env = L.Env
	(&threadContext{meter: m.meter, task: owner, machine: m, thread: th, role: roleAnchor}).enter(th)
	owner.thread, owner.args = th, args
	m.tasks[owner] = true
	return th
}

// EndThread lets go of a thread of NewThread whose task has ended: the memory of a program must not depend on when Go
// collects its garbage.
func EndThread(th *lua.LState) {
	t := mustContext(th)
	delete(t.machine.tasks, t.task)
}

// Attach keeps a value for the state of L, one for each state, and reports whether NewState has made it: others keep none.
func Attach(L *lua.LState, value any) bool {
	t := contextOf(L)
	if t != nil {
		t.machine.attached = value
	}
	return t != nil
}

// Attached returns what Attach keeps for the state of L, nil if there is nothing.
func Attached(L *lua.LState) any {
	if t := contextOf(L); t != nil {
		return t.machine.attached
	}
	return nil
}

// Continue is called before a task of th that was parked goes on.
func Continue(th *lua.LState) {
	if running := mustContext(th).task.running; running != nil {
		mustContext(running).makeRoom()
	}
}

// Where returns the file and line that the task of th stands at, "" when it runs no Lua function. The task may be parked.
func Where(th *lua.LState) string {
	running := mustContext(th).task.running
	if running == nil {
		return ""
	}
	if file, line := whereabouts(running); line > 0 {
		return fmt.Sprintf("%s:%d", file, line)
	}
	return ""
}

// whereabouts returns the file and line of the innermost function in Lua on a stack and those that called it.
func whereabouts(L *lua.LState) (file string, line int) {
	for _, l := range levels(L, headFrames, true) {
		if line := l.line(); line > 0 {
			return l.fn.Proto.SourceName, line
		}
	}
	return "", 0
}

// Thread returns the thread that L runs for: the one that NewState or NewThread returned. A Go function
// called from Lua is given another one when it was called through pcall or from a coroutine.
func Thread(L *lua.LState) *lua.LState { return mustContext(L).task.thread }
