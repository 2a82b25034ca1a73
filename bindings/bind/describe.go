package bind

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Property is a readable field of objects, or a value in a module.
type Property struct {
	Name, Type, Doc string
	Value           string // of a constant
}

// FullName returns the name with which help finds the module: "socket.dns".
func (m *Module) FullName() string { return m.full }

// Functions returns the functions in the order of the declaration.
func (m *Module) Functions() []*Func {
	m.plan()
	return slices.Clone(m.funcs)
}

// Classes returns the classes in the order of the declaration.
func (m *Module) Classes() []*ClassInfo {
	m.plan()
	return slices.Clone(m.classes)
}

// Parts returns the tables inside the module, each described like a module.
func (m *Module) Parts() []*Module {
	m.plan()
	return slices.Clone(m.parts)
}

// Records returns the tables with known fields that functions of the module give.
func (m *Module) Records() []*Record {
	m.plan()
	return slices.Clone(m.records)
}

// Examples returns the scripts that show the module as a whole.
func (m *Module) Examples() []string {
	m.plan()
	return slices.Clone(m.examples)
}

// Constants returns the constants and other values of the module.
func (m *Module) Constants() []Property {
	m.plan()
	list := make([]Property, len(m.values))
	for i, v := range m.values {
		list[i] = Property{v.name, v.typ, v.doc, v.show}
	}
	return list
}

// Name returns the class's own name, "Host".
func (ci *ClassInfo) Name() string { return ci.name }

// FullName returns the class's name with its module's, "net.Host".
func (ci *ClassInfo) FullName() string { return ci.full }

// Doc returns what the declaration says about the class.
func (ci *ClassInfo) Doc() string { return ci.doc }

// Methods returns the methods in the order of the declaration.
func (ci *ClassInfo) Methods() []*Func { return slices.Clone(ci.methods) }

// Examples returns the scripts that show the class.
func (ci *ClassInfo) Examples() []string { return slices.Clone(ci.examples) }

// Names returns the names that objects may have, when they are others than the class's own.
func (ci *ClassInfo) Names() []string {
	if ci.named == nil {
		return nil
	}
	return slices.Clone(ci.names)
}

// Zero makes an object around a zero value, for tests that call methods with wrong arguments.
func (ci *ClassInfo) Zero(L *lua.LState) lua.LValue {
	e := envOf(L)
	if ci.named != nil && !slices.Contains(ci.names, ci.named(ci.zero())) {
		return lua.LNil
	}
	return e.wrap(ci, ci.zero())
}

// Fields returns the readable fields in the order of the declaration.
func (ci *ClassInfo) Fields() []Property {
	var list []Property
	if ci.named != nil {
		list = append(list, Property{Name: "class", Type: "string", Doc: "the object's present class name"})
	}
	for _, p := range ci.props {
		list = append(list, Property{p.name, p.lua, p.doc, ""})
	}
	return list
}

// Name returns the function's own name, "link".
func (f *Func) Name() string { return f.name }

// FullName returns "net.link" for a function and "net.Host:exec" for a method.
func (f *Func) FullName() string { return f.full }

// Doc returns what the declaration says about the function.
func (f *Func) Doc() string { return f.doc }

// Params describes the parameters in order.
func (f *Func) Params() []Param { return metadata(f.params) }

// Results describes the results of success.
func (f *Func) Results() []Return { return slices.Clone(f.returns) }

// Examples returns the scripts that show the function.
func (f *Func) Examples() []string { return slices.Clone(f.examples) }

// Codes returns the codes with which the function fails, as far as declared.
func (f *Func) Codes() []string { return slices.Clone(f.errors) }

// Class returns the class of a method, nil for a function.
func (f *Func) Class() *ClassInfo { return f.class }

// IsRaw reports whether the body reads the arguments itself.
func (f *Func) IsRaw() bool { return f.raw }

// IsPUC reports whether the function words misuse as Lua 5.1's libraries do.
func (f *Func) IsPUC() bool { return f.module.puc }

// FailsRaising reports whether an error of the body is raised rather than returned.
func (f *Func) FailsRaising() bool { return f.raises }

// In returns the function in the Lua state of L.
func (f *Func) In(L *lua.LState) *lua.LFunction {
	e := envOf(L)
	if f.class == nil {
		return e.open(f.module).RawGetString(f.name).(*lua.LFunction)
	}
	e.class(f.class)
	return f.fn
}

// Only returns the class names to which a method is limited, nil when it is not.
func (f *Func) Only() []string { return slices.Clone(f.only) }

// Signature returns the call with optional parameters in brackets: net.link(a, b [, options]).
func (f *Func) Signature() string {
	var out strings.Builder
	open := 0
	for i := range f.params {
		p := &f.params[i]
		name := p.Name
		if p.Rest {
			name += "…"
		}
		if p.Optional {
			open++
			out.WriteString(" [")
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(name)
			continue
		}
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(name)
	}
	out.WriteString(strings.Repeat("]", open))
	return f.full + "(" + strings.TrimPrefix(out.String(), " ") + ")"
}

