// Package net is the Lua module net: the topology of the virtual internet. Only the lab's own process has it.
package net

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Module is the declaration of net.
var Module = bind.New("net", "The topology of the virtual internet: hosts, routers, LANs and links.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(host.Module),
		bind.Fn("host", "Add a host.", addHost).Returns("host", "the new host").
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
print(assert(a:ping("b")).avg) --> 0.02`),
		bind.Fn("router", "Add a router: a host that forwards packets.", addRouter).Returns("router", "the new router").
			Example(`local net = require "net"
local a, r, b = net.host("a"), net.router("r", {processing = "20 us"}), net.host("b")
net.link(a, r)
net.link(r, b)
print(a:ping("b").avg) --> 4e-05`),
		bind.Fn("lan", "Add a LAN: one subnet of hosts joined by a learning switch. Join it with net.link.", addLan).
			Returns("lan", "the new LAN").
			Example(`local net = require "net"
local home = net.lan("home", {subnet = "192.168.1.0/24"})
local pc = net.host("pc")
net.link(pc, home)
print(pc:address()) --> 192.168.1.1`),
		bind.Fn("link", "Join two nodes by a link, in both directions.", link).Returns("link", "the new link").
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
local l = net.link(a, b, {rate = "1 Mbps", a_to_b = {delay = "5 ms"}, b_to_a = {delay = "50 ms"}})
l:down()
print(select(2, a:ping("b"))) --> Network is unreachable	unreachable`),
		bind.Fn("find", "The host or router of a name.", find).Returns("host host.Host|nil", "the host, nil if there is none"),
		bind.Fn("hosts", "All hosts and routers, in the order in which they were added.", hosts),
		bind.Fn("nat", "Make a router a NAT for IPv4: what leaves by its outside link gets its address and a port of its table. IPv6 passes as it is.", addNAT).
			Returns("nat", "the NAT, with its table").
			Example(`local net, socket = require "net", require "socket"
local pc, box, server = net.host("pc"), net.router("box"), net.host("server")
net.link(pc, box)
net.nat(box, {outside = net.link(box, server), type = "symmetric"})
server:spawn(function()
  local s = socket.bind("*", 80)
  print("a client from " .. s:accept():getpeername() .. ", not " .. pc:address())
end)
local t = pc:spawn(function() return socket.connect("server", 80) end)
t:join() --> a client from 10.0.2.1, not 10.0.1.1`),
		bind.Fn("find_link", "The first link between two nodes.", findLink).Returns("link", "the link").Errors("not-found"),
		bind.Proc("partition", "Lose every packet between two hosts, or between two sets of hosts, without a sign; routes stay as they are.", partition).
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
net.link(a, b)
net.partition(a, b)
print(select(2, a:ping("b"))) --> Connection timed out	timeout
net.heal(a, b)
print(a:ping("b").received) --> 1`),
		bind.Proc("heal", "End the partitions between two hosts or sets of hosts, or all of them.", heal),
		bind.Proc("inject", "Send one TCP segment or UDP datagram made by hand from a host, whoever it claims to come from: forged packets, for labs about attacks.", inject).
			Errors("host-not-found", "unreachable", "too-long").
			Example(`local net, socket, task = require "net", require "socket", require "task"
