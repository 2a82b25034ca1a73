package bind

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// Module is what require gives, and all that is known about it. It never changes and may be opened in any number of Lua states, by any
// goroutines.
type Module struct {
	Name, Doc string
	full      string // "socket.dns" for the part dns of socket
	funcs     []*Func
	classes   []*ClassInfo
	values    []*value
	parts     []*Module
	uses      []*Module
	examples  []string
	records   []*Record
	puc       bool
	raises    bool
	script    string
	table     *lua.LTable // that states get copies of; nil before the plan
	declare   func()      // has the members and the names of the classes made, once; of a part, its module's
	plan      func()      // works out everything about the members, once
}

// Member is something a module is declared with.
type Member interface{ join(*Module) }

// A value is a named constant or one computed for each state.
type value struct {
	name, doc, typ string
	constant       reflect.Type // of a constant
	show           string       // of a constant, for the documentation
	module         *Module
	get            func(*env, *lua.LState) lua.LValue
}

type option func(*Module)

func (o option) join(m *Module) { o(m) }

func (f *Func) join(m *Module)       { m.funcs = append(m.funcs, f) }
func (v *value) join(m *Module)      { v.module = m; m.values = append(m.values, v) }
func (m *Module) join(to *Module)    { to.parts = append(to.parts, m) }
func (c *ClassOf[T]) join(m *Module) { m.classes = append(m.classes, &c.info) }

// PUC makes a module word misuse as Lua 5.1's own libraries do, accept numbers for strings and numeric
// text for numbers, ignore extra arguments, and give errors as nil, message.
func PUC() Member { return option(func(m *Module) { m.puc = true }) }

// Raises makes every error that a body of the module returns a raised one.
func Raises() Member { return option(func(m *Module) { m.raises = true }) }

// Uses lets the functions of a module take and give objects of the classes of others.
func Uses(modules ...*Module) Member {
	return option(func(m *Module) { m.uses = append(m.uses, modules...) })
}

// Example adds a script that shows the module at work; see Func.Example.
func Example(script string) Member {
	return option(func(m *Module) { m.examples = append(m.examples, script) })
}

// Const declares a constant of the module: anything that can be a result.
func Const(name, doc string, constant any) Member {
	v := &value{name: name, doc: doc, typ: "any", constant: reflect.TypeOf(constant)}
	switch constant := constant.(type) {
	case nil:
		v.show = "nil"
	case string:
		v.show = quote(constant)
	case bool, int, float64, time.Duration, Size, Rate:
		v.show = fmt.Sprint(constant)
	}
	v.get = func(e *env, _ *lua.LState) lua.LValue { return e.value(constant) }
	return v
}

// Value declares a field of the module that is computed when a state opens it. typ is its LuaLS type.
func Value(name, typ, doc string, get func(*lua.LState) lua.LValue) Member {
	return &value{name: name, doc: doc, typ: typ, get: func(_ *env, L *lua.LState) lua.LValue { return get(L) }}
}

// Computed is Value for fields that need more of this package than the state: functions made with
// Call.Function, the module's own table. The Call ends with get.
func Computed(name, typ, doc string, get func(*Call) lua.LValue) Member {
	v := &value{name: name, doc: doc, typ: typ}
	v.get = func(e *env, L *lua.LState) lua.LValue {
		full := v.module.full + "." + name
		return get(&Call{L: L, f: &Func{name: name, full: full, module: v.module}, env: e, base: 1})
	}
	return v
}

// Part declares a table inside a module, such as socket.dns, with members of its own.
func Part(name, doc string, members ...Member) Member {
	part := &Module{Name: name, Doc: doc}
	for _, m := range members {
		m.join(part)
	}
	return part
}

// New declares a module. Its members are made when the module is first opened or described, or used by one that is; a wrong declaration
// panics then: a parameter without doc, a type that has no counterpart in Lua, a name twice. Most programs use few of the
// modules they have, and making the members of all would be a third of a short run.
func New(name, doc string, members func() []Member) *Module {
	m := &Module{Name: name, Doc: doc, full: name}
	classes := map[reflect.Type]*ClassInfo{}
	m.plan = sync.OnceFunc(func() {
		m.declare()
		m.finish(classes)
	})
	m.declare = sync.OnceFunc(func() {
		for _, member := range members() {
			member.join(m)
		}
		for _, used := range m.uses {
			used.declare()
			used.collect(classes)
		}
		m.prepare(classes)
	})
	return m
}

