package socket

import (
	"errors"
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

type hostArgs struct {
	Address string `doc:"host name or address"`
}

// An entry is what is known about a host, as gethostbyname gives it.
type entry struct {
	name    string
	aliases []string
	addrs   []netip.Addr
}

// entryOf looks a name up, or an address by its name.
func entryOf(st *stack.Stack, host string) (entry, error) {
	if host == "" {
		return entry{}, lookupFailure("Unknown server error")
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		names, err := st.LookupAddr(a)
		if err != nil || len(names) == 0 {
			return entry{}, hostError(err)
		}
		return entry{names[0], names[1:], []netip.Addr{a}}, nil
	}
	addrs, err := st.LookupHost(host)
	if err != nil {
		return entry{}, hostError(err)
	}
	e := entry{name: host}
	for _, a := range addrs {
		if a.Is4() {
			e.addrs = append(e.addrs, a)
		}
	}
	if e.addrs == nil {
		return entry{}, errNoHost
	}
	return e, nil
}

// hostError words a failed look-up; a denied one says so itself.
func hostError(err error) error {
	if errors.Is(err, stack.ErrAccess) {
		return err
	}
	return errNoHost
}

func (e entry) table(L *lua.LState) *lua.LTable {
	t, aliases, ips := L.NewTable(), L.NewTable(), L.NewTable()
	for _, a := range e.aliases {
		aliases.Append(lua.LString(a))
	}
	for _, a := range e.addrs {
		ips.Append(lua.LString(a.String()))
	}
	t.RawSetString("name", lua.LString(e.name))
	t.RawSetString("alias", aliases)
	t.RawSetString("ip", ips)
	return t
}

func toIP(c *bind.Call, a hostArgs) bind.Out {
	e, err := entryOf(deskOf(c).process.Stack(), a.Address)
	if err != nil {
		return fail(c, err)
	}
	return c.Return(e.addrs[0].String(), e.table(c.L))
}

func toHostName(c *bind.Call, a hostArgs) bind.Out {
	e, err := entryOf(deskOf(c).process.Stack(), a.Address)
	if err != nil {
		return fail(c, err)
	}
	return c.Return(e.name, e.table(c.L))
}

func getHostName(c *bind.Call, _ bind.None) (string, error) {
	return deskOf(c).process.Stack().HostName(), nil
}

// getAddrInfo gives a list of {family=, addr=}.
func getAddrInfo(c *bind.Call, a hostArgs) bind.Out {
	addrs, err := lookup(deskOf(c).process.Stack(), a.Address)
	if err != nil {
		return fail(c, err)
	}
	list := c.L.NewTable()
	for _, addr := range addrs {
		t := c.L.CreateTable(0, 2)
		t.RawSetString("family", lua.LString(familyName(addr)))
		t.RawSetString("addr", lua.LString(addr.String()))
		list.Append(t)
	}
	return c.Return(list)
}

type nameInfoArgs struct {
	Host    *string `doc:"host name or address"`
	Service *string `doc:"port or name of a service" type:"integer|string"`
}

// getNameInfo gives a list of the names of the host's addresses and, if asked for, the service's name.
func getNameInfo(c *bind.Call, a nameInfoArgs) bind.Out {
	if a.Host == nil && a.Service == nil {
		raise(c, "host and serv cannot be both nil")
	}
	st := deskOf(c).process.Stack()
	service := ""
	if a.Service != nil {
		port, err := portOf(*a.Service, stack.TCP)
		if err != nil {
			return fail(c, err)
		}
		service = serviceName(port)
	}
	names := c.L.NewTable()
	if a.Host != nil {
		addrs, err := lookup(st, *a.Host)
		if err != nil {
			return fail(c, err)
		}
		for _, addr := range addrs {
			names.Append(lua.LString(nameOf(st, addr)))
		}
	}
	if a.Service == nil {
		return c.Return(names)
	}
	return c.Return(names, service)
}

// nameOf returns the name of an address, or the address itself.
func nameOf(st *stack.Stack, a netip.Addr) string {
	if known, err := st.LookupAddr(a); err == nil && len(known) > 0 {
		return known[0]
	}
	return a.String()
}
