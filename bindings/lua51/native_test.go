package lua51

import (
	"slices"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestStatesAreApart: the tables of the libraries are copies of one set, so whatever a script does to them stays in its state.
func TestStatesAreApart(t *testing.T) {
	const list = `
local out = {}
for _, t in ipairs{_G, string, table, math, coroutine, debug, getmetatable("")} do
  for k, v in pairs(t) do out[#out + 1] = tostring(k) .. (type(v) == "function" and " is a function" or type(v)) end
end
return table.concat(out, "\n")`
	run := func(L *lua.LState, source string) string {
		t.Helper()
		fn, err := Load(L, source, "=apart")
		if err != nil {
			t.Fatal(err)
		}
		results, err := Call(L, fn)
		if err != nil {
			t.Fatal(err)
		}
		if len(results) == 0 {
			return ""
		}
		return results[0].String()
	}
	spoilt, other := NewState(Options{}), NewState(Options{})
	defer spoilt.Close()
	defer other.Close()
	want := run(other, list)
	run(spoilt, `
local mt, tables, pairs, random = getmetatable(""), {string, table, math, coroutine, debug}, pairs, math.random
tables[#tables + 1], tables[#tables + 2] = mt, _G
for i = 1, 7 do
  local t = tables[i]
  t.new, t[1], t[{}] = 1, 2, 3
  for k in pairs(t) do t[k] = i % 2 == 0 and 0 or nil end
  for j = 1, 50 do t["name" .. j] = j end
end`)
	if got := run(other, list); got != want {
		t.Errorf("after another state was spoilt:\n%s\nwant\n%s", got, want)
	}
	fresh := NewState(Options{})
	defer fresh.Close()
	if got := run(fresh, list); got != want {
		t.Errorf("in a state made later:\n%s\nwant\n%s", got, want)
	}
}

// TestCopy compares a copy with what it is a copy of, and changes each in ways that must not show in the other.
func TestCopy(t *testing.T) {
	L := NewState(Options{})
	defer L.Close()
	from := L.NewTable()
	for i, k := range []lua.LValue{lua.LString("a"), lua.LNumber(1), lua.LNumber(2), lua.LTrue, lua.LString("b"), lua.LNumber(-1)} {
		from.RawSet(k, lua.LNumber(i))
	}
	from.Metatable = L.NewTable()
	to := Copy(from)
	list := func(t *lua.LTable) (out []lua.LValue) {
		for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
			out = append(out, k, v)
		}
		return out
	}
	want := list(from)
	if got := list(to); !slices.Equal(got, want) || to.Metatable != from.Metatable {
		t.Fatalf("%v, want %v", got, want)
	}
	for _, k := range []lua.LValue{lua.LString("c"), lua.LString("d"), lua.LNumber(3), lua.LFalse} {
		to.RawSet(k, lua.LTrue)
	}
	to.RawSet(lua.LString("a"), lua.LNil)
	if got := list(from); !slices.Equal(got, want) {
		t.Errorf("%v after its copy was changed, want %v", got, want)
	}
	changed := list(to)
	from.RawSet(lua.LString("x"), lua.LTrue)
	from.RawSet(lua.LNumber(1), lua.LNil)
	if got := list(to); !slices.Equal(got, changed) {
		t.Errorf("%v after what it is a copy of was changed, want %v", got, changed)
	}
}
