package vnet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

const (
	maxBacklog  = 4096 // net.core.somaxconn
	minSynQueue = 256  // connections whose handshake is under way, unless the backlog is larger
)

// A listenQueue holds the connections of a listener that nobody has accepted.
type listenQueue struct {
	backlog int
	opening int // handshakes under way: the SYN queue
	ready   []*tcpSocket
	cookies time.Duration // until when SYN cookies are taken
}

// full reports whether the accept queue takes no more. As on Linux it holds one more than the backlog.
func (q *listenQueue) full() bool { return len(q.ready) > q.backlog }

// Listen makes the socket accept connections; backlog bounds those that wait for Accept (0 to 4096; negative means 4096). Called
// again it changes the backlog.
func (c *tcpSocket) Listen(backlog int) error {
	if backlog < 0 || backlog > maxBacklog {
		backlog = maxBacklog
	}
	switch {
	case c.closed:
		return stack.ErrBadDescriptor
	case c.state == tcpListen:
		c.listen.backlog = backlog
		return nil
	case c.state != tcpClosed || c.trying:
		return stack.ErrInvalid
	}
	if !c.bound {
		all := netip.IPv4Unspecified()
		if c.family == stack.IPv6 {
			all = netip.IPv6Unspecified()
		}
		if err := c.Bind(netip.AddrPortFrom(all, 0)); err != nil {
			return err
		}
	}
	if !c.host.mayListen(c.local, c.bindOptions(), c) {
		return stack.ErrAddrInUse
	}
	c.state, c.listen = tcpListen, &listenQueue{backlog: backlog}
	c.host.tcp.addListener(c)
	return nil
}

// Accept returns the connection that has waited longest. It has the listener's options.
func (c *tcpSocket) Accept() (stack.Socket, error) {
	switch {
	case c.closed:
		return nil, stack.ErrBadDescriptor
	case c.state != tcpListen:
		return nil, stack.ErrInvalid
	case len(c.listen.ready) == 0:
		return nil, stack.ErrWouldBlock
	}
	q := c.listen
	n := q.ready[0]
	q.ready = slices.Delete(q.ready, 0, 1)
	n.parent, n.label = nil, c.label
	n.fd = c.host.nextFD()
	return n, nil
}

// synQueue returns how many handshakes a listener of that backlog may have under way.
func (h *Host) synQueue(backlog int) int {
	return orDefault(h.tcp.config.SynQueue, max(minSynQueue, backlog))
}

// welcome answers a SYN that came to the listener c with SYN-ACK. With the accept or the SYN queue full the SYN is
// dropped, so that the client tries again, unless SYN cookies make the SYN queue unnecessary.
func (c *tcpSocket) welcome(p *Packet) {
	q, counts := c.listen, &c.host.tcp.counts
	switch {
	case q.full():
		counts.AcceptQueueFull++
		return
	case q.opening < c.host.synQueue(q.backlog):
	case c.host.tcp.config.SynCookies:
		c.sendCookie(p)
		return
	default:
		counts.SynQueueFull++
		return
	}
	n := c.newborn(p)
	n.begin(tcpSynReceived)
	n.greet(p)
	n.sendSyn()
}

// newborn returns the socket of a connection that begins with p, in the SYN queue of the listener c.
func (c *tcpSocket) newborn(p *Packet) *tcpSocket {
	h := c.host
	n := &tcpSocket{host: h, family: c.family, fd: -1, tcpOptions: c.tcpOptions, parent: c, shown: true, held: true,
		local: netip.AddrPortFrom(p.Dst, p.TCP.DstPort), remote: netip.AddrPortFrom(p.Src, p.TCP.SrcPort)}
	n.timers.attach(n)
	h.tcp.add(n)
	h.tcp.addConn(n)
	h.holdPort(stack.TCP, n.local, n.bindOptions(), n)
	c.listen.opening++
	return n
}

// queueForAccept moves a connection whose handshake is complete to its listener's accept queue. It returns false if there is no
// room: then the handshake's last ACK counts as lost.
func (c *tcpSocket) queueForAccept() bool {
	q := c.parent.listen
	if q.full() {
		return false
	}
	q.opening--
	q.ready = append(q.ready, c)
	c.parent.readable.Wake()
	return true
}

// stopListening resets the connections that nobody accepted and forgets the handshakes under way.
func (c *tcpSocket) stopListening() {
	h := c.host
	h.tcp.removeListener(c)
	ready := c.listen.ready
	for o := h.tcp.first; o != nil; {
		next := o.next
		if o.parent == c && o.state == tcpSynReceived {
			o.abandon()
		}
		o = next
	}
	for _, o := range ready {
		if o.state.synchronized() && o.state != tcpTimeWait {
			o.reset()
		}
		o.abandon()
	}
	c.listen, c.state = nil, tcpClosed
	c.readable.Wake()
	c.writable.Wake()
}

// abandon forgets a connection that nobody accepted.
func (c *tcpSocket) abandon() {
	c.parent, c.closed = nil, true
	c.drop()
}
