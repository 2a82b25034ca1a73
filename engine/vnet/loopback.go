package vnet

// maxLooped is how many packets of a host may be on their way back to it before it takes them in at once, as many as Linux's backlog
// holds (net.core.netdev_max_backlog). Linux would drop the next; here none is lost.
const maxLooped = 1000

// A loopQueue holds the packets that a host has sent to itself. TCP's come back in an event of their own, since it is TCP that has just sent them.
// A datagram or a forged packet is taken in before the call that sent it returns, as on Linux: so a task that sends and never waits
// fills the receive buffer and not the memory.
type loopQueue struct {
	first, last *hop
	n           int
}

// loop brings p back to the host itself.
func (h *Host) loop(p *Packet) {
	p.from, p.to = h.lo, h.lo
	h.looped.add(h.net.sendAlone(p, h.lo, 0))
}

// loopCopy gives the host its own copy of a broadcast or multicast packet.
func (h *Host) loopCopy(p *Packet) {
	h.looped.add(h.net.sendAlone(h.net.clonePacket(p), h.lo, 0))
}

func (l *loopQueue) add(t *hop) {
	if l.first == nil {
		l.first = t
	} else {
		l.last.next = t
	}
	l.last = t
	l.n++
}

// take removes the first: timers of the same delay fire in the order in which they were armed.
func (l *loopQueue) take() *hop {
	t := l.first
	l.first, t.next = t.next, nil
	l.n--
	return t
}

// takeLooped takes in all that is on its way back to the host, and what that gives rise to. It must not be called inside TCP.
func (h *Host) takeLooped() {
	for h.looped.first != nil {
		t := h.looped.take()
		h.net.sched.Disarm(&t.timer)
		h.receive(t.end(h.net), h.lo)
	}
}

// relieveLoopback does so if very much is: a task that opens and closes connections to its own host never has to wait.
func (h *Host) relieveLoopback() {
	if h.looped.n > maxLooped {
		h.takeLooped()
	}
}
