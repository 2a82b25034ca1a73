package lua51

import (
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A RuntimeError is a Lua error that reached Go code. When a limit or a stop caused it, errors.As and
// errors.Is find that cause.
type RuntimeError struct {
	Value     lua.LValue // what was raised
	Message   string     // the value as text, usually "chunk:line: what went wrong"
	Traceback []Frame    // where it was raised, innermost first
	cause     error
	depth     *LimitError // when the call stack was full
}

// Error returns the message without the traceback.
func (e *RuntimeError) Error() string { return e.Message }

// Unwrap returns the limit or the reason of a stop that ended the script, or nil.
func (e *RuntimeError) Unwrap() error {
	if e.cause == nil && e.depth != nil {
		return e.depth
	}
	return e.cause
}

// A failure is a Lua error on its way from where it was raised to whoever catches it.
type failure struct {
	value  lua.LValue
	thread *lua.LState // its frames are still as they were when the error was raised
	cause  error       // the limit or stop behind it; nothing in Lua may catch it then
	raised bool        // by the script itself
}

// Error implements error, so that a failure can travel inside a lua.ApiError.
func (f *failure) Error() string { return errorText(f.value) }

// An unwinder is a panic value that passes through Lua and is never seen by it.
type unwinder interface{ Unwind() }

// throw is the Panic hook of every stack: gopher-lua calls it with the error value on top.
func throw(L *lua.LState) {
	f := &failure{value: L.Get(-1), thread: L}
	t := mustContext(L)
	switch err := t.Err(); {
	case err == errYieldBoundary:
		f.value = lua.LString(err.Error())
	case err != nil && err != t.fault:
		f.cause = err
		if file, line := whereabouts(L); line > 0 {
			f.value = lua.LString(fmt.Sprintf("%s:%d: %s", file, line, err))
		}
	default:
		t.fault = nil
		if text, ok := f.value.(lua.LString); ok {
			f.value = lua.LString(explain(L, string(text)))
		}
	}
	f.panic()
}

// raiseValue raises a value as it is, as error does.
func raiseValue(L *lua.LState, value lua.LValue) {
	(&failure{value: value, thread: L, raised: true}).panic()
}

func (f *failure) panic() {
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: f.value, Cause: f})
}

// failureOf turns a recovered panic of th into a failure. What must not be caught it raises again.
func failureOf(th *lua.LState, recovered any) *failure {
	if _, ok := recovered.(unwinder); ok {
		panic(recovered)
	}
	if e, ok := recovered.(*lua.ApiError); ok {
		var f *failure
		if errors.As(e.Cause, &f) {
			return f
		}
		return &failure{value: e.Object, thread: th}
	}
	t := mustContext(th)
	text := fmt.Sprint(recovered)
	switch {
	case t.yielding:
		text = errYieldBoundary.Error()
	case strings.Contains(text, "callstack overflow"), strings.Contains(text, "index out of range [-1]"):
		// gopher-lua's words for a full call stack, and for a full registry in the middle of a tail call.
		text = "stack overflow"
	default:
		text = "internal error: " + text
	}
	return &failure{value: lua.LString(position(th, 0) + text), thread: th}
}

// call is L.Call for functions in Go, which may call one another without an instruction of Lua between.
func call(L *lua.LState, nargs, nret int) {
	mustContext(L).makeRoom()
	L.Call(nargs, nret)
}

// run calls the function and its nargs arguments on the stack th and leaves the results there. When it
// fails the frames of the functions that failed are still there, to be looked at and then recycled.
func run(th *lua.LState, nargs int) (failed *failure) {
	owner := mustContext(th).task
	before := owner.running
	owner.running = th
	owner.depth++
	defer func() {
		owner.depth--
		owner.running = before
		if before != nil {
			mustContext(before).makeRoom()
		}
		if r := recover(); r != nil {
			failed = failureOf(th, r)
		}
	}()
	if fn := th.Get(1); fn.Type() != lua.LTFunction && metamethod(th, fn, "__call").Type() != lua.LTFunction {
		return &failure{value: lua.LString("attempt to call a " + fn.Type().String() + " value"), thread: th}
	}
	th.Call(nargs, lua.MultRet)
	return nil
}

// Call calls a Lua function, or anything with a __call metamethod, from Go and returns its results.
// The error is a *RuntimeError. L is what NewState or NewThread returned, or the state that Lua passed
// to a Go function; it stays usable whatever happens. A panic value with an Unwind method passes through.
func Call(L *lua.LState, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	t := mustContext(L)
	m := t.machine
	if err := t.Err(); err != nil {
		return nil, &RuntimeError{Value: lua.LString(err.Error()), Message: err.Error(), cause: err}
	}
	if t.task.depth >= maxDepth {
		return nil, &RuntimeError{Value: lua.LString("C stack overflow"), Message: "C stack overflow"}
	}
	th := m.borrow(L, t)
	th.Push(fn)
	for _, arg := range args {
		th.Push(arg)
	}
	if failed := run(th, len(args)); failed != nil {
		err := failed.runtimeError()
		m.recycle(th)
		return nil, err
	}
	results := make([]lua.LValue, th.GetTop())
	for i := range results {
		results[i] = th.Get(i + 1)
	}
	m.giveBack(th)
	return results, nil
}

func (f *failure) runtimeError() *RuntimeError {
	return &RuntimeError{Value: f.value, Message: errorText(f.value), Traceback: traceback(f.thread), cause: f.cause,
		depth: f.tooDeep()}
}

// tooDeep returns the limit behind a failure for want of room on the call stack. A script may catch that one.
func (f *failure) tooDeep() *LimitError {
	text, ok := f.value.(lua.LString)
	if !ok || f.raised || !strings.HasSuffix(string(text), "stack overflow") {
		return nil
	}
	return &LimitError{Limit: "depth", Max: int64(mustContext(f.thread).machine.options.maxDepth()), Text: string(text)}
}

// errorText is an error value for people. It runs no Lua.
func errorText(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(v)
	}
	return fmt.Sprintf("(error object is a %s value)", v.Type())
}

// Rethrow raises an error that Call returned in the script that called the Go function: the value that was raised, without another position.
func Rethrow(L *lua.LState, err error) {
	var run *RuntimeError
	if errors.As(err, &run) {
		L.Error(run.Value, 0)
	}
	L.Error(lua.LString(err.Error()), 0)
}
