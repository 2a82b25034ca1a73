package vnet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// routeKind is what a host does with a packet for an address.
type routeKind uint8

const (
	unicast routeKind = iota
	local
	broadcast
	multicast
)

// A route says how a host reaches an address.
type route struct {
	kind routeKind
	err  stack.Errno // why there is no route; 0 if there is one
	loop bool        // the host gets a copy of what it sends: of broadcasts, and of multicasts unless switched off
	mtu  int32       // of out
	out  *iface
	next *iface     // the next station; nil for broadcast, multicast and local ones
	tx   *direction // out's
	src  netip.Addr // the host's own address to use
}

// complete fills in what follows from the interface.
func (r *route) complete() *route {
	if r.out != nil {
		r.tx, r.mtu = r.out.tx, int32(r.out.mtu())
	}
	return r
}

// A staticRoute sends what its prefix holds to the station that has the address via.
type staticRoute struct {
	prefix netip.Prefix
	via    netip.Addr
}

// routeCache remembers routes until the topology changes: all of them in Host.all, and in a table of as many slots those used last.
type routeCache struct {
	self     netip.Addr // an address of the host's own, to which a packet came
	topology uint64
	near     []routeSlot // a power of two; empty when nothing is remembered
}

type routeSlot struct {
	dst netip.Addr
	r   *route
}

const (
	maxRouteSlots = 4096
	maxRoutes     = 1 << 16 // remembered: hosts that scan the whole network begin anew
)

// manyIfaces is how many interfaces a host has at most whose subnets are looked through one by one.
const manyIfaces = 8

// A subnetTable has the subnets of a host's interfaces that are up.
type subnetTable struct {
	ifaces  map[netip.Prefix]*iface
	lengths []int // of the prefixes, longest first
}

// subnetOf is connected for a host of many interfaces: a router that looks through a thousand for each of a thousand destinations is slow.
func (h *Host) subnetOf(dst netip.Addr) (on *iface, bits int) {
	if h.subnets == nil {
		h.subnets = newSubnetTable(h.ifaces)
	}
	for _, n := range h.subnets.lengths {
		if p, err := dst.Prefix(n); err == nil && h.subnets.ifaces[p] != nil {
			return h.subnets.ifaces[p], n
		}
	}
	return nil, -1
}

// newSubnetTable fills a table. The first of several interfaces on a subnet stands for it.
func newSubnetTable(all []*iface) *subnetTable {
	t := &subnetTable{ifaces: map[netip.Prefix]*iface{}}
	for _, i := range all {
		if !i.up() {
			continue
		}
		for _, p := range i.addrs {
			if p = p.Masked(); t.ifaces[p] == nil {
				t.ifaces[p] = i
			}
			if !slices.Contains(t.lengths, p.Bits()) {
				t.lengths = append(t.lengths, p.Bits())
			}
		}
	}
	slices.SortFunc(t.lengths, func(a, b int) int { return b - a })
	return t
}

// slot returns the slot for an address. Addresses differ in their last bytes and, in IPv6, in those of the subnet.
func (c *routeCache) slot(dst netip.Addr) *routeSlot {
	b := dst.As16()
	x := binary.BigEndian.Uint64(b[:8]) ^ binary.BigEndian.Uint64(b[8:])
	return &c.near[x*0x9e3779b97f4a7c15>>32&uint64(len(c.near)-1)]
}

// remember adds a route to the cache.
func (h *Host) remember(dst netip.Addr, r *route) {
	if len(h.all) >= maxRoutes {
		clear(h.all)
	}
	h.all[dst] = r
	if n := len(h.cache.near); len(h.all) > n && n < maxRouteSlots {
		h.cache.near = make([]routeSlot, 2*n)
	}
}

// route returns the host's route to dst, which must be valid.
func (h *Host) route(dst netip.Addr) *route {
	c := &h.cache
	if c.topology != h.net.topology || len(c.near) == 0 {
		h.first, h.subnets, h.all = [2]routeSlot{}, nil, map[netip.Addr]*route{}
		*c = routeCache{topology: h.net.topology, near: h.first[:]}
	}
	s := c.slot(dst)
	if s.dst == dst {
		return s.r
	}
	r := h.all[dst]
	if r == nil {
		r = h.findRoute(dst).complete()
		h.remember(dst, r)
		s = c.slot(dst)
	}
	s.dst, s.r = dst, r
	return r
}

func (h *Host) findRoute(dst netip.Addr) *route {
	v6 := dst.Is6()
	switch {
	case dst.IsUnspecified():
		return &route{err: stack.ErrNetUnreachable}
	case h.isLocal(dst):
		return &route{kind: local, out: h.lo, src: dst}
	case dst.IsMulticast():
		return h.groupRoute(multicast, dst)
	case dst == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return h.groupRoute(broadcast, dst)
	}
	r := h.unicastRoute(dst)
	if r.err == 0 && r.kind == unicast || r.kind == broadcast {
		near := dst
		if r.next != nil {
			if a, ok := r.next.address(v6, dst); ok {
				near = a
			}
		}
		r.src = h.addressOn(r.out, v6, near)
	}
	return r
}

