package bind

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// Script gives a module functions that are written in Lua: those declared with InLua, in the module and its parts. When
// a state opens the module, the chunk is called with the module's table and those of the modules it uses, in the order of
// Uses, and has to put the functions there. Opening panics when what the chunk defines is not what is declared.
func Script(source string) Member { return option(func(m *Module) { m.script = source }) }

// InLua declares a function that the module's Script defines. It checks its arguments itself; A describes them for
// the documentation and must have as many parameters as the function.
func InLua[A any](name, doc string) *Func {
	f := newFunc[A](name, doc)
	f.raw, f.inLua = true, true
	return f
}

// run calls the module's script and checks what it has defined.
func (e *env) run(m *Module) {
	fn, err := lua51.Load(e.L, m.script, "="+m.full)
	if err != nil {
		panic(fmt.Sprintf("module %s: %s", m.full, err))
	}
	args := []lua.LValue{e.tables[m]}
	for _, used := range m.uses {
		args = append(args, e.open(used))
	}
	if _, err := lua51.Call(e.L, fn, args...); err != nil {
		panic(err) // of the budget, or a defect
	}
	e.adopt(m)
}

// adopt notes the functions that a script has defined in the table of a module and its parts.
func (e *env) adopt(m *Module) {
	table := e.tables[m]
	declared := map[string]bool{}
	for _, f := range m.funcs {
		declared[f.name] = true
		if !f.inLua {
			continue
		}
		fn, ok := table.RawGetString(f.name).(*lua.LFunction)
		if !ok {
			panic(fmt.Sprintf("%s is declared, but the script does not define it", f.full))
		}
		if !fn.IsG && !f.takes(fn.Proto) {
			panic(fmt.Sprintf("%s does not have the declared parameters", f.full))
		}
		e.topics[fn] = f.full
	}
	for key, v := range Pairs(table) {
		if name := lua.LVAsString(key); v.Type() == lua.LTFunction && !declared[name] {
			panic(fmt.Sprintf("%s.%s is defined by the script, but not declared", m.full, name))
		}
	}
	for _, part := range m.parts {
		e.adopt(part)
	}
}

// takes reports whether a function in Lua has the declared parameters.
func (f *Func) takes(p *lua.FunctionProto) bool {
	fixed := len(f.params)
	if f.rest >= 0 {
		fixed--
	}
	return int(p.NumParameters) == fixed && (p.IsVarArg != 0) == (f.rest >= 0)
}
