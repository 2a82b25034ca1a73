package bind

import (
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

type oneArg struct {
	A lua.LValue `doc:"a value"`
}

type restArgs struct {
	A    lua.LValue   `doc:"a value"`
	More []lua.LValue `doc:"more" rest:"true"`
}

func TestScript(t *testing.T) {
	base := New("base", "B.", func() []Member { return []Member{Const("N", "A number.", 41)} })
	m := New("lab", "A laboratory.", func() []Member {
		return []Member{
			PUC(), Uses(base), Script(`local lab, base = ...
		function lab.add(a) return base.N + a end
		function lab.part.count(a, ...) return select("#", ...) end`),
			InLua[oneArg]("add", "Add."),
			Part("part", "A part.", InLua[restArgs]("count", "Count.")),
		}
	})
	L := lua51.NewState(lua51.Options{})
	defer L.Close()
	table := m.Open(L)
	L.SetGlobal("lab", table)
	fn, err := lua51.Load(L, `return lab.add(1), lab.part.count(1, 2, 3)`, "test")
	if err != nil {
		t.Fatal(err)
	}
	if results, err := lua51.Call(L, fn); err != nil || fmt.Sprint(results) != "[42 2]" {
		t.Errorf("got %v, %v", results, err)
	}
	if topic := TopicOf(L, table.RawGetString("add")); topic != "lab.add" {
		t.Errorf("the topic of a function in Lua is %q", topic)
	}
	if got := m.Functions()[0].Signature(); got != "lab.add(a)" {
		t.Errorf("its signature is %q", got)
	}
}

// TestScriptMustDefineWhatIsDeclared opens modules that do not.
func TestScriptMustDefineWhatIsDeclared(t *testing.T) {
	for script, want := range map[string]string{
		`local lab = ...`:                                              "lab.f is declared, but the script does not define it",
		`local lab = ... function lab.f(a, b) end`:                     "lab.f does not have the declared parameters",
		`local lab = ... function lab.f(...) end`:                      "lab.f does not have the declared parameters",
		`local lab = ... function lab.f(a) end function lab.g() end`:   "lab.g is defined by the script, but not declared",
		`local lab = ... function lab.f(a) end function lab.p.h() end`: "lab.p.h is defined by the script, but not declared",
		`local lab = ... lab.f = 1`:                                    "lab.f is declared, but the script does not define it",
		`local lab = `:                                                 "module lab: lab:1:",
		`error("sorry")`:                                               "sorry",
	} {
		m := New("lab", "A laboratory.", func() []Member { return []Member{PUC(), Script(script), InLua[oneArg]("f", "F."), Part("p", "P.")} })
		L := lua51.NewState(lua51.Options{})
		func() {
			defer L.Close()
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("%s: got %q, want %q", script, got, want)
				}
			}()
			m.Open(L)
		}()
	}
}
