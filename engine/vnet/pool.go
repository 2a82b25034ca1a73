package vnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// newPacket returns a zero packet. Whoever takes one hands it to send exactly once; from then on it belongs to the
// network, which uses it again after its delivery or loss.
func (n *Network) newPacket() *Packet {
	if n.packets++; n.packets > n.MaxPackets && n.MaxPackets > 0 {
		n.sched.Interrupt(&PacketsError{n.MaxPackets})
	}
	last := len(n.free) - 1
	if last < 0 {
		return new(Packet)
	}
	p := n.free[last]
	n.free = n.free[:last]
	return p
}

// freePacket takes back a packet that nothing refers to any more.
func (n *Network) freePacket(p *Packet) {
	*p = Packet{}
	n.free = append(n.free, p)
}

// clonePacket returns a copy of p, sharing its payload. Its size is to be counted: who asked for it may change it.
func (n *Network) clonePacket(p *Packet) *Packet {
	q := n.newPacket()
	*q = *p
	q.size = 0
	return q
}

// A hop is a packet that comes to an interface in an event of its own and not behind others.
type hop struct {
	timer sim.Timer
	p     *Packet
	in    *iface
	done  bool // the host has looked at it: see Host.process
	next  *hop // in a loopQueue, or in Network.hops
}

// sendAlone makes p come to an interface after d.
func (n *Network) sendAlone(p *Packet, in *iface, d time.Duration) *hop {
	t := n.hops
	if t == nil {
		t = new(hop)
		t.timer.Event = t
	} else {
		n.hops, t.next = t.next, nil
	}
	t.p, t.in = p, in
	n.sched.Arm(&t.timer, d)
	return t
}

// end returns the hop's packet and gives the hop back.
func (t *hop) end(n *Network) *Packet {
	p := t.p
	t.p, t.in, t.done = nil, nil, false
	t.next, n.hops = n.hops, t
	return p
}

// Fire ends the hop.
func (t *hop) Fire() {
	in, done := t.in, t.done
	if in.link == nil && !done {
		in.host.looped.take()
	}
	p := t.end(in.net())
	switch {
	case done:
		in.host.take(p, in)
	case in.link == nil:
		in.host.receive(p, in)
	default:
		in.rx.arriveLate(p)
	}
}

// slabSize is how many bytes of payload copyBytes takes from the heap at a time.
const slabSize = 32 << 10

// copyBytes returns a copy of b that is never changed. Short ones share a larger allocation.
func (n *Network) copyBytes(b []byte) []byte {
	if len(b) > slabSize/8 {
		return append([]byte(nil), b...)
	}
	if cap(n.slab)-len(n.slab) < len(b) {
		n.slab = make([]byte, 0, slabSize)
	}
	from := len(n.slab)
	n.slab = append(n.slab, b...)
	return n.slab[from:len(n.slab):len(n.slab)]
}