local attacker, server = net.host("attacker"), net.host("server")
net.link(attacker, server)
server:spawn(function() socket.bind("*", 80):accept() end)
task.sleep(0)
net.inject(attacker, {source = "203.0.113.9", to = "server", port = 80, flags = "syn"})
task.sleep(1)
print(server:tcp_info()[1].state, server:tcp_info()[1].remote_address) --> SYN-RECV	203.0.113.9:1024`),
		bind.Fn("seed", "The seed of the world: what --seed said.", seed),
		linkClass(), lanClass(), natClass(), tapClass(),
	}
})

// Lan is a LAN of the topology.
type Lan struct{ *vnet.Lan }

func lanClass() bind.Member {
	return bind.Class("Lan", "A LAN: one subnet of hosts joined by a learning switch.",
		bind.Method("name", "The LAN's name.", func(l *Lan, _ *bind.Call, _ bind.None) (string, error) { return l.Name(), nil }),
		bind.Method("subnets", "The LAN's IPv4 and IPv6 subnet.", (*Lan).subnets),
	).Text(func(l *Lan) string { return l.Name() })
}

func (l *Lan) subnets(*bind.Call, bind.None) ([]string, error) {
	v4, v6 := l.Subnets()
	var out []string
	for _, p := range []netip.Prefix{v4, v6} {
		if p.IsValid() {
			out = append(out, p.String())
		}
	}
	return out, nil
}

// network returns the virtual internet.
func network(c *bind.Call) (*vnet.Network, error) {
	if n := process.Of(c).World().Net; n != nil {
		return n, nil
	}
	return nil, engine.ErrNoTopology
}

type hostArgs struct {
	Name    string `doc:"a name as in DNS: letters, digits, hyphens and dots"`
	Options struct {
		Disk bind.Size `doc:"how much the files of the host may take, each with 512 bytes for itself; what is over it fails with \"No space left on device\". 0 leaves it to the limits of the run" default:"0" min:"0"`
	} `doc:"what kind of host it is"`
}

func addHost(c *bind.Call, a hostArgs) (*host.Host, error) {
	h, err := add(c, a.Name, (*vnet.Network).Host)
	if err == nil {
		h.Disk = int64(a.Options.Disk)
	}
	return h, err
}

type routerArgs struct {
	Name    string `doc:"a name as in DNS: letters, digits, hyphens and dots"`
	Options struct {
		Processing time.Duration `doc:"how long it looks at each packet before it sends it on" default:"0" min:"0" max:"3600"`
	} `doc:"what kind of router it is"`
}

func addRouter(c *bind.Call, a routerArgs) (*host.Host, error) {
	h, err := add(c, a.Name, (*vnet.Network).Router)
	if err == nil {
		h.V.SetProcessing(a.Options.Processing)
	}
	return h, err
}

// add adds a node; a name that is taken or malformed is misuse.
func add(c *bind.Call, name string, how func(*vnet.Network, string) (*vnet.Host, error)) (*host.Host, error) {
	n, err := network(c)
	if err != nil {
		return nil, err
	}
	v, err := how(n, name)
	var many *vnet.HostsError
	if errors.As(err, &many) {
		process.Of(c).Exceed(c.L, &lua51.LimitError{Limit: "hosts", Max: many.Max, Text: fmt.Sprintf("the world has %d hosts already, as many as it may", many.Max)})
	}
	if err != nil {
		c.Raise("%v", err)
	}
	return host.Object(process.Of(c), process.Of(c).World().Adopt(v)), nil
}

type lanArgs struct {
	Name    string `doc:"a name for messages and for net.link"`
	Options struct {
		Subnet  *string `doc:"its IPv4 subnet, such as 192.168.1.0/24; drawn from 10.0.0.0/8 if left out"`
		Subnet6 *string `doc:"its IPv6 subnet, such as fd00:1::/64; drawn from 2001:db8::/32 if left out"`
	} `doc:"its subnets"`
}

func addLan(c *bind.Call, a lanArgs) (*Lan, error) {
	n, err := network(c)
	if err != nil {
		return nil, err
	}
	var subnets []netip.Prefix
	subnets = append(subnets, prefixes(c, "subnet", a.Options.Subnet)...)
	subnets = append(subnets, prefixes(c, "subnet6", a.Options.Subnet6)...)
	l, err := n.Lan(a.Name, subnets...)
	if err != nil {
		c.Raise("%v", err)
	}
	return &Lan{l}, nil
}

type nameArgs struct {
	Name string `doc:"a name as in DNS: letters, digits, hyphens and dots"`
}

func find(c *bind.Call, a nameArgs) (lua.LValue, error) {
	if h := process.Of(c).World().Find(a.Name); h != nil {
		return c.Value(host.Object(process.Of(c), h)), nil
	}
	return lua.LNil, nil
}

func hosts(c *bind.Call, _ bind.None) ([]*host.Host, error) {
	n, err := network(c)
	if err != nil {
		return nil, err
	}
	all := []*host.Host{}
	for _, v := range n.Hosts() {
		all = append(all, host.Object(process.Of(c), process.Of(c).World().Adopt(v)))
	}
	return all, nil
}

func seed(c *bind.Call, _ bind.None) (float64, error) {
	return float64(process.Of(c).Sched().Seed()), nil
}

// node returns what a link may join: a host, a router or a LAN.
func node(c *bind.Call, name string, v lua.LValue) vnet.Node {
	if h, ok := bind.As[host.Host](v); ok && h.V != nil {
		return h.V
	}
	if l, ok := bind.As[Lan](v); ok {
		return l.Lan
	}
	c.Misuse(name, "want a host, a router or a LAN, got %s", c.Describe(v))
	return nil
}
