package lua51

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// The work of each benchmark, run by this package's libraries and by gopher-lua's own, both under a meter.
var benchmarks = []struct{ name, source string }{
	{"find", `local s = ("word "):rep(200) .. "key=value" return function() for i = 1, 100 do s:find("(%w+)=(%w+)") end end`},
	{"match", `return function() for i = 1, 1000 do ("2024-05-17 10:20"):match("(%d+)-(%d+)-(%d+)") end end`},
	{"gmatch", `local s = ("some words here "):rep(300) return function() local n = 0 for w in s:gmatch("%a+") do n = n + 1 end end`},
	{"gsub_string", `local s = ("some words here "):rep(60) return function() s:gsub("%w+", "<%0>") end`},
	{"gsub_function", `local s = ("some words here "):rep(60) return function() s:gsub("%w", function(c) return c end) end`},
	{"gsub_long", `local s = ("abc"):rep(5000) return function() s:gsub("b", "x") end`},
	{"set", `local s = ("some-words_here 42 "):rep(60) return function() s:gsub("[%w_-]+", "") end`},
	{"lazy", `local s = ("<b>x</b> text "):rep(100) return function() s:gsub("<(.-)>", "[%1]") end`},
	{"format", `return function() for i = 1, 500 do string.format("%5d %-10s %.2f %x", i, "name", i / 3, i) end end`},
	{"byte_char", `return function() for i = 1, 1000 do string.char(("x"):byte(), 65, 66) end end`},
	{"sub", `local s = ("x"):rep(1000) return function() for i = 1, 1000 do s:sub(i, i) end end`},
	{"upper", `local s = ("Some text "):rep(1000) return function() s:upper() end`},
	{"concat", `local t = {} for i = 1, 2000 do t[i] = "item" .. i end return function() table.concat(t, ",") end`},
	{"insert_remove", `return function() local t = {} for i = 1, 1000 do table.insert(t, i) end for i = 1, 1000 do table.remove(t) end end`},
	{"sort", `return function() local t, x = {}, 1 for i = 1, 1000 do x = x * 16807 % 2147483647 t[i] = x end table.sort(t) end`},
	{"sort_function", `return function() local t, x = {}, 1 for i = 1, 500 do x = x * 16807 % 2147483647 t[i] = x end table.sort(t, function(a, b) return a < b end) end`},
	{"math", `return function() local s = 0 for i = 1, 1000 do s = s + math.floor(i / 3) + math.max(i, 5) + math.sin(i) end end`},
}

func BenchmarkLibraries(b *testing.B) {
	for _, work := range benchmarks {
		b.Run(work.name+"/here", func(b *testing.B) {
			L := NewState(Options{})
			defer L.Close()
			bench(b, L, work.source)
		})
		b.Run(work.name+"/gopher-lua", func(b *testing.B) {
			L := NewState(Options{})
			defer L.Close()
			for _, open := range []lua.LGFunction{lua.OpenString, lua.OpenTable, lua.OpenMath} {
				L.Push(L.NewFunction(open))
				L.Call(0, 0)
			}
			bench(b, L, work.source)
		})
	}
}

func bench(b *testing.B, L *lua.LState, source string) {
	b.ReportAllocs()
	fn, err := L.LoadString(source)
	if err != nil {
		b.Fatal(err)
	}
	L.Push(fn)
	L.Call(0, 1)
	run := L.Get(-1)
	L.Pop(1)
	for b.Loop() {
		L.Push(run)
		L.Call(0, 0)
	}
}
