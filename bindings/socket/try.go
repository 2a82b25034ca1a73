package socket

import (
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

type anyArgs struct {
	Values []lua.LValue `doc:"any values" rest:"true"`
}

// try passes its arguments on, or raises the second if the first is false or nil. finalizer may be nil.
func try(c *bind.Call, finalizer lua.LValue) bind.Out {
	n := c.Len()
	if lua.LVAsBool(c.Arg(1)) {
		for i := 1; i <= n; i++ {
			c.L.Push(c.Arg(i))
		}
		return c.Results(n)
	}
	d := deskOf(c)
	if finalizer != nil && finalizer != lua.LNil {
		callValue(c, finalizer)
	}
	fault := c.L.CreateTable(1, 0)
	fault.RawSetInt(1, c.Arg(2))
	fault.Metatable = d.fault
	c.L.Error(fault, 0)
	return bind.Out{}
}

type newTryArgs struct {
	Finalizer lua.LValue `doc:"called without arguments before the error is raised" default:"nil" type:"function"`
}

func newTry(c *bind.Call, a newTryArgs) (*lua.LFunction, error) {
	finalizer := a.Finalizer
	return c.Function("try", func(c *bind.Call) bind.Out { return try(c, finalizer) }), nil
}

type protectArgs struct {
	F lua.LValue `doc:"the function to protect" default:"nil" type:"function"`
}

// protect makes a function that returns nil and the error where f raises one of try's. Other errors pass.
func protect(c *bind.Call, a protectArgs) (*lua.LFunction, error) {
	f := a.F
	return c.Function("protected function", func(c *bind.Call) bind.Out {
		args := make([]lua.LValue, c.Len())
		for i := range args {
			args[i] = c.Arg(i + 1)
		}
		if f == lua.LNil {
			raisePlain(c, "attempt to call a nil value")
		}
		results, err := lua51.Call(c.L, f, args...)
		if err != nil {
			if fault := faultOf(deskOf(c), err); fault != nil {
				return c.Return(nil, fault.RawGetInt(1))
			}
			lua51.Rethrow(c.L, err)
		}
		for _, v := range results {
			c.L.Push(v)
		}
		return c.Results(len(results))
	}), nil
}

// faultOf returns the table that try raised, or nil if err is something else.
func faultOf(d *desk, err error) *lua.LTable {
	var run *lua51.RuntimeError
	if !errors.As(err, &run) || run.Unwrap() != nil {
		return nil
	}
	t, ok := run.Value.(*lua.LTable)
	if !ok || t.Metatable != lua.LValue(d.fault) {
		return nil
	}
	return t
}

// raisePlain raises a message without a position, as Lua does where C code makes the mistake.
func raisePlain(c *bind.Call, message string) { c.L.Error(lua.LString(message), 0) }

type skipArgs struct {
	N      int          `doc:"how many values to leave out"`
	Values []lua.LValue `doc:"any values" rest:"true"`
}

func skip(c *bind.Call) bind.Out {
	top := c.Len()
	first := max(c.Int(1)+2, 2)
	if c.Int(1) < 0 {
		first = max(c.Int(1)+2, 1)
	}
	n := 0
	for i := first; i <= top; i++ {
		c.L.Push(c.Arg(i))
		n++
	}
	return c.Results(n)
}
