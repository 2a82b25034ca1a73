package lua51

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestCode runs the same source in several states, at a time, that share what is compiled: same output, same fuel as without sharing.
func TestCode(t *testing.T) {
	const source = `
local function join(...) local t = {...} t[2] = nil return (t[1] .. "-" .. #t) .. select("#", ...) end
x = (x or 0) + 1
print(join("a", "b", "c") .. x, (function(s) return s .. s end)("z"))`
	run := func(load func(*lua.LState, string, string) (*lua.LFunction, error)) (string, int64) {
		var out bytes.Buffer
		m := NewMeter(1_000_000)
		L := NewState(Options{Stdout: &out, Meter: m})
		defer L.Close()
		fn, err := load(L, source, "@code.lua")
		if err != nil {
			t.Error(err)
			return "", 0
		}
		if _, err := Call(L, fn); err != nil {
			t.Error(err)
		}
		return out.String(), m.Used()
	}
	want, fuel := run(Load)
	var code Code
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 {
				if out, used := run(code.Load); out != want || used != fuel {
					t.Errorf("%q for %d units, want %q for %d", out, used, want, fuel)
				}
			}
		})
	}
	all.Wait()
	if len(code.kept) != 1 {
		t.Errorf("%d chunks kept", len(code.kept))
	}
}

// TestCodeShared: states have what is kept in common, and tracebacks of each hide the functions that it calls.
func TestCodeShared(t *testing.T) {
	var code Code
	const source = `
local function f(...) local t = {} t.x = nil return function(...) return ("a" .. ...) end end
return select(2, xpcall(function() return "a" .. {} end, debug.traceback)), f`
	var protos []*lua.FunctionProto
	for range 2 {
		L := NewState(Options{})
		defer L.Close()
		fn, err := code.Load(L, source, "@code.lua")
		if err != nil {
			t.Fatal(err)
		}
		protos = append(protos, fn.Proto)
		results, err := Call(L, fn)
		if err != nil {
			t.Fatal(err)
		}
		const want = "code.lua:3: attempt to concatenate a table value\nstack traceback:\n\tcode.lua:3: in function <code.lua:3>\n"
		if got := results[0].String(); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want it to begin with %q", got, want)
		}
	}
	if protos[0] != protos[1] {
		t.Error("each state has code of its own")
	}
}
