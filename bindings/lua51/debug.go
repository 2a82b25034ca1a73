package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openDebug opens what of the debug library can do no harm.
func (n *natives) openDebug() {
	n.library("debug", []libraryFunc{
		{"getinfo", debugGetInfo},
		{"traceback", debugTraceback},
	})
}

// debugThread returns the thread that the optional first argument names, and how many arguments it took.
func debugThread(L *lua.LState) (*lua.LState, int) {
	if th, ok := L.Get(1).(*lua.LState); ok && contextOf(th) != nil {
		return th, 1
	}
	return L, 0
}

func debugTraceback(L *lua.LState) int {
	th, skip := debugThread(L)
	message := L.Get(skip + 1)
	text, ok := asText(message)
	if !ok && message != lua.LNil {
		L.Push(message)
		return 1
	}
	chargeBytes(L, 4*len(text))
	from := 0
	if th == L {
		from = 1
	}
	from = max(optInteger(L, skip+2, from), 0)
	chargeLevels(L, th, from)
	Charge(L, int64(2*stateOf(th).stack.value.depth()))
	all := frames(clipped(th, from, false))
	if len(all) > 0 && runningCoroutine(th) == nil {
		all = append(all, Frame{Chunk: "[C]", What: "C"})
	}
	trace := FormatTraceback(all)
	if message != lua.LNil {
		trace = string(text) + "\n" + trace
	}
	L.Push(lua.LString(trace))
	return 1
}

func debugGetInfo(L *lua.LState) int {
	th, skip := debugThread(L)
	what := optString(L, skip+2, "flnSu")
	var here, caller *level
	if fn, ok := L.Get(skip + 1).(*lua.LFunction); ok {
		here = &level{thread: th, fn: fn}
	} else {
		n := checkInteger(L, skip+1)
		chargeLevels(L, th, n)
		found := levels(th, min(n, mainFrames)+2, false)
		if n < 0 || n >= len(found) {
			L.Push(lua.LNil)
			return 1
		}
		here = &found[n]
		if n+1 < len(found) {
			caller = &found[n+1]
		}
	}
	if strings.Trim(what, "flnSuL") != "" {
		argError(L, skip+2, "invalid option")
	}
	info := L.CreateTable(0, 12)
	for _, letter := range what {
		fillInfo(L, info, here, caller, letter)
	}
	L.Push(info)
	return 1
}

// fillInfo sets the fields that one letter of debug.getinfo asks for.
func fillInfo(L *lua.LState, info *lua.LTable, here, caller *level, letter rune) {
	active := here.debug != (lua.Debug{})
	switch letter {
	case 'S':
		fillSource(L, info, here)
	case 'l':
		line := -1
		if active && here.line() > 0 {
			line = here.line()
		}
		info.RawSetString("currentline", lua.LNumber(line))
	case 'u':
		n := 0
		if here.fn != nil && !here.isC() {
			n = len(here.fn.Upvalues)
		}
		info.RawSetString("nups", lua.LNumber(n))
	case 'n':
		kind, name := "", ""
		if active {
			kind, name = here.name(caller)
		}
		info.RawSetString("namewhat", lua.LString(kind))
		if name != "" {
			info.RawSetString("name", lua.LString(name))
		}
	case 'f':
		if here.fn != nil {
			info.RawSetString("func", here.fn)
		}
	}
}

func fillSource(L *lua.LState, info *lua.LTable, here *level) {
	source, short, what, first, last := "=[C]", "[C]", "C", -1, -1
	switch {
	case here.tail:
		source, short, what = "=(tail call)", "(tail call)", "tail"
	case !here.isC():
		proto := here.fn.Proto
		short, what = proto.SourceName, "Lua"
		first, last = proto.LineDefined, proto.LastLineDefined
		if first == 0 {
			what = "main"
		}
		known := false
		if source, known = mustContext(L).machine.sources[short]; !known {
			source = "@" + short
		}
	}
	info.RawSetString("source", lua.LString(source))
	info.RawSetString("short_src", lua.LString(short))
	info.RawSetString("what", lua.LString(what))
	info.RawSetString("linedefined", lua.LNumber(first))
	info.RawSetString("lastlinedefined", lua.LNumber(last))
}