// groupRoute sends a multicast or broadcast packet out of the first interface that is up.
func (h *Host) groupRoute(k routeKind, dst netip.Addr) *route {
	for _, i := range h.ifaces {
		if i.up() {
			return &route{kind: k, out: i, src: h.addressOn(i, dst.Is6(), dst), loop: true}
		}
	}
	return &route{err: stack.ErrNetUnreachable}
}

// addressOn returns the address to use on an interface: one of the same subnet as near, its first, or else the host's first.
func (h *Host) addressOn(i *iface, v6 bool, near netip.Addr) netip.Addr {
	if a, ok := i.address(v6, near); ok {
		return a
	}
	for _, a := range h.Addrs() {
		if a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

// unicastRoute follows the longest prefix among the connected subnets and the static routes, and else the automatic route.
func (h *Host) unicastRoute(dst netip.Addr) *route {
	on, bits := h.connected(dst)
	via, static := h.staticFor(dst, bits)
	switch {
	case static:
		if next := h.station(via); next != nil {
			return h.hop(next)
		}
	case on != nil:
		if dst.Is4() && bits < 31 && dst == lastAddr(netip.PrefixFrom(dst, bits)) {
			return &route{kind: broadcast, out: on, loop: true}
		}
		if next := h.station(dst); next != nil {
			return h.hop(next)
		}
	}
	if !h.noAuto && !static {
		if out, next := h.automatic(dst); out != nil {
			return &route{out: out, next: next}
		}
	}
	if on != nil || static {
		return &route{err: stack.ErrHostUnreachable}
	}
	return &route{err: stack.ErrNetUnreachable}
}

// connected returns the interface, which is up, with the longest prefix that holds dst, and the prefix's length.
func (h *Host) connected(dst netip.Addr) (on *iface, bits int) {
	if len(h.ifaces) > manyIfaces {
		return h.subnetOf(dst)
	}
	bits = -1
	for _, i := range h.ifaces {
		if !i.up() {
			continue
		}
		for _, p := range i.addrs {
			if p.Bits() > bits && p.Contains(dst) {
				on, bits = i, p.Bits()
			}
		}
	}
	return on, bits
}

// staticFor returns the next address of the longest static route to dst that is longer than bits.
func (h *Host) staticFor(dst netip.Addr, bits int) (via netip.Addr, ok bool) {
	for _, s := range h.static {
		if s.prefix.Bits() > bits && s.prefix.Contains(dst) {
			via, bits, ok = s.via, s.prefix.Bits(), true
		}
	}
	return via, ok
}

// station returns the interface that has address a on one of the host's links or LANs, if it can be reached.
func (h *Host) station(a netip.Addr) *iface {
	for _, j := range h.net.addrs[a] {
		if j.up() && h.beside(j) != nil {
			return j
		}
	}
	return nil
}

// beside returns the host's first interface that is up and on the same link or LAN as j, or nil.
func (h *Host) beside(j *iface) *iface {
	switch {
	case j.peer == nil:
		return nil
	case j.peer.host == h && j.up():
		return j.peer
	case j.peer.host != nil:
		return nil
	}
	for _, i := range h.ifaces {
		if i.sameSubnet(j) && i.up() {
			return i
		}
	}
	return nil
}

// hop returns the route to a station on one of the host's own links.
func (h *Host) hop(next *iface) *route { return &route{out: h.beside(next), next: next} }

// AddRoute makes the host send what is for dst (0.0.0.0/0 and ::/0: everything) to the neighbour that has the address via. A
// static route goes before automatic ones, and the longest prefix before the others; connected subnets count too. It
// replaces an earlier static route for the same prefix.
func (h *Host) AddRoute(dst netip.Prefix, via netip.Addr) error {
	if !dst.IsValid() || dst.Addr().Is4() != via.Is4() || !via.IsValid() {
		return fmt.Errorf("vnet: route of %s: %v via %v: %w", h.name, dst, via, stack.ErrInvalid)
	}
	if h.station(via) == nil {
		return fmt.Errorf("vnet: route of %s: %v is not a neighbour: %w", h.name, via, stack.ErrNetUnreachable)
	}
	h.DeleteRoute(dst)
	h.static = append(h.static, staticRoute{dst.Masked(), via})
	h.net.changed()
	return nil
}

// DeleteRoute removes the static route for a prefix and reports whether there was one.
func (h *Host) DeleteRoute(dst netip.Prefix) bool {
	before := len(h.static)
	h.static = slices.DeleteFunc(h.static, func(s staticRoute) bool { return s.prefix == dst.Masked() })
	h.net.changed()
	return len(h.static) < before
}

// SetAutoRoute switches the host's automatic routes, on unless switched off: shortest paths to every host of the network.
func (h *Host) SetAutoRoute(on bool) {
	h.noAuto = !on
	h.net.changed()
}

// NextHop returns the name of the node to which the host sends packets for dst, its own name if dst is an address of its own,
// or ErrNetUnreachable or ErrHostUnreachable.
func (h *Host) NextHop(dst netip.Addr) (string, error) {
	r := h.route(dst.Unmap())
	switch {
	case r.err != 0:
		return "", r.err
	case r.kind == local:
		return h.name, nil
	case r.next == nil:
		return r.out.peer.node(), nil
	}
	return r.next.host.name, nil
}
