package lua51

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// hostile programs must end with an error that holds the text, or with what they return as text, within
// their fuel and without harm to the host. An empty want means that the fuel must run out.
var hostile = []struct{ name, source, want string }{
	{"endless loop", `while true do end`, ""},
	{"endless loop under pcall", `while true do pcall(function() while true do end end) end`, ""},
	{"endless loop in a handler", `xpcall(error, function() while true do end end)`, ""},
	{"endless loop in a coroutine", `coroutine.wrap(function() while true do end end)()`, ""},
	{"endless loop in a wrapped coroutine of a coroutine",
		`coroutine.wrap(function() coroutine.wrap(function() pcall(function() while true do end end) end)() end)()`, ""},
	{"endless loop in a metamethod", `local t = setmetatable({}, {__index = function() while true do end end}) return t.x`, ""},
	{"endless loop in a sort", `table.sort({3, 2, 1}, function() while true do end end)`, ""},
	{"load that never ends", `return select(2, load(function() return (" "):rep(10000) end))`, "chunk is longer"},
	{"load of a Go function that never ends", `return tostring(load(math.random))`, "nil"},
	{"coroutines that resume each other", `
		local a, b
		a = coroutine.create(function() return coroutine.resume(b) end)
		b = coroutine.create(function() return coroutine.resume(a) end)
		local _, _, ok, why = coroutine.resume(a)
		return tostring(why or ok)`, "cannot resume normal coroutine"},
	{"a coroutine that resumes itself", `
		local co co = coroutine.wrap(function() return co() end) co()`, "cannot resume running coroutine"},
	{"nested coroutines", `local function f() return coroutine.wrap(f)() end f()`, "C stack overflow"},
	{"nested pcalls", `local n = 0 local function f() n = n + 1 return pcall(f) end f() return n > 100 and n < 250`, "true"},
	{"nested coroutines and pcalls", `
		local function f() return pcall(coroutine.wrap(f)) end f() return "ended"`, "ended"},
	{"recursion inside nested pcalls", `
		local function deep() return 1 + deep() end
		local function f(n) if n == 0 then return pcall(deep) end return pcall(f, n - 1) end
		f(150) return "ended"`, "ended"},
	{"endless recursion", `local function f() return 1 + f() end f()`, "stack overflow"},
	{"endless recursion that is caught", `local function f() return 1 + f() end local ok, why = pcall(f) return why`, "stack overflow"},
	{"endless recursion through metamethods",
		`local t t = setmetatable({}, {__index = function(_, k) return t[k] end}) return t.x`, "stack overflow"},
	{"endless recursion in an error handler", `
		local function h() return error("again") end return tostring(select(2, xpcall(error, h)))`, "error in error handling"},
	{"tail calls with ever more arguments", `local function f(...) return f(1, ...) end f()`, "stack overflow"},
	{"tail calls through __call", `local t = setmetatable({}, {__call = function(self, ...) return self(1, ...) end}) t()`, "stack overflow"},
	{"a tail call that overflows under pcall", `
		local function f(...) return f(1, ...) end return tostring(select(2, pcall(f)))`, "stack overflow"},
	{"endless tail calls", `local function f() return f() end f()`, ""},
	{"an error under many tail calls", `
		local function f(n) if n == 0 then error("deep") end return f(n - 1) end
		for i = 1, 20 do pcall(f, 20000) end return "ended"`, "ended"},
	{"many errors under a deep stack", `
		local function f(n) if n > 0 then return 1 + f(n - 1) end for i = 1, 2000 do pcall(error, "x") end return 0 end
		return f(8000)`, "8000"},
	{"errors that unwind a deep stack", `
		local function f(n) if n == 0 then error("x") end return 1 + f(n - 1) end
		for i = 1, 50 do pcall(f, 8000) end return "ended"`, "ended"},
	{"doubling a string", `local s = "xxxxxxxx" while true do s = s .. s end`, "string too large"},
	{"concatenating long strings", `local s = ("x"):rep(4000000) return #(s .. s .. s)`, "string too large"},
	{"a string doubled under pcall", `local s = "x" while pcall(function() s = s .. s end) do end return #s`, "8388608"},
	{"a far index", `local t = {} t[67108862] = 1 return #t`, "0"},
	{"unpacking far too much", `return unpack({}, 1, 1e8)`, "too many results"},
	{"unpacking a huge range", `return unpack({}, -1e15, 1e15)`, "too many results"},
	{"yield outside of coroutines", `coroutine.yield()`, "attempt to yield across metamethod/C-call boundary"},
	{"yield across pcall", `
		return select(2, coroutine.wrap(function() return pcall(coroutine.yield) end)())`, "attempt to yield across"},
	{"yield across a metamethod", `
		local t = setmetatable({}, {__add = function() return coroutine.yield() end})
		return select(2, coroutine.resume(coroutine.create(function() return t + t end)))`, "attempt to yield across"},
	{"yield across a comparison", `
		local t = setmetatable({}, {__lt = coroutine.yield})
		return select(2, coroutine.resume(coroutine.create(function() return t < t end)))`, "attempt to yield across"},
	{"yield across a concatenation", `
		local t = setmetatable({}, {__concat = coroutine.yield})
		return select(2, coroutine.resume(coroutine.create(function() return t .. "x" end)))`, "attempt to yield across"},
	{"yield across an iterator", `
		return select(2, coroutine.resume(coroutine.create(function() for x in coroutine.yield do end end)))`, "attempt to yield across"},
	{"yield across sort", `
		return select(2, coroutine.resume(coroutine.create(function() table.sort({3, 2, 1, 5}, coroutine.yield) end)))`, "attempt to yield across"},
	{"yield across gsub", `
		return select(2, coroutine.resume(coroutine.create(function() return ("abc"):gsub(".", coroutine.yield) end)))`, "attempt to yield across"},
	{"yield as the body", `
		local co = coroutine.wrap(coroutine.yield) return co(1) .. co(2)`, "12"},
	{"yield in a tail call", `
		local co = coroutine.wrap(function(a) return coroutine.yield(a + 1) end) return co(1) .. co(5)`, "25"},
	{"print as the body", `return tostring(coroutine.resume(coroutine.create(print)))`, "true"},
	{"a library function that fails as the body", `
		return select(2, coroutine.resume(coroutine.create(string.rep)))`, "bad argument #1"},
	{"a caught error of a body", `
		local co = coroutine.create(function() error({}) end) return type(select(2, coroutine.resume(co))) .. coroutine.status(co)`, "tabledead"},
	{"metatables of other types", `return setmetatable("", {})`, "table expected"},
	{"the environment of the host", `return tostring(getfenv(0) == _G) .. tostring(pcall(getfenv, 1000))`, "truefalse"},
	{"no way to the machine", `return tostring(io) .. tostring(os) .. tostring(require) .. tostring(package) .. tostring(dofile) .. tostring(loadfile)
		.. tostring(debug.sethook) .. tostring(debug.getregistry)`, strings.Repeat("nil", 8)},
	{"popping a long array", `
		local t = {} for i = 1, 100000 do t[i] = i end while #t > 0 do t[#t] = nil end return #t`, "0"},
	{"clearing an array while it is traversed", `
		local t = {x = 1, y = 2} for i = 1, 100 do t[i] = i end local n = 0
		for k in pairs(t) do t[k] = nil n = n + 1 end return n .. tostring(next(t))`, "102nil"},
	{"next over deleted keys", `
		local t = {} for i = 1, 200000 do t[i] = i end for i = 1, 199999 do t[i] = nil end
		for i = 1, 100000 do next(t) end`, ""},
}

