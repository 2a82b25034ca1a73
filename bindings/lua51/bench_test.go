package lua51

import (
	"slices"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// benchmarks are small programs; each runs b.N times the body of function f.
var benchmarks = map[string]string{
	"loop":    `local n = ... local s = 0 for i = 1, n do s = s + i % 7 end return s`,
	"call":    `local n = ... local function f(x) return x + 1 end local s = 0 for i = 1, n do s = f(s) end return s`,
	"method":  `local n = ... local P = {} P.__index = P function P:add(k) self.x = self.x + k end local o = setmetatable({x = 0}, P) for i = 1, n do o:add(i) end return o.x`,
	"concat":  `local n = ... local s for i = 1, n do s = "a" .. i .. "b" end return s`,
	"strings": `local n = ... local s local x, y = "abc", "def" for i = 1, n do s = x .. y end return s`,
	"table":   `local n = ... local t for i = 1, n do t = {} t[1] = i t[2] = i end return t`,
	"object":  `local n = ... local t for i = 1, n do t = {x = i} end return t`,
	"fields":  `local n = ... local t for i = 1, n do t = {} t.x = i end return t`,
	"array":   `local n = ... local t = {} for i = 1, n do t[i % 1000 + 1] = i end return t`,
	"closure": `local n = ... local s = 0 for i = 1, n do local f = function() s = s + i end f() end return s`,
	"pcall":   `local n = ... local function f(x) return x + 1 end for i = 1, n do pcall(f, i) end`,
	"error":   `local n = ... local e = error for i = 1, n do pcall(e, "x") end`,
	"vmerror": `local n = ... local function f(x) local t = x.y.z end local e = {} for i = 1, n do pcall(f, e) end`,
	"yield":   `local n = ... local y = coroutine.yield local co = coroutine.wrap(function() while true do y(1) end end) for i = 1, n do co() end`,
	"create":  `local n = ... for i = 1, n do coroutine.wrap(function() end)() end`,
	"pairs":   `local n = ... local t = {} for i = 1, 100 do t["k" .. i] = i end for i = 1, n / 100 do for k, v in pairs(t) do end end`,
	"ipairs":  `local n = ... local t = {} for i = 1, 100 do t[i] = i end for i = 1, n / 100 do for k, v in ipairs(t) do end end`,
	"sub":     `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:sub(3, 40) end return s`,
	"byte":    `local n = ... local s, text = 0, "hello, world" for i = 1, n do s = s + text:byte(5) end return s`,
	"upper":   `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:upper() end return s`,
	"rep":     `local n = ... local s for i = 1, n do s = ("ab"):rep(50) end return s`,
	"format":  `local n = ... local s local f = string.format for i = 1, n do s = f("%d %s %5.2f", i, "x", i / 3) end return s`,
	"find":    `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key=value" for i = 1, n do s = text:find("(%w+)=(%w+)") end return s`,
	"plain":   `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key" for i = 1, n do s = text:find("key", 1, true) end return s`,
	"gsub":    `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:gsub("o", "0") end return s`,
	"math":    `local n = ... local s, floor, max = 0, math.floor, math.max for i = 1, n do s = max(s, floor(i / 3)) end return s`,
}

func BenchmarkLua(b *testing.B) {
	for name, source := range benchmarks {
		b.Run(name+"/ours", func(b *testing.B) {
			L := NewState(Options{Meter: NewMeter(1 << 50)})
			defer L.Close()
			fn, err := Load(L, source, "bench")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			began := cpuTime()
			if _, err := Call(L, fn, lua.LNumber(b.N)); err != nil {
				b.Fatal(err)
			}
			reportCPU(b, began, float64(b.N))
		})
		b.Run(name+"/bare", func(b *testing.B) {
			L := lua.NewState()
			defer L.Close()
			fn, err := L.LoadString(source)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			began := cpuTime()
			if err := L.CallByParam(lua.P{Fn: fn, Protect: true}, lua.LNumber(b.N)); err != nil {
				b.Fatal(err)
			}
			reportCPU(b, began, float64(b.N))
		})
	}
}

// functions are calls of the string library, with METHOD and FUNCTION where the name goes.
var functions = []struct{ name, source string }{
	{"byte", `local n = ... local s, text = nil, "hello, world" for i = 1, n do s = text:METHOD(5) end`},
	{"plain", `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key" for i = 1, n do s = text:METHOD("key", 1, true) end`},
	{"sub", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:METHOD(3, 40) end`},
	{"rep", `local n = ... local s, text = nil, "ab" for i = 1, n do s = text:METHOD(50) end`},
	{"find", `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key=value" for i = 1, n do s = text:METHOD("(%w+)=(%w+)") end`},
	{"gsub", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:METHOD("o", "0") end`},
	{"format", `local n = ... local s, text = nil, "%d %s %5.2f" for i = 1, n do s = text:METHOD(i, "x", i / 3) end`},
	{"upper", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:METHOD() end`},
}

// BenchmarkFunction measures what functions of the string library take themselves: the same calls of a function that does nothing, in the
// same loop, are measured in turns with them and subtracted. What a call costs, BenchmarkLua/call and /method tell.
func BenchmarkFunction(b *testing.B) {
	for _, f := range functions {
		name := f.name
		if name == "plain" {
			name = "find"
		}
		b.Run(f.name+"/ours", func(b *testing.B) {
			L := NewState(Options{Meter: NewMeter(1 << 50)})
			defer L.Close()
			measureFunction(b, L, f.source, name, func(source string) (*lua.LFunction, error) { return Load(L, source, "bench") })
		})
		b.Run(f.name+"/bare", func(b *testing.B) {
			L := lua.NewState()
			defer L.Close()
			measureFunction(b, L, f.source, name, L.LoadString)
		})
	}
}

func measureFunction(b *testing.B, L *lua.LState, source, name string, load func(string) (*lua.LFunction, error)) {
	L.GetGlobal("string").(*lua.LTable).RawSetString("nothing", L.NewFunction(func(*lua.LState) int { return 0 }))
	program := func(method string) func(n int) (cpu, wall float64) {
		fn, err := load(strings.ReplaceAll(source, "METHOD", method))
		if err != nil {
			b.Fatal(err)
		}
		return func(n int) (cpu, wall float64) {
			began, at := cpuTime(), time.Now()
			if err := L.CallByParam(lua.P{Fn: fn, Protect: true}, lua.LNumber(n)); err != nil {
				b.Fatal(err)
			}
			return float64(cpuTime()-began) / float64(n), float64(time.Since(at).Nanoseconds()) / float64(n)
		}
	}
	call, nothing := program(name), program("nothing")
	const rounds = 25
	var cpus, walls []float64
	for range rounds {
		n := b.N/rounds + 1
		cpu, wall := call(n)
		cpu0, wall0 := nothing(n)
		cpus, walls = append(cpus, cpu-cpu0), append(walls, wall-wall0)
	}
	slices.Sort(cpus)
	slices.Sort(walls)
	b.ReportMetric(walls[rounds/2], "ns/op")
	b.ReportMetric(cpus[rounds/2], "cpu-ns")
}

// BenchmarkCount measures what one count of a process's memory costs for each thing in it.
func BenchmarkCount(b *testing.B) {
	for _, name := range []string{"numbers", "tables", "objects", "closures", "strings", "fields"} {
		b.Run(name, func(b *testing.B) {
			L := NewState(Options{})
			defer L.Close()
			fn, err := Load(L, growing[name], "bench")
			if err != nil {
				b.Fatal(err)
			}
			results, err := Call(L, fn, lua.LNumber(100_000))
			if err != nil {
				b.Fatal(err)
			}
			L.G.Registry.RawSetString("kept", results[0])
			m := mustContext(L).machine
			items := int64(0)
			for b.Loop() {
				_, items = m.weigh()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
		})
	}
	b.Run("new", func(b *testing.B) {
		L := NewState(Options{})
		defer L.Close()
		for b.Loop() {
			mustContext(L).machine.weigh()
		}
	})
}
