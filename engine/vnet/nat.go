package vnet

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Dependence says on what of the remote endpoint a NAT's mapping or filtering depends (RFC 4787 sections 4.1 and 5).
type Dependence uint8

// The behaviours.
const (
	EndpointIndependent Dependence = iota
	AddressDependent
	AddressAndPortDependent
)

var dependences = [...]string{"endpoint-independent", "address-dependent", "address-and-port-dependent"}

// String returns the name of RFC 4787.
func (d Dependence) String() string { return dependences[d] }

// NATOptions configure a NAT. The zero value, with Outside, is a full cone that preserves ports. The classic names (RFC 3489
// section 5) are pairs of Mapping and Filtering: full cone is independent and independent, restricted cone independent and
// address, port-restricted cone independent and port, symmetric port and port.
type NATOptions struct {
	Outside *Link // the host's link to the internet; the others are inside

	Mapping   Dependence // whether one inside endpoint looks the same to all remote ones
	Filtering Dependence // which remote endpoints may send to a mapping

	RandomPorts         bool   // draw outside ports at random; else the inside port is kept if it is free
	FirstPort, LastPort uint16 // the outside ports to use; 0 means 1024 to 65535, and below 1024 for inside ports below

	NoHairpin      bool // drop what one inside host sends to the mapping of another (RFC 4787 section 6)
	InboundRefresh bool // datagrams that come in keep a mapping alive too (RFC 4787 section 4.3)
	Timeouts
}

// A NAT is a router's table of address and port translations (RFC 4787, RFC 5382, RFC 5508). It translates TCP, UDP, ICMP
// echo and ICMP errors over IPv4, with the address of its outside link; other protocols do not get through, and IPv6 passes as it is.
// The table is lost when the router crashes; forwarded ports stay. A SYN or datagram that nobody asked for is dropped in silence.
type NAT struct {
	box     *box
	opt     NATOptions
	out     *iface
	table   map[insideKey]*mapping
	outside map[outsideKey]*mapping
	made    uint64

	topology uint64 // of which addr is
	addr     netip.Addr
}

// insideKey is what a mapping is found by on the way out. The remote endpoint is zero as far as the mapping does not depend on it.
type insideKey struct {
	proto          Protocol
	inside, remote netip.AddrPort
}

// outsideKey is what a mapping is found by on the way in. For ICMP the port is the identifier of echo requests.
type outsideKey struct {
	proto Protocol
	port  uint16
}

// A mapping stands for an inside endpoint in front of the NAT.
type mapping struct {
	insideKey
	port   uint16
	static bool
	number uint64 // in the order of making
	sent   time.Duration
	flows  []*flow
}

// SetNAT makes the host, a router, a NAT with an empty table, in place of any it had; nil ends that. The outside link
// must be one of its own and have an IPv4 address.
func (h *Host) SetNAT(o *NATOptions) (*NAT, error) {
	if o == nil {
		if h.box != nil {
			h.box.nat = nil
			h.box.flows = flowTable{timeouts: Timeouts{}.orDefaults()}
			h.box.settle()
		}
		return nil, nil
	}
	out, err := h.checkNAT(o)
	if err != nil {
		return nil, fmt.Errorf("vnet: NAT on %s: %w", h.name, err)
	}
	b := h.boxOf()
	b.nat = &NAT{box: b, opt: *o, out: out, topology: ^h.net.topology}
	b.nat.clear()
	b.flows = flowTable{timeouts: o.Timeouts.orDefaults()}
	b.flows.timeouts.inboundRefresh = o.InboundRefresh
	return b.nat, nil
}

// checkNAT returns the interface of the outside link.
func (h *Host) checkNAT(o *NATOptions) (*iface, error) {
	k := slices.IndexFunc(h.ifaces, func(i *iface) bool { return i.link == o.Outside })
	switch {
	case !h.forwarding:
		return nil, errors.New("it is no router")
	case o.Outside == nil:
		return nil, errors.New("no outside link")
	case k < 0:
		return nil, fmt.Errorf("%s is not a link of its own", o.Outside)
	case o.Mapping > AddressAndPortDependent || o.Filtering > AddressAndPortDependent:
		return nil, errors.New("no such behaviour")
	case o.FirstPort > o.LastPort:
		return nil, fmt.Errorf("the ports %d to %d are none", o.FirstPort, o.LastPort)
	case o.UDP < 0 || o.TCP < 0 || o.TCPTransitory < 0 || o.ICMP < 0:
		return nil, errors.New("a timeout is negative")
	}
	if _, ok := h.ifaces[k].address(false, netip.Addr{}); !ok {
		return nil, fmt.Errorf("%s has no IPv4 address on it", o.Outside)
	}
	return h.ifaces[k], nil
}