// Notes is what there is to say about a parameter beside its doc: bounds, choices, default.
func (p Param) Notes() string {
	var notes []string
	switch {
	case p.Enum != nil:
		notes = append(notes, strings.Join(p.Enum, ", "))
	case p.Min != "" && p.Max != "":
		notes = append(notes, p.Min+" to "+p.Max)
	case p.Min != "":
		notes = append(notes, "at least "+p.Min)
	case p.Max != "":
		notes = append(notes, "at most "+p.Max)
	}
	switch {
	case p.Default != "":
		notes = append(notes, "default "+p.Default)
	case p.Rest:
		notes = append(notes, "any number")
	case p.Optional:
		notes = append(notes, "optional")
	}
	if len(notes) == 0 {
		return ""
	}
	return "(" + strings.Join(notes, "; ") + ")"
}

// Kind is the type as the reader of a help page wants it: the unit rather than number|string.
func (p Param) Kind() string {
	switch {
	case p.Unit != "":
		return p.Unit
	case p.Options != nil:
		return "table"
	case p.Enum != nil:
		return "string"
	}
	return p.Type
}

// memberNames lists what can follow the module's name and a dot.
func (m *Module) memberNames() []string {
	var names []string
	for _, f := range m.funcs {
		names = append(names, f.name)
	}
	for _, v := range m.values {
		names = append(names, v.name)
	}
	for _, part := range m.parts {
		names = append(names, part.Name)
	}
	return names
}

// memberNames lists what can follow an object and a dot or colon.
func (ci *ClassInfo) memberNames() []string {
	var names []string
	for _, f := range ci.methods {
		names = append(names, f.name)
	}
	for _, p := range ci.props {
		names = append(names, p.name)
	}
	return names
}

// A Topic is something help can show. Exactly one of the pointers is set.
type Topic struct {
	Name   string // "net.Host:exec"
	Module *Module
	Func   *Func
	Class  *ClassInfo
	Value  *Property
}

// Topics lists everything that modules declare, in their order.
func Topics(modules []*Module) []Topic {
	var list []Topic
	for _, m := range modules {
		m.plan()
		list = append(list, Topic{Name: m.full, Module: m})
		for _, f := range m.funcs {
			list = append(list, Topic{Name: f.full, Func: f})
		}
		for _, v := range m.Constants() {
			list = append(list, Topic{Name: m.full + "." + v.Name, Value: &v})
		}
		for _, c := range m.classes {
			list = append(list, Topic{Name: c.full, Class: c})
			for _, f := range c.methods {
				list = append(list, Topic{Name: f.full, Func: f})
			}
			for _, p := range c.Fields() {
				list = append(list, Topic{Name: c.full + "." + p.Name, Value: &p})
			}
		}
		list = append(list, Topics(m.parts)...)
	}
	return list
}

// Lookup finds a topic by its full name; a method also with a dot, and without its module where that is
// not ambiguous. The error names the nearest topic.
func Lookup(modules []*Module, name string) (Topic, error) {
	topics := Topics(modules)
	names := make([]string, len(topics))
	wanted := strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(name), "()"), ":", ".")
	var short []Topic
	for i, t := range topics {
		names[i] = t.Name
		dotted := strings.ReplaceAll(t.Name, ":", ".")
		if dotted == wanted {
			return t, nil
		}
		if strings.HasSuffix(dotted, "."+wanted) {
			short = append(short, t)
		}
	}
	switch len(short) {
	case 0:
		return Topic{}, fmt.Errorf("no help on '%s'%s", shorten(name), didYouMean(wanted, names))
	case 1:
		return short[0], nil
	}
	var found []string
	for _, t := range short {
		found = append(found, t.Name)
	}
	return Topic{}, fmt.Errorf("'%s' may be %s", shorten(name), strings.Join(found, " or "))
}

// TopicOf returns the name under which help knows a Lua value: a module table, a function or method, or
// an object; "" when it is none of these.
func TopicOf(L *lua.LState, lv lua.LValue) string {
	e := envOf(L)
	if ud, ok := lv.(*lua.LUserData); ok {
		if class := e.classOf(ud); class != nil {
			return class.full
		}
		return ""
	}
	switch lv.(type) {
	case *lua.LTable, *lua.LFunction:
		if name, ok := e.topics[lv]; ok {
			return name
		}
		return e.functionName(lv)
	}
	return ""
}

// functionName returns the full name of a function of a module or a class that the state has in use.
func (e *env) functionName(lv lua.LValue) string {
	named := func(list []*Func) string {
		for _, f := range list {
			if f.fn != nil && lv == lua.LValue(f.fn) {
				return f.full
			}
		}
		return ""
	}
	for m := range e.tables {
		if name := named(m.funcs); name != "" {
			return name
		}
	}
	for ci := range e.classes {
		if name := named(ci.methods); name != "" {
			return name
		}
	}
	return ""
}

// Members returns the names that may follow an object of a class: fields after a dot, methods after a
// colon. For other values both are nil.
func Members(L *lua.LState, lv lua.LValue) (fields, methods []string) {
	e := envOf(L)
	ud, ok := lv.(*lua.LUserData)
	if !ok || e.classOf(ud) == nil {
		return nil, nil
	}
	class := e.classOf(ud)
	for _, p := range class.Fields() {
		fields = append(fields, p.Name)
	}
	for _, f := range class.methods {
		methods = append(methods, f.name)
	}
	return fields, methods
}
