package lua51

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// MaxString is the longest string, in bytes, that a library function will build.
const MaxString = 8 << 20

// raise raises a message with the position of the Lua function that called the running Go function.
// When Go code called it, as pcall does, there is no position: so it is in Lua 5.1.
func raise(L *lua.LState, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	chargeBytes(L, 4*len(message))
	if where := L.Where(1); where != "" && !strings.HasPrefix(where, "[G]:") {
		message = where + " " + message
	}
	L.Error(lua.LString(message), 0)
}

// raisePlain raises a message without a position, as the VM of Lua 5.1 does under a library function.
func raisePlain(L *lua.LState, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	chargeBytes(L, 2*len(message))
	L.Error(lua.LString(message), 0)
}

// argError raises "bad argument #n to 'name' (text)".
func argError(L *lua.LState, n int, text string) {
	name := calledName(L)
	if method, ok := strings.CutPrefix(name, methodMark); ok {
		name = method
		n--
		if n == 0 {
			raise(L, "calling '%s' on bad self (%s)", name, text)
		}
	}
	raise(L, "bad argument #%d to '%s' (%s)", n, name, text)
}

// calledName returns how the running Go function was named where it was called, or "?". A method's name
// starts with methodMark.
func calledName(L *lua.LState) string {
	caller, ok := L.GetStack(1)
	if !ok {
		return "?"
	}
	note, _ := L.GetLocal(caller, 1)
	site, ok := compile.ParseSite(note)
	switch {
	case ok && site.Op == compile.OpIterate:
		return "(for generator)"
	case !ok || site.Op != compile.OpCall || len(site.Operands) == 0 || site.Operands[0].Kind == "":
		return "?"
	case site.Operands[0].Kind == "method":
		return methodMark + site.Operands[0].Name
	}
	return site.Operands[0].Name
}

// methodMark starts the name of a function called as value:name(...).
const methodMark = ":"

// passed returns what the running function was called with. The slice is good until something is pushed or called.
func passed(L *lua.LState) []lua.LValue {
	s := stateOf(L)
	return s.reg.array[s.currentFrame.LocalBase:s.reg.top]
}

// argument returns argument n, from 1, or nil where there is none: L.Get for the commonest of what it can give.
func argument(L *lua.LState, n int) lua.LValue {
	s := stateOf(L)
	if i := s.currentFrame.LocalBase + n - 1; i < s.reg.top {
		return s.reg.array[i]
	}
	return lua.LNil
}

// inRange returns v, cut toward zero, and whether it is a number within ±maxInteger.
func inRange(v lua.LValue) (n int, ok bool) {
	x, ok := v.(lua.LNumber)
	return int(x), ok && -maxInteger <= x && x <= maxInteger
}

// typeName returns the type of argument n, or "no value".
func typeName(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

func typeError(L *lua.LState, n int, want string) {
	argError(L, n, want+" expected, got "+typeName(L, n))
}

func checkString(L *lua.LState, n int) string {
	switch v := argument(L, n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(v)
	}
	typeError(L, n, "string")
	return ""
}

func optString(L *lua.LState, n int, otherwise string) string {
	if argument(L, n) == lua.LNil {
		return otherwise
	}
	return checkString(L, n)
}

func checkNumber(L *lua.LState, n int) float64 {
	switch v := argument(L, n).(type) {
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		if x, ok := ToNumber(L, v); ok {
			return float64(x)
		}
	}
	typeError(L, n, "number")
	return 0
}

// maxInteger bounds what checkInteger returns: enough for every index and size, and sums of two
// cannot overflow.
const maxInteger = 1 << 53

// checkInteger returns argument n, cut toward zero, within ±2^53. NaN and what does not fit in 64 bits
// count as the least, as on x86-64.
func checkInteger(L *lua.LState, n int) int {
	if i, ok := inRange(argument(L, n)); ok {
		return i
	}
	return int(min(max(toInteger(checkNumber(L, n)), -maxInteger), maxInteger))
}

func optInteger(L *lua.LState, n int, otherwise int) int {
	v := argument(L, n)
	if _, ok := v.(*lua.LNilType); ok {
		return otherwise
	}
	if i, ok := inRange(v); ok {
		return i
	}
	return checkInteger(L, n)
}

func checkTable(L *lua.LState, n int) *lua.LTable {
	t, ok := argument(L, n).(*lua.LTable)
	if !ok {
		typeError(L, n, "table")
	}
	return t
}

func checkFunction(L *lua.LState, n int) *lua.LFunction {
	f, ok := argument(L, n).(*lua.LFunction)
	if !ok {
		typeError(L, n, "function")
	}
	return f
}

// chargeBytes takes fuel for handling n bytes.
func chargeBytes(L *lua.LState, n int) {
	if n >= 32 {
		Charge(L, int64(n/32))
	}
}

// chargeNumeral takes fuel for reading a long text as a number.
func chargeNumeral(L *lua.LState, s string) { chargeBytes(L, 4*len(s)) }

// chargeKey takes fuel for finding a long string among the keys of a table.
func chargeKey(L *lua.LState, key lua.LValue) {
	if s, ok := key.(lua.LString); ok {
		Charge(L, int64(len(s)/hashedPerUnit))
	}
}

// checkSize raises when a string of n bytes would be too long.
func checkSize(L *lua.LState, n int) {
	if n > MaxString || n < 0 {
		raise(L, "resulting string too large")
	}
}
