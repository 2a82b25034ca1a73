package vnet

// maxLooped is how many packets of a host may be on their way back to it before it takes them in at once, as many as Linux's backlog
// holds (net.core.netdev_max_backlog). Linux would drop the next; here none is lost.
const maxLooped = 1000

// A loopQueue holds the packets that a host has sent to itself. TCP's come back in an event of their own, since it is TCP that has just sent them.
// A datagram or a forged packet is taken in before the call that sent it returns, as on Linux: so a task that sends and never waits
// fills the receive buffer and not the memory.
type loopQueue struct {
	first, last *Packet
	n           int
}

// loop brings p back to the host itself.
func (h *Host) loop(p *Packet) {
	p.in, p.from, p.to = h.lo, h.lo, h.lo
	h.looped.add(p)
	h.net.sched.Arm(&p.timer, 0)
}

// loopCopy gives the host its own copy of a broadcast or multicast packet.
func (h *Host) loopCopy(p *Packet) {
	q := h.net.clonePacket(p)
	q.in = h.lo
	h.looped.add(q)
	h.net.sched.Arm(&q.timer, 0)
}

func (l *loopQueue) add(p *Packet) {
	if l.first == nil {
		l.first = p
	} else {
		l.last.next = p
	}
	l.last = p
	l.n++
}

// take removes the first packet: timers of the same delay fire in the order in which they were armed.
func (l *loopQueue) take() *Packet {
	p := l.first
	l.first, p.next = p.next, nil
	l.n--
	return p
}

// takeLooped takes in all that is on its way back to the host, and what that gives rise to. It must not be called inside TCP.
func (h *Host) takeLooped() {
	for h.looped.first != nil {
		p := h.looped.take()
		h.net.sched.Disarm(&p.timer)
		h.receive(p, h.lo)
	}
}

// relieveLoopback does so if very much is: a task that opens and closes connections to its own host never has to wait.
func (h *Host) relieveLoopback() {
	if h.looped.n > maxLooped {
		h.takeLooped()
	}
}
