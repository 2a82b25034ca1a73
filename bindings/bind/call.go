package bind

import (
	"fmt"
	"reflect"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	lua "github.com/yuin/gopher-lua"
)

// Call is one call of a declared function. It is valid until the body returns; a body that starts
// a task must not hand it on.
type Call struct {
	L     *lua.LState // the calling thread
	f     *Func
	env   *env
	base  int  // stack index of the first declared argument
	again bool // it serves another call when this one is over
}

// None is the argument struct of a function without parameters.
type None struct{}

// Out is the number of results a varied or raw body has pushed; made by Return, Fail and Results.
type Out struct{ n int }

// Return pushes any number of results, each converted as a declared result would be.
func (c *Call) Return(values ...any) Out {
	for _, v := range values {
		c.L.Push(c.env.value(v))
	}
	return Out{len(values)}
}

// Results says that the body has itself pushed n results on L's stack.
func (c *Call) Results(n int) Out { return Out{n} }

// Fail gives the script nil, the message and the code of err (in the PUC style nil and the message),
// or raises, if the function was declared with Raises.
func (c *Call) Fail(err error) Out {
	if c.f.raises {
		c.raise("%s: %s", c.f.full, err)
	}
	c.L.Push(lua.LNil)
	c.L.Push(lua.LString(err.Error()))
	if c.f.module.puc {
		return Out{2}
	}
	c.L.Push(lua.LString(Code(err)))
	return Out{3}
}

// Raise raises a Lua error with the function's name and the calling line.
func (c *Call) Raise(format string, args ...any) {
	c.raise("%s: %s", c.f.full, fmt.Sprintf(format, args...))
}

// Misuse raises for an argument that only the body could judge, worded like the checks made before it:
// "net.link: argument 2 (to): " and the text, which should read "want …, got …". name is a parameter's
// or an option's. In the PUC style the text is all that stands in the parentheses.
func (c *Call) Misuse(name, format string, args ...any) {
	f := &fault{text: fmt.Sprintf(format, args...)}
	for i := range c.f.params {
		p := &c.f.params[i]
		if p.Name == name {
			c.misuse(i+1, &p.Param, f)
		}
	}
	c.misuse(len(c.f.params), &Param{}, f.option(name))
}

// MisuseAt is Misuse for argument n, 1 being the first, of a function whose last parameter takes the rest.
func (c *Call) MisuseAt(n int, format string, args ...any) {
	p := &c.f.params[min(n, len(c.f.params))-1]
	c.misuse(n, &p.Param, &fault{text: fmt.Sprintf(format, args...)})
}

// Charge takes fuel for work that grows with what the script passed; it raises when none is left.
// One unit is about one VM instruction. Tables and strings that are arguments are charged already.
func (c *Call) Charge(units int) { lua51.Charge(c.L, int64(units)) }

// chargeText takes fuel for a string that is an argument, as if its bytes were all looked at.
func (c *Call) chargeText(s lua.LString) {
	const perUnit = 32
	if len(s) >= perUnit {
		c.Charge(len(s) / perUnit)
	}
}

// Value converts a Go value as a declared result is converted: see Fn. A value that is already a
// Lua value stays itself.
func (c *Call) Value(v any) lua.LValue { return c.env.value(v) }

// Describe names a Lua value in a message: its type, or the name of its class.
func (c *Call) Describe(lv lua.LValue) string { return c.describe(lv) }

// Table returns the table that require gave for the function's module in this state, so that a body can
// read what the script has set there (socket.http.TIMEOUT).
func (c *Call) Table() *lua.LTable { return c.env.open(c.f.module) }

// Function makes a Lua function that is not declared anywhere, such as an iterator or a sink. name is
// used in messages.
func (c *Call) Function(name string, body func(*Call) Out) *lua.LFunction {
	f := &Func{name: name, full: name, module: c.f.module}
	e := c.env
	return c.L.NewFunction(func(L *lua.LState) int {
		inner := &Call{L: L, f: f, env: e, base: 1}
		defer inner.guard()
		return body(inner).n
	})
}

// Owner returns the value that SetOwner gave to the call's Lua state, normally the process it runs in.
// It raises when the state has no owner of type T.
func Owner[T any](c *Call) T {
	owner, ok := c.env.owner.(T)
	if !ok {
		c.Raise("not available here: this Lua state runs outside a process")
	}
	return owner
}

// As returns the Go object inside a userdata of a class declared for T.
func As[T any](lv lua.LValue) (*T, bool) {
	if ud, ok := lv.(*lua.LUserData); ok {
		obj, ok := ud.Value.(*T)
		return obj, ok
	}
	return nil, false
}

// Len returns the number of arguments given, without the receiver.
func (c *Call) Len() int { return max(0, c.L.GetTop()-c.base+1) }

// Arg returns argument i (1 is the first after the receiver) unchecked, nil when it was left out.
func (c *Call) Arg(i int) lua.LValue { return c.L.Get(c.base + i - 1) }

// Given reports whether argument i is neither nil nor left out.
func (c *Call) Given(i int) bool { return c.Arg(i) != lua.LNil }

// String returns argument i, checked as its declaration says; its default when it was left out.
func (c *Call) String(i int) string {
	if s, ok := c.L.Get(c.base + i - 1).(lua.LString); ok && c.f.params[i-1].kind.enum == nil {
		return string(s)
	}
	return *checked[string](c, i)
}

// Number returns argument i, checked as its declaration says; its default when it was left out.
func (c *Call) Number(i int) float64 { return *checked[float64](c, i) }

// Int returns argument i, checked as its declaration says; its default when it was left out.
func (c *Call) Int(i int) int {
	if n, ok := c.L.Get(c.base + i - 1).(lua.LNumber); ok {
		if k := c.f.params[i-1].kind; k.fits != nil && k.fits(float64(n)) {
			return int(n)
		}
	}
	return *checked[int](c, i)
}

// Bool returns argument i, checked as its declaration says; its default when it was left out.
func (c *Call) Bool(i int) bool { return *checked[bool](c, i) }

// checked reads argument i of a raw function. The declared field may be a pointer (optional).
func checked[T any](c *Call, i int) *T {
	out := new(T)
	p := &c.f.params[i-1]
	lv := c.Arg(i)
	if lv == lua.LNil {
		if !p.Optional {
			c.misuse(i, &p.Param, p.missing(c.Len() >= i))
		}
		if p.absent.IsValid() {
			reflect.ValueOf(out).Elem().Set(reflect.Indirect(p.absent).Convert(reflect.TypeFor[T]()))
		}
		return out
	}
	if flt := p.kind.decode(c, reflect.ValueOf(out).Elem(), lv); flt != nil {
		c.misuse(i, &p.Param, flt)
	}
	return out
}

// Check runs only the checks of the arguments, without the body; L is of a state that has opened the
// module. It is for tests.
func (f *Func) Check(L *lua.LState, args ...lua.LValue) error {
	e := envOf(L)
	check := L.NewFunction(func(L *lua.LState) int {
		c := &Call{L: L, f: f, env: e, base: 1}
		defer c.guard()
		f.decode(c, reflect.New(f.args).Elem())
		return 0
	})
	return L.CallByParam(lua.P{Fn: check, Protect: true}, args...)
}
