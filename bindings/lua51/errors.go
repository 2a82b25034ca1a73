package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// protectedUnits is the fuel that a protected call costs beyond its instructions, and failedUnits what
// catching an error costs.
const (
	protectedUnits = 10
	failedUnits    = 100
)

func baseError(L *lua.LState) int {
	v := L.Get(1)
	if text, ok := asText(v); ok {
		if at := optInteger(L, 2, 1); at > 0 {
			chargeLevels(L, L, at)
			v = lua.LString(position(L, at)) + text
		}
	}
	raiseValue(L, v)
	return 0
}

// asText returns a string, or a number as Lua 5.1 converts it.
func asText(v lua.LValue) (lua.LString, bool) {
	switch v := v.(type) {
	case lua.LString:
		return v, true
	case lua.LNumber:
		return lua.LString(FormatNumber(v)), true
	}
	return "", false
}

func baseAssert(L *lua.LState) int {
	if lua.LVAsBool(checkAny(L, 1)) {
		return L.GetTop()
	}
	raise(L, "%s", optString(L, 2, "assertion failed!"))
	return 0
}

func basePCall(L *lua.LState) int {
	checkAny(L, 1)
	return protect(L, nil)
}

func baseXPCall(L *lua.LState) int {
	handler := checkAny(L, 2)
	L.SetTop(1)
	return protect(L, handler)
}

// protect calls its first argument with the others and pushes what pcall returns. An error's value goes
// through the handler, if there is one, which runs while the failed functions can still be seen.
func protect(L *lua.LState, handler lua.LValue) int {
	t := mustContext(L)
	m := t.machine
	Charge(L, protectedUnits)
	if t.task.depth >= maxDepth {
		raise(L, "C stack overflow")
	}
	top := L.GetTop()
	th := m.borrow(L, t)
	for i := 1; i <= top; i++ {
		th.Push(L.Get(i))
	}
	failed := run(th, top-1)
	if failed == nil {
		L.Push(lua.LTrue)
		n := th.GetTop()
		for i := 1; i <= n; i++ {
			L.Push(th.Get(i))
		}
		m.giveBack(th)
		return n + 1
	}
	if failed.cause != nil {
		failed.panic()
	}
	Charge(L, failedUnits)
	L.Push(lua.LFalse)
	L.Push(handle(failed, handler))
	m.recycle(th)
	return 2
}

// handle returns the value that an error has for whoever catches it.
func handle(failed *failure, handler lua.LValue) lua.LValue {
	if handler == nil {
		return failed.value
	}
	t := mustContext(failed.thread)
	if t.task.depth >= maxDepth {
		return lua.LString("error in error handling")
	}
	th := t.machine.borrow(failed.thread, t)
	th.Push(handler)
	th.Push(failed.value)
	if again := run(th, 1); again != nil {
		if again.cause != nil {
			again.panic()
		}
		t.machine.recycle(th)
		return lua.LString("error in error handling")
	}
	v := th.Get(1)
	t.machine.giveBack(th)
	return v
}