// collect gathers the classes of a declared module, its parts and what it uses.
func (m *Module) collect(into map[reflect.Type]*ClassInfo) {
	for _, c := range m.classes {
		into[c.typ] = c
	}
	for _, part := range slices.Concat(m.parts, m.uses) {
		part.collect(into)
	}
}

// finish works out every plan of a prepared module.
func (m *Module) finish(classes map[reflect.Type]*ClassInfo) {
	for _, part := range m.parts {
		part.finish(classes)
	}
	b := &builder{module: m, classes: classes}
	if m.Doc == "" {
		fail("module %s has no doc", m.full)
	}
	for _, v := range m.values {
		b.claim("", v.name, v.doc)
		if v.constant != nil {
			v.typ = b.luaType(v.constant, m.full+"."+v.name)
		}
	}
	for _, part := range m.parts {
		b.claim("", part.Name, part.Doc)
	}
	for _, f := range m.funcs {
		b.claim("", f.name, f.doc)
		f.full = m.full + "." + f.name
		b.function(f)
	}
	for _, c := range m.classes {
		b.class(c)
		c.template()
	}
	m.records = b.records
	m.template()
}

// prepare names the classes of a module and its parts, so that any function may mention any of them.
func (m *Module) prepare(classes map[reflect.Type]*ClassInfo) {
	for _, c := range m.classes {
		if other := classes[c.typ]; other != nil {
			fail("%s.%s: class %s is already declared for %s", m.full, c.name, other.full, c.typ)
		}
		c.full, c.module = m.full+"."+c.name, m
		if c.group == "" {
			c.group = c.full
		}
		classes[c.typ] = c
	}
	for _, part := range m.parts {
		part.full, part.puc, part.raises, part.plan = m.full+"."+part.Name, m.puc, m.raises, m.plan
		part.prepare(classes)
	}
}

// A builder carries what is known while a module's plans are made.
type builder struct {
	module    *Module
	classes   map[reflect.Type]*ClassInfo
	taken     []string
	records   []*Record
	inOptions bool
	depth     int
}

// claim checks a member's name and doc. scope is the class, "" for the module itself.
func (b *builder) claim(scope, name, doc string) {
	full := strings.TrimSuffix(b.module.full+"."+scope, ".") + "." + name
	if !isName(name) {
		fail("%s: not a name in Lua", full)
	}
	if doc == "" {
		fail("%s has no doc", full)
	}
	if slices.Contains(b.taken, full) {
		fail("%s is declared twice", full)
	}
	b.taken = append(b.taken, full)
}

func (b *builder) function(f *Func) {
	f.module, f.raises = b.module, f.raises || b.module.raises
	f.params, f.rest = b.params(f.args, f.full), -1
	for i := range f.params {
		if f.params[i].Rest {
			f.rest = i
		}
	}
	b.results(f)
	if !f.inLua {
		f.fn = lua51.Native(f.run)
	}
}

func (b *builder) class(c *ClassInfo) {
	b.claim("class", c.name, c.doc)
	if c.names == nil {
		c.names = []string{c.full}
	}
	for _, f := range c.methods {
		b.claim(c.name, f.name, f.doc)
		f.full = c.full + ":" + f.name
		for _, only := range f.only {
			if !slices.Contains(c.names, only) {
				fail("%s: the class has no name %s", f.full, only)
			}
		}
		b.function(f)
	}
	for _, p := range c.props {
		b.claim(c.name, p.name, p.doc)
		p.lua = b.luaType(p.typ, c.full+"."+p.name)
	}
}

// Open returns the module's table in the Lua state of L, made on the first call.
func (m *Module) Open(L *lua.LState) *lua.LTable { return envOf(L).open(m) }
