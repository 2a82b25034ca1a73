package check

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// mostBreaches is how many breaches of rules are told of one dialogue; the others follow from them more often than not.
const mostBreaches = 3

// lawful judges what a function of module rules has found: each breach is a finding of its own, in the words of the rule.
func (e *Expectation) lawful(c *bind.Call, _ bind.None) bind.Out {
	list, ok := e.value.(*lua.LTable)
	if !ok {
		c.Raise("%s: want what a function of module rules gives, got %s", e.what, c.Describe(e.value))
	}
	if list.Len() == 0 {
		return c.Return(true)
	}
	for i := 1; i <= min(list.Len(), mostBreaches); i++ {
		b, ok := list.RawGetInt(i).(*lua.LTable)
		if !ok {
			c.Raise("%s: want what a function of module rules gives, got a list of other things", e.what)
		}
		text := func(name string) string { return lua.LVAsString(b.RawGetString(name)) }
		e.test.miss(grade.Finding{Message: e.what + ", " + text("text"), Expected: text("message"), Actual: text("said"),
			Where: fmt.Sprintf("line %s of the dialogue; RFC %s, %s", text("line"), text("rfc"), text("section"))}, nil, false)
	}
	if e.fatal {
		e.test.stop(c)
	}
	return c.Return(false)
}
