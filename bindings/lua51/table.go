package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxGap is how far behind its end a value may be inserted into a table: the VM fills the gap with memory.
const maxGap = 1 << 20

// openTable opens the table library.
func (n *natives) openTable() {
	n.library("table", []libraryFunc{
		{"concat", tableConcat},
		{"foreach", tableForeach},
		{"foreachi", tableForeachi},
		{"getn", tableGetn},
		{"insert", tableInsert},
		{"maxn", tableMaxn},
		{"remove", tableRemove},
		{"setn", tableSetn},
		{"sort", tableSort},
	})
}

// element returns t[i] without metamethods, for any i.
func element(t *lua.LTable, i int) lua.LValue {
	if i > 0 && i < lua.MaxArrayIndex {
		return t.RawGetInt(i)
	}
	return t.RawGet(lua.LNumber(i))
}

func setElement(t *lua.LTable, i int, v lua.LValue) {
	if i > 0 && i < lua.MaxArrayIndex {
		t.RawSetInt(i, v)
		return
	}
	t.RawSet(lua.LNumber(i), v)
}

func tableConcat(L *lua.LState) int {
	t := checkTable(L, 1)
	sep := optString(L, 2, "")
	first := optInteger(L, 3, 1)
	last := 0
	if L.Get(4) == lua.LNil {
		last = t.Len()
	} else {
		last = checkInteger(L, 4)
	}
	var out strings.Builder
	charged := 0
	for i := first; i <= last; i++ {
		switch v := element(t, i).(type) {
		case lua.LString:
			checkSize(L, out.Len()+len(v))
			out.WriteString(string(v))
		case lua.LNumber:
			out.WriteString(FormatNumber(v))
		default:
			raise(L, "invalid value (%s) at index %d in table for 'concat'", v.Type().String(), i)
		}
		if i < last {
			checkSize(L, out.Len()+len(sep))
			out.WriteString(sep)
		}
		if (i-first)&255 == 255 {
			Charge(L, int64(32+(out.Len()-charged)/32))
			charged = out.Len()
		}
	}
	chargeBytes(L, out.Len()-charged)
	checkSize(L, out.Len())
	L.Push(lua.LString(out.String()))
	return 1
}

func tableForeach(L *lua.LState) int {
	t, f := checkTable(L, 1), checkFunction(L, 2)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if result := call2(L, f, k, v); result != lua.LNil {
			L.Push(result)
			return 1
		}
	}
	return 0
}

func tableForeachi(L *lua.LState) int {
	t, f := checkTable(L, 1), checkFunction(L, 2)
	n := t.Len()
	for i := 1; i <= n; i++ {
		if result := call2(L, f, lua.LNumber(i), t.RawGetInt(i)); result != lua.LNil {
			L.Push(result)
			return 1
		}
	}
	return 0
}

// call2 calls f with two arguments and returns its first result.
func call2(L *lua.LState, f *lua.LFunction, a, b lua.LValue) lua.LValue {
	Charge(L, 1)
	L.Push(f)
	L.Push(a)
	L.Push(b)
	call(L, 2, 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

func tableGetn(L *lua.LState) int {
	L.Push(lua.LNumber(checkTable(L, 1).Len()))
	return 1
}

func tableSetn(L *lua.LState) int {
	checkTable(L, 1)
	raise(L, "'setn' is obsolete")
	return 0
}

func tableMaxn(L *lua.LState) int {
	t := checkTable(L, 1)
	largest, seen := lua.LNumber(t.MaxN()), 0
	t.ForEach(func(k, _ lua.LValue) {
		seen++
		if n, ok := k.(lua.LNumber); ok && n > largest {
			largest = n
		}
	})
	Charge(L, int64(2*seen))
	L.Push(largest)
	return 1
}

func tableInsert(L *lua.LState) int {
	t := checkTable(L, 1)
	end := t.Len() + 1
	switch L.GetTop() {
	case 2:
		t.RawSetInt(end, L.Get(2))
		return 0
	case 3:
	default:
		raise(L, "wrong number of arguments to 'insert'")
	}
	pos, v := checkInteger(L, 2), L.Get(3)
	switch {
	case pos >= end+maxGap:
		argError(L, 2, "position too far behind the end")
	case pos >= end:
		Charge(L, int64((pos-end)/8))
		t.RawSetInt(pos, v)
	case pos >= 1:
		Charge(L, int64((end-pos)/32))
		t.Insert(pos, v)
	default:
		for i := end; i > pos; i-- {
			if i&63 == 0 {
				Charge(L, 64)
			}
			setElement(t, i, element(t, i-1))
		}
		setElement(t, pos, v)
	}
	return 0
}

func tableRemove(L *lua.LState) int {
	t := checkTable(L, 1)
	end := t.Len()
	pos := optInteger(L, 2, end)
	if pos < 1 || pos > end {
		return 0
	}
	v := t.RawGetInt(pos)
	Charge(L, int64((end-pos)/32))
	t.Remove(pos)
	L.Push(v)
	return 1
}
