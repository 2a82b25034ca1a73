package bind

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// What a module gives to states is made once: functions that find their state when they are called, and tables that each state gets a copy
// of. What each state has of its own, the copy sets where place stands.
var place = lua.LFalse

// template makes the table of a module.
func (m *Module) template() {
	m.table = lua51.NewTable(len(m.funcs) + len(m.values) + len(m.parts))
	for _, f := range m.funcs {
		if !f.inLua {
			m.table.RawSetString(f.name, f.fn)
		}
	}
	for _, v := range m.values {
		m.table.RawSetString(v.name, place)
	}
	for _, part := range m.parts {
		m.table.RawSetString(part.Name, place)
	}
}

// template makes the tables of a class: its methods, and what a metatable has for every name.
func (ci *ClassInfo) template() {
	ci.table = lua51.NewTable(len(ci.methods) + 1)
	for _, f := range ci.methods {
		ci.table.RawSetString(f.name, f.fn)
	}
	if ci.named != nil {
		ci.table.RawSetString("class", place)
	}
	ci.metatable = lua51.NewTable(6)
	ci.metamethods(ci.metatable)
	ci.metatable.RawSetString("__index", place)
	if !ci.module.puc {
		ci.metatable.RawSetString("__metatable", place)
	}
}

// metamethods adds the metamethods that all names of a class share.
func (ci *ClassInfo) metamethods(mt *lua.LTable) {
	add := func(event string, body func(c *Call, obj any) lua.LValue) {
		f := &Func{name: event, full: ci.full + ":" + event, module: ci.module, class: ci}
		mt.RawSetString(event, lua51.Native(func(L *lua.LState) int {
			c := &Call{L: L, f: f, env: envOf(L), base: 2}
			defer c.guard()
			L.Push(body(c, c.env.self(c, ci)))
			return 1
		}))
	}
	add("__tostring", func(c *Call, obj any) lua.LValue {
		if ci.shown != nil {
			return lua.LString(ci.shown(obj, c.env.id(ci, obj)))
		}
		if ci.text != nil {
			return lua.LString(ci.nameOf(obj) + ": " + ci.text(obj))
		}
		return lua.LString(fmt.Sprintf("%s: 0x%08x", ci.nameOf(obj), c.env.id(ci, obj)))
	})
	add("__eq", func(c *Call, obj any) lua.LValue {
		other, ok := c.L.Get(2).(*lua.LUserData)
		if !ok || c.env.classOf(other) != ci {
			return lua.LFalse
		}
		if ci.equal != nil {
			return lua.LBool(ci.equal(obj, other.Value))
		}
		return lua.LBool(obj == other.Value)
	})
	if ci.length != nil {
		add("__len", func(_ *Call, obj any) lua.LValue { return lua.LNumber(ci.length(obj)) })
	}
}
