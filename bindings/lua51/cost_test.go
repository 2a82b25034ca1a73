package lua51

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestLongOperandsAreCharged shows that no instruction and no function handles a long string, or an emptied array, for the price of a
// short one: each round of these loops costs 500 units at least.
func TestLongOperandsAreCharged(t *testing.T) {
	const fuel, most = 1_000_000, 2000
	for _, body := range []string{
		`local _ = s + 1`, `local _ = -s`, `local _ = s % 2`, `local _ = s < t`, `local _ = s <= t`, `local _ = s == t`,
		`T[s] = 1`, `local _ = T[s]`, `local _ = {[s] = 1}`, `rawset(T, s, 1)`, `rawget(T, s)`, `rawequal(s, t)`,
		`tonumber(s)`, `tonumber(s, 16)`, `math.max(s, 1)`, `math.floor(s)`, `pcall(math.random, s)`, `pcall(string.rep, "x", s)`,
		`pcall(string.char, s)`, `pcall(string.format, "%d", s)`, `pcall(select, s)`, `pcall(unpack, {}, s)`, `pcall(getfenv, s)`,
		`pcall(collectgarbage, s)`, `pcall(assert, false, s)`, `debug.traceback(s)`, `local _ = #holes`,
		`local t = {} t[1000] = 1`, `local t = {[1000] = 1}`, `rawset({}, 1000, 1)`, `local p = setmetatable({}, {__newindex = {}}) p[1000] = 1`,
	} {
		L := NewState(Options{Meter: NewMeter(fuel)})
		_, err := runText(L, `local s, t, T = ("9"):rep(400000), ("9"):rep(399999) .. "8", {x = 1}
			local holes = {} for i = 1, 20000 do holes[i] = i end for i = 20000, 2, -1 do holes[i] = false end for i = 2, 20000 do holes[i] = nil end
			for i = 1, `+fmt.Sprint(most)+` do `+body+` end`)
		var limit *LimitError
		if !errors.As(err, &limit) {
			t.Errorf("%s: %d rounds for less than %d units (%v)", body, most, fuel, err)
		}
		L.Close()
	}
}

// TestInstructionsThatDoMuchAreCharged shows the same of one instruction of a loop that handles many values, looks in many tables, or
// shares one of many variables.
func TestInstructionsThatDoMuchAreCharged(t *testing.T) {
	name := strings.Repeat("n", 100_000)
	var variables strings.Builder
	for i := range 180 {
		fmt.Fprintf(&variables, "local v%d = 0 keep[%d] = function() return v%d end ", i, i, i)
	}
	for _, test := range []struct{ name, before, loop string }{
		{"a long global", ``, `while true do local _ = ` + name + ` end`},
		{"a long global that is set", ``, `while true do ` + name + ` = 1 end`},
		{"a long field", `local t = {x = 1}`, `while true do local _ = t.` + name + ` end`},
		{"a long field that is set", `local t = {x = 1}`, `while true do t.` + name + ` = 1 end`},
		{"a long method", `local t = {x = 1}`, `t["` + name[:50_000] + `"] = print while true do t:` + name[:50_000] + `() end`},
		{"tables behind tables", `local t = {} for i = 1, 90 do t = setmetatable({}, {__index = t}) end`, `while true do local _ = t.x end`},
		{"tables in front of tables", `local t = {} for i = 1, 90 do t = setmetatable({}, {__newindex = t}) end`, `while true do t.x = nil end`},
		{"a table of all arguments", `local function f(...)`, `while true do local _ = {...} end end f(unpack(values))`},
		{"functions that share", `local keep = {} ` + variables.String(), `while true do local _ = function() return v179 + v178 + v177 end end`},
		{"calls while many are shared", `local function f() end local function deep(n) local x = n local g = function() return x end if n == 0 then`,
			`while true do f() end end return deep(n - 1) + g() end deep(3000)`},
		{"levels far down", `local function f(n) if n == 0 then`, `while true do getfenv(4000) end end return f(n - 1) + 1 end f(5000)`},
		{"positions far down", `local function f(n) if n == 0 then`, `while true do pcall(error, "x", 4000) end end return f(n - 1) + 1 end f(5000)`},
		{"tracebacks of deep stacks", `local function f(n) if n == 0 then`, `while true do debug.traceback() end end return f(n - 1) + 1 end f(5000)`},
	} {
		const fuel, most = 1_000_000, 50_000
		L := NewState(Options{Meter: NewMeter(fuel)})
		rounds := 0
		L.SetGlobal("round", Native(func(*lua.LState) int { rounds++; return 0 }))
		source := `local values = {} for i = 1, 500 do values[i] = i end ` + test.before + " " + strings.Replace(test.loop, " do ", " do round() ", 1)
		_, err := runText(L, source)
		var limit *LimitError
		if !errors.As(err, &limit) || rounds > most {
			t.Errorf("%s: %d rounds for %d units (%v)", test.name, rounds, fuel, err)
		}
		L.Close()
	}
}

// TestPrintGathersLittle shows that one call of print makes no text longer than the longest of its arguments and what it gathers.
func TestPrintGathersLittle(t *testing.T) {
	longest := 0
	L := NewState(Options{Stdout: writerFunc(func(b []byte) (int, error) { longest = max(longest, len(b)); return len(b), nil })})
	defer L.Close()
	if _, err := runText(L, `local s, t = ("x"):rep(10000), {} for i = 1, 1000 do t[i] = s end print(unpack(t))`); err != nil {
		t.Error(err)
	}
	if longest == 0 || longest > printed+10001 {
		t.Errorf("wrote %d bytes at once", longest)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
