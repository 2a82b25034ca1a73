package lua51

import (
	"errors"
	"slices"
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

// BenchmarkLua runs the programs in our state and in bare gopher-lua's.
func BenchmarkLua(b *testing.B) {
	for name, source := range benchmarks {
		b.Run(name, func(b *testing.B) {
			ours, bare := benches(b, source)
			compare(b, ours.run, bare.run)
		})
	}
}

// functions are calls of the string library, whose name is measured.
var functions = []struct{ name, source string }{
	{"byte", `local n = ... local s, text = nil, "hello, world" for i = 1, n do s = text:measured(5) end`},
	{"plain", `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key" for i = 1, n do s = text:measured("key", 1, true) end`},
	{"sub", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:measured(3, 40) end`},
	{"rep", `local n = ... local s, text = nil, "ab" for i = 1, n do s = text:measured(50) end`},
	{"find", `local n = ... local s, text = nil, ("hello, world "):rep(10) .. "key=value" for i = 1, n do s = text:measured("(%w+)=(%w+)") end`},
	{"gsub", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:measured("o", "0") end`},
	{"format", `local n = ... local s, text = nil, "%d %s %5.2f" for i = 1, n do s = text:measured(i, "x", i / 3) end`},
	{"upper", `local n = ... local s, text = nil, ("hello, world "):rep(10) for i = 1, n do s = text:measured() end`},
}

// BenchmarkFunction measures what functions of the string library take themselves: the same calls of a function that does nothing, in the
// same loop and by the same name, are measured in turns with them and subtracted. What a call costs, BenchmarkLua/call and /method tell.
func BenchmarkFunction(b *testing.B) {
	for _, f := range functions {
		name := f.name
		if name == "plain" {
			name = "find"
		}
		b.Run(f.name, func(b *testing.B) {
			ours, bare := benches(b, f.source)
			compare(b, ours.measured(name), bare.measured(name))
		})
	}
}

// A bench is a function with one parameter, how often it is to do what it does.
type bench struct {
	b  *testing.B
	L  *lua.LState
	fn *lua.LFunction
}

// benches compiles a program in our state and in bare gopher-lua's.
func benches(b *testing.B, source string) (ours, bare bench) {
	ours = bench{b: b, L: NewState(Options{Meter: NewMeter(1 << 50)})}
	bare = bench{b: b, L: lua.NewState()}
	var err, err2 error
	ours.fn, err = Load(ours.L, source, "bench")
	bare.fn, err2 = bare.L.LoadString(source)
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(ours.L.Close)
	b.Cleanup(bare.L.Close)
	return ours, bare
}

// run returns the nanoseconds that each of n times took.
func (p bench) run(n int) float64 {
	began := time.Now()
	if err := p.L.CallByParam(lua.P{Fn: p.fn, Protect: true}, lua.LNumber(n)); err != nil {
		p.b.Fatal(err)
	}
	return float64(time.Since(began).Nanoseconds()) / float64(n)
}

// measured returns a function that measures the named one of the string library in a program that calls string.measured.
func (p bench) measured(name string) func(n int) float64 {
	library := p.L.GetGlobal("string").(*lua.LTable)
	function, nothing := library.RawGetString(name), p.L.NewFunction(func(*lua.LState) int { return 0 })
	return func(n int) float64 {
		library.RawSetString("measured", function)
		with := p.run(n)
		library.RawSetString("measured", nothing)
		return with - p.run(n)
	}
}

// compare measures two functions in short turns, so that what else the machine does falls on both, and reports medians: the nanoseconds of the
// first, those of the second, and how many times the second's the first takes.
func compare(b *testing.B, ours, bare func(n int) float64) {
	const turns = 101
	var first, second, ratios []float64
	n := b.N/turns + 1
	for range turns {
		x, y := ours(n), bare(n)
		first, second, ratios = append(first, x), append(second, y), append(ratios, x/y)
	}
	for _, values := range [][]float64{first, second, ratios} {
		slices.Sort(values)
	}
	b.ReportMetric(first[turns/2], "ns/op")
	b.ReportMetric(second[turns/2], "bare-ns/op")
	b.ReportMetric(ratios[turns/2], "times-bare")
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
