package lua51

import (
	"fmt"
	"io"
	"strings"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

func (n *natives) openBase() {
	n.globals.RawSetString("_G", n.globals)
	n.globals.RawSetString("_VERSION", lua.LString("Lua 5.1"))
	n.globals.RawSetString("tostring", n.tostring)
	n.globals.RawSetString("next", n.next)
	define(n.globals, []libraryFunc{
		{"assert", baseAssert},
		{"collectgarbage", baseCollectGarbage},
		{"error", baseError},
		{"gcinfo", baseGCInfo},
		{"getfenv", baseGetFEnv},
		{"getmetatable", baseGetMetatable},
		{"ipairs", func(L *lua.LState) int { return iterate(L, n.step, lua.LNumber(0)) }},
		{"load", baseLoad},
		{"loadstring", baseLoadString},
		{"newproxy", baseNewProxy},
		{"pairs", func(L *lua.LState) int { return iterate(L, n.next, lua.LNil) }},
		{"pcall", basePCall},
		{"print", basePrint},
		{"rawequal", baseRawEqual},
		{"rawget", baseRawGet},
		{"rawset", baseRawSet},
		{"select", baseSelect},
		{"setfenv", baseSetFEnv},
		{"setmetatable", baseSetMetatable},
		{"tonumber", baseToNumber},
		{"type", baseType},
		{"unpack", baseUnpack},
		{"xpcall", baseXPCall},
	})
}

// checkAny raises when argument n is missing.
func checkAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		argError(L, n, "value expected")
	}
	return L.Get(n)
}

// printed is how much text print gathers before it writes it: all of most lines, and no more memory than that for the longest.
const printed = 64 << 10

func basePrint(L *lua.LState) int {
	m := mustContext(L).machine
	convert := L.Env.RawGetString("tostring")
	var b strings.Builder
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			b.WriteByte('\t')
		}
		if convert == lua.LValue(m.tostring) {
			b.WriteString(ToString(L, L.Get(i)))
		} else {
			v := call1(L, convert, L.Get(i))
			text, ok := v.(lua.LString)
			if n, isNumber := v.(lua.LNumber); isNumber {
				text, ok = lua.LString(FormatNumber(n)), true
			}
			if !ok {
				raise(L, "'tostring' must return a string to 'print'")
			}
			b.WriteString(string(text))
		}
		if b.Len() > printed {
			m.print(L, &b)
		}
	}
	b.WriteByte('\n')
	m.print(L, &b)
	return 0
}

// print writes text to where print does, and empties it.
func (m *machine) print(L *lua.LState, text *strings.Builder) {
	chargeBytes(L, text.Len())
	if out := m.options.Stdout; out != nil {
		_, err := io.WriteString(out, text.String())
		Check(L)
		if err != nil {
			raise(L, "print: %s", err.Error())
		}
	}
	text.Reset()
}

