package vnet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

const (
	reassemblyTime  = 30 * time.Second // as Linux waits for the other fragments
	maxReassemblies = 64               // of a host at once; the oldest goes first
	maxDatagram     = 65535
)

// fragments cuts p into packets of at most limit bytes (RFC 791 section 3.2, RFC 8200 section 4.5), and takes p back.
func (n *Network) fragments(p *Packet, limit int) []*Packet {
	whole := p.Payload
	if !p.fragment() {
		b := p.Marshal()
		whole = b[len(b)-p.transportLen():]
	}
	room := limit - ipv4HeaderLen
	if p.v6() {
		room = limit - ipv6HeaderLen - fragHeaderLen
	}
	room = max(room&^7, 8)
	var out []*Packet
	for at := 0; at < len(whole); at += room {
		end := min(at+room, len(whole))
		q := n.clonePacket(p)
		q.TCP, q.UDP, q.ICMP, q.sumError = TCPHeader{}, UDPHeader{}, ICMPHeader{}, 0
		q.Payload = whole[at:end:end]
		q.FragOffset = p.FragOffset + uint16(at)
		q.MoreFragments = p.MoreFragments || end < len(whole)
		out = append(out, q)
	}
	n.freePacket(p)
	return out
}

// A pieceKey says which fragments belong together.
type pieceKey struct {
	src, dst netip.Addr
	id       uint32
	proto    Protocol
}

// reassembly holds the datagrams of which a host has some fragments.
type reassembly struct {
	open  map[pieceKey]*partial
	order []*partial // oldest first
}

// A partial is a datagram with holes.
type partial struct {
	host   *Host
	key    pieceKey
	pieces []*Packet // by offset, without overlaps
	in     *iface
	size   int // known from the last fragment, else -1
	timer  sim.Timer
}

// Fire gives the datagram up.
func (d *partial) Fire() {
	h := d.host
	h.pieces.remove(d)
	if first := d.pieces[0]; first.FragOffset == 0 {
		h.icmpError(reassemblyExceeded, 0, first, d.in)
	}
	for _, p := range d.pieces {
		h.refuse(FragmentTimeout, p, d.in)
	}
}

func (r *reassembly) remove(d *partial) {
	delete(r.open, d.key)
	r.order = slices.DeleteFunc(r.order, func(o *partial) bool { return o == d })
	d.host.net.sched.Disarm(&d.timer)
}

func (r *reassembly) clear(h *Host) {
	for len(r.order) > 0 {
		d := r.order[0]
		r.remove(d)
		for _, p := range d.pieces {
			h.refuse(HostDown, p, d.in)
		}
	}
}

// reassemble takes a fragment and returns the whole packet if it was the last one missing, else nil.
func (h *Host) reassemble(p *Packet, in *iface) *Packet {
	end := int(p.FragOffset) + len(p.Payload)
	if end > maxDatagram || p.MoreFragments && (len(p.Payload)%8 != 0 || len(p.Payload) == 0) {
		h.refuse(Malformed, p, in)
		return nil
	}
	d := h.partial(p, in)
	if !p.MoreFragments {
		d.size = end
	}
	at, _ := slices.BinarySearchFunc(d.pieces, p, func(a, b *Packet) int { return int(a.FragOffset) - int(b.FragOffset) })
	overlaps := at > 0 && int(d.pieces[at-1].FragOffset)+len(d.pieces[at-1].Payload) > int(p.FragOffset) ||
		at < len(d.pieces) && end > int(d.pieces[at].FragOffset)
	if overlaps {
		h.net.freePacket(p) // a duplicate; RFC 8200 forbids other overlaps
		return nil
	}
	d.pieces = slices.Insert(d.pieces, at, p)
	return h.complete(d)
}

// partial returns the datagram that p is a piece of.
func (h *Host) partial(p *Packet, in *iface) *partial {
	r := &h.pieces
	k := pieceKey{p.Src, p.Dst, p.ID, p.Proto}
	if d := r.open[k]; d != nil {
		return d
	}
	if len(r.order) >= maxReassemblies {
		r.order[0].Fire()
	}
	d := &partial{host: h, key: k, in: in, size: -1}
	d.timer = sim.Timer{Event: d, Background: true}
	h.net.sched.Arm(&d.timer, reassemblyTime)
	if r.open == nil {
		r.open = map[pieceKey]*partial{}
	}
	r.open[k] = d
	r.order = append(r.order, d)
	return d
}

// complete returns the whole packet if d has no holes any more.
func (h *Host) complete(d *partial) *Packet {
	if d.size < 0 {
		return nil
	}
	total := 0
	for _, p := range d.pieces {
		total += len(p.Payload)
	}
	if total != d.size {
		return nil
	}
	h.pieces.remove(d)
	whole := make([]byte, 0, total)
	for _, p := range d.pieces {
		whole = append(whole, p.Payload...)
	}
	p := d.pieces[0]
	for _, q := range d.pieces[1:] {
		h.net.freePacket(q)
	}
	p.MoreFragments = false
	if err := p.parseTransport(whole); err != nil {
		h.refuse(Checksum, p, d.in)
		return nil
	}
	return p
}
