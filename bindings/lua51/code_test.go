package lua51

import (
	"bytes"
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

// TestCodeOwnFunctions: what is shared must not call the functions of another state, which tracebacks would show.
func TestCodeOwnFunctions(t *testing.T) {
	var code Code
	const source = `local function f(...) local t = {} t.x = nil return function(...) return ("a" .. ...) end end return f`
	var states []*lua.LState
	for range 2 {
		L := NewState(Options{})
		defer L.Close()
		states = append(states, L)
		fn, err := code.Load(L, source, "@code.lua")
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		var look func(p *lua.FunctionProto)
		look = func(p *lua.FunctionProto) {
			for _, c := range p.Constants {
				if g, ok := c.(*lua.LFunction); ok {
					count++
					if !mustContext(L).machine.hidden(g) {
						t.Errorf("state %d calls another's function", len(states))
					}
				}
			}
			for _, inner := range p.FunctionPrototypes {
				look(inner)
			}
		}
		look(fn.Proto)
		if count == 0 {
			t.Fatal("the source calls no such function")
		}
	}
}