const hostileFuel = 15_000_000

func TestHostile(t *testing.T) {
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && test.want == "" {
				t.Skip("runs until its fuel is spent")
			}
			t.Parallel()
			L := NewState(Options{Meter: NewMeter(hostileFuel)})
			defer L.Close()
			text, err := runText(L, test.source)
			var limit *LimitError
			if spent := errors.As(err, &limit) && limit.Limit == "fuel"; test.want == "" || spent {
				if !spent || test.want != "" {
					t.Errorf("got %q, %v", text, err)
				}
				return
			}
			if err != nil {
				text = err.Error()
			}
			if !strings.Contains(text, test.want) {
				t.Errorf("got %q, want %q", text, test.want)
			}
			if strings.Contains(text, "internal error") {
				t.Errorf("got %q", text)
			}
		})
	}
}

// runText runs a program and returns the first value it returned, as text.
func runText(L *lua.LState, source string) (string, error) {
	fn, err := Load(L, source, "test")
	if err != nil {
		return "", err
	}
	results, err := Call(L, fn)
	if err != nil || len(results) == 0 {
		return "", err
	}
	return ToString(L, results[0]), nil
}

// A limit must be the last that a script gets to see: nothing it can write goes on after it.
func TestLimitCannotBeCaught(t *testing.T) {
	for _, source := range []string{
		`pcall(loop) reached()`,
		`xpcall(loop, function() reached() end) reached()`,
		`coroutine.resume(coroutine.create(loop)) reached()`,
		`pcall(coroutine.wrap(loop)) reached()`,
		`local t = setmetatable({}, {__index = loop, __tostring = reached}) pcall(function() return t.x end) reached()`,
		`pcall(pcall, pcall, loop) reached()`,
		`xpcall(function() pcall(loop) end, reached) reached()`,
		`pcall(table.sort, {1, 2, 3}, loop) reached()`,
		`pcall(string.gsub, "abc", ".", loop) reached()`,
		`pcall(load, loop) reached()`,
	} {
		L := NewState(Options{Meter: NewMeter(10000)})
		reached := false
		L.SetGlobal("reached", L.NewFunction(func(*lua.LState) int { reached = true; return 0 }))
		_, err := runText(L, "function loop() while true do end end "+source)
		var limit *LimitError
		if !errors.As(err, &limit) || reached {
			t.Errorf("%s: error %v, reached %v", source, err, reached)
		}
		if used := contextOf(L).meter.Used(); used != 10000 {
			t.Errorf("%s: used %d", source, used)
		}
		L.Close()
	}
}

// The memory of states, threads and coroutines decides how many processes a world can have.
func TestFootprint(t *testing.T) {
	if testing.Short() {
		t.Skip("other tests and the race detector take memory as well")
	}
	measure := func(n int, make func()) int {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range n {
			make()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return int(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / n
	}
	var kept []any
	state := measure(50, func() {
		L := NewState(Options{})
		if _, err := runText(L, `x = 1`); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, L)
	})
	L := NewState(Options{})
	thread := measure(200, func() { kept = append(kept, NewThread(L)) })
	coroutine := measure(1, func() {
		if _, err := runText(L, `all = {} for i = 1, 1000 do all[i] = coroutine.create(print) end`); err != nil {
			t.Fatal(err)
		}
	}) / 1000
	t.Logf("bytes: state %d, thread %d, coroutine %d", state, thread, coroutine)
	if state > 100<<10 || thread > 4<<10 || coroutine > 10<<10 {
		t.Errorf("too many bytes: state %d, thread %d, coroutine %d", state, thread, coroutine)
	}
	runtime.KeepAlive(kept)
}
