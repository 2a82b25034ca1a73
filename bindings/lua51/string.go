package lua51

import (
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// maxResults is how many values a function may put on the stack at once, as in Lua 5.1.
const maxResults = 8000

// openString opens the string library.
func (n *natives) openString() {
	lib := n.library("string", []libraryFunc{
		{"byte", stringByte},
		{"char", stringChar},
		{"dump", stringDump},
		{"find", stringFind},
		{"format", stringFormat},
		{"gmatch", stringGmatch},
		{"gsub", stringGsub},
		{"len", stringLen},
		{"lower", stringLower},
		{"match", stringMatch},
		{"rep", stringRep},
		{"reverse", stringReverse},
		{"sub", stringSub},
		{"upper", stringUpper},
	})
	lib.RawSetString("gfind", lib.RawGetString("gmatch"))
}

// A part may keep a string alive that is three times as long as itself and sharable bytes, but none of more than maxShared bytes.
const (
	sharable  = 64
	maxShared = 1024
)

// piece returns s[from:to]. A part of a long string is a copy, as in Lua: it must not keep much more alive than what counts as its memory.
func piece(s string, from, to int) lua.LValue {
	switch n := to - from; {
	case n == 0:
		return emptyString
	case n == 1:
		return characters[s[from]]
	case shared(s, n):
		return lua.LString(s[from:to])
	}
	return lua.LString(strings.Clone(s[from:to]))
}

// The strings that scripts cut most, as Lua values: making one takes an allocation.
var (
	emptyString lua.LValue = lua.LString("")
	characters             = func() (list [256]lua.LValue) {
		for i := range list {
			list[i] = lua.LString([]byte{byte(i)})
		}
		return list
	}()
)

// shared reports whether a piece of n bytes is no copy but keeps s alive.
func shared(s string, n int) bool {
	return len(s) <= min(3*n+sharable, maxShared) || n == len(s)
}

// smallIntegers are the numbers that library functions give most, as Lua values: making one takes an allocation.
var smallIntegers = func() (list [256]lua.LValue) {
	for i := range list {
		list[i] = lua.LNumber(i)
	}
	return list
}()

// integer returns n as a Lua value.
func integer(n int) lua.LValue {
	if uint(n) < uint(len(smallIntegers)) {
		return smallIntegers[n]
	}
	return lua.LNumber(n)
}

// fromEnd turns a position that may count from the end (-1 is the last byte) into one from the start.
func fromEnd(pos, length int) int {
	if pos < 0 {
		pos += length + 1
	}
	return max(pos, 0)
}

func stringByte(L *lua.LState) int {
	s := checkString(L, 1)
	first := fromEnd(optInteger(L, 2, 1), len(s))
	last := min(fromEnd(optInteger(L, 3, first), len(s)), len(s))
	first = max(first, 1)
	n := last - first + 1
	if n <= 0 {
		return 0
	}
	if n+L.GetTop() > maxResults {
		raise(L, "stack overflow (string slice too long)")
	}
	chargeBytes(L, n*16)
	for i := first - 1; i < last; i++ {
		L.Push(smallIntegers[s[i]])
	}
	return n
}

func stringChar(L *lua.LState) int {
	n := L.GetTop()
	chargeBytes(L, n*8)
	out := make([]byte, n)
	for i := range out {
		c := int32(toInteger(checkNumber(L, i+1)))
		if c < 0 || c > 255 {
			argError(L, i+1, "invalid value")
		}
		out[i] = byte(c)
	}
	L.Push(lua.LString(out))
	return 1
}

func stringDump(L *lua.LState) int {
	checkFunction(L, 1)
	raise(L, "unable to dump given function")
	return 0
}

func stringLen(L *lua.LState) int {
	L.Push(integer(len(checkString(L, 1))))
	return 1
}

func stringLower(L *lua.LState) int { return mapASCII(L, 'A') }

func stringUpper(L *lua.LState) int { return mapASCII(L, 'a') }

// mapASCII changes the case of the 26 letters that start at first.
func mapASCII(L *lua.LState, first byte) int {
	s := checkString(L, 1)
	chargeBytes(L, len(s))
	same := 0
	for same < len(s) && s[same]-first >= 26 {
		same++
	}
	if same == len(s) {
		L.Push(lua.LString(s))
		return 1
	}
	out := make([]byte, len(s))
	copy(out, s[:same])
	for i := same; i < len(s); i++ {
		c := s[i]
		if c-first < 26 {
			c ^= 0x20
		}
		out[i] = c
	}
	L.Push(lua.LString(unsafe.String(&out[0], len(out))))
	return 1
}

func stringRep(L *lua.LState) int {
	s := checkString(L, 1)
	n := max(checkInteger(L, 2), 0)
	if len(s) == 0 {
		n = 0
	} else if n > MaxString/len(s) {
		raise(L, "resulting string too large")
	}
	chargeBytes(L, n*len(s))
	L.Push(lua.LString(repeated(s, n)))
	return 1
}

// repeated returns n copies of s. For the short ones, which scripts make most, package strings does much besides.
func repeated(s string, n int) string {
	size := n * len(s)
	if size > 256 || size == 0 {
		return strings.Repeat(s, n)
	}
	out := make([]byte, size)
	for done := copy(out, s); done < size; {
		done += copy(out[done:], out[:done])
	}
	return unsafe.String(&out[0], size)
}

func stringReverse(L *lua.LState) int {
	s := checkString(L, 1)
	chargeBytes(L, len(s))
	out := make([]byte, len(s))
	for i := range out {
		out[len(s)-1-i] = s[i]
	}
	L.Push(lua.LString(out))
	return 1
}

func stringSub(L *lua.LState) int {
	s, first, last := subArguments(L)
	if first < 0 {
		first += len(s) + 1
	}
	if last < 0 {
		last += len(s) + 1
	}
	first, last = max(first, 1), min(last, len(s))
	switch n := last - first + 1; {
	case n <= 0:
		L.Push(emptyString)
	case n > 1 && shared(s, n):
		L.Push(lua.LString(s[first-1 : last]))
	default:
		chargeBytes(L, n-1)
		L.Push(piece(s, first-1, last))
	}
	return 1
}

// subArguments reads the arguments of string.sub. Those of most calls are a string and two numbers, which takes no function each to find out.
func subArguments(L *lua.LState) (s string, first, last int) {
	if a := passed(L); len(a) == 3 {
		text, ok := a[0].(lua.LString)
		first, ok1 := inRange(a[1])
		last, ok2 := inRange(a[2])
		if ok && ok1 && ok2 {
			return string(text), first, last
		}
	}
	return checkString(L, 1), checkInteger(L, 2), optInteger(L, 3, -1)
}
