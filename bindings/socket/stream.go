package socket

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

type chooseArgs struct {
	Table *lua.LTable `doc:"functions by name"`
}

// choose makes a function that calls one of the functions in a table: the one its first argument names, or, without
// a name, the one called default.
func choose(c *bind.Call, a chooseArgs) (*lua.LFunction, error) {
	table := a.Table
	return c.Function("choose", func(c *bind.Call) bind.Out {
		return chosen(c, table)
	}), nil
}

func chosen(c *bind.Call, table *lua.LTable) bind.Out {
	name, ok := c.Arg(1).(lua.LString)
	args := []lua.LValue{c.Arg(2), c.Arg(3)}
	if !ok {
		name, args = "default", []lua.LValue{c.Arg(1), c.Arg(2)}
	}
	lua51.MakeRoom(c.L)
	f := c.L.GetField(table, string(name))
	if !lua.LVAsBool(f) {
		// LuaSocket blames whoever called the caller, if that is written in Lua.
		where := c.L.Where(2)
		if where == "" || strings.HasPrefix(where, "[G]:") {
			raisePlain(c, "unknown key ("+string(name)+")")
		}
		raisePlain(c, where+" unknown key ("+string(name)+")")
	}
	results := callValue(c, f, args...)
	for _, v := range results {
		c.L.Push(v)
	}
	return c.Results(len(results))
}

type makeArgs struct {
	Mode   lua.LValue `doc:"how the socket is used; may be left out" default:"nil" type:"string"`
	Socket lua.LValue `doc:"a connected TCP socket" default:"nil" type:"socket.tcp"`
	Length lua.LValue `doc:"how many bytes there are, for \"by-length\"" default:"nil" type:"integer"`
}

// makeBy is the body of sink and source: it calls the maker of that name in the table of makers.
func makeBy(makers string) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		table, ok := c.Table().RawGetString(makers).(*lua.LTable)
		if !ok {
			raise(c, "socket.%s is not a table", makers)
		}
		return chosen(c, table)
	}
}

// A maker makes a sink or a source from a socket.
type maker struct {
	name string
	step func(*stream) func(*bind.Call) bind.Out
}

// A stream is the state of a sink or a source.
type stream struct {
	socket lua.LValue
	left   lua.LValue // bytes that a source by length still has to give
	done   bool
}

func sinkMakers() []maker {
	return []maker{{"close-when-done", closeWhenDone}, {"keep-open", keepOpen}, {"default", keepOpen}}
}

func sourceMakers() []maker {
	return []maker{{"by-length", byLength}, {"until-closed", untilClosed}, {"default", untilClosed}}
}

// call calls a method of the stream's socket, which may be any object that has it.
func (s *stream) call(c *bind.Call, method string, args ...lua.LValue) []lua.LValue {
	switch s.socket.(type) {
	case *lua.LTable, *lua.LUserData:
	default:
		raise(c, "attempt to index upvalue 'sock' (a %s value)", s.socket.Type().String())
	}
	lua51.MakeRoom(c.L)
	f := c.L.GetField(s.socket, method)
	if f == lua.LNil {
		raise(c, "attempt to call method '%s' (a nil value)", method)
	}
	return callValue(c, f, append([]lua.LValue{s.socket}, args...)...)
}

func results(c *bind.Call, values []lua.LValue) bind.Out {
	for _, v := range values {
		c.L.Push(v)
	}
	return c.Results(len(values))
}

func closeWhenDone(s *stream) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		if !lua.LVAsBool(c.Arg(2)) {
			s.call(c, "close")
			return c.Return(1)
		}
		return results(c, s.call(c, "send", c.Arg(2)))
	}
}

func keepOpen(s *stream) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		if !lua.LVAsBool(c.Arg(2)) {
			return c.Return(1)
		}
		return results(c, s.call(c, "send", c.Arg(2)))
	}
}

// blockSize is what sources read at a time unless the script has set socket.BLOCKSIZE.
const blockSize = 2048

func blockSizeOf(c *bind.Call) float64 {
	if n, ok := number(c, c.Table().RawGetString("BLOCKSIZE")); ok {
		return n
	}
	return blockSize
}

// received calls receive and returns its results.
func (s *stream) received(c *bind.Call, n float64) (chunk, err, partial lua.LValue) {
	r := append(s.call(c, "receive", lua.LNumber(n)), lua.LNil, lua.LNil, lua.LNil)
	return r[0], r[1], r[2]
}

func byLength(s *stream) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		left, ok := s.left.(lua.LNumber)
		if !ok {
			raise(c, "attempt to compare %s with number", c.Describe(s.left))
		}
		if left <= 0 {
			return c.Return(nil)
		}
		chunk, err, _ := s.received(c, min(blockSizeOf(c), float64(left)))
		if lua.LVAsBool(err) {
			return c.Return(nil, err)
		}
		s.left = left - lua.LNumber(len(lua.LVAsString(chunk)))
		return c.Return(chunk)
	}
}

func untilClosed(s *stream) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		if s.done {
			return c.Return(nil)
		}
		chunk, err, partial := s.received(c, blockSizeOf(c))
		switch {
		case !lua.LVAsBool(err):
			return c.Return(chunk)
		case lua.LVAsString(err) != "closed":
			return c.Return(nil, err)
		}
		s.call(c, "close")
		s.done = true
		return c.Return(partial)
	}
}

// makerTable builds socket.sinkt or socket.sourcet.
func makerTable(makers []maker) func(*bind.Call) lua.LValue {
	return func(c *bind.Call) lua.LValue {
		t := c.L.CreateTable(0, len(makers))
		made := map[string]*lua.LFunction{}
		for _, m := range makers {
			made[m.name] = c.Function(m.name, func(c *bind.Call) bind.Out {
				return c.Return(object(c, m, &stream{socket: c.Arg(1), left: c.Arg(2)}))
			})
			t.RawSetString(m.name, made[m.name])
		}
		// The default is the maker before it in the list, the very same function.
		t.RawSetString("default", made[makers[len(makers)-2].name])
		return t
	}
}

// object is a table that can be called, and that select can wait for.
func object(c *bind.Call, m maker, s *stream) *lua.LTable {
	t, mt := c.L.CreateTable(0, 2), c.L.CreateTable(0, 1)
	for _, method := range []string{"getfd", "dirty"} {
		t.RawSetString(method, c.Function(method, func(c *bind.Call) bind.Out {
			return results(c, s.call(c, method))
		}))
	}
	mt.RawSetString("__call", c.Function(m.name, m.step(s)))
	t.Metatable = mt
	return t
}
