package vnet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// clear empties the table, but for forwarded ports.
func (n *NAT) clear() {
	statics := n.outside
	n.table, n.outside = map[insideKey]*mapping{}, map[outsideKey]*mapping{}
	for _, m := range statics {
		if m.static {
			m.flows = nil
			n.table[m.insideKey] = m
			n.outside[outsideKey{m.proto, m.port}] = m
		}
	}
}

func (n *NAT) add(m *mapping) {
	n.made++
	m.number = n.made
	n.table[m.insideKey] = m
	n.outside[outsideKey{m.proto, m.port}] = m
}

// forget removes a mapping and its flows.
func (n *NAT) forget(m *mapping) {
	if n.table[m.insideKey] == m {
		delete(n.table, m.insideKey)
	}
	if k := (outsideKey{m.proto, m.port}); n.outside[k] == m {
		delete(n.outside, k)
	}
	for _, f := range m.flows {
		n.box.flows.remove(f)
	}
	m.flows = nil
}

// sweep forgets the dead.
func (n *NAT) sweep(now time.Duration) {
	for _, m := range n.outside {
		if !m.alive(now) {
			n.forget(m)
		} else {
			m.flows = slices.DeleteFunc(m.flows, func(f *flow) bool { return f.until <= now })
		}
	}
}

// alive reports whether the mapping is to be used.
func (m *mapping) alive(now time.Duration) bool {
	for last := len(m.flows) - 1; last >= 0; last-- {
		if now < m.flows[last].until {
			return true
		}
		m.flows = m.flows[:last]
	}
	return m.static
}

// at returns the mapping that has an outside port, or nil.
func (n *NAT) at(proto Protocol, port uint16) *mapping {
	m := n.outside[outsideKey{proto, port}]
	if m != nil && !m.alive(n.box.now()) {
		n.forget(m)
		return nil
	}
	return m
}

// key is what a mapping for an inside endpoint and a remote one is found by.
func (n *NAT) key(proto Protocol, inside, remote netip.AddrPort) insideKey {
	return insideKey{proto, inside, n.opt.Mapping.mask(remote)}
}

// mask leaves of a remote endpoint what the behaviour depends on.
func (d Dependence) mask(remote netip.AddrPort) netip.AddrPort {
	switch d {
	case EndpointIndependent:
		return netip.AddrPort{}
	case AddressDependent:
		return netip.AddrPortFrom(remote.Addr(), 0)
	}
	return remote
}

// mappingOf returns the mapping that an inside endpoint uses with a remote one, or nil. A forwarded port goes before.
func (n *NAT) mappingOf(proto Protocol, inside, remote netip.AddrPort) *mapping {
	k := n.key(proto, inside, remote)
	m := n.table[insideKey{proto: proto, inside: inside}]
	if m == nil || !m.static {
		m = n.table[k]
	}
	if m != nil && !m.alive(n.box.now()) {
		n.forget(m)
		return nil
	}
	return m
}

// open makes the mapping for a new flow, or returns nil if no port is left.
func (n *NAT) open(proto Protocol, inside, remote netip.AddrPort) *mapping {
	port, ok := n.choose(proto, inside.Port())
	if !ok {
		return nil
	}
	m := &mapping{insideKey: n.key(proto, inside, remote), port: port}
	n.add(m)
	return m
}

// choose draws the outside port for an inside one (RFC 4787 section 4.2).
func (n *NAT) choose(proto Protocol, inside uint16) (uint16, bool) {
	first, last := 1024, 65535
	switch {
	case n.opt.LastPort > 0:
		first, last = int(max(n.opt.FirstPort, 1)), int(n.opt.LastPort)
	case proto == ICMP:
		first = 0
	case inside < 1024:
		first, last = 1, 1023 // RFC 4787 REQ-3: a privileged port looks like one
	}
	if !n.opt.RandomPorts && int(inside) >= first && int(inside) <= last && n.vacant(proto, inside) {
		return inside, true
	}
	size := last - first + 1
	start := n.box.host.rng.IntN(size)
	for k := range size {
		if port := uint16(first + (start+k)%size); n.vacant(proto, port) {
			return port, true
		}
	}
	return 0, false
}

// vacant reports whether neither a mapping nor a socket of the router has the port.
func (n *NAT) vacant(proto Protocol, port uint16) bool {
	if n.at(proto, port) != nil {
		return false
	}
	k := stack.UDP
	switch proto {
	case TCP:
		k = stack.TCP
	case ICMP:
		return true
	}
	return !n.box.host.ports[k][port].any(func(*binding) bool { return true })
}

// mapped reports whether the host's NAT has given a port away.
func (h *Host) mapped(k stack.Kind, port uint16) bool {
	if h.box == nil || h.box.nat == nil {
		return false
	}
	proto := UDP
	if k == stack.TCP {
		proto = TCP
	}
	return h.box.nat.at(proto, port) != nil
}

// allows reports whether a mapping's filter lets in what comes from a remote endpoint (RFC 4787 section 5).
func (n *NAT) allows(m *mapping, remote netip.AddrPort) bool {
	if m.static || n.opt.Filtering == EndpointIndependent && m.proto != ICMP {
		return true
	}
	now := n.box.now()
	if f, _ := n.box.flows.find(flowKey{m.proto, m.inside, remote}, now); f != nil && f.mapping == m {
		return true
	}
	return n.opt.Filtering == AddressDependent && slices.ContainsFunc(m.flows, func(f *flow) bool {
		return now < f.until && f.remote().Addr() == remote.Addr()
	})
}

// use notes a packet of a translated flow, which it begins if there is none.
func (n *NAT) use(m *mapping, f *flow, back bool, k flowKey, p *Packet) {
	b, now := n.box, n.box.now()
	outward := k.src == m.inside
	if outward {
		m.sent = now
	}
	if f != nil && f.mapping == nil { // the firewall knew it before the NAT was there
		f.mapping = m
		m.flows = append(m.flows, f)
	}
	if f == nil {
		if !begins(p) {
			return
		}
		b.sweep(now)
		f = b.flows.add(k)
		f.mapping = m
		m.flows = append(m.flows, f)
		if !outward && p.Proto != TCP && !m.static {
			f.until = m.sent + f.timeout(&b.flows.timeouts)
		} else {
			f.until = now + f.timeout(&b.flows.timeouts)
		}
	}
	f.note(p, back, now, &b.flows.timeouts)
}
