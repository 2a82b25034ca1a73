package lua51

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestCallResults(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	fn, err := Load(L, `local a, b = ... return b, a, nil`, "@swap.lua")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		results, err := Call(L, fn, lua.LNumber(1), lua.LString("x"))
		if err != nil || fmt.Sprint(results) != "[x 1 nil]" {
			t.Errorf("results %v, error %v", results, err)
		}
	}
	callable := L.NewTable()
	callable.Metatable = L.NewTable()
	callable.Metatable.(*lua.LTable).RawSetString("__call", fn)
	if results, err := Call(L, callable, lua.LNumber(1)); err != nil || results[0] != lua.LNumber(1) {
		t.Errorf("results %v, error %v", results, err)
	}
	if _, err := Call(L, lua.LNumber(1)); err == nil || err.Error() != "attempt to call a number value" {
		t.Errorf("error %v", err)
	}
}

func TestRuntimeError(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	source := `local function inner(t)
  return t.x.y
end
function outer(t)
  local v = inner(t)
  return v
end
local co = coroutine.wrap(function() outer({}) end)
co()`
	fn, err := Load(L, source, "@trace.lua")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Call(L, fn)
	var e *RuntimeError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if want := "trace.lua:9: trace.lua:2: attempt to index field 'x' (a nil value)"; e.Message != want {
		t.Errorf("message %q, want %q", e.Message, want)
	}
	const want = `stack traceback:
	trace.lua:2: in function 'inner'
	trace.lua:5: in function 'outer'
	trace.lua:8: in function <trace.lua:8>
	[C]: in function 'co'
	trace.lua:9: in main chunk`
	if got := FormatTraceback(e.Traceback); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestErrorValues(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	fn, _ := Load(L, `local v = ... error(v)`, "@e.lua")
	table := L.NewTable()
	for _, test := range []struct {
		value lua.LValue
		want  string
	}{
		{lua.LString("text"), "e.lua:1: text"},
		{lua.LNumber(1.5), "e.lua:1: 1.5"},
		{table, "(error object is a table value)"},
		{lua.LNil, "(error object is a nil value)"},
	} {
		_, err := Call(L, fn, test.value)
		if err == nil || err.Error() != test.want {
			t.Errorf("error(%v): %v", test.value, err)
		}
		if e := err.(*RuntimeError); test.value.Type() == lua.LTTable && e.Value != test.value {
			t.Errorf("value %v", e.Value)
		}
	}
}

// A deep stack costs a traceback no more than its ends.
func TestDeepTraceback(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	_, err := runText(L, `local function f(n) if n == 0 then error("deep") end return 1 + f(n - 1) end f(9000)`)
	e, ok := err.(*RuntimeError)
	if !ok || len(e.Traceback) != headFrames+1+tailFrames {
		t.Fatalf("%v: %d frames", err, len(e.Traceback))
	}
	if e.Traceback[0].Function != "error" || e.Traceback[headFrames].What != "..." || e.Traceback[headFrames+tailFrames].What != "main" {
		t.Errorf("traceback\n%s", FormatTraceback(e.Traceback))
	}
}

type kill struct{}

func (kill) Unwind() {}

// The scheduler ends a task by panicking through it. No script may see that or go on after it.
func TestUnwind(t *testing.T) {
	for _, source := range []string{
		`die()`,
		`pcall(die)`,
		`pcall(function() die() end)`,
		`xpcall(die, seen)`,
		`xpcall(function() die() end, seen)`,
		`coroutine.resume(coroutine.create(die))`,
		`coroutine.wrap(function() die() end)()`,
		`pcall(coroutine.wrap(function() coroutine.yield() end)) pcall(coroutine.wrap(function() pcall(die) end))`,
		`local co = coroutine.wrap(function() coroutine.yield() die() end) co() pcall(co)`,
		`table.sort({1, 2, 3}, die)`,
		`("abc"):gsub(".", function() pcall(die) end)`,
		`local x = setmetatable({}, {__index = die}).x`,
		`local x = setmetatable({}, {__concat = die}) .. "x"`,
		`for x in die do end`,
		`load(die)`,
		`xpcall(error, die)`,
	} {
		t.Run(source, func(t *testing.T) {
			L := NewState(Options{})
			defer L.Close()
			L.SetGlobal("die", L.NewFunction(func(*lua.LState) int { panic(kill{}) }))
			after := false
			L.SetGlobal("seen", L.NewFunction(func(*lua.LState) int { after = true; return 0 }))
			defer func() {
				if r := recover(); r != (kill{}) || after {
					t.Errorf("recovered %v, script went on: %v", r, after)
				}
				// The state must stay usable: other tasks of the process go on.
				if text, err := runText(L, `return pcall(error) == false and coroutine.wrap(function() return "fine" end)()`); text != "fine" {
					t.Errorf("afterwards %q, %v", text, err)
				}
			}()
			_, err := runText(L, source+" seen()")
			t.Errorf("returned %v", err)
		})
	}
}

// Threads of one state take turns in Go; stopping one leaves the others alone.
func TestBreakThread(t *testing.T) {
	var out bytes.Buffer
	var alarm Alarm
	L := NewState(Options{Stdout: &out, Meter: Budget{Alarm: &alarm}.Meter()})
	defer L.Close()
	fn, err := Load(L, `local name = ...
		pcall(function() while true do coroutine.wrap(function() step(name) end)() end end)
		print("went on")`, "loop")
	if err != nil {
		t.Fatal(err)
	}
	first, second := NewThread(L), NewThread(L)
	stopped := errors.New("stopped")
	steps := map[string]int{}
	L.SetGlobal("step", L.NewFunction(func(L *lua.LState) int {
		name := L.CheckString(1)
		steps[name]++
		switch {
		case Thread(L) != first && Thread(L) != second:
			t.Error("another thread")
		case name == "first" && steps[name] == 3:
			if _, err := Call(second, fn, lua.LString("second")); !errors.Is(err, stopped) {
				t.Errorf("second: %v", err)
			}
		case name == "second" && steps[name] == 5:
			alarm.Break(stopped)
		case name == "first" && steps[name] == 10:
			alarm.Break(stopped)
		}
		return 0
	}))
	if _, err := Call(first, fn, lua.LString("first")); !errors.Is(err, stopped) {
		t.Errorf("first: %v", err)
	}
	if out.Len() > 0 || steps["first"] != 10 || steps["second"] != 5 {
		t.Errorf("output %q, steps %v", out.String(), steps)
	}
	if text, err := runText(L, `return "main goes on"`); err != nil || text != "main goes on" {
		t.Errorf("%q, %v", text, err)
	}
}

// What a failed function's closures share must outlive the stack that the failed call ran on.
func TestUpvaluesOutliveErrors(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	text, err := runText(L, `
		local get, set, outer = nil, nil, 1
		local function count() outer = outer + 1 return outer end
		pcall(function()
			local shared = 10
			get, set = function() return shared end, function(v) shared = v end
			count()
			local t = nil
			t.x = 1
		end)
		for i = 1, 20 do pcall(function(a, b, c, d) local x, y, z = a, b, c; error("other") end, 1, 2, 3, 4) end
		set(get() + 5)
		outer = outer + 100
		return get() .. "," .. count() .. "," .. outer`)
	if err != nil || text != "15,103,103" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestUsedFuelIsTheSameInEveryRun(t *testing.T) {
	var used []int64
	for range 3 {
		m := NewMeter(1_000_000)
		L := NewState(Options{Meter: m})
		if _, err := runText(L, `
			local t = {} for i = 1, 100 do t[i] = tostring({}) .. i end table.sort(t)
			for k, v in pairs(t) do pcall(error, v) end
			local co = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
			for i = 1, 10 do co() end`); err != nil {
			t.Fatal(err)
		}
		used = append(used, m.Used())
		L.Close()
	}
	if used[0] != used[1] || used[1] != used[2] || used[0] < 1000 {
		t.Errorf("used %v", used)
	}
}

func TestLoadRefuses(t *testing.T) {
	L := NewState(Options{MaxSource: 1 << 18})
	defer L.Close()
	for _, test := range []struct{ source, want string }{
		{"x = = 1", "c:1: unexpected symbol near '='"},
		{"if x then", "c:1: 'end' expected near '<eof>'"},
		{"if x then\n\n", "c:3: 'end' expected (to close 'if' at line 1) near '<eof>'"},
		{"# a first line\nx =", "c:2: unexpected symbol near '<eof>'"},
		{"\x1bLua", "c:1: precompiled chunks are not accepted"},
		{strings.Repeat(" ", 1<<18+1), "c:1: chunk is longer than 262144 bytes"},
		{"return " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), "c:1: chunk has too many syntax levels"},
		{"return " + strings.Repeat("{", 300) + strings.Repeat("}", 300), "c:1: chunk has too many syntax levels"},
		{"return " + strings.Repeat("not ", 30000) + "1", "c:1: chunk has too many syntax levels"},
		{"return " + strings.Repeat("- ", 30000) + "1", "c:1: chunk has too many syntax levels"},
		{"return 1 " + strings.Repeat(" ..1", 300), "c:1: chunk has too many syntax levels"},
		{"return a" + strings.Repeat("+a", 30000), "c:1: function or expression too complex"},
		{"return a" + strings.Repeat(".b", 30000), "c:1: function or expression too complex"},
		{strings.Repeat("do ", 300) + strings.Repeat("end ", 300), "c:1: chunk has too many syntax levels"},
		{strings.Repeat("function f() end ", 5000), "c:1: chunk has more than 1500 functions"},
		{"local a" + strings.Repeat(",a", 250), "c:1: main function has more than 200 local variables"},
		{"a" + strings.Repeat(",a", 250) + " = 1", "c:1: main function has more than 200 variables in assignment"},
		{many("local a%d = 1 ", 201), "c:1: main function has more than 200 local variables"},
		{"f(" + strings.Repeat("a,", 250) + "a)", "c:1: function or expression too complex"},
		{strings.Repeat("a()", 60000), "function has more than 100000 instructions"},
		{many("a%d=1 ", 600), "c:1: main function has more than 512 global names"},
	} {
		_, err := Load(L, test.source, "@c")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.30q…: %v, want %s", test.source, err, test.want)
		}
		var e *SyntaxError
		if !errors.As(err, &e) || e.Chunk != "c" || e.Line < 1 {
			t.Errorf("%.30q…: error %#v", test.source, err)
		}
	}
}

