package vnet

import (
	"encoding/binary"
	"net/netip"
)

// arrive translates a packet that came in and is for an inside host. It reports false if it has dropped the packet.
func (n *NAT) arrive(p *Packet, in *iface) bool {
	h := n.box.host
	if p.Dst == n.Address() {
		if in == n.out {
			n.inbound(p)
			return true
		}
		return n.hairpin(p, in)
	}
	if in != n.out {
		return true
	}
	if r := h.route(p.Dst); r.err == 0 && r.kind == unicast && r.out != n.out {
		h.icmpError(netUnreachable, 0, p, in) // inside addresses mean nothing outside
		h.refuse(NoRoute, p, in)
		return false
	}
	return true
}

// inbound gives a packet for the outside address its inside destination, if it has one and the filter lets it in.
func (n *NAT) inbound(p *Packet) bool {
	if p.isError() {
		return n.inboundError(p)
	}
	m, remote := n.target(p)
	if m == nil || !n.allows(m, remote) {
		return false
	}
	p.Dst = m.inside.Addr()
	p.setPort(false, m.inside.Port())
	return true
}

// target returns the mapping that a packet for the outside address is for, and who sent it.
func (n *NAT) target(p *Packet) (*mapping, netip.AddrPort) {
	k := flowKeyOf(p)
	if p.isICMP() && p.ICMP.Type != echoReply4 {
		return nil, k.src
	}
	return n.at(k.proto, k.dst.Port()), k.src
}

// hairpin turns round what an inside host sends to the mapping of another, so that it comes from outside as seen from there
// (RFC 4787 section 6). It reports false if it has dropped the packet.
func (n *NAT) hairpin(p *Packet, in *iface) bool {
	if p.isError() {
		if n.outboundError(p) == NoReason && !n.inboundError(p) {
			n.box.host.refuse(NoMapping, p, in)
			return false
		}
		return true
	}
	m, _ := n.target(p)
	if m == nil {
		return true
	}
	reason := NATFilter
	if !n.opt.NoHairpin {
		f, back := n.box.flows.match(p, n.box.now())
		if reason = n.outbound(f, back, p); reason == NoReason && !n.inbound(p) {
			reason = NATFilter
		}
	}
	if reason != NoReason {
		n.box.host.refuse(reason, p, in)
		return false
	}
	f, back := n.box.flows.match(p, n.box.now())
	n.follow(f, back, p)
	return true
}

// follow notes a packet that goes to an inside host.
func (n *NAT) follow(f *flow, back bool, p *Packet) {
	if p.isError() {
		return
	}
	k := flowKeyOf(p)
	if m := n.mappingOf(k.proto, k.dst, k.src); m != nil {
		n.use(m, f, back, k, p)
	}
}

// outbound gives a packet the outside address and port, and returns NoReason or why it must be dropped.
func (n *NAT) outbound(f *flow, back bool, p *Packet) Reason {
	if p.isError() {
		return n.outboundError(p)
	}
	k := flowKeyOf(p)
	var m *mapping
	if f != nil {
		m = f.mapping
	}
	if m == nil {
		m = n.mappingOf(k.proto, k.src, k.dst)
	}
	if m == nil {
		if !begins(p) || p.Proto != TCP && p.Proto != UDP && p.Proto != ICMP {
			return NoMapping
		}
		if m = n.open(k.proto, k.src, k.dst); m == nil {
			return NoNATPort
		}
	}
	n.use(m, f, back, k, p)
	p.Src = n.Address()
	p.setPort(true, m.port)
	return NoReason
}

// setPort changes the source or the destination port; of an echo message the identifier.
func (p *Packet) setPort(src bool, port uint16) {
	switch {
	case p.Proto == TCP && src:
		p.TCP.SrcPort = port
	case p.Proto == TCP:
		p.TCP.DstPort = port
	case p.Proto == UDP && src:
		p.UDP.SrcPort = port
	case p.Proto == UDP:
		p.UDP.DstPort = port
	case p.isICMP():
		p.ICMP.ID = port
	}
}