// NAT returns the host's NAT, or nil.
func (h *Host) NAT() *NAT {
	if h.box == nil {
		return nil
	}
	return h.box.nat
}

// Options returns what the NAT was made with.
func (n *NAT) Options() NATOptions { return n.opt }

// Address returns the outside address.
func (n *NAT) Address() netip.Addr {
	if t := n.box.host.net.topology; n.topology != t {
		n.topology = t
		n.addr, _ = n.out.address(false, netip.Addr{})
	}
	return n.addr
}

// Forward gives what comes to an outside port from anywhere to an inside endpoint: port forwarding, a static mapping. Only TCP
// and UDP have ports. The error is ErrAddrInUse if either endpoint is forwarded already.
func (n *NAT) Forward(proto Protocol, port uint16, to netip.AddrPort) error {
	var why error
	taken := n.outside[outsideKey{proto, port}]
	if taken == nil || !taken.static {
		taken = n.table[insideKey{proto: proto, inside: to}]
	}
	switch {
	case proto != TCP && proto != UDP:
		why = errors.New("only TCP and UDP have ports")
	case port == 0 || to.Port() == 0:
		why = errors.New("port 0 cannot be forwarded")
	case !to.Addr().Is4() || to.Addr().IsUnspecified() || to.Addr().IsMulticast() || to.Addr() == n.Address():
		why = errors.New("not an inside IPv4 address")
	case taken != nil && taken.static:
		why = fmt.Errorf("port %d goes to %v already: %w", taken.port, taken.inside, stack.ErrAddrInUse)
	}
	if why != nil {
		return fmt.Errorf("vnet: NAT on %s: forward port %d to %v: %w", n.box.host.name, port, to, why)
	}
	if m := n.outside[outsideKey{proto, port}]; m != nil {
		n.forget(m)
	}
	n.add(&mapping{insideKey: insideKey{proto: proto, inside: to}, port: port, static: true})
	return nil
}

// Unforward ends Forward and reports whether the port was forwarded.
func (n *NAT) Unforward(proto Protocol, port uint16) bool {
	m := n.outside[outsideKey{proto, port}]
	if m == nil || !m.static {
		return false
	}
	n.forget(m)
	return true
}

// A Mapping is a line of a NAT's table.
type Mapping struct {
	Proto   Protocol
	Inside  netip.AddrPort // for ICMP the port is the identifier
	Outside netip.AddrPort
	Remote  netip.AddrPort // as far as the mapping depends on it; else zero
	Static  bool
	Peers   []Peer // whom it was used with, oldest first
}

// A Peer is a remote endpoint that a mapping is used with.
type Peer struct {
	Remote netip.AddrPort
	State  string        // of TCP: opening, established or closing
	Left   time.Duration // until it is forgotten, if nothing moves
}

// Mappings returns the table in the order of making.
func (n *NAT) Mappings() []Mapping {
	now := n.box.now()
	var live []*mapping
	for _, m := range n.outside {
		if m.alive(now) {
			live = append(live, m)
		}
	}
	slices.SortFunc(live, func(a, b *mapping) int { return cmp.Compare(a.number, b.number) })
	var all []Mapping
	for _, m := range live {
		line := Mapping{m.proto, m.inside, netip.AddrPortFrom(n.Address(), m.port), m.remote, m.static, nil}
		for _, f := range m.flows {
			if f.until <= now {
				continue
			}
			p := Peer{Remote: f.remote(), Left: f.until - now}
			if m.proto == TCP {
				p.State = phases[f.phase()]
			}
			line.Peers = append(line.Peers, p)
		}
		all = append(all, line)
	}
	return all
}
