package vnet

import (
	"errors"
	"fmt"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// errForged is returned for a packet that no header can carry.
var errForged = errors.New("source and destination are not two addresses of one family")

// SetTap makes a direction of the link hand every packet to take in place of transmitting it: the man in the middle. nil ends that.
// The packet is the tap's to keep and to change, but its payload is shared: give it another rather than write into it. Send
// brings a packet on its way, now or later; Swallow reports that one is gone. take runs within the event that sends
// the packet and must not wait. Checksums are computed anew for what is sent on, so that a change does not show; but TCP counts its
// bytes: a payload of another length makes both ends disagree on sequence numbers, and a man in the middle who needs that
// must end the connection himself and open another one to the server.
func (l *Link) SetTap(d Dir, take func(*Packet)) {
	l.dirs[d].tap = take
	l.dirs[d].setOdd()
}

// Tapped reports whether a direction has a tap.
func (l *Link) Tapped(d Dir) bool { return l.dirs[d].tap != nil }

// Send puts a copy of p on the link past the tap, be it one that the tap was given or a new one, whose HopLimit of 0 then means
// 64. The link loses, delays and queues it like any other. A new packet goes to the station at the far end; on a LAN, to the one
// that the near end would send it to. The error is ErrMessageSize if it is longer than the link's MTU, and ErrHostUnreachable if
// no station would take it.
func (l *Link) Send(d Dir, p *Packet) error {
	dir := &l.dirs[d]
	switch {
	case !p.Src.IsValid() || !p.Dst.IsValid() || p.Src.Is4() != p.Dst.Is4() || p.Src.Is4In6() || p.Dst.Is4In6():
		return fmt.Errorf("vnet: link %s: %w", l.name, errForged)
	case p.Len() > l.mtu:
		return fmt.Errorf("vnet: link %s: packet of %d bytes: %w", l.name, p.Len(), stack.ErrMessageSize)
	}
	q := l.net.clonePacket(p)
	q.next = nil
	if q.tapped != dir {
		if !dir.aim(q) {
			l.net.freePacket(q)
			return fmt.Errorf("vnet: link %s: packet to %v: %w", l.name, p.Dst, stack.ErrHostUnreachable)
		}
	}
	q.tapped = nil
	if q.HopLimit == 0 {
		q.HopLimit = defaultHopLimit
	}
	dir.enter(q)
	return nil
}

// Swallow reports that the tap has dropped a packet that it was given.
func (l *Link) Swallow(d Dir, p *Packet) {
	dir := &l.dirs[d]
	dir.stats.Tapped++
	l.net.note(Dropped, Tapped, dir.src.node(), dir.src, p)
}

// divert hands p to the tap.
func (d *direction) divert(p *Packet) {
	p.tapped = d
	d.tap(p)
}

// aim sets the stations between which a packet that nobody here has sent travels.
func (d *direction) aim(p *Packet) bool {
	p.from, p.to, p.origin = d.src, d.dst, nil
	if d.dst.host != nil {
		return true
	}
	r := d.src.host.route(p.Dst)
	p.to = r.next
	return r.err == 0 && r.out == d.src && (r.next != nil || r.kind != unicast)
}
