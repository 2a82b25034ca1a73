package bind

import (
	"reflect"
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// ClassInfo is a declared class without its Go type, for documentation.
type ClassInfo struct {
	name, doc string
	full      string // "net.Host"
	typ       reflect.Type
	methods   []*Func
	props     []*prop
	names     []string // the class names an object may have; one unless Named
	named     func(any) string
	group     string
	text      func(any) string
	shown     func(obj any, number uint64) string
	length    func(any) int
	index     func(*Call, any, lua.LValue) lua.LValue
	equal     func(a, b any) bool
	key       func(any) objectKey
	zero      func() any
	module    *Module
	examples  []string
	table     *lua.LTable // of methods, that states get copies of; nil before the module's plan
	metatable *lua.LTable // the same, for each name
}

type prop struct {
	name, doc string
	typ       reflect.Type
	get       func(*env, any) lua.LValue
	lua       string
}

// ClassOf is the declaration of a class whose objects are *T.
type ClassOf[T any] struct{ info ClassInfo }

// ClassMember is a method or a property of *T.
type ClassMember[T any] interface{ joinClass(*ClassInfo, *T) }

// Class declares a class of objects with methods and readable fields. Only one class may be declared for
// a Go type within a module and those it uses.
func Class[T any](name, doc string, members ...ClassMember[T]) *ClassOf[T] {
	class := &ClassOf[T]{ClassInfo{name: name, doc: doc, typ: reflect.TypeFor[*T]()}}
	class.info.key = func(obj any) objectKey { return makeKey(obj.(*T)) }
	class.info.zero = func() any { return new(T) }
	for _, m := range members {
		m.joinClass(&class.info, nil)
	}
	return class
}

// Named gives the class several names of which an object has one at a time, such as tcp{master} and
// tcp{client}. name may change its answer only during a method of the object. Objects have their
// present name in the field "class".
func (c *ClassOf[T]) Named(name func(*T) string, names ...string) *ClassOf[T] {
	c.info.named = func(obj any) string { return name(obj.(*T)) }
	c.info.names = names
	return c
}

// Group sets the name that messages use when no particular class name is wanted, such as tcp{any}.
func (c *ClassOf[T]) Group(name string) *ClassOf[T] {
	c.info.group = name
	return c
}

// Text sets what tostring shows after the class name: "net.Host: server". Without it, an object shows
// a number of its own.
func (c *ClassOf[T]) Text(text func(*T) string) *ClassOf[T] {
	c.info.text = func(obj any) string { return text(obj.(*T)) }
	return c
}

// Shown sets all that tostring shows; number is the object's own in its Lua state.
func (c *ClassOf[T]) Shown(shown func(obj *T, number uint64) string) *ClassOf[T] {
	c.info.shown = func(obj any, number uint64) string { return shown(obj.(*T), number) }
	return c
}

// Length sets what the operator # gives.
func (c *ClassOf[T]) Length(length func(*T) int) *ClassOf[T] {
	c.info.length = func(obj any) int { return length(obj.(*T)) }
	return c
}

// Index sets what obj[key] gives for keys that are no method or field. It makes calls of methods slower.
func (c *ClassOf[T]) Index(index func(*T, *Call, lua.LValue) lua.LValue) *ClassOf[T] {
	c.info.index = func(call *Call, obj any, key lua.LValue) lua.LValue { return index(obj.(*T), call, key) }
	return c
}

// Equal sets when two objects are equal. Without it they are when they are the same *T.
func (c *ClassOf[T]) Equal(equal func(a, b *T) bool) *ClassOf[T] {
	c.info.equal = func(a, b any) bool { return equal(a.(*T), b.(*T)) }
	return c
}

// Example adds a script that shows the class at work; see Func.Example.
func (c *ClassOf[T]) Example(script string) *ClassOf[T] {
	c.info.examples = append(c.info.examples, script)
	return c
}

// nameOf returns the class name of an object now.
func (ci *ClassInfo) nameOf(obj any) string {
	if ci.named != nil {
		return ci.named(obj)
	}
	return ci.full
}

// FieldOf is a readable field of objects *T.
type FieldOf[T any] struct{ p *prop }

func (f FieldOf[T]) joinClass(ci *ClassInfo, _ *T) { ci.props = append(ci.props, f.p) }

// Field declares a readable field of objects, obj.name. A class with fields has slower method calls
// than one without; prefer methods where calls are hot.
func Field[T, V any](name, doc string, get func(*T) V) FieldOf[T] {
	return FieldOf[T]{&prop{name: name, doc: doc, typ: reflect.TypeFor[V](),
		get: func(e *env, obj any) lua.LValue { return e.value(get(obj.(*T))) }}}
}

// MethodOf is a method of objects *T.
type MethodOf[T any] struct{ f *Func }

func (m MethodOf[T]) joinClass(ci *ClassInfo, _ *T) {
	m.f.class = ci
	ci.methods = append(ci.methods, m.f)
}

// Method declares a method with one result: Fn with a receiver.
func Method[T, A, R any](name, doc string, fn func(*T, *Call, A) (R, error)) MethodOf[T] {
	f := newFunc[A](name, doc)
	f.result = reflect.TypeFor[R]()
	f.run = func(L *lua.LState) int {
		fr := &frame[A, R]{c: Call{L: L, f: f, env: envOf(L), base: 2}}
		defer fr.c.guard()
		obj, ud := receiver[T](&fr.c)
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		result, err := fn(obj, &fr.c, fr.args)
		fr.c.env.rename(ud, f.class)
		if err != nil {
			return fr.c.Fail(err).n
		}
		fr.result = result
		return f.encode(&fr.c, reflect.ValueOf(&fr.result).Elem())
	}
	return MethodOf[T]{f}
}

// MethodProc declares a method without a result of its own: Proc with a receiver.
func MethodProc[T, A any](name, doc string, fn func(*T, *Call, A) error) MethodOf[T] {
	f := newFunc[A](name, doc)
	f.returns = []Return{{"ok", "true", "done"}}
	f.run = func(L *lua.LState) int {
		fr := &frame[A, None]{c: Call{L: L, f: f, env: envOf(L), base: 2}}
		defer fr.c.guard()
		obj, ud := receiver[T](&fr.c)
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		err := fn(obj, &fr.c, fr.args)
		fr.c.env.rename(ud, f.class)
		return fr.c.done(err)
	}
	return MethodOf[T]{f}
}

// MethodVar declares a method whose results vary: Var with a receiver.
func MethodVar[T, A any](name, doc string, fn func(*T, *Call, A) Out) MethodOf[T] {
	f := newFunc[A](name, doc)
	f.run = func(L *lua.LState) int {
		fr := &frame[A, None]{c: Call{L: L, f: f, env: envOf(L), base: 2}}
		defer fr.c.guard()
		obj, ud := receiver[T](&fr.c)
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		out := fn(obj, &fr.c, fr.args)
		fr.c.env.rename(ud, f.class)
		return out.n
	}
	return MethodOf[T]{f}
}

// MethodRaw declares a method that reads its arguments itself: Raw with a receiver.
// A stands first so that only it need be written: MethodRaw[sendArgs]("send", …).
func MethodRaw[A, T any](name, doc string, fn func(*T, *Call) Out) MethodOf[T] {
	f := newFunc[A](name, doc)
	f.raw = true
	f.run = func(L *lua.LState) int {
		e := envOf(L)
		c := e.call(L, f)
		defer c.guard()
		obj, ud := receiver[T](c)
		was := f.class.nameOf(obj)
		out := fn(obj, c)
		if f.class.nameOf(obj) != was {
			e.rename(ud, f.class)
		}
		return out.n
	}
	return MethodOf[T]{f}
}

// receiver returns the object a method was called on, or raises.
func receiver[T any](c *Call) (*T, *lua.LUserData) {
	if ud, ok := c.L.Get(1).(*lua.LUserData); ok {
		if obj, ok := ud.Value.(*T); ok {
			if c.f.only == nil || slices.Contains(c.f.only, c.f.class.nameOf(obj)) {
				return obj, ud
			}
		}
	}
	c.badReceiver()
	return nil, nil
}

// Only limits the method to objects that have one of these class names at the time of the call.
func (m MethodOf[T]) Only(names ...string) MethodOf[T] {
	m.f.only = names
	return m
}

// Example is Func.Example.
func (m MethodOf[T]) Example(script string) MethodOf[T] {
	m.f.Example(script)
	return m
}

// Returns is Func.Returns.
func (m MethodOf[T]) Returns(namesAndDocs ...string) MethodOf[T] {
	m.f.Returns(namesAndDocs...)
	return m
}

// Errors is Func.Errors.
func (m MethodOf[T]) Errors(codes ...string) MethodOf[T] {
	m.f.Errors(codes...)
	return m
}

// Raises is Func.Raises.
func (m MethodOf[T]) Raises() MethodOf[T] {
	m.f.Raises()
	return m
}
