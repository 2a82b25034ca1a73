package vnet

import (
	"io"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Read reads what has arrived. Data that came before a reset is still there; after it comes ErrReset once, then io.EOF.
func (c *tcpSocket) Read(p []byte) (int, error) {
	if c.closed {
		return 0, stack.ErrBadDescriptor
	}
	if c.recvQueue.n > 0 {
		n := c.recvQueue.read(p)
		c.windowOpened()
		return n, nil
	}
	switch {
	case c.finReceived:
		return 0, io.EOF
	case c.err != 0:
		return 0, c.TakeError()
	case c.shutRead || c.ended:
		return 0, io.EOF
	case c.state == tcpClosed || c.state == tcpListen:
		return 0, stack.ErrNotConnected
	case len(p) == 0:
		return 0, nil
	}
	return 0, stack.ErrWouldBlock
}

// Write queues as much of p as there is room for. The first Write to a peer that has closed succeeds; its answer is a
// reset, after which Write fails with ErrPipe.
func (c *tcpSocket) Write(p []byte) (int, error) {
	switch {
	case c.closed:
		return 0, stack.ErrBadDescriptor
	case c.err != 0:
		return 0, c.TakeError()
	case c.state == tcpSynSent || c.state == tcpSynReceived:
		return 0, stack.ErrWouldBlock
	case c.state != tcpEstablished && c.state != tcpCloseWait:
		return 0, stack.ErrPipe
	case len(p) == 0:
		return 0, nil
	}
	n := min(len(p), c.sendBuffer-c.sendQueue.n)
	if n <= 0 {
		return 0, stack.ErrWouldBlock
	}
	c.slowStartAfterIdle()
	c.sendQueue.write(p[:n])
	c.output()
	return n, nil
}

// ReadFrom is Read; the address is the peer's.
func (c *tcpSocket) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	n, err := c.Read(p)
	return n, c.RemoteAddr(), err
}

// WriteTo is Write: a connected stream has one peer, and the address is not looked at.
func (c *tcpSocket) WriteTo(p []byte, _ netip.AddrPort) (int, error) { return c.Write(p) }

// CanRead reports whether Read or Accept would return at once.
func (c *tcpSocket) CanRead() bool {
	switch {
	case c.closed || c.err != 0:
		return true
	case c.state == tcpListen:
		return len(c.listen.ready) > 0
	}
	return c.recvQueue.n > 0 || c.finReceived || c.shutRead || c.state == tcpClosed
}

// CanWrite reports whether Write would return at once, or a Connect has ended. A full send buffer counts as writable again when
// a third of it is free.
func (c *tcpSocket) CanWrite() bool {
	switch {
	case c.closed || c.err != 0:
		return true
	case c.state == tcpListen || c.state == tcpSynSent || c.state == tcpSynReceived:
		return false
	case c.state == tcpEstablished || c.state == tcpCloseWait:
		return 3*(c.sendBuffer-c.sendQueue.n) >= c.sendBuffer
	}
	return true
}

// wakeWriter wakes the tasks that wait to write, if they can.
func (c *tcpSocket) wakeWriter() {
	if !c.writable.Empty() && c.CanWrite() {
		c.writable.Wake()
	}
}

// TakeError returns the pending error and clears it.
func (c *tcpSocket) TakeError() error {
	if c.closed {
		return stack.ErrBadDescriptor
	}
	if c.err == 0 {
		return nil
	}
	err := c.err
	c.err = 0
	return err
}
