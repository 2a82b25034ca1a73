package bind

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// A plug is an object whose class name changes, as LuaSocket's tcp does.
type plug struct{ class string }

type sendArgs struct {
	Data string  `doc:"text"`
	I    float64 `doc:"first" default:"1"`
	Mode string  `doc:"way" enum:"send,receive" default:"send"`
}

func pucModule() *Module {
	return New("sock", "Sockets.", func() []Member {
		return []Member{
			PUC(),
			Fn("tcp", "A socket.", func(*Call, None) (*plug, error) { return &plug{"tcp{master}"}, nil }),
			Proc("fail", "Fails.", func(*Call, None) error { return &coded{"timeout", "timeout"} }),
			Var("flag", "Takes a flag.", func(c *Call, a struct {
				Flag bool        `doc:"flag"`
				Tab  *lua.LTable `doc:"table" default:"nil"`
			}) Out {
				if a.Tab != nil {
					c.Misuse("tab", "unsupported option `%s'", "x")
				}
				return c.Return(1)
			}),
			Class("tcp", "A socket.",
				MethodVar("connect", "Connect.", func(p *plug, c *Call, _ None) Out {
					p.class = "tcp{client}"
					return c.Return(1)
				}).Only("tcp{master}", "tcp{client}"),
				MethodVar("send", "Send.", func(p *plug, c *Call, a sendArgs) Out { return c.Return(a.Data, a.I) }).Only("tcp{client}"),
				MethodRaw[sendArgs]("rawsend", "Send.", func(p *plug, c *Call) Out { return c.Return(c.String(1), c.Number(2)) }),
				MethodVar("name", "Name.", func(p *plug, c *Call, _ None) Out { return c.Return(p.class) }),
			).Named(func(p *plug) string { return p.class }, "tcp{master}", "tcp{client}").Group("tcp{any}"),
		}
	})
}

func TestPUCWording(t *testing.T) {
	m := pucModule()
	const prelude = "local c = sock.tcp() c:connect() local m = sock.tcp() local d = sock.tcp() d:connect() "
	for _, c := range []struct{ script, want string }{
		{`print(pcall(m.send, m, "x"))`, "bad argument #1 to '?' (tcp{client} expected)"},
		{`m:send("x")`, "t.lua:1: calling 'send' on bad self (tcp{client} expected)"},
		{`m.send(m, "x")`, "t.lua:1: bad argument #1 to 'send' (tcp{client} expected)"},
		{`local s = m.send s(m, "x")`, "t.lua:1: bad argument #1 to 's' (tcp{client} expected)"},
		{`m.send("x")`, "t.lua:1: bad argument #1 to 'send' (tcp{client} expected)"},
		{`c.name()`, "t.lua:1: bad argument #1 to 'name' (tcp{any} expected)"},
		{`c:send()`, "t.lua:1: bad argument #1 to 'send' (string expected, got no value)"},
		{`c:send(nil)`, "t.lua:1: bad argument #1 to 'send' (string expected, got nil)"},
		{`c.send(c, nil)`, "t.lua:1: bad argument #2 to 'send' (string expected, got nil)"},
		{`return c:send({})`, "t.lua:1: bad argument #1 to 'send' (string expected, got table)"},
		{`print(pcall(c.send, c, {}))`, "bad argument #2 to '?' (string expected, got table)"},
		{`local t = {c.send} t[1](c, {})`, "t.lua:1: bad argument #2 to '?' (string expected, got table)"},
		{`c:send("x", "y")`, "t.lua:1: bad argument #2 to 'send' (number expected, got string)"},
		{`c:send("x", 1, "zz")`, "t.lua:1: bad argument #3 to 'send' (invalid option 'zz')"},
		{`c:rawsend(nil)`, "t.lua:1: bad argument #1 to 'rawsend' (string expected, got nil)"},
		{`c:send(d)`, "t.lua:1: bad argument #1 to 'send' (string expected, got userdata)"},
		{`sock.flag(1)`, "t.lua:1: bad argument #1 to 'flag' (boolean expected, got number)"},
		{`sock.flag(true, 1)`, "t.lua:1: bad argument #2 to 'flag' (table expected, got number)"},
		{`sock.flag(true, {})`, "t.lua:1: bad argument #2 to 'flag' (unsupported option `x')"},
	} {
		out, err := run(t, prelude+c.script, m)
		got := strings.TrimSuffix(strings.TrimPrefix(out, "false\t"), "\n")
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.script, got, c.want)
		}
	}
}

func TestPUCValues(t *testing.T) {
	m := pucModule()
	for _, c := range []struct{ script, want string }{
		{`local c = sock.tcp() print(c.class, c, c:connect(), c.class, c)`,
			"tcp{master}\ttcp{client}: 0x00000001\t1\ttcp{client}\ttcp{client}: 0x00000001"},
		{`local a, b = sock.tcp(), sock.tcp() print(b) print(a) print(b)`,
			"tcp{master}: 0x00000001\ntcp{master}: 0x00000002\ntcp{master}: 0x00000001"},
		{`local c = sock.tcp() c:connect() print(c:send(12, " 0x10 ", "send", "extra"))`, "12\t16"},
		{`local c = sock.tcp() print(c:rawsend(12), c:rawsend("a", "3"))`, "12\ta\t3"},
		{`print(sock.fail())`, "nil\ttimeout"},
		{`print(sock.nothing, sock.tcp().nothing)`, "nil\tnil"},
	} {
		got, err := run(t, c.script, m)
		if err != nil || got != c.want+"\n" {
			t.Errorf("%s:\n got %q, %v\nwant %q", c.script, got, err, c.want)
		}
	}
}
