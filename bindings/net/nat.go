package net

import (
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Nat is the NAT of a router.
type Nat struct {
	router *host.Host
	n      *vnet.NAT
}

func natClass() bind.Member {
	return bind.Class("Nat", "The NAT of a router: a table of inside and outside addresses and ports.",
		bind.Method("address", "The outside address.", func(n *Nat, _ *bind.Call, _ bind.None) (string, error) { return n.n.Address().String(), nil }),
		bind.MethodProc("forward", "Give what comes to an outside port to an inside host: port forwarding.", (*Nat).forward).Errors("in-use", "address"),
		bind.MethodProc("unforward", "End a port forwarding.", (*Nat).unforward).Errors("not-found"),
		bind.Method("table", "The mappings, in the order of making. For ICMP the identifier of the echo requests stands for the port.", (*Nat).table).
			Returns("mappings", "one table each: protocol, inside, outside, remote (if the mapping is for one remote endpoint only), static, and peers: remote, state (of TCP), left (seconds until it is forgotten)"),
		bind.Method("text", "The mappings as a table of text.", (*Nat).text),
		bind.MethodProc("remove", "Make the router an ordinary one again.", (*Nat).remove),
	).Text(func(n *Nat) string { return "NAT on " + n.router.Name })
}

const behaviours = "endpoint-independent,address-dependent,address-and-port-dependent"

type natArgs struct {
	Router  *host.Host `doc:"the router"`
	Options struct {
		Outside              *Link         `doc:"its link to the internet; what its other links join is inside"`
		Type                 string        `doc:"the classic name of what it does (RFC 3489)" enum:"full-cone,restricted-cone,port-restricted-cone,symmetric" default:"port-restricted-cone"`
		Mapping              *string       `doc:"on what of the remote endpoint the outside port depends (RFC 4787 section 4.1); in place of what type says" enum:"endpoint-independent,address-dependent,address-and-port-dependent"`
		Filtering            *string       `doc:"on what of it depends who may send to that port (RFC 4787 section 5); in place of what type says" enum:"endpoint-independent,address-dependent,address-and-port-dependent"`
		Ports                string        `doc:"preserve: the outside port is the inside one, if it is free; random" enum:"preserve,random" default:"preserve"`
		FirstPort            int           `doc:"lowest outside port to give away" default:"1024" min:"1" max:"65535"`
		LastPort             int           `doc:"highest outside port to give away" default:"65535" min:"1" max:"65535"`
		Hairpin              bool          `doc:"let inside hosts reach each other by their outside address" default:"true"`
		InboundRefresh       bool          `doc:"datagrams that come in keep a mapping alive too" default:"false"`
		UDPTimeout           time.Duration `doc:"silence after which a UDP mapping is forgotten" default:"120 s" min:"1 ms"`
		TCPTimeout           time.Duration `doc:"that of an established connection" default:"7440 s" min:"1 ms"`
		TCPTransitoryTimeout time.Duration `doc:"that of one which opens or closes" default:"240 s" min:"1 ms"`
		ICMPTimeout          time.Duration `doc:"that of echo requests" default:"60 s" min:"1 ms"`
	} `doc:"what kind of NAT"`
}

// The mapping and filtering of the classic types.
var natTypes = map[string][2]vnet.Dependence{
	"full-cone":            {vnet.EndpointIndependent, vnet.EndpointIndependent},
	"restricted-cone":      {vnet.EndpointIndependent, vnet.AddressDependent},
	"port-restricted-cone": {vnet.EndpointIndependent, vnet.AddressAndPortDependent},
	"symmetric":            {vnet.AddressAndPortDependent, vnet.AddressAndPortDependent},
}

func addNAT(c *bind.Call, a natArgs) (*Nat, error) {
	if _, err := network(c); err != nil {
		return nil, err
	}
	o := a.Options
	if o.FirstPort > o.LastPort {
		c.Misuse("first_port", "want a port not above last_port, %d, got %d", o.LastPort, o.FirstPort)
	}
	kind := natTypes[o.Type]
	v := vnet.NATOptions{Outside: o.Outside.Link, Mapping: dependence(o.Mapping, kind[0]), Filtering: dependence(o.Filtering, kind[1]),
		RandomPorts: o.Ports == "random", NoHairpin: !o.Hairpin, InboundRefresh: o.InboundRefresh,
		Timeouts: vnet.Timeouts{UDP: o.UDPTimeout, TCP: o.TCPTimeout, TCPTransitory: o.TCPTransitoryTimeout, ICMP: o.ICMPTimeout}}
	if o.FirstPort != 1024 || o.LastPort != 65535 {
		v.FirstPort, v.LastPort = uint16(o.FirstPort), uint16(o.LastPort)
	}
	n, err := a.Router.V.SetNAT(&v)
	if err != nil {
		c.Raise("%s", strings.TrimPrefix(err.Error(), "vnet: "))
	}
	return &Nat{a.Router, n}, nil
}

func dependence(word *string, otherwise vnet.Dependence) vnet.Dependence {
	if word == nil {
		return otherwise
	}
	for d, name := range strings.Split(behaviours, ",") {
		if name == *word {
			return vnet.Dependence(d)
		}
	}
	return otherwise
}

type forwardArgs struct {
	Protocol   string     `doc:"of the port" enum:"tcp,udp"`
	Port       int        `doc:"the outside port" min:"1" max:"65535"`
	Inside     lua.LValue `doc:"the inside host, or its address" type:"host.Host|string"`
	InsidePort *int       `doc:"the port there; the outside port unless set" min:"1" max:"65535"`
}

func protocolOf(word string) vnet.Protocol {
	if word == "udp" {
		return vnet.UDP
	}
	return vnet.TCP
}

func (n *Nat) forward(c *bind.Call, a forwardArgs) error {
	port := a.Port
	set(&port, a.InsidePort)
	to, ok := n.inside(c, a.Inside)
	if !ok {
		c.Misuse("inside", "want an inside host or its IPv4 address, got %s", c.Describe(a.Inside))
	}
	return n.n.Forward(protocolOf(a.Protocol), uint16(a.Port), netip.AddrPortFrom(to, uint16(port)))
}

// inside returns the IPv4 address of an inside host: the one on a link that the router is on too, or else its first.
func (n *Nat) inside(c *bind.Call, v lua.LValue) (netip.Addr, bool) {
	if text, ok := v.(lua.LString); ok {
		a, err := netip.ParseAddr(string(text))
		if err != nil || !a.Is4() {
			c.Misuse("inside", "want an inside host or its IPv4 address, got %.40q", string(text))
		}
		return a, true
	}
	h, ok := bind.As[host.Host](v)
	if !ok || h.Host == nil || h.V == nil {
		return netip.Addr{}, false
	}
	addrs := h.V.Addrs()
	if len(addrs) == 0 || !addrs[0].Is4() {
		c.Misuse("inside", "want a host with an IPv4 address; %s has none", h.Name)
	}
	for _, i := range n.router.V.Interfaces() {
		for _, p := range i.Prefixes {
			for _, a := range addrs {
				if a.Is4() && p.Contains(a) && a != p.Addr() {
					return a, true
				}
			}
		}
	}
	return addrs[0], true
}

type unforwardArgs struct {
	Protocol string `doc:"of the port" enum:"tcp,udp"`
	Port     int    `doc:"the outside port" min:"1" max:"65535"`
}

// A notForwarded error says that a port is not forwarded.
type notForwarded struct{ unforwardArgs }

func (e *notForwarded) Error() string {
	return fmt.Sprintf("%s port %d is not forwarded", e.Protocol, e.Port)
}

// Code returns the code of the error.
func (e *notForwarded) Code() string { return "not-found" }

func (n *Nat) unforward(_ *bind.Call, a unforwardArgs) error {
	if !n.n.Unforward(protocolOf(a.Protocol), uint16(a.Port)) {
		return &notForwarded{a}
	}
	return nil
}

type mapping struct {
	Protocol, Inside, Outside string
	Remote                    lua.LValue
	Static                    bool
	Peers                     []peer
}

type peer struct {
	Remote string
	State  lua.LValue
	Left   time.Duration
}

func (n *Nat) table(*bind.Call, bind.None) ([]mapping, error) {
	all := []mapping{}
	for _, m := range n.n.Mappings() {
		line := mapping{m.Proto.String(), m.Inside.String(), m.Outside.String(), lua.LNil, m.Static, []peer{}}
		switch {
		case m.Remote.IsValid() && m.Remote.Port() == 0:
			line.Remote = lua.LString(m.Remote.Addr().String())
		case m.Remote.IsValid():
			line.Remote = lua.LString(m.Remote.String())
		}
		for _, p := range m.Peers {
			q := peer{p.Remote.String(), lua.LNil, p.Left}
			if p.State != "" {
				q.State = lua.LString(p.State)
			}
			if m.Proto == vnet.ICMP {
				q.Remote = p.Remote.Addr().String()
			}
			line.Peers = append(line.Peers, q)
		}
		all = append(all, line)
	}
	return all, nil
}

func (n *Nat) text(c *bind.Call, _ bind.None) (string, error) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "protocol\tinside\toutside\tremote\tleft\n")
	all, err := n.table(c, bind.None{})
	for _, m := range all {
		head := m.Protocol + "\t" + m.Inside + "\t" + m.Outside + "\t"
		if m.Static {
			fmt.Fprint(w, head+"any\tstays\n")
		}
		for _, p := range m.Peers {
			state := ""
			if p.State != lua.LNil {
				state = " " + p.State.String()
			}
			fmt.Fprintf(w, "%s%s\t%.0f s%s\n", head, p.Remote, p.Left.Seconds(), state)
		}
	}
	w.Flush()
	return strings.TrimRight(b.String(), "\n"), err
}

func (n *Nat) remove(c *bind.Call, _ bind.None) error {
	if n.router.V.NAT() != n.n {
		c.Raise("it is no longer the NAT of %s", n.router.Name)
	}
	_, err := n.router.V.SetNAT(nil)
	return err
}
