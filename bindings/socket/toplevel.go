package socket

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

type bindArgs struct {
	Address lua.LValue `doc:"a local address, a name of it, or \"*\" for all of IPv4" default:"nil" type:"string"`
	Port    lua.LValue `doc:"port or name of a service; 0 for one of the system's choice" default:"nil" type:"integer|string"`
	Backlog lua.LValue `doc:"how many connections may wait to be accepted; 32 if left out" default:"nil" type:"integer"`
}

// bindServer opens a server. LuaSocket makes it of other calls, and its messages about arguments name those.
func bindServer(c *bind.Call) bind.Out {
	host := textOf(c, c.Arg(1), "bad argument #1 to 'getaddrinfo' (string expected, got %s)")
	if host == "*" {
		host = "0.0.0.0"
	}
	st := deskOf(c).process.Stack()
	addrs, err := lookup(st, host)
	if err != nil {
		return fail(c, err)
	}
	port := textOf(c, c.Arg(2), "bad argument #2 to 'bind' (string expected, got %s)")
	backlog := 32.0
	for _, a := range addrs {
		t := newTCP(c)
		if err = t.serve(a.String(), port); err == nil {
			if c.Given(3) {
				n, ok := number(c, c.Arg(3))
				if !ok {
					t.drop()
					raise(c, "bad argument #1 to 'listen' (number expected, got %s)", c.Describe(c.Arg(3)))
				}
				backlog = n
			}
			if err = t.sock.Listen(int(backlog)); err == nil {
				t.class = tcpServer
				return c.Return(t)
			}
		}
		t.drop()
	}
	return fail(c, err)
}

// serve opens the socket and binds it, also over connections of an earlier server that are not quite gone.
func (t *tcp) serve(address, port string) error {
	addrs, err := resolve(t.stack, address, port, stack.TCP, stack.Any)
	if err != nil {
		return err
	}
	t.family = stack.FamilyOf(addrs[0].Addr())
	if err := t.open(stack.TCP, t.family); err != nil {
		return err
	}
	if err := t.sock.SetOption(stack.ReuseAddr, true); err != nil {
		return err
	}
	return t.bindTo(stack.TCP, addrs)
}

// textOf returns a string or number as text, or raises with the type that came.
func textOf(c *bind.Call, v lua.LValue, format string) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return lua51.FormatNumber(v)
	}
	raise(c, format, c.Describe(v))
	return ""
}

type connectArgs struct {
	Address   string  `doc:"host name or address"`
	Port      string  `doc:"port or name of a service" type:"integer|string"`
	LocalAddr *string `name:"locaddr" doc:"local address to connect from"`
	LocalPort *string `name:"locport" doc:"local port to connect from; 0 or nil: any" type:"integer|string"`
	Family    string  `doc:"family of the local address" enum:"inet,inet6,unspec" default:"unspec"`
}

func connect(c *bind.Call, a connectArgs) bind.Out {
	f := map[string]stack.Family{"inet": stack.IPv4, "inet6": stack.IPv6, "unspec": stack.Any}[a.Family]
	t := newTCP(c)
	if err := t.connectFrom(a, f); err != nil {
		t.drop()
		return fail(c, err)
	}
	t.class = tcpClient
	return c.Return(t)
}

// connectFrom connects from the local address, if one is asked for. The family counts for that address alone.
func (t *tcp) connectFrom(a connectArgs, f stack.Family) error {
	if a.LocalAddr != nil {
		port := "0"
		if a.LocalPort != nil {
			port = *a.LocalPort
		}
		addrs, err := resolveLocal(t.stack, *a.LocalAddr, port, stack.TCP, f)
		if err == nil {
			err = t.bindTo(stack.TCP, addrs)
		}
		if err != nil {
			return err
		}
	}
	addrs, err := resolve(t.stack, a.Address, a.Port, stack.TCP, t.family)
	if err != nil {
		return err
	}
	return t.connectTo(stack.TCP, addrs)
}

type connect4Args struct {
	Address   lua.LValue `doc:"host name or address" default:"nil" type:"string"`
	Port      lua.LValue `doc:"port or name of a service" default:"nil" type:"integer|string"`
	LocalAddr *string    `name:"locaddr" doc:"local address to connect from"`
	LocalPort *string    `name:"locport" doc:"local port to connect from; 0 or nil: any" type:"integer|string"`
}

func connectFamily(family string) func(*bind.Call, connect4Args) bind.Out {
	return func(c *bind.Call, a connect4Args) bind.Out {
		return connect(c, connectArgs{
			Address:   textOf(c, a.Address, "bad argument #1 to 'connect' (string expected, got %s)"),
			Port:      textOf(c, a.Port, "bad argument #2 to 'connect' (string expected, got %s)"),
			LocalAddr: a.LocalAddr, LocalPort: a.LocalPort, Family: family,
		})
	}
}

type sleepArgs struct {
	Seconds float64 `doc:"how long; negative counts as 0"`
}

func sleep(c *bind.Call) bind.Out {
	deskOf(c).process.Stack().Sleep(duration(c.Number(1)))
	return c.Return()
}

func getTime(c *bind.Call) bind.Out {
	d := deskOf(c)
	return c.Return(seconds(d.clock.read(d.process.Sched())))
}

func unload(c *bind.Call, _ bind.None) bind.Out { return c.Return() }
