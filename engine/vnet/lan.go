package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Lan is a subnet of hosts joined by one learning switch. The switch stores and forwards: it sends a frame only to the port
// where it has heard the receiver before, and to every port if it has not or if the frame is a broadcast or multicast. Each
// host is joined to it by a link of its own, with that link's rate, delay and queue.
type Lan struct {
	net      *Network
	name     string
	v4, v6   netip.Prefix
	ports    []*iface
	stations []*iface // the interfaces at the other ends, in the order of linking
	routers  []*iface // those of them whose hosts forward
	heard    map[*iface]*iface
}

// Lan adds a LAN whose hosts have addresses of the given subnets, at most one of each family ("192.168.1.0/24"); for a family
// without one, see LinkOptions. Hosts join it with Link, and get .1, .2, … in that order.
func (n *Network) Lan(name string, subnets ...netip.Prefix) (*Lan, error) {
	if err := n.checkName(name); err != nil {
		return nil, err
	}
	v4, v6, err := n.subnetPair(subnets)
	if err != nil {
		return nil, fmt.Errorf("vnet: lan %s: %w", name, err)
	}
	l := &Lan{net: n, name: name, v4: v4, v6: v6, heard: map[*iface]*iface{}}
	n.nodes[strings.ToLower(name)] = l
	return l, nil
}

// subnetPair returns the subnets of each family, taking automatic ones for those that are not given.
func (n *Network) subnetPair(given []netip.Prefix) (v4, v6 netip.Prefix, err error) {
	for _, p := range given {
		slot := &v6
		if p.Addr().Is4() {
			slot = &v4
		}
		switch {
		case !p.IsValid() || p.Addr().Is4In6() || p.Addr().IsMulticast():
			return v4, v6, fmt.Errorf("%v is no subnet", p)
		case slot.IsValid():
			return v4, v6, errors.New("two subnets of one family")
		}
		*slot = p.Masked()
	}
	if v4.IsValid() && v6.IsValid() {
		return v4, v6, nil
	}
	auto4, auto6, err := n.nextSubnet()
	if !v4.IsValid() {
		v4 = auto4
	}
	if !v6.IsValid() {
		v6 = auto6
	}
	return v4, v6, err
}

// number chooses the addresses of a new link's ends.
func (n *Network) number(a, b Node, o LinkOptions) (addrsA, addrsB []netip.Prefix, err error) {
	if a == b {
		return nil, nil, errors.New("both ends are the same")
	}
	la, aLan := a.(*Lan)
	lb, bLan := b.(*Lan)
	switch {
	case aLan && bLan:
		return nil, nil, errors.New("two LANs are joined by a router, not by a link")
	case (aLan || bLan) && len(o.Subnets) > 0:
		return nil, nil, errors.New("the LAN has the subnets")
	case aLan:
		addrsB, err = la.number(o.AddrsB, o.NoAuto)
		return nil, addrsB, err
	case bLan:
		addrsA, err = lb.number(o.AddrsA, o.NoAuto)
		return addrsA, nil, err
	}
	if o.NoAuto || hasBoth(o.AddrsA) && hasBoth(o.AddrsB) {
		return o.AddrsA, o.AddrsB, nil
	}
	v4, v6, err := n.subnetPair(o.Subnets)
	if err != nil {
		return nil, nil, err
	}
	addrsA, addrsB = slices.Clone(o.AddrsA), slices.Clone(o.AddrsB)
	for _, p := range []netip.Prefix{v4, v6} {
		is4 := p.Addr().Is4()
		next := 1
		if !hasFamily(o.AddrsA, is4) {
			addrsA = append(addrsA, firstOf(p, &next, o.AddrsB))
		}
		if !hasFamily(o.AddrsB, is4) {
			addrsB = append(addrsB, firstOf(p, &next, addrsA))
		}
	}
	return addrsA, addrsB, nil
}

func hasBoth(addrs []netip.Prefix) bool { return hasFamily(addrs, true) && hasFamily(addrs, false) }

