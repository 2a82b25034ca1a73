package lua51

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// explain words an error of gopher-lua's VM or of its argument checks as Lua 5.1 does. L is as it was when
// the error was raised, with the message on top.
func explain(L *lua.LState, text string) string {
	found := levels(L, 2, false)
	if len(found) == 0 || found[0].thread != L {
		return explainUnplaced(strings.TrimPrefix(text, " "))
	}
	if found[0].fn.IsG {
		return explainArgument(L, strings.TrimPrefix(text, " "))
	}
	where := position(L, 0)
	message, ok := strings.CutPrefix(text, where)
	if !ok {
		return text
	}
	return where + explainVM(&found[0], message)
}

// explainUnplaced words errors raised where no function runs, or by the VM on behalf of a Go function.
func explainUnplaced(text string) string {
	if strings.HasSuffix(text, "attempt to call a non-function object") {
		return strings.Replace(text, "a non-function object", "a non-function value", 1)
	}
	return strings.Replace(text, "registry overflow", "stack overflow", 1)
}

var (
	indexError   = wire.Pattern(`^attempt to index a non-table object\((\w+)\) with key `)
	arithError   = wire.Pattern(`^cannot perform \w+ operation between (\w+) and (\w+)$`)
	compareError = wire.Pattern(`^attempt to compare (\w+) with (\w+)$`)
	forError     = wire.Pattern(`^for statement (init|limit|step) must be a number$`)
	badArgument  = wire.Pattern(`(?s)^(.*?)bad argument #(\d+) to (\S+) \((.*)\)$`)
)

// explainVM words an error of the instruction that here is running.
func explainVM(here *level, text string) string {
	site, _ := compile.ParseSite(here.site())
	if m := indexError().FindStringSubmatch(text); m != nil {
		return typeFault("index", &site, 0, m[1])
	}
	if m := arithError().FindStringSubmatch(text); m != nil {
		return arithFault(&site, m[1], m[2])
	}
	if m := compareError().FindStringSubmatch(text); m != nil && m[1] == m[2] {
		return fmt.Sprintf("attempt to compare two %s values", m[1])
	}
	if m := forError().FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("'for' %s must be a number", strings.Replace(m[1], "init", "initial value", 1))
	}
	switch text {
	case "attempt to call a non-function object":
		debug := here.debug
		_, callee := here.thread.GetLocal(&debug, site.Register+1)
		if site.Op == compile.OpIterate {
			site.Operands = nil
		}
		return typeFault("call", &site, 0, callee.Type().String())
	case "__unm undefined", "__len undefined":
		debug := here.debug
		_, operand := here.thread.GetLocal(&debug, site.Register+1)
		if text == "__len undefined" {
			return typeFault("get length of", &site, 0, operand.Type().String())
		}
		return typeFault("perform arithmetic on", &site, 0, operand.Type().String())
	case "registry overflow":
		return "stack overflow"
	case "too many recursions in gettable":
		return "loop in gettable"
	case "too many recursions in settable":
		return "loop in settable"
	}
	return text
}

// arithFault words a failed arithmetic instruction; left and right are the types of its operands.
func arithFault(site *compile.Site, left, right string) string {
	switch site.Op {
	case compile.OpForInit:
		return "'for' initial value must be a number"
	case compile.OpForLimit:
		return "'for' limit must be a number"
	case compile.OpForStep:
		return "'for' step must be a number"
	}
	if left == "number" {
		return typeFault("perform arithmetic on", site, 1, right)
	}
	return typeFault("perform arithmetic on", site, 0, left)
}

// typeFault words what luaG_typeerror of Lua 5.1 does; n says which operand of the site is at fault.
func typeFault(what string, site *compile.Site, n int, typ string) string {
	if n < len(site.Operands) {
		if o := site.Operands[n]; o.Kind != "" {
			return fmt.Sprintf("attempt to %s %s '%s' (a %s value)", what, o.Kind, o.Name, typ)
		}
	}
	return fmt.Sprintf("attempt to %s a %s value", what, typ)
}

// explainArgument words gopher-lua's own argument errors, which lack quotes and know no missing values.
func explainArgument(L *lua.LState, text string) string {
	if !strings.Contains(text, "bad argument #") { // the pattern would take its time with a text of a megabyte
		return explainUnplaced(text)
	}
	m := badArgument().FindStringSubmatch(text)
	if m == nil || strings.HasPrefix(m[3], "'") {
		return explainUnplaced(text)
	}
	var n int
	fmt.Sscan(m[2], &n)
	why := m[4]
	if n > L.GetTop()-1 { // the message itself is on top
		if want, ok := strings.CutSuffix(why, ", got nil"); ok {
			why = want + ", got no value"
		}
	}
	name := calledName(L)
	if method, ok := strings.CutPrefix(name, methodMark); ok {
		if n--; n == 0 {
			return fmt.Sprintf("%scalling '%s' on bad self (%s)", m[1], method, why)
		}
		name = method
	}
	return fmt.Sprintf("%sbad argument #%d to '%s' (%s)", m[1], n, name, why)
}

// calledAs returns how a call site names the function it calls.
func calledAs(note string) (kind, name string) {
	site, ok := compile.ParseSite(note)
	if !ok || site.Op != compile.OpCall || len(site.Operands) == 0 {
		return "", ""
	}
	return site.Operands[0].Kind, site.Operands[0].Name
}