// foreign reports whether a packet of the router's own needs translation: it answers for an inside host.
func (n *NAT) foreign(p *Packet) bool {
	if p.Src != n.Address() {
		return true
	}
	if !p.isError() {
		return false
	}
	quote, ok := parseQuote(p.Payload)
	return ok && quote.Dst != n.Address() && n.mappingOf(quote.Proto, flowKeyOf(&quote).dst, flowKeyOf(&quote).src) != nil
}

// unsolicited returns why the router itself must not see a packet from outside, NoReason if it may: silence lets inside hosts
// open connections from both ends at once (RFC 5382 section 4.3).
func (n *NAT) unsolicited(p *Packet, in *iface) Reason {
	h := n.box.host
	if in != n.out || p.v6() || p.to == nil {
		return NoReason
	}
	local := netip.AddrPortFrom(p.Dst, p.TCP.DstPort)
	switch {
	case p.isICMP():
		return NoReason
	case p.Proto == TCP && (h.tcp.find(p) != nil || h.tcp.listener(local, netip.AddrPortFrom(p.Src, p.TCP.SrcPort)) != nil):
		return NoReason
	case p.Proto == UDP && h.udp.find(p, in) != nil:
		return NoReason
	}
	if m, _ := n.target(p); m != nil {
		return NATFilter
	}
	return NoMapping
}

// inboundError translates an ICMP error about a packet that went out (RFC 5508 section 4). It reports whether it was about one.
func (n *NAT) inboundError(p *Packet) bool {
	quote, ok := parseQuote(p.Payload)
	if !ok || quote.v6() || quote.Src != n.Address() {
		return false
	}
	k := flowKeyOf(&quote)
	m := n.at(k.proto, k.src.Port())
	if m == nil {
		return false
	}
	if f, _ := n.box.flows.find(flowKey{k.proto, m.inside, k.dst}, n.box.now()); f == nil {
		return false
	}
	p.Dst = m.inside.Addr()
	p.Payload = requote(p.Payload, true, m.inside)
	return true
}

// outboundError translates an ICMP error about a packet that came in.
func (n *NAT) outboundError(p *Packet) Reason {
	quote, ok := parseQuote(p.Payload)
	if !ok || quote.v6() {
		return NoMapping
	}
	k := flowKeyOf(&quote)
	m := n.mappingOf(k.proto, k.dst, k.src)
	if m == nil {
		return NoMapping
	}
	p.Src = n.Address()
	p.Payload = requote(p.Payload, false, netip.AddrPortFrom(n.Address(), m.port))
	return NoReason
}

// requote returns the quotation of an ICMP error with another source or destination, and with checksums that are as right as
// before (RFC 1624).
func requote(b []byte, src bool, to netip.AddrPort) []byte {
	b = append([]byte(nil), b...)
	header := min(max(4*int(b[0]&0xf), ipv4HeaderLen), len(b))
	proto, rest := Protocol(b[9]), b[header:]
	address, port := b[12:16], 0
	if !src {
		address, port = b[16:20], 2
	}
	if proto == ICMP {
		port = 4
	}
	old := append([]byte(nil), address...)
	a4 := to.Addr().As4()
	copy(address, a4[:])
	patch(b[10:12], old, a4[:])
	if len(rest) < port+2 {
		return b
	}
	oldPort := append([]byte(nil), rest[port:port+2]...)
	binary.BigEndian.PutUint16(rest[port:], to.Port())
	at := checksumAt(proto, false)
	if at < 0 || len(rest) < at+2 {
		return b
	}
	sum := rest[at : at+2]
	if proto == UDP && sum[0] == 0 && sum[1] == 0 {
		return b // it has none
	}
	if proto != ICMP { // the addresses count too
		patch(sum, old, a4[:])
	}
	patch(sum, oldPort, rest[port:port+2])
	if proto == UDP && sum[0] == 0 && sum[1] == 0 {
		sum[0], sum[1] = 0xff, 0xff
	}
	return b
}

// patch brings a checksum up to date after the words before have become after: HC' = ~(~HC + ~m + m') of RFC 1624 section 3.
func patch(checksum, before, after []byte) {
	total := uint64(^binary.BigEndian.Uint16(checksum))
	for k := 0; k < len(before); k += 2 {
		total += uint64(^binary.BigEndian.Uint16(before[k:])) + uint64(binary.BigEndian.Uint16(after[k:]))
	}
	binary.BigEndian.PutUint16(checksum, ^sum(total, nil))
}