func hasFamily(addrs []netip.Prefix, v4 bool) bool {
	return slices.ContainsFunc(addrs, func(p netip.Prefix) bool { return p.Addr().Is4() == v4 })
}

// number chooses the addresses of the next host on the LAN.
func (l *Lan) number(given []netip.Prefix, noAuto bool) ([]netip.Prefix, error) {
	if noAuto {
		return given, nil
	}
	out := slices.Clone(given)
	for _, p := range []netip.Prefix{l.v4, l.v6} {
		if hasFamily(given, p.Addr().Is4()) {
			continue
		}
		a, ok := l.unused(p)
		if !ok {
			return nil, fmt.Errorf("the LAN %s has no address left", l.name)
		}
		out = append(out, netip.PrefixFrom(a, p.Bits()))
	}
	return out, nil
}

// unused returns a free address of a subnet: that of the station's number, if it can be had, or the lowest.
func (l *Lan) unused(p netip.Prefix) (netip.Addr, bool) {
	next := len(l.stations) + 1
	for k := next; k < next+len(l.stations)+1; k++ {
		if a := nthAddr(p, k); l.free(p, a) {
			return a, true
		}
	}
	for k := 1; k < next; k++ {
		if a := nthAddr(p, k); l.free(p, a) {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// free reports whether a host of subnet p may be given a.
func (l *Lan) free(p netip.Prefix, a netip.Addr) bool {
	if !p.Contains(a) || a.Is4() && a == lastAddr(p) {
		return false
	}
	return !slices.ContainsFunc(l.net.addrs[a], func(i *iface) bool { return i.peer != nil && i.peer.lan == l })
}

// firstOf returns the first address of a subnet from number *next on that is not among those of the other end.
func firstOf(p netip.Prefix, next *int, other []netip.Prefix) netip.Prefix {
	for {
		a := nthAddr(p, *next)
		*next++
		if !slices.ContainsFunc(other, func(q netip.Prefix) bool { return q.Addr() == a }) {
			return netip.PrefixFrom(a, p.Bits())
		}
	}
}

// Name returns the LAN's name.
func (l *Lan) Name() string { return l.name }

// String returns the LAN's name.
func (l *Lan) String() string { return l.name }

// Subnets returns the LAN's IPv4 and IPv6 subnets.
func (l *Lan) Subnets() (v4, v6 netip.Prefix) { return l.v4, l.v6 }

// Hosts returns the hosts on the LAN in the order in which they joined it.
func (l *Lan) Hosts() []*Host {
	var all []*Host
	for _, s := range l.stations {
		all = append(all, s.host)
	}
	return all
}

func (l *Lan) attach(link *Link) *iface {
	k := len(l.ports)
	return &iface{lan: l, link: link, num: k, name: "port" + strconv.Itoa(k+1)}
}

func (l *Lan) countRouters() {
	l.routers = l.routers[:0]
	for _, s := range l.stations {
		if s.host.forwarding {
			l.routers = append(l.routers, s)
		}
	}
}

// receive takes a frame that came in at a port.
func (l *Lan) receive(p *Packet, in *iface) {
	if l.heard[p.from] != in {
		l.heard[p.from] = in
	}
	if p.to != nil {
		if out := l.heard[p.to]; out != nil {
			if out == in {
				l.net.freePacket(p)
				return
			}
			l.pass(p, out)
			return
		}
	}
	for _, out := range l.ports {
		if out != in {
			l.pass(l.net.clonePacket(p), out)
		}
	}
	l.net.freePacket(p)
}

// pass sends a frame out of a port. One that is longer than the port's MTU is lost: a switch knows no IP.
func (l *Lan) pass(p *Packet, out *iface) {
	if p.Len() > out.link.mtu {
		l.net.drop(ExceedsMTU, l.name, out, p)
		return
	}
	l.net.note(Forwarded, NoReason, l.name, out, p)
	out.tx.transmit(p)
}
