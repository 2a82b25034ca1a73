package bind

import (
	"reflect"

	lua "github.com/yuin/gopher-lua"
)

// Func is a declared function or method.
type Func struct {
	name, doc string
	full      string // "net.link", "net.Host:exec"
	args      reflect.Type
	params    []param
	rest      int          // index of the rest parameter, -1 without
	result    reflect.Type // nil: none, or varied
	encode    resultEncoder
	returns   []Return
	examples  []string
	errors    []string
	raises    bool
	raw       bool
	inLua     bool     // defined by the module's script
	only      []string // class names a method is limited to
	module    *Module
	class     *ClassInfo
	run       lua.LGFunction
	fn        *lua.LFunction // run, in every state; nil before the module's plan
}

// Return describes one result.
type Return struct{ Name, Type, Doc string }

// Fn declares a function with one result. A is the argument struct: see the package comment. The result
// becomes a Lua value: strings, booleans, numbers and Lua values as they are; []byte a string; a
// time.Duration seconds; a slice an array; a map[string]T and a struct a table; a *T of a declared class
// its object; nil nil. A struct that embeds Tuple is several results. A returned error gives
// nil, message, code.
func Fn[A, R any](name, doc string, fn func(*Call, A) (R, error)) *Func {
	f := newFunc[A](name, doc)
	f.result = reflect.TypeFor[R]()
	f.run = func(L *lua.LState) int {
		fr := &frame[A, R]{c: Call{L: L, f: f, env: envOf(L), base: 1}}
		defer fr.c.guard()
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		result, err := fn(&fr.c, fr.args)
		if err != nil {
			return fr.c.Fail(err).n
		}
		fr.result = result
		return f.encode(&fr.c, reflect.ValueOf(&fr.result).Elem())
	}
	return f
}

// Proc declares a function without a result of its own: it gives true, or nil, message, code.
func Proc[A any](name, doc string, fn func(*Call, A) error) *Func {
	f := newFunc[A](name, doc)
	f.returns = []Return{{"ok", "true", "done"}}
	f.run = func(L *lua.LState) int {
		fr := &frame[A, None]{c: Call{L: L, f: f, env: envOf(L), base: 1}}
		defer fr.c.guard()
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		return fr.c.done(fn(&fr.c, fr.args))
	}
	return f
}

// Var declares a function whose results vary: the body makes them with Return or Fail. Describe them
// with Returns.
func Var[A any](name, doc string, fn func(*Call, A) Out) *Func {
	f := newFunc[A](name, doc)
	f.run = func(L *lua.LState) int {
		fr := &frame[A, None]{c: Call{L: L, f: f, env: envOf(L), base: 1}}
		defer fr.c.guard()
		f.decode(&fr.c, reflect.ValueOf(&fr.args).Elem())
		return fn(&fr.c, fr.args).n
	}
	return f
}

// Raw declares a function that reads its arguments itself, with c.String(1) and the like, which check
// against the declaration A. For the hottest functions only.
func Raw[A any](name, doc string, fn func(*Call) Out) *Func {
	f := newFunc[A](name, doc)
	f.raw = true
	f.run = func(L *lua.LState) int {
		c := &Call{L: L, f: f, env: envOf(L), base: 1}
		defer c.guard()
		return fn(c).n
	}
	return f
}

// A frame is all that one call allocates.
type frame[A, R any] struct {
	c      Call
	args   A
	result R
}

func newFunc[A any](name, doc string) *Func {
	return &Func{name: name, doc: doc, args: reflect.TypeFor[A]()}
}

// Example adds a script that shows the function at work. It is run by a test; lines it prints are
// compared with the "--> text" comments in it, if there are any.
func (f *Func) Example(script string) *Func {
	f.examples = append(f.examples, script)
	return f
}

// Returns names and describes the results: name, doc, name, doc, … A name may carry a type: "n integer".
func (f *Func) Returns(namesAndDocs ...string) *Func {
	f.returns = parseReturns(f.returns, namesAndDocs)
	return f
}

// Errors lists the codes the function fails with, for the documentation.
func (f *Func) Errors(codes ...string) *Func {
	f.errors = append(f.errors, codes...)
	return f
}

// Raises makes a returned error a raised one.
func (f *Func) Raises() *Func {
	f.raises = true
	return f
}

// done gives the results of a procedure.
func (c *Call) done(err error) int {
	if err != nil {
		return c.Fail(err).n
	}
	c.L.Push(lua.LTrue)
	return 1
}

// decode checks the arguments and stores them in the argument struct v.
func (f *Func) decode(c *Call, v reflect.Value) {
	top := c.L.GetTop()
	for i := range f.params {
		p := &f.params[i]
		n := c.base + i
		if i == f.rest {
			if flt := p.takeRest(c, v, n, top); flt != nil {
				c.misuse(i+1+flt.position, &p.Param, flt)
			}
			return
		}
		if flt := p.take(c, v, c.L.Get(n), n <= top); flt != nil {
			c.misuse(i+1, &p.Param, flt)
		}
	}
	if top >= c.base+len(f.params) {
		c.tooMany(top)
	}
}

// tooMany raises when an argument after the last declared one is not nil. PUC Lua ignores them.
func (c *Call) tooMany(top int) {
	if c.f.module.puc {
		return
	}
	most := len(c.f.params)
	for i := c.base + most; i <= top; i++ {
		if c.L.Get(i) == lua.LNil {
			continue
		}
		switch most {
		case 0:
			c.raise("%s: want no arguments, got %d", c.f.full, c.Len())
		case 1:
			c.raise("%s: want at most 1 argument, got %d", c.f.full, c.Len())
		default:
			c.raise("%s: want at most %d arguments, got %d", c.f.full, most, c.Len())
		}
	}
}
