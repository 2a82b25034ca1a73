package bind

import (
	"fmt"
	"reflect"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// An env is what this package knows about one Lua state, all its threads included.
type env struct {
	L       *lua.LState // the main thread, for making values
	owner   any
	tables  map[*Module]*lua.LTable
	classes map[*ClassInfo]*classState
	byType  map[reflect.Type]*ClassInfo
	structs map[reflect.Type][]structField
	objects map[objectKey]*object
	topics  map[lua.LValue]string // the full names of module tables and of functions in Lua
	sweepAt int                   // sweep objects when there are this many
	calls   []*Call               // that are over and may be used again
	serial  uint64
}

// registryKey names the env in the registry, which no script can reach, of a state that is not of package lua51.
const registryKey = "moonwire.bind"

func envOf(L *lua.LState) *env {
	if e, ok := lua51.Attached(L).(*env); ok {
		return e
	}
	if ud, ok := L.G.Registry.RawGetString(registryKey).(*lua.LUserData); ok {
		return ud.Value.(*env)
	}
	main := L.G.MainThread
	if main == nil {
		main = L
	}
	e := &env{L: main, tables: map[*Module]*lua.LTable{}, classes: map[*ClassInfo]*classState{},
		byType: map[reflect.Type]*ClassInfo{}, structs: map[reflect.Type][]structField{},
		objects: map[objectKey]*object{}, topics: map[lua.LValue]string{}, sweepAt: 64}
	if !lua51.Attach(L, e) {
		L.G.Registry.RawSetString(registryKey, &lua.LUserData{Value: e, Metatable: lua.LNil})
	}
	return e
}

// SetOwner attaches a value, normally the process that runs there, to the Lua state of L. Bodies read
// it with Owner.
func SetOwner(L *lua.LState, owner any) { envOf(L).owner = owner }

// OwnerOf returns the value that SetOwner attached to the Lua state of L, if it is a T.
func OwnerOf[T any](L *lua.LState) (T, bool) {
	owner, ok := envOf(L).owner.(T)
	return owner, ok
}

// Object returns the Lua object of obj in the Lua state of L: always the same one as long as a script
// holds it. T must have a class in a module that the state has opened.
func Object[T any](L *lua.LState, obj *T) lua.LValue { return envOf(L).value(obj) }

func (e *env) open(m *Module) *lua.LTable {
	if tb := e.tables[m]; tb != nil {
		return tb
	}
	m.plan()
	m.collect(e.byType)
	tb := lua51.Copy(m.table)
	e.tables[m] = tb
	e.topics[tb] = m.full
	for _, v := range m.values {
		tb.RawSetString(v.name, v.get(e, e.L))
	}
	for _, part := range m.parts {
		tb.RawSetString(part.Name, e.open(part))
	}
	if m.script != "" {
		e.run(m)
	}
	if !m.puc {
		mt := e.L.CreateTable(0, 2)
		mt.RawSetString("__index", e.unknown(m.full, m.memberNames()))
		mt.RawSetString("__metatable", lua.LString(m.full))
		tb.Metatable = mt
	}
	return tb
}

// unknown makes the function that answers for a name that does not exist: it raises, with the nearest
// name that does.
func (e *env) unknown(owner string, names []string) *lua.LFunction {
	return e.L.NewFunction(func(L *lua.LState) int {
		key := L.Get(2)
		name, ok := key.(lua.LString)
		if !ok {
			return 0
		}
		L.RaiseError("%s has no '%s'%s", owner, shorten(string(name)), didYouMean(string(name), names))
		return 0
	})
}

// A classState is a class in one Lua state: a metatable for each name an object may have.
type classState struct {
	metatables []*lua.LTable // in the order of ClassInfo.names; nil until an object has the name
}

func (e *env) class(ci *ClassInfo) *classState {
	if st := e.classes[ci]; st != nil {
		return st
	}
	ci.module.plan()
	st := &classState{make([]*lua.LTable, len(ci.names))}
	e.classes[ci] = st
	return st
}

// named returns the metatable of the i-th name of a class.
func (e *env) named(ci *ClassInfo, i int) *lua.LTable {
	st := e.class(ci)
	if st.metatables[i] != nil {
		return st.metatables[i]
	}
	methods := lua51.Copy(ci.table)
	if ci.named != nil {
		methods.RawSetString("class", lua.LString(ci.names[i]))
	}
	mt := lua51.Copy(ci.metatable)
	mt.RawSetString("__index", e.indexer(ci, methods))
	if !ci.module.puc {
		mt.RawSetString("__metatable", lua.LString(ci.names[i]))
	}
	st.metatables[i] = mt
	return mt
}

// indexer returns __index: the method table itself unless fields have to be computed.
func (e *env) indexer(ci *ClassInfo, methods *lua.LTable) lua.LValue {
	if len(ci.props) == 0 && ci.index == nil {
		if !ci.module.puc {
			mt := e.L.CreateTable(0, 1)
			mt.RawSetString("__index", e.unknown(ci.full, ci.memberNames()))
			methods.Metatable = mt
		}
		return methods
	}
	names := ci.memberNames()
	f := &Func{name: "__index", full: ci.full, module: ci.module, class: ci}
	return e.L.NewFunction(func(L *lua.LState) int {
		key := L.Get(2)
		name, isText := key.(lua.LString)
		if isText {
			if method := methods.RawGetString(string(name)); method != lua.LNil {
				L.Push(method)
				return 1
			}
		}
		c := &Call{L: L, f: f, env: e, base: 2}
		defer c.guard()
		obj := e.self(c, ci)
		for _, p := range ci.props {
			if p.name == string(name) {
				L.Push(p.get(e, obj))
				return 1
			}
		}
		if ci.index != nil {
			L.Push(ci.index(c, obj, key))
			return 1
		}
		if isText && !ci.module.puc {
			c.raise("%s has no '%s'%s", ci.full, shorten(string(name)), didYouMean(string(name), names))
		}
		return 0
	})
}

// self returns the object a metamethod was called on.
func (e *env) self(c *Call, ci *ClassInfo) any {
	if ud, ok := c.L.Get(1).(*lua.LUserData); ok && e.classOf(ud) == ci {
		return ud.Value
	}
	c.badReceiver()
	return nil
}

// classOf returns the class of a userdata, nil when it is not an object of this package.
func (e *env) classOf(ud *lua.LUserData) *ClassInfo {
	if ud.Value == nil {
		return nil
	}
	return e.byType[reflect.TypeOf(ud.Value)]
}

// call returns a Call of a raw method, which guard gives to over once the body has returned; one that raises is left to the collector.
func (e *env) call(L *lua.LState, f *Func) *Call {
	last := len(e.calls) - 1
	if last < 0 {
		return &Call{L: L, f: f, env: e, base: 2, again: true}
	}
	c := e.calls[last]
	e.calls = e.calls[:last]
	c.L, c.f = L, f
	return c
}

func (e *env) over(c *Call) {
	if len(e.calls) < 16 {
		c.L = nil
		e.calls = append(e.calls, c)
	}
}

// rename gives an object the metatable of its present class name.
func (e *env) rename(ud *lua.LUserData, ci *ClassInfo) {
	if ci.named != nil {
		ud.Metatable = e.metatable(ci, ud.Value)
	}
}

func (e *env) metatable(ci *ClassInfo, obj any) *lua.LTable {
	if ci.named == nil {
		return e.named(ci, 0)
	}
	name := ci.named(obj)
	for i, n := range ci.names {
		if n == name {
			return e.named(ci, i)
		}
	}
	panic(fmt.Sprintf("class %s has no name %s", ci.full, name))
}

// An objectKey is a weak.Pointer to a Go object, of any type.
type objectKey interface{ alive() bool }

type weakKey[T any] struct{ pointer weak.Pointer[T] }

func (k weakKey[T]) alive() bool { return k.pointer.Value() != nil }

func makeKey[T any](obj *T) objectKey { return weakKey[T]{weak.Make(obj)} }

// An object is what a state remembers about a Go object for as long as it lives: so that its number does
// not depend on when garbage is collected, it is kept here and not in the userdata.
type object struct {
	handle weak.Pointer[lua.LUserData]
	id     uint64 // 0: none given yet
}

func (e *env) object(ci *ClassInfo, obj any) *object {
	key := ci.key(obj)
	o := e.objects[key]
	if o == nil {
		if len(e.objects) >= e.sweepAt {
			e.sweep()
		}
		o = &object{}
		e.objects[key] = o
	}
	return o
}

func (e *env) sweep() {
	for key := range e.objects {
		if !key.alive() {
			delete(e.objects, key)
		}
	}
	e.sweepAt = max(64, 2*len(e.objects))
}

// id numbers an object at the first question.
func (e *env) id(ci *ClassInfo, obj any) uint64 {
	o := e.object(ci, obj)
	if o.id == 0 {
		e.serial++
		o.id = e.serial
	}
	return o.id
}

// wrap returns the userdata of obj.
func (e *env) wrap(ci *ClassInfo, obj any) lua.LValue {
	o := e.object(ci, obj)
	if ud := o.handle.Value(); ud != nil {
		e.rename(ud, ci)
		return ud
	}
	ud := &lua.LUserData{Value: obj, Env: e.L.Env, Metatable: e.metatable(ci, obj)}
	o.handle = weak.Make(ud)
	return ud
}

// badReceiver raises for a method called on something else than its object.
func (c *Call) badReceiver() {
	ci := c.f.class
	wanted := ci.group
	if len(c.f.only) > 0 {
		wanted = c.f.only[0]
	}
	if c.f.module.puc {
		c.pucArgument(0, wanted+" expected")
	}
	lv := c.L.Get(1)
	if ud, ok := lv.(*lua.LUserData); ok && c.env.classOf(ud) == ci {
		c.raise("%s: want %s, got %s", c.f.full, article(wanted), c.describe(lv))
	}
	got := c.describe(lv)
	if c.L.GetTop() < 1 {
		got = "no value"
	}
	c.raise("%s: want %s before the colon, got %s; write object:%s(…)", c.f.full, article(wanted), got, c.f.name)
}
