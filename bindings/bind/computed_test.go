package bind

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestComputedFieldMakesFunctions(t *testing.T) {
	m := New("lab", "A laboratory.", func() []Member {
		return []Member{
			Const("SIZE", "The size.", 7),
			Computed("makers", "table", "Functions by name.", func(c *Call) lua.LValue {
				tb := c.L.NewTable()
				tb.RawSetString("by-size", c.Function("by-size", func(c *Call) Out {
					return c.Return(c.Table().RawGetString("SIZE"))
				}))
				return tb
			}),
		}
	})
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("lab", m.Open(L))
	if err := L.DoString(`lab.SIZE = 9; assert(lab.makers["by-size"]() == 9)`); err != nil {
		t.Error(err)
	}
}
