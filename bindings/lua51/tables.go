package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// iterate returns the iterator, the table and the first control value, as pairs and ipairs do.
func iterate(L *lua.LState, step *lua.LFunction, first lua.LValue) int {
	t := checkTable(L, 1)
	L.Push(step)
	L.Push(t)
	L.Push(first)
	return 3
}

func ipairsStep(L *lua.LState) int {
	i := checkInteger(L, 2) + 1
	v := element(checkTable(L, 1), i)
	if v == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(v)
	return 2
}

// skippedPerUnit is how many empty array slots next may step over for one unit of fuel.
const skippedPerUnit = 8

func baseNext(L *lua.LState) int {
	t := checkTable(L, 1)
	key := L.Get(2)
	at := 0
	if n, ok := key.(lua.LNumber); ok && n >= 1 && n < lua.LNumber(lua.MaxArrayIndex) && n == lua.LNumber(int(n)) {
		at = int(n)
		if t.RawGetInt(at) == lua.LNil {
			key = endOfArray(t, at)
		}
	}
	nextKey, v := t.Next(key)
	if nextKey == lua.LNil {
		L.Push(lua.LNil)
		return 1
	}
	if n, ok := nextKey.(lua.LNumber); ok && int(n) > at+skippedPerUnit {
		Charge(L, int64(int(n)-at)/skippedPerUnit)
	}
	L.Push(nextKey)
	L.Push(v)
	return 2
}

// endOfArray returns the key from which Next goes on when the array part has shrunk below the key at.
func endOfArray(t *lua.LTable, at int) lua.LValue {
	n := t.MaxN()
	switch {
	case at <= n:
		return lua.LNumber(at)
	case n == 0:
		return lua.LNil
	}
	return lua.LNumber(n)
}

func baseRawEqual(L *lua.LState) int {
	a, b := checkAny(L, 1), checkAny(L, 2)
	chargeKey(L, a)
	L.Push(lua.LBool(L.RawEqual(a, b)))
	return 1
}

func baseRawGet(L *lua.LState) int {
	t, key := checkTable(L, 1), checkAny(L, 2)
	chargeKey(L, key)
	L.Push(t.RawGet(key))
	return 1
}

func baseRawSet(L *lua.LState) int {
	t, key, v := checkTable(L, 1), checkAny(L, 2), checkAny(L, 3)
	if n, ok := key.(lua.LNumber); ok {
		if n != n {
			raisePlain(L, "table index is NaN")
		}
		if n == lua.LNumber(int(n)) && int(n) > 0 {
			chargeGap(L, t, int(n))
			setElement(t, int(n), v)
			L.SetTop(1)
			return 1
		}
	}
	if key == lua.LNil {
		raisePlain(L, "table index is nil")
	}
	chargeKey(L, key)
	t.RawSet(key, v)
	L.SetTop(1)
	return 1
}

func baseGetMetatable(L *lua.LState) int {
	mt := metatableOf(L, checkAny(L, 1))
	if mt == nil {
		L.Push(lua.LNil)
		return 1
	}
	if hidden := mt.RawGetString("__metatable"); hidden != lua.LNil {
		L.Push(hidden)
		return 1
	}
	L.Push(mt)
	return 1
}

func baseSetMetatable(L *lua.LState) int {
	t := checkTable(L, 1)
	mt, isTable := L.Get(2).(*lua.LTable)
	if !isTable && (L.Get(2) != lua.LNil || L.GetTop() < 2) {
		argError(L, 2, "nil or table expected")
	}
	if old := metatableOf(L, t); old != nil && old.RawGetString("__metatable") != lua.LNil {
		raise(L, "cannot change a protected metatable")
	}
	if isTable {
		t.Metatable = mt
	} else {
		t.Metatable = lua.LNil
	}
	L.SetTop(1)
	return 1
}

// baseNewProxy makes a userdata without a use: newproxy(true) gives it a metatable of its own,
// newproxy(proxy) shares that of another.
func baseNewProxy(L *lua.LState) int {
	proxy := L.NewUserData()
	switch v := L.Get(1).(type) {
	case *lua.LUserData:
		mt := metatableOf(L, v)
		if mt == nil || !mustContext(L).machine.proxies[mt] {
			argError(L, 1, "boolean or proxy expected")
		}
		proxy.Metatable = mt
	case lua.LBool:
		if v {
			mt := L.CreateTable(0, 0)
			mustContext(L).machine.proxies[mt] = true
			proxy.Metatable = mt
		}
	case *lua.LNilType:
	default:
		argError(L, 1, "boolean or proxy expected")
	}
	L.Push(proxy)
	return 1
}
