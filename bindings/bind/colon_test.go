package bind

import (
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// TestMethodCallsOfOurCompiler checks that argument errors count as Lua's do in code compiled by package lua51.
func TestMethodCallsOfOurCompiler(t *testing.T) {
	for script, want := range map[string]string{
		`c:send({})`:                     "t.lua:1: bad argument #1 to 'send' (string expected, got table)",
		`c.send(c, {})`:                  "t.lua:1: bad argument #2 to 'send' (string expected, got table)",
		`m:send("x")`:                    "t.lua:1: calling 'send' on bad self (tcp{client} expected)",
		`local s = m.send s(m, "x")`:     "t.lua:1: bad argument #1 to 's' (tcp{client} expected)",
		`return c:send({})`:              "t.lua:1: bad argument #1 to 'send' (string expected, got table)",
		`local t = {c.send} t[1](c, {})`: "t.lua:1: bad argument #2 to '?' (string expected, got table)",
	} {
		L := lua51.NewState(lua51.Options{})
		L.SetGlobal("sock", pucModule().Open(L))
		prelude := "c = sock.tcp() c:connect() m = sock.tcp() "
		if err := runChunk(L, prelude); err != nil {
			t.Fatal(err)
		}
		if err := runChunk(L, script); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
		L.Close()
	}
}

func runChunk(L *lua.LState, script string) error {
	fn, err := lua51.Load(L, script, "@t.lua")
	if err != nil {
		return err
	}
	_, err = lua51.Call(L, fn)
	return err
}
