package net

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

type partitionArgs struct {
	A       lua.LValue `doc:"a host, or a list of hosts" type:"host.Host|host.Host[]"`
	B       lua.LValue `doc:"a host, or a list of hosts, on the other side" type:"host.Host|host.Host[]"`
	Options struct {
		OneWay bool `doc:"lose only what a sends to b" default:"false"`
	} `doc:"how far they are parted"`
}

// partition parts every host of one side from every host of the other.
func partition(c *bind.Call, a partitionArgs) error {
	n, err := network(c)
	if err != nil {
		return err
	}
	for _, pair := range pairs(c, a.A, a.B) {
		n.Partition(pair[0], pair[1])
		if !a.Options.OneWay {
			n.Partition(pair[1], pair[0])
		}
	}
	return nil
}

type healArgs struct {
	A lua.LValue `doc:"a host, or a list of hosts; if both sides are left out, every partition ends" default:"nil" type:"host.Host|host.Host[]"`
	B lua.LValue `doc:"a host, or a list of hosts, on the other side" default:"nil" type:"host.Host|host.Host[]"`
}

// heal ends the partitions between two sides, both ways.
func heal(c *bind.Call, a healArgs) error {
	n, err := network(c)
	if err != nil {
		return err
	}
	if a.A == lua.LNil && a.B == lua.LNil {
		n.HealAll()
		return nil
	}
	found := false
	for _, pair := range pairs(c, a.A, a.B) {
		found = found || n.Parted(pair[0], pair[1]) || n.Parted(pair[1], pair[0])
		n.Heal(pair[0], pair[1])
		n.Heal(pair[1], pair[0])
	}
	if !found {
		c.Raise("nothing parts these hosts")
	}
	return nil
}

// pairs returns every pair of a host of one side and one of the other.
func pairs(c *bind.Call, a, b lua.LValue) [][2]*vnet.Host {
	var all [][2]*vnet.Host
	right := side(c, "b", b)
	for _, x := range side(c, "a", a) {
		for _, y := range right {
			if x == y {
				c.Raise("%s is on both sides: a host cannot be parted from itself", x.Name())
			}
			all = append(all, [2]*vnet.Host{x, y})
		}
	}
	return all
}

// side returns the hosts of one side.
func side(c *bind.Call, name string, v lua.LValue) []*vnet.Host {
	if h, ok := bind.As[host.Host](v); ok && h.Host != nil && h.V != nil {
		return []*vnet.Host{h.V}
	}
	list, ok := v.(*lua.LTable)
	if !ok || list.Len() == 0 {
		c.Misuse(name, "want a host or a list of hosts, got %s", c.Describe(v))
	}
	c.Charge(list.Len())
	var all []*vnet.Host
	for i := 1; i <= list.Len(); i++ {
		h, ok := bind.As[host.Host](list.RawGetInt(i))
		if !ok || h.Host == nil || h.V == nil {
			c.Misuse(name, "want a host or a list of hosts, got %s at place %d of the list", c.Describe(list.RawGetInt(i)), i)
		}
		all = append(all, h.V)
	}
	return all
}

type findLinkArgs struct {
	A lua.LValue `doc:"a host, router or LAN" type:"host.Host|net.Lan"`
	B lua.LValue `doc:"another" type:"host.Host|net.Lan"`
}

// A notLinked error says that two nodes have no link.
type notLinked struct{ a, b string }

func (e *notLinked) Error() string { return fmt.Sprintf("no link joins %s and %s", e.a, e.b) }

// Code returns the code of the error.
func (e *notLinked) Code() string { return "not-found" }

func findLink(c *bind.Call, a findLinkArgs) (*Link, error) {
	n, err := network(c)
	if err != nil {
		return nil, err
	}
	x, y := node(c, "a", a.A), node(c, "b", a.B)
	l := n.LinkBetween(x, y)
	if l == nil {
		return nil, &notLinked{x.Name(), y.Name()}
	}
	return &Link{l}, nil
}