// many returns copies of a piece of source with running numbers.
func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestLargeChunks(t *testing.T) {
	L := NewState(Options{MaxSource: 1 << 20})
	defer L.Close()
	for _, test := range []struct{ name, source, want string }{
		{"a long constructor", "local t = {" + many("%d,", 30000) + "} return #t .. ',' .. t[30000]", "30000,29999"},
		{"many constants", "local t = {" + many("'s%d',", 3000) + "} local x = {last = 's'} x.field = 1 return t[3000] .. x.last .. x.field", "s2999s1"},
		{"many names", "local t = {}" + many(" t.f%d = %[1]d", 2000) + " return t.f1999 + t.f5", "2004"},
		{"methods after many names", "local t = {v = 7}" + many(" t.f%d = 1", 400) +
			" function t:late() return self.v end return t:late() + t.f399", "8"},
		{"many globals", many("g%d = %[1]d ", 500) + "return g499 + g3", "502"},
		{"globals after many fields", "local t = {}" + many(" t.f%d = 1", 400) + many(" g%d = %[1]d ", 300) + " return g299 + t.f399 + g1", "301"},
		{"many locals in turn", many("do local a = %d end ", 5000) + "return 1", "1"},
		{"many upvalues", "local " + strings.TrimSuffix(many("a%d,", 150), ",") + " = 1 return (function() a149 = a0 return " +
			strings.TrimSuffix(many("(a%d or 1) +", 150), "+") + " end)()", "150"},
		{"deep blocks", strings.Repeat("do ", 150) + "x = 5 " + strings.Repeat("end ", 150) + "return x", "5"},
		{"a long elseif", "local v = 900 if v == -1 then return 0" + many(" elseif v == %d then return %[1]d", 1000) + " end", "900"},
	} {
		text, err := runText(L, test.source)
		if err != nil || text != test.want {
			t.Errorf("%s: %.60q, %v", test.name, text, err)
		}
	}
}
