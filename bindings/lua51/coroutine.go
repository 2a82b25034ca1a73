package lua51

import (
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// A coroutine is what a thread made by coroutine.create knows beyond its stack.
type coroutine struct {
	body     *lua.LFunction
	status   string       // "suspended", "running", "normal" or "dead"
	transfer []lua.LValue // what yield passes to resume
}

// coroutineUnits is the fuel that making a coroutine costs: its stack is some 3 KB.
const coroutineUnits = 200

func (n *natives) openCoroutine() {
	lib := n.library("coroutine", []libraryFunc{
		{"create", coroutineCreate},
		{"resume", coroutineResume},
		{"running", coroutineRunning},
		{"status", coroutineStatus},
		{"wrap", coroutineWrap},
	})
	// The function that yields returns whatever resume was given, and only Lua code can pass on a
	// number of results that is not known beforehand.
	lib.RawSetString("yield", &lua.LFunction{Proto: compile.Forward(internalChunk, Native(coroutineYield))})
}

// newCoroutine makes a suspended coroutine that will call the first argument. Lua 5.1 accepts only
// functions written in Lua; here any will do.
func newCoroutine(L *lua.LState) *lua.LState {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		argError(L, 1, "Lua function expected")
	}
	Charge(L, coroutineUnits)
	t := mustContext(L)
	if fn.IsG {
		fn = L.NewFunctionFromProto(compile.Forward(internalChunk, fn))
	}
	th := t.machine.newStack(roleCoroutine, t.task, min(coroutineFrames, t.machine.options.maxDepth()), coroutineSlots)
	th.Env = L.Env
	mustContext(th).co = &coroutine{body: fn, status: "suspended"}
	return th
}

// resume runs the coroutine th until it yields, returns or fails.
func resume(L, th *lua.LState, args []lua.LValue) (results []lua.LValue, failed *failure) {
	from, t := mustContext(L), mustContext(th)
	co := t.co
	if outer := runningCoroutine(L); outer != nil {
		outer := mustContext(outer).co
		outer.status = "normal"
		defer func() { outer.status = "running" }()
	}
	t.makeRoom()
	t.caller, t.task, t.interrupt = L, from.task, true
	co.status = "running"
	before := from.task.running
	from.task.running = th
	from.task.depth++
	defer func() {
		from.task.depth--
		from.task.running = before
		from.makeRoom()
		if r := recover(); r != nil {
			co.status = "dead"
			failed = failureOf(th, r)
		}
	}()
	L.G.CurrentThread = L
	L.Resume(th, co.body, args...)
	if t.yielding {
		t.yielding, t.interrupt, t.caller = false, false, nil
		co.status = "suspended"
		results, co.transfer = co.transfer, nil
		return results, nil
	}
	co.status, t.caller = "dead", nil
	results = make([]lua.LValue, th.GetTop())
	for i := range results {
		results[i] = th.Get(i + 1)
	}
	th.SetTop(0)
	return results, nil
}

// checkResume says why th cannot be resumed now, or "".
func checkResume(L, th *lua.LState) string {
	status := threadStatus(L, th)
	switch {
	case status != "suspended":
		return "cannot resume " + status + " coroutine"
	case mustContext(L).task.depth >= maxDepth:
		return "C stack overflow"
	}
	return ""
}

// arguments returns the arguments of the running Go function from the n-th on.
func arguments(L *lua.LState, n int) []lua.LValue {
	args := passed(L)
	return slices.Clone(args[min(n-1, len(args)):])
}

func coroutineCreate(L *lua.LState) int {
	L.Push(newCoroutine(L))
	return 1
}

func coroutineResume(L *lua.LState) int {
	th := checkCoroutine(L, 1)
	args := arguments(L, 2)
	L.SetTop(0)
	if why := checkResume(L, th); why != "" {
		L.Push(lua.LFalse)
		L.Push(lua.LString(why))
		return 2
	}
	results, failed := resume(L, th, args)
	if failed != nil {
		if failed.cause != nil {
			failed.panic()
		}
		L.Push(lua.LFalse)
		L.Push(failed.value)
		return 2
	}
	L.Push(lua.LTrue)
	pushAll(L, results)
	return 1 + len(results)
}

func coroutineWrap(L *lua.LState) int {
	th := newCoroutine(L)
	// The thread is an upvalue so that its memory is found.
	L.Push(L.NewClosure(func(L *lua.LState) int {
		args := arguments(L, 1)
		L.SetTop(0)
		if why := checkResume(L, th); why != "" {
			raise(L, "%s", why)
		}
		results, failed := resume(L, th, args)
		if failed != nil {
			if text, ok := failed.value.(lua.LString); ok && failed.cause == nil {
				failed.value = lua.LString(position(L, 1)) + text
			}
			failed.panic()
		}
		pushAll(L, results)
		return len(results)
	}, th))
	return 1
}

func pushAll(L *lua.LState, values []lua.LValue) {
	for _, v := range values {
		L.Push(v)
	}
}

// coroutineYield suspends the running coroutine. gopher-lua leaves its main loop when a function returns
// -1. Had Go code called that loop, as sort or a metamethod does, the stack would go on half finished:
// then attend finds yielding still set and raises.
func coroutineYield(L *lua.LState) int {
	t := mustContext(L)
	if t.role != roleCoroutine {
		raiseValue(L, lua.LString(errYieldBoundary.Error()))
	}
	t.co.transfer = arguments(L, 1)
	L.SetTop(0)
	t.yielding, t.interrupt = true, true
	L.Parent = t.caller
	return -1
}

// runningCoroutine returns the coroutine that L runs in, or nil.
func runningCoroutine(L *lua.LState) *lua.LState {
	for L != nil {
		t := mustContext(L)
		if t.role == roleCoroutine {
			return L
		}
		L = t.caller
	}
	return nil
}

func coroutineRunning(L *lua.LState) int {
	if th := runningCoroutine(L); th != nil {
		L.Push(th)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func coroutineStatus(L *lua.LState) int {
	L.Push(lua.LString(threadStatus(L, checkCoroutine(L, 1))))
	return 1
}

// threadStatus is coroutine.status of th as L sees it.
func threadStatus(L, th *lua.LState) string {
	if co := mustContext(th).co; co != nil {
		return co.status
	}
	if runningCoroutine(L) == nil {
		return "running"
	}
	return "normal"
}

func checkCoroutine(L *lua.LState, n int) *lua.LState {
	th, ok := L.Get(n).(*lua.LState)
	if !ok {
		argError(L, n, "coroutine expected")
	}
	if contextOf(th) == nil {
		argError(L, n, fmt.Sprintf("%s of another state", th.Type()))
	}
	return th
}
