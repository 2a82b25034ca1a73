package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// baseLoad collects the pieces that a function returns and compiles them.
func baseLoad(L *lua.LState) int {
	reader := checkFunction(L, 1)
	name := optString(L, 2, "=(load)")
	limit := mustContext(L).machine.options.maxSource()
	var b strings.Builder
	for b.Len() <= limit {
		Charge(L, protectedUnits)
		piece, failed := callReader(L, reader)
		if failed != nil {
			L.Push(lua.LNil)
			L.Push(failed)
			return 2
		}
		text, ok := asText(piece)
		if piece == lua.LNil || ok && text == "" {
			break
		}
		if !ok {
			L.Push(lua.LNil)
			L.Push(lua.LString("reader function must return a string"))
			return 2
		}
		b.WriteString(string(text))
	}
	return loadChunk(L, b.String(), name)
}

// callReader returns a piece of source, or the value of the error that the reader raised.
func callReader(L *lua.LState, reader *lua.LFunction) (piece, failed lua.LValue) {
	results, err := Call(L, reader)
	if err != nil {
		e := err.(*RuntimeError)
		if e.cause != nil {
			(&failure{value: e.Value, thread: L, cause: e.cause}).panic()
		}
		return nil, e.Value
	}
	if len(results) == 0 {
		return lua.LNil, nil
	}
	return results[0], nil
}

func baseLoadString(L *lua.LState) int {
	source := checkString(L, 1)
	return loadChunk(L, source, optString(L, 2, source))
}

func loadChunk(L *lua.LState, source, name string) int {
	fn, err := Load(L, source, "="+chunkID(name))
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	mustContext(L).machine.sources[fn.Proto.SourceName] = name
	L.Push(fn)
	return 1
}

// idSize is how many bytes of a chunk's name messages show, LUA_IDSIZE of Lua 5.1.
const idSize = 60

// chunkID returns how messages show a chunk's name: "=name" as name, "@file" as file with the
// beginning cut off when it is long, anything else as its first line in [string "…"].
func chunkID(name string) string {
	if rest, ok := strings.CutPrefix(name, "="); ok {
		return rest[:min(len(rest), idSize-1)]
	}
	if rest, ok := strings.CutPrefix(name, "@"); ok {
		if room := idSize - len(" '...' ") - 1; len(rest) > room {
			return "..." + rest[len(rest)-room:]
		}
		return rest
	}
	line := name[:min(len(name), idSize)] // the name may be all of a long source
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	cut := len(line) < len(name)
	room := idSize - len(` [string "..."] `) - 1
	if len(line) > room {
		line, cut = line[:room], true
	}
	if cut {
		line += "..."
	}
	return `[string "` + line + `"]`
}

// functionAt finds the function that getfenv and setfenv mean: a function or a level of the stack.
func functionAt(L *lua.LState, v lua.LValue) *lua.LFunction {
	if fn, ok := v.(*lua.LFunction); ok {
		return fn
	}
	n := optInteger(L, 1, 1)
	if n < 0 {
		argError(L, 1, "level must be non-negative")
	}
	n = min(n, mainFrames)
	chargeLevels(L, L, n)
	found := levels(L, n+1, false)
	if n >= len(found) {
		argError(L, 1, "invalid level")
	}
	if found[n].tail {
		raise(L, "no function environment for tail call at level %d", n)
	}
	return found[n].fn
}

func baseGetFEnv(L *lua.LState) int {
	v := L.Get(1)
	if n, ok := v.(lua.LNumber); ok && n == 0 {
		L.Push(L.Env)
		return 1
	}
	fn := functionAt(L, v)
	if fn.IsG || fn.Proto.SourceName == internalChunk {
		L.Push(L.Env)
		return 1
	}
	L.Push(fn.Env)
	return 1
}

func baseSetFEnv(L *lua.LState) int {
	env := checkTable(L, 2)
	v := L.Get(1)
	if n, ok := v.(lua.LNumber); ok && n == 0 {
		setThreadEnv(L, env)
		return 0
	}
	if v == lua.LNil {
		checkNumber(L, 1)
	}
	fn := functionAt(L, v)
	if fn.IsG || fn.Proto.SourceName == internalChunk {
		raise(L, "'setfenv' cannot change environment of given object")
	}
	fn.Env = env
	L.Push(fn)
	return 1
}

// setThreadEnv changes the environment that chunks loaded by the running thread will get.
func setThreadEnv(L *lua.LState, env *lua.LTable) {
	for L != nil {
		L.Env = env
		t := mustContext(L)
		if t.role != roleRun {
			return
		}
		L = t.caller
	}
}

// baseCollectGarbage answers as a collector would; Go's own is left alone.
func baseCollectGarbage(L *lua.LState) int {
	option := optString(L, 1, "collect")
	optInteger(L, 2, 0)
	m := mustContext(L).machine
	result := lua.LValue(lua.LNumber(0))
	switch option {
	case "collect":
		m.collected = m.meter.Used()
	case "stop", "restart":
	case "count":
		result = lua.LNumber(m.count())
	case "step":
		m.collected = m.meter.Used()
		result = lua.LTrue
	case "setpause", "setstepmul":
		result = lua.LNumber(200)
	default:
		argError(L, 1, "invalid option '"+option+"'")
	}
	L.Push(result)
	return 1
}

func baseGCInfo(L *lua.LState) int {
	L.Push(lua.LNumber(int(mustContext(L).machine.count())))
	return 1
}

// count is a number of kilobytes in use that depends on nothing but what the program did: it grows with
// the fuel spent and falls when a collector would have run.
func (m *machine) count() float64 {
	const idle, perUnit, cycle = 24 << 10, 4, 2 << 20
	return float64(idle+(m.meter.Used()-m.collected)*perUnit%cycle) / 1024
}
