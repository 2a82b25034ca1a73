package lua51

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// concat is what a .. b .. c compiles to: from right to left, numbers as Lua 5.1 prints them, with
// __concat where an operand is neither string nor number, and no more than MaxString bytes.
func concat(L *lua.LState) int {
	last := L.GetTop()
	for last > 1 {
		first, size := last+1, 0
		for first > 1 {
			text, ok := concatText(L, first-1)
			if !ok {
				break
			}
			size += len(text)
			first--
		}
		if first >= last {
			// The two operands at the end need a metamethod.
			v := concatMeta(L, last-1, last)
			last--
			L.SetTop(last)
			L.Replace(last, v)
			continue
		}
		checkSize(L, size)
		chargeBytes(L, size)
		joined := joinStrings(L, first, last, size)
		if first == 1 {
			L.Push(joined)
			return 1
		}
		last = first
		L.SetTop(last)
		L.Replace(last, joined)
	}
	return 1
}

func joinStrings(L *lua.LState, first, last, size int) lua.LString {
	if last == first+1 {
		return L.Get(first).(lua.LString) + L.Get(last).(lua.LString)
	}
	var b strings.Builder
	b.Grow(size)
	for i := first; i <= last; i++ {
		b.WriteString(string(L.Get(i).(lua.LString)))
	}
	return lua.LString(b.String())
}

// concatText returns an operand as text, after putting the text of a number in its place.
func concatText(L *lua.LState, i int) (string, bool) {
	switch v := L.Get(i).(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		text := FormatNumber(v)
		L.Replace(i, lua.LString(text))
		return text, true
	}
	return "", false
}

// concatMeta concatenates the operands i and j by their metamethod.
func concatMeta(L *lua.LState, i, j int) lua.LValue {
	a, b := L.Get(i), L.Get(j)
	fn := metamethod(L, a, "__concat")
	if fn == lua.LNil {
		fn = metamethod(L, b, "__concat")
	}
	if fn != lua.LNil {
		L.Push(fn)
		L.Push(a)
		L.Push(b)
		call(L, 2, 1)
		v := L.Get(-1)
		L.Pop(1)
		return v
	}
	if _, ok := asText(a); ok {
		a, i = b, j
	}
	site := callerSite(L)
	raise(L, "%s", typeFault("concatenate", &site, i-1, a.Type().String()))
	return nil
}

// callerSite returns what the compiler noted about the instruction that called the running Go function.
func callerSite(L *lua.LState) compile.Site {
	debug, ok := L.GetStack(1)
	if !ok {
		return compile.Site{}
	}
	note, _ := L.GetLocal(debug, 1)
	site, _ := compile.ParseSite(note)
	return site
}

// clearField is what t[k] = nil compiles to. When that empties the end of an array it shortens the
// array; otherwise #t would have to step over all that was ever removed.
func clearField(L *lua.LState) int {
	key := L.Get(2)
	t, isTable := L.Get(1).(*lua.LTable)
	n, isNumber := key.(lua.LNumber)
	if !isTable || !isNumber || t.Metatable != lua.LNil || n < 1 || n >= maxArrayIndex || n != lua.LNumber(int(n)) {
		L.SetTable(L.Get(1), key, lua.LNil)
		return 0
	}
	i := int(n)
	switch {
	case t.RawGetInt(i) == lua.LNil:
	case t.RawGetInt(i+1) == lua.LNil && t.MaxN() == i:
		t.Remove(i)
	default:
		t.RawSetInt(i, lua.LNil)
	}
	return 0
}

// openStringArithmetic gives strings the metamethods by which the VM reads them as the numbers of
// Lua 5.1 rather than of Go, and the string library as their methods.
func (n *natives) openStringArithmetic() {
	mt := n.methods
	mt.RawSetString("__index", n.globals.RawGetString("string"))
	for _, op := range []struct {
		event string
		run   func(a, b float64) float64
	}{
		{"__add", func(a, b float64) float64 { return a + b }},
		{"__sub", func(a, b float64) float64 { return a - b }},
		{"__mul", func(a, b float64) float64 { return a * b }},
		{"__div", func(a, b float64) float64 { return a / b }},
		{"__mod", modulo},
		{"__pow", math.Pow},
		{"__unm", func(a, _ float64) float64 { return -a }},
	} {
		mt.RawSetString(op.event, Native(func(L *lua.LState) int { return coerce(L, op.event, op.run) }))
	}
}

// modulo is a % b as gopher-lua computes it for numbers.
func modulo(a, b float64) float64 {
	v := math.Mod(a, b)
	if b > 0 && v < 0 || b < 0 && v > 0 {
		v += b
	}
	return v
}

// coerce is arithmetic with at least one string among the operands.
func coerce(L *lua.LState, event string, run func(a, b float64) float64) int {
	a, b := L.Get(1), L.Get(2)
	if event == "__unm" {
		b = a
	}
	x, okA := ToNumber(L, a)
	y, okB := ToNumber(L, b)
	if okA && okB {
		L.Push(lua.LNumber(run(float64(x), float64(y))))
		return 1
	}
	for _, v := range []lua.LValue{a, b} {
		if _, isString := v.(lua.LString); isString {
			continue
		}
		if fn := metamethod(L, v, event); fn != lua.LNil {
			L.Push(fn)
			L.Push(a)
			L.Push(b)
			call(L, 2, 1)
			return 1
		}
	}
	site := callerSite(L)
	left := "number"
	if !okA {
		left = a.Type().String()
	}
	raise(L, "%s", arithFault(&site, left, b.Type().String()))
	return 0
}

// ToNumber returns a number, or a string that reads as one, as a number. Long strings are charged.
func ToNumber(L *lua.LState, v lua.LValue) (lua.LNumber, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return v, true
	case lua.LString:
		chargeNumeral(L, string(v))
		return ParseNumber(string(v))
	}
	return 0, false
}
