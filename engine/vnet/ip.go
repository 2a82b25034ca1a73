package vnet

import (
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Counters count what a host did with packets.
type Counters struct {
	Sent, Received, Forwarded uint64
	Dropped                   uint64 // of those that arrived
}

// Counters returns the host's packet counters.
func (h *Host) Counters() Counters {
	c := h.counters
	c.Sent, c.Received = h.sent, h.received
	return c
}

// send routes and transmits a packet that the host originates; p is the network's from here on, whatever the result. Packets to
// the host itself come back by loop. The error is ErrNetUnreachable or ErrHostUnreachable if there is no
// route. What is longer than the MTU is fragmented.
func (h *Host) send(p *Packet) error {
	if h.down {
		h.net.freePacket(p)
		return stack.ErrNetUnreachable
	}
	r := h.route(p.Dst)
	if r.err != 0 {
		h.net.freePacket(p)
		return r.err
	}
	h.sendBy(r, p)
	return nil
}

// sendBy is send by a given route.
func (h *Host) sendBy(r *route, p *Packet) {
	h.nextID++
	p.ID = h.nextID
	if p.HopLimit == 0 {
		p.HopLimit = defaultHopLimit
	}
	p.DontFragment = p.Proto == TCP && !p.v6() // TCP finds out the path's MTU (RFC 1191), UDP is cut
	p.origin = h
	h.sent++
	switch r.kind {
	case local:
		h.net.note(Sent, NoReason, h.name, h.lo, p)
		h.loop(p)
		return
	case multicast, broadcast:
		p.from, p.to = r.out, nil
		if r.loop {
			h.loopCopy(p)
		}
	default:
		p.from, p.to = r.out, r.next
	}
	if h.box != nil && !h.box.leave(p, r.out) {
		return
	}
	limit := h.limit(r, p.Dst)
	if p.Len() > limit {
		h.sendPieces(r.out, p, limit)
		return
	}
	h.net.note(Sent, NoReason, h.name, r.out, p)
	r.tx.transmit(p)
}

// stayHome gives a multicast packet of hop limit 0, which must not leave the host, to the host alone.
func (h *Host) stayHome(r *route, p *Packet) {
	p.from, p.to = r.out, nil
	h.net.note(Sent, NoReason, h.name, h.lo, p)
	if r.loop {
		h.loopCopy(p)
	}
	h.net.freePacket(p)
}

// sendPieces fragments a packet of the host's own.
func (h *Host) sendPieces(out *iface, p *Packet, limit int) {
	p.DontFragment = false
	for _, piece := range h.net.fragments(p, limit) {
		h.net.note(Sent, NoReason, h.name, out, piece)
		out.tx.transmit(piece)
	}
}

// receive takes a packet that came in at one of the host's interfaces.
func (h *Host) receive(p *Packet, in *iface) {
	if p.to != nil && p.to != in {
		h.net.freePacket(p) // another station's frame, flooded by the switch
		return
	}
	if h.slow && in != h.lo {
		h.process(p, in)
		return
	}
	h.take(p, in)
}

// take is receive once the host has looked at the packet.
func (h *Host) take(p *Packet, in *iface) {
	h.received++
	switch {
	case h.down:
		h.refuse(HostDown, p, in)
		return
	case p.broken != NoReason:
		h.refuse(p.broken, p, in)
		return
	}
	switch {
	case p.to == nil:
		h.receiveGroup(p, in)
		return
	case in == h.lo:
		h.deliver(p, in)
		return
	}
	if h.box != nil {
		if p = h.box.arrive(p, in); p == nil {
			return
		}
		p.size = 0 // it may change the packet
	}
	c := &h.cache
	if c.self == p.Dst && c.topology == h.net.topology {
		h.deliver(p, in)
		return
	}
	r := h.route(p.Dst)
	if r.kind == local && r.err == 0 {
		c.self = p.Dst
		h.deliver(p, in)
		return
	}
	h.forward(r, p, in)
}

// refuse drops a packet that came in.
func (h *Host) refuse(r Reason, p *Packet, in *iface) {
	h.counters.Dropped++
	h.net.drop(r, h.name, in, p)
}

// receiveGroup takes a broadcast or multicast frame, or the host's own copy of one that it sent. Routers do not forward those.
func (h *Host) receiveGroup(p *Packet, in *iface) {
	if p.Dst.IsMulticast() && !p.via(in).member(p.Dst) {
		h.net.freePacket(p) // filtered by the interface
		return
	}
	h.deliver(p, in)
}

// forward sends on a packet that is for somebody else.
func (h *Host) forward(r *route, p *Packet, in *iface) {
	switch {
	case !h.forwarding || r.kind == broadcast || r.kind == multicast:
		h.refuse(NotForwarding, p, in)
		return
	case r.err != 0:
		kind := netUnreachable
		if r.err == stack.ErrHostUnreachable {
			kind = hostUnreachable
		}
		h.icmpError(kind, 0, p, in)
		h.refuse(NoRoute, p, in)
		return
	case p.HopLimit <= 1:
		h.icmpError(hopsExceeded, 0, p, in)
		h.refuse(HopLimitExceeded, p, in)
		return
	}
	limit := int(r.mtu)
	if p.length() > limit && (p.DontFragment || p.v6() && !p.joined) {
		h.icmpError(packetTooBig, limit, p, in)
		h.refuse(ExceedsMTU, p, in)
		return
	}
	p.HopLimit--
	if h.box != nil && !h.box.pass(p, in, r.out) {
		return
	}
	h.counters.Forwarded++
	p.from, p.to = r.out, r.next
	if p.length() > limit {
		h.forwardPieces(r.out, p, limit)
		return
	}
	h.net.note(Forwarded, NoReason, h.name, r.out, p)
	r.tx.transmit(p)
}

// forwardPieces sends on in fragments a packet that is too long for its next link.
func (h *Host) forwardPieces(out *iface, p *Packet, limit int) {
	for _, piece := range h.net.fragments(p, limit) {
		h.net.note(Forwarded, NoReason, h.name, out, piece)
		out.tx.transmit(piece)
	}
}

// deliver hands a packet for the host to its transport.
func (h *Host) deliver(p *Packet, in *iface) {
	if len(h.net.partitions) > 0 && h.net.parted(p, h) {
		h.refuse(Blocked, p, in)
		return
	}
	if p.fragment() {
		if p = h.reassemble(p, in); p == nil {
			return
		}
	}
	if p.sumError != 0 {
		h.refuse(Checksum, p, in)
		return
	}
	if h.box != nil && in != h.lo && !h.box.admit(p, in) {
		return
	}
	switch p.Proto {
	case TCP:
		h.net.note(Delivered, NoReason, h.name, in, p)
		h.receiveTCP(p)
		h.net.freePacket(p)
	case UDP:
		h.receiveUDP(p, in)
	case ICMP, ICMPv6:
		h.receiveICMP(p, in)
	default:
		h.icmpError(protocolUnreachable, 0, p, in)
		h.refuse(NoProtocol, p, in)
	}
}

// via returns the interface that p concerns: in, or the one on which the host itself has sent p.
func (p *Packet) via(in *iface) *iface {
	if in.link == nil && p.from != nil {
		return p.from
	}
	return in
}

// isGroup reports whether a is a multicast address or the broadcast address of a connected subnet.
func (h *Host) isGroup(a netip.Addr) bool {
	if a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	return h.route(a).kind == broadcast
}
