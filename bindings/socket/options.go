package socket

import (
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A form is how the value of an option looks in Lua.
type form uint8

const (
	formFlag   form = iota // a boolean
	formNumber             // a number; anything else counts as 0
	formLinger             // {on=boolean, timeout=seconds}
	formIP                 // an IPv4 address
	formGroup              // {multiaddr=address, interface=address}
	formGroup6             // {multiaddr=address, interface=index}
	formError              // the pending error
)

// An option is a name that setoption or getoption knows.
type option struct {
	name     string
	option   stack.Option
	form     form
	get, set bool
}

func common() []option {
	return []option{
		{"reuseaddr", stack.ReuseAddr, formFlag, true, true},
		{"reuseport", stack.ReusePort, formFlag, true, true},
		{"error", 0, formError, true, false},
		{"recv-buffer-size", stack.RecvBuffer, formNumber, true, true},
		{"send-buffer-size", stack.SendBuffer, formNumber, true, true},
	}
}

func tcpOptions() []option {
	return append(common(),
		option{"keepalive", stack.KeepAlive, formFlag, true, true},
		option{"tcp-nodelay", stack.NoDelay, formFlag, true, true},
		option{"tcp-keepidle", stack.KeepIdle, formNumber, true, true},
		option{"tcp-keepcnt", stack.KeepCount, formNumber, true, true},
		option{"tcp-keepintvl", stack.KeepInterval, formNumber, true, true},
		option{"linger", stack.Linger, formLinger, true, true},
		option{"ipv6-v6only", stack.V6Only, formFlag, false, true},
		option{"tcp-defer-accept", stack.DeferAccept, formNumber, false, true},
		option{"tcp-fastopen", stack.FastOpen, formNumber, false, true},
		option{"tcp-fastopen-connect", stack.FastOpenConnect, formNumber, false, true},
	)
}

func udpOptions() []option {
	return append(common(),
		option{"dontroute", stack.DontRoute, formFlag, true, true},
		option{"broadcast", stack.Broadcast, formFlag, true, true},
		option{"ip-multicast-if", stack.MulticastIf, formIP, true, true},
		option{"ip-multicast-ttl", stack.MulticastHops, formNumber, false, true},
		option{"ip-multicast-loop", stack.MulticastLoop, formFlag, true, true},
		option{"ip-add-membership", stack.AddMembership, formGroup, false, true},
		option{"ip-drop-membership", stack.DropMembership, formGroup, false, true},
		option{"ipv6-unicast-hops", stack.HopLimit, formNumber, true, true},
		option{"ipv6-multicast-hops", stack.HopLimit, formNumber, true, true}, // LuaSocket's mistake: both are one option
		option{"ipv6-multicast-loop", stack.MulticastLoop, formFlag, true, true},
		option{"ipv6-add-membership", stack.AddMembership, formGroup6, false, true},
		option{"ipv6-drop-membership", stack.DropMembership, formGroup6, false, true},
		option{"ipv6-v6only", stack.V6Only, formFlag, true, true},
	)
}

const (
	errSetOption lookupFailure = "setsockopt failed"
	errGetOption lookupFailure = "getsockopt failed"
)

type setOptionArgs struct {
	Option string     `doc:"its name; see the module's text for the list"`
	Value  lua.LValue `doc:"a boolean, number, address or table, as the option wants" default:"nil" type:"any"`
}

type getOptionArgs struct {
	Option string `doc:"its name; see the module's text for the list"`
}

// find returns the option of that name or raises.
func find(c *bind.Call, list []option, name string, usable func(option) bool) option {
	for _, o := range list {
		if o.name == name && usable(o) {
			return o
		}
	}
	if len(name) > 35 {
		name = name[:35]
	}
	c.Misuse("option", "unsupported option `%s'", name)
	return option{}
}

func (h *handle) setOption(c *bind.Call, list []option) bind.Out {
	o := find(c, list, c.String(1), func(o option) bool { return o.set })
	value := optionValue(c, o)
	if h.sock == nil || !o.fits(h.sock) || h.sock.SetOption(o.option, value) != nil {
		return fail(c, errSetOption)
	}
	return c.Return(1)
}

// fits keeps the options of IPv6 from sockets of IPv4, for which stack.Socket has other options of the same name.
func (o option) fits(s stack.Socket) bool {
	return len(o.name) < 4 || o.name[:4] != "ipv6" || s.Family() == stack.IPv6
}

func (h *handle) getOption(c *bind.Call, list []option) bind.Out {
	o := find(c, list, c.String(1), func(o option) bool { return o.get })
	if h.sock == nil || !o.fits(h.sock) {
		return fail(c, errGetOption)
	}
	if o.form == formError {
		err := h.sock.TakeError()
		if err == nil {
			return c.Return(nil)
		}
		return c.Return(message(err))
	}
	value, err := h.sock.Option(o.option)
	if err != nil {
		return fail(c, errGetOption)
	}
	switch v := value.(type) {
	case stack.LingerValue:
		return c.Return(lingerTable(c, v))
	case netip.Addr:
		if !v.IsValid() {
			v = netip.IPv4Unspecified()
		}
		return c.Return(v.String())
	}
	return c.Return(value)
}

func lingerTable(c *bind.Call, v stack.LingerValue) *lua.LTable {
	t := c.L.CreateTable(0, 2)
	t.RawSetString("on", lua.LBool(v.On))
	t.RawSetString("timeout", lua.LNumber(v.Timeout/time.Second))
	return t
}

// optionValue reads setoption's second argument in the option's form, or raises.
func optionValue(c *bind.Call, o option) any {
	v := c.Arg(2)
	switch o.form {
	case formFlag:
		flag, ok := v.(lua.LBool)
		if !ok {
			wrongType(c, "boolean")
		}
		return bool(flag)
	case formIP:
		text, ok := v.(lua.LString)
		if !ok {
			wrongType(c, "string")
		}
		a, ok := groupAddress(string(text))
		if !ok {
			c.Misuse("value", "ip expected")
		}
		return a
	case formLinger:
		t := tableValue(c)
		on, ok := t.RawGetString("on").(lua.LBool)
		if !ok {
			c.Misuse("value", "boolean 'on' field expected")
		}
		timeout, ok := number(c, t.RawGetString("timeout"))
		if !ok {
			c.Misuse("value", "number 'timeout' field expected")
		}
		return stack.LingerValue{On: bool(on), Timeout: duration(timeout).Truncate(time.Second)}
	case formGroup, formGroup6:
		return membership(c, o.form == formGroup6)
	}
	n, _ := number(c, v)
	if o.option == stack.FastOpenConnect {
		return n != 0
	}
	return int(n)
}

func tableValue(c *bind.Call) *lua.LTable {
	t, ok := c.Arg(2).(*lua.LTable)
	if !ok {
		wrongType(c, "table")
	}
	return t
}

func membership(c *bind.Call, six bool) stack.Membership {
	t := tableValue(c)
	text := func(key string) string {
		switch v := t.RawGetString(key).(type) {
		case lua.LString, lua.LNumber:
			return v.String()
		}
		c.Misuse("value", "string '%s' field expected", key)
		return ""
	}
	group := text("multiaddr")
	if six {
		a, err := netip.ParseAddr(group)
		if err != nil || a.Is4() {
			c.Misuse("value", "invalid 'multiaddr' ip address")
		}
		if t.RawGetString("interface") == lua.LNil {
			return stack.Membership{Group: a}
		}
		index, ok := number(c, t.RawGetString("interface"))
		if !ok {
			raise(c, "bad argument #-2 to 'setoption' (number 'interface' field expected)") // so LuaSocket counts here
		}
		return stack.Membership{Group: a, Index: int(index)}
	}
	joined, ok := groupAddress(group)
	if _, isNumber := t.RawGetString("multiaddr").(lua.LNumber); !ok && !isNumber {
		c.Misuse("value", "invalid 'multiaddr' ip address")
	}
	via, ok := groupAddress(text("interface"))
	if !ok {
		c.Misuse("value", "invalid 'interface' ip address")
	}
	return stack.Membership{Group: joined, Interface: via}
}

// groupAddress reads an IPv4 address, or "*" for any.
func groupAddress(text string) (netip.Addr, bool) {
	if text == "*" {
		return netip.IPv4Unspecified(), true
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Is4()
}

// wrongType raises for setoption's value.
func wrongType(c *bind.Call, want string) {
	got := "no value"
	if c.Len() >= 2 {
		got = c.Describe(c.Arg(2))
	}
	c.Misuse("value", "%s expected, got %s", want, got)
}

// raise raises a message with the position of the calling line and nothing else.
func raise(c *bind.Call, format string, args ...any) { c.L.RaiseError(format, args...) }
