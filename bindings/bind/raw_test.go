package bind

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

type nest struct{}

type nestArgs struct {
	Body *lua.LFunction `doc:"called first"`
	Text string         `doc:"given back after that"`
}

// TestRawCallsNest makes raw methods begin while others have not returned, and some of them fail, since their Calls serve many calls.
func TestRawCallsNest(t *testing.T) {
	m := New("lab", "A laboratory.", func() []Member {
		return []Member{
			Fn("nest", "Make one.", func(*Call, None) (*nest, error) { return &nest{}, nil }),
			Class("Nest", "Calls back.",
				MethodRaw[nestArgs]("call", "Call, then give text back.", func(_ *nest, c *Call) Out {
					c.L.Push(c.Arg(1))
					c.L.Call(0, 0)
					return c.Return(c.String(2))
				})),
		}
	})
	out, err := run(t, `
local n = lab.nest()
local function nothing() end
print(n:call(function()
  print(n:call(function() print(n:call(nothing, "c")) end, "b"))
  print(pcall(n.call, n, function() error("no", 0) end, "d"))
  print(pcall(n.call, n, nothing))
  print(coroutine.wrap(function() return n:call(nothing, "e") end)())
end, "a"))
print(n:call(nothing, "f"))`, m)
	if want := "c\nb\nfalse\tno\nfalse\tt.lua:7: lab.Nest:call: argument 2 (text): want a string, got no value\ne\na\nf\n"; err != nil || out != want {
		t.Errorf("%q, %v", out, err)
	}
}
