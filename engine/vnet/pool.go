package vnet

// newPacket returns a zero packet. Whoever takes one hands it to send exactly once; from then on it belongs to the
// network, which uses it again after its delivery or loss.
func (n *Network) newPacket() *Packet {
	if n.packets++; n.packets > n.MaxPackets && n.MaxPackets > 0 {
		n.sched.Interrupt(&PacketsError{n.MaxPackets})
	}
	last := len(n.free) - 1
	if last < 0 {
		p := new(Packet)
		p.timer.Event = (*transit)(p)
		return p
	}
	p := n.free[last]
	n.free = n.free[:last]
	return p
}

// freePacket takes back a packet that nothing refers to any more.
func (n *Network) freePacket(p *Packet) {
	*p = Packet{}
	p.timer.Event = (*transit)(p)
	n.free = append(n.free, p)
}

// clonePacket returns a copy of p, sharing its payload.
func (n *Network) clonePacket(p *Packet) *Packet {
	q := n.newPacket()
	timer := q.timer
	*q = *p
	q.timer = timer
	return q
}

// transit is a packet on a hop, as an event: firing brings it to the interface at the hop's end.
type transit Packet

// Fire delivers the packet to the node at the end of the hop.
func (t *transit) Fire() {
	p := (*Packet)(t)
	in := p.in
	if in.link == nil {
		in.host.looped.take()
	} else if !in.rx.arrive(p) {
		return
	}
	if in.lan != nil {
		in.lan.receive(p, in)
		return
	}
	in.host.receive(p, in)
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
