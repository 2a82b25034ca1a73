package vnet

import "github.com/moonwire-lab/moonwire/engine/stack"

// finish ends the sending direction: FIN follows what is queued.
func (c *tcpSocket) finish() {
	switch c.state {
	case tcpSynReceived: // FIN follows the handshake
	case tcpEstablished:
		c.state = tcpFinWait1
	case tcpCloseWait:
		c.state = tcpLastAck
	default:
		return
	}
	c.finQueued = true
	c.output()
}

// orphan bounds how long a connection whose socket is closed may wait for the peer's FIN.
func (c *tcpSocket) orphan() {
	if c.state == tcpFinWait2 {
		c.armSlow(finWait2Time)
	}
}

// finAcked moves on when the peer has acknowledged our FIN. It returns false if the connection has ended by it.
func (c *tcpSocket) finAcked() bool {
	switch c.state {
	case tcpFinWait1:
		c.state = tcpFinWait2
		if c.closed {
			c.orphan()
		}
	case tcpClosing:
		c.enterTimeWait()
	case tcpLastAck:
		c.drop()
		return false
	}
	return true
}

// enterTimeWait lets old segments die out before the port pair is used again (RFC 9293 section 3.6.1).
func (c *tcpSocket) enterTimeWait() {
	c.state = tcpTimeWait
	c.stopTimers()
	c.sendQueue = sendQueue{}
	c.armSlow(c.host.timeWait())
	c.readable.Wake()
	c.writable.Wake()
}

// fail breaks the connection off; the user learns the reason from the next call. Received data stays readable.
func (c *tcpSocket) fail(err stack.Errno) {
	if c.parent != nil && c.state == tcpSynReceived {
		c.parent.listen.opening--
		c.abandon()
		return
	}
	c.err, c.ended = err, true
	c.drop()
}

// drop forgets the connection. The socket, if its user still has it, is left without one.
func (c *tcpSocket) drop() {
	h := c.host
	c.stopTimers()
	h.tcp.removeConn(c)
	c.state = tcpClosed
	c.sendQueue, c.ahead = sendQueue{}, outOfOrder{}
	if c.held {
		h.releasePort(stack.TCP, c.local, c)
		c.held = false
	}
	if c.closed {
		c.unbind()
		c.recvQueue = recvQueue{}
		h.tcp.remove(c)
	}
	c.readable.Wake()
	c.writable.Wake()
}

// unbind gives up the port that Bind took.
func (c *tcpSocket) unbind() {
	if c.bound {
		c.host.releasePort(stack.TCP, c.local, c)
		c.bound = false
	}
}

// vanish is drop for a host that has crashed: every waiter finds the socket closed.
func (c *tcpSocket) vanish() {
	c.stopTimers()
	c.state, c.closed, c.fd = tcpClosed, true, -1
	c.bound, c.held, c.parent, c.listen = false, false, nil, nil
	c.sendQueue, c.recvQueue, c.ahead = sendQueue{}, recvQueue{}, outOfOrder{}
	c.prev, c.next = nil, nil
	c.readable.Wake()
	c.writable.Wake()
}