// call1 calls a function with one argument for one result.
func call1(L *lua.LState, fn, arg lua.LValue) lua.LValue {
	L.Push(fn)
	L.Push(arg)
	call(L, 1, 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

func baseToString(L *lua.LState) int {
	v := checkAny(L, 1)
	if fn := metamethod(L, v, "__tostring"); fn != lua.LNil {
		L.Push(call1(L, fn, v)) // of any type, as in Lua 5.1
		return 1
	}
	L.Push(lua.LString(ToString(L, v)))
	return 1
}

// metamethod returns the field of a value's metatable, raw, or nil.
func metamethod(L *lua.LState, v lua.LValue, event string) lua.LValue {
	if mt := metatableOf(L, v); mt != nil {
		return mt.RawGetString(event)
	}
	return lua.LNil
}

// metatableOf returns a value's metatable whatever its __metatable field says, or nil.
func metatableOf(L *lua.LState, v lua.LValue) *lua.LTable {
	var mt lua.LValue
	switch v := v.(type) {
	case *lua.LTable:
		mt = v.Metatable
	case *lua.LUserData:
		mt = v.Metatable
	case lua.LString:
		return mustContext(L).machine.strings
	}
	t, _ := mt.(*lua.LTable)
	return t
}

// ToString converts a value as Lua's tostring does, calling a __tostring metamethod if there is one.
// Addresses are invented, so that the same program prints the same text in every run.
func ToString(L *lua.LState, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(v)
	case lua.LBool, *lua.LNilType:
		return v.String()
	}
	if fn := metamethod(L, v, "__tostring"); fn != lua.LNil {
		switch result := call1(L, fn, v).(type) {
		case lua.LString:
			return string(result)
		case lua.LNumber:
			return FormatNumber(result)
		default:
			raise(L, "'tostring' must return a string to 'print'")
		}
	}
	return fmt.Sprintf("%s: 0x%x", v.Type(), mustContext(L).machine.address(L, v))
}

// addressUnits is the fuel that an object's first address costs.
const addressUnits = 20

// address returns the invented address of an object. It keeps no object alive.
func (m *machine) address(L *lua.LState, v lua.LValue) uint64 {
	var key any
	switch v := v.(type) {
	case *lua.LTable:
		key = weak.Make(v)
	case *lua.LFunction:
		key = weak.Make(v)
	case *lua.LUserData:
		key = weak.Make(v)
	case *lua.LState:
		key = weak.Make(v)
	default:
		return 0
	}
	at, ok := m.addresses[key]
	if !ok {
		Charge(L, addressUnits)
		m.addressed++
		at = 0x55d0c0de0000 + 0x20*m.addressed
		m.addresses[key] = at
	}
	return at
}

func baseType(L *lua.LState) int {
	L.Push(lua.LString(checkAny(L, 1).Type().String()))
	return 1
}

func baseToNumber(L *lua.LState) int {
	base := optInteger(L, 2, 10)
	var n lua.LNumber
	var ok bool
	if base == 10 {
		switch v := checkAny(L, 1).(type) {
		case lua.LNumber:
			n, ok = v, true
		case lua.LString:
			n, ok = ToNumber(L, v)
		}
	} else {
		text := checkString(L, 1)
		if base < 2 || base > 36 {
			argError(L, 2, "base out of range")
		}
		chargeNumeral(L, text)
		n, ok = parseBase(trimSpace(text), base)
	}
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(n)
	return 1
}

// parseBase reads digits as C's strtoul does, whose result is unsigned.
func parseBase(s string, base int) (lua.LNumber, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && strings.EqualFold(s[:2], "0x") {
		s = s[2:]
	}
	if s == "" {
		return 0, false
	}
	var n uint64
	overflow := false
	for i := range len(s) {
		digit := 99
		switch c := s[i]; {
		case isDigit(c):
			digit = int(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			digit = int(c|0x20-'a') + 10
		}
		if digit >= base {
			return 0, false
		}
		next := n*uint64(base) + uint64(digit)
		overflow = overflow || next/uint64(base) != n
		n = next
	}
	switch {
	case overflow:
		n = 1<<64 - 1
	case negative:
		n = -n
	}
	return lua.LNumber(n), true
}

func baseSelect(L *lua.LState) int {
	top := L.GetTop()
	if L.Get(1) == lua.LValue(lua.LString("#")) {
		L.Push(lua.LNumber(top - 1))
		return 1
	}
	n := checkInteger(L, 1)
	switch {
	case n < 0:
		n = top + n
	case n > top:
		n = top
	}
	if n < 1 {
		argError(L, 1, "index out of range")
	}
	return top - n
}

func baseUnpack(L *lua.LState) int {
	t := checkTable(L, 1)
	first, last := optInteger(L, 2, 1), 0
	if L.Get(3) == lua.LNil {
		last = t.Len()
	} else {
		last = checkInteger(L, 3)
	}
	if first > last {
		return 0
	}
	if n := last - first + 1; n <= 0 || n > maxResults {
		raise(L, "too many results to unpack")
	}
	Charge(L, int64(last-first)/4)
	for i := first; i <= last; i++ {
		L.Push(element(t, i))
	}
	return last - first + 1
}
