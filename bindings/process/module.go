package process

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// module implements the Lua function of that name (manual 5.3): it makes a table the module and the environment of the file.
func (p *Process) module(L *lua.LState) int {
	name := stringArg(L, "module")
	t, ok := p.loaded.RawGetString(name).(*lua.LTable)
	if !ok {
		if t = globalTable(L, name); t == nil {
			L.RaiseError("name conflict for module '%s'", name)
		}
		p.loaded.RawSetString(name, t)
	}
	if t.RawGetString("_NAME") == lua.LNil {
		t.RawSetString("_M", t)
		t.RawSetString("_NAME", lua.LString(name))
		t.RawSetString("_PACKAGE", lua.LString(name[:strings.LastIndexByte(name, '.')+1]))
	}
	caller(L).Env = t
	for i := 2; i <= L.GetTop(); i++ {
		L.Push(L.Get(i))
		L.Push(t)
		L.Call(1, 0)
	}
	return 0
}

// globalTable returns the global table of a dotted name, made if need be; nil if something else has the name.
func globalTable(L *lua.LState, name string) *lua.LTable {
	at := L.Get(lua.GlobalsIndex).(*lua.LTable)
	for part := range strings.SplitSeq(name, ".") {
		v := at.RawGetString(part)
		if v == lua.LNil {
			v = L.NewTable()
			at.RawSetString(part, v)
		}
		next, ok := v.(*lua.LTable)
		if !ok {
			return nil
		}
		at = next
	}
	return at
}

// caller returns the Lua function that called the running one, and raises if there is none.
func caller(L *lua.LState) *lua.LFunction {
	if frame, ok := L.GetStack(1); ok {
		f, err := L.GetInfo("f", frame, lua.LNil)
		if fn, ok := f.(*lua.LFunction); ok && err == nil && !fn.IsG {
			return fn
		}
	}
	L.RaiseError("'module' not called from a Lua function")
	return nil
}

// seeAll implements package.seeall (manual 5.3): what the module does not have it finds among the globals.
func (p *Process) seeAll(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		badArgument(L, "seeall", "table")
	}
	meta, ok := t.Metatable.(*lua.LTable)
	if !ok {
		meta = L.NewTable()
		t.Metatable = meta
	}
	meta.RawSetString("__index", L.Get(lua.GlobalsIndex))
	return 0
}
