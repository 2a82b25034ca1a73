package vnet

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A tcpSocket is a TCP socket, and the connection it has; a connection outlives the closing of its socket. Addresses are kept
// unmapped: an IPv6 socket that talks IPv4 shows ::ffff:a.b.c.d only to its user.
//
// What every segment needs lies in whole cache lines: see TestLayout.
type tcpSocket struct {
	host     *Host
	state    tcpState
	family   stack.Family
	bound    bool // bindPort gave it local
	held     bool // holdPort noted that it uses local
	closed   bool // by its user, or by a crash
	shown    bool // a Connect that succeeded has been reported: see Connect
	trying   bool // Connect was called
	shutRead bool
	err      stack.Errno // to be reported, 0 if none
	softErr  stack.Errno // an ICMP error, the reason if the connection times out
	readable sim.Queue
	writable sim.Queue

	local, remote netip.AddrPort
	recvState
	tcpOptions
	stats  TCPCounters
	timers tcpTimers
	prev   *tcpSocket // in tcpHost
	sendState

	next   *tcpSocket   // in tcpHost
	listen *listenQueue // if state is tcpListen
	parent *tcpSocket   // listener of a connection that is not accepted yet
	fd     int          // -1 when it has none
	label  string
}

// newTCPSocket returns a socket without an address. One of family stack.Any gets its family from the first address it is used with.
func newTCPSocket(h *Host, f stack.Family) stack.Socket {
	c := &tcpSocket{host: h, family: f, fd: h.nextFD(), tcpOptions: defaultTCPOptions}
	c.recvBuffer = orDefault(h.tcp.config.RecvBuffer, defaultRecvBuffer)
	c.sendBuffer = orDefault(h.tcp.config.SendBuffer, defaultSendBuffer)
	c.timers.attach(c)
	h.tcp.add(c)
	return c
}

// checkFamily adopts the family of an address, or says that it does not fit.
func (c *tcpSocket) checkFamily(a netip.Addr) error {
	switch f := stack.FamilyOf(a); {
	case f == stack.Any:
		return stack.ErrInvalid
	case c.family == stack.Any:
		c.family = f
	case c.family != f:
		return stack.ErrFamily
	}
	return nil
}

// Bind sets the local address; port 0 draws an ephemeral one.
func (c *tcpSocket) Bind(a netip.AddrPort) error {
	switch {
	case c.closed:
		return stack.ErrBadDescriptor
	case c.bound || c.state != tcpClosed || c.trying:
		return stack.ErrInvalid
	}
	if err := c.checkFamily(a.Addr()); err != nil {
		return err
	}
	if c.v6only && a.Addr().Is4In6() {
		return stack.ErrInvalid
	}
	got, err := c.host.bindPort(stack.TCP, netip.AddrPortFrom(a.Addr().WithZone("").Unmap(), a.Port()), c.bindOptions(), c)
	if err != nil {
		return err
	}
	c.local, c.bound = got, true
	return nil
}

func (c *tcpSocket) bindOptions() bindOptions {
	return bindOptions{reuseAddr: c.reuseAddr, reusePort: c.reusePort, v6only: c.v6only}
}

// listening tells the port table that the socket shares its port with no other listener.
func (c *tcpSocket) listening() bool { return c.state == tcpListen }

// Connect starts to open a connection. As on Linux the first call after the connection stands returns nil, those
// after that ErrIsConnected; the first call after a failure whose error was taken returns ErrAborted, and the next tries again.
func (c *tcpSocket) Connect(to netip.AddrPort) error {
	switch {
	case c.closed:
		return stack.ErrBadDescriptor
	case c.state == tcpListen:
		return stack.ErrIsConnected
	case c.state == tcpSynSent || c.state == tcpSynReceived:
		return stack.ErrAlready
	case c.state != tcpClosed && !c.shown:
		c.shown = true
		return nil
	case c.shown:
		return stack.ErrIsConnected
	case c.trying:
		c.trying = false
		if c.err != 0 {
			return c.TakeError()
		}
		return stack.ErrAborted
	}
	if err := c.checkFamily(to.Addr()); err != nil {
		return err
	}
	if c.v6only && to.Addr().Is4In6() {
		return stack.ErrNetUnreachable
	}
	remote := netip.AddrPortFrom(to.Addr().Unmap().WithZone(""), to.Port())
	if remote.Addr().IsUnspecified() {
		remote = netip.AddrPortFrom(loopback(remote.Addr()), to.Port())
	}
	if err := c.choosePort(remote); err != nil {
		return err
	}
	c.remote, c.trying = remote, true
	c.open()
	c.host.relieveLoopback()
	return stack.ErrInProgress
}

// loopback returns the loopback address of a's family: connecting to the unspecified address means this host.
func loopback(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

// choosePort completes the local address of a socket that connects to remote.
func (c *tcpSocket) choosePort(remote netip.AddrPort) error {
	if remote.Addr().IsMulticast() || remote.Addr() == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return stack.ErrNetUnreachable
	}
	source, err := c.host.sourceFor(remote.Addr())
	if err != nil {
		return err
	}
	if a := c.local.Addr(); a.IsValid() && !a.IsUnspecified() {
		if a.Is4() != source.Is4() {
			return stack.ErrNetUnreachable
		}
		source = a
	}
	taken := func(local netip.AddrPort) bool {
		old := c.host.tcp.conns[tcpKey{local, remote}]
		return old != nil && old.state != tcpTimeWait
	}
	if c.bound {
		local := netip.AddrPortFrom(source, c.local.Port())
		if taken(local) {
			return stack.ErrAddrNotAvailable
		}
		c.local = local
		return nil
	}
	port, err := c.host.ephemeral(stack.TCP, source, remote, func(local netip.AddrPort) bool {
		return c.host.tcp.conns[tcpKey{local, remote}] != nil
	})
	if err != nil {
		return stack.ErrAddrNotAvailable
	}
	c.local = netip.AddrPortFrom(source, port)
	c.host.holdPort(stack.TCP, c.local, c.bindOptions(), c)
	c.held = true
	return nil
}

// Shutdown ends one or both directions: sending ends with a FIN after what is queued; reading finds the end of the
// stream once the queue is empty, though data that still comes is taken in.
func (c *tcpSocket) Shutdown(how stack.How) error {
	read, write := how != stack.ShutWrite, how != stack.ShutRead
	switch {
	case c.closed:
		return stack.ErrBadDescriptor
	case how > stack.ShutBoth:
		return stack.ErrInvalid
	case c.state == tcpListen:
		if read {
			c.stopListening()
			c.unbind()
		}
		return nil
	case c.state == tcpSynSent:
		c.drop()
		c.trying = false
		return nil
	case c.state == tcpClosed || c.state == tcpTimeWait:
		return stack.ErrNotConnected
	}
	if read {
		c.shutRead = true
		c.readable.Wake()
	}
	if write {
		c.finish()
		c.writable.Wake()
	}
	return nil
}

// Close gives the socket up. What is queued is still sent, followed by FIN, without the user; but unread data, or option Linger
// with a timeout of 0, make it a reset.
func (c *tcpSocket) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.host.releaseFD(c.fd)
	c.fd = -1
	c.readable.Wake()
	c.writable.Wake()
	switch {
	case c.state == tcpListen:
		c.stopListening()
		c.drop()
	case !c.state.synchronized() && c.state != tcpSynReceived:
		c.drop()
	case c.state == tcpTimeWait:
	case c.recvQueue.n > 0 || c.linger.On && c.linger.Timeout == 0:
		c.reset()
		c.drop()
	default:
		c.recvQueue = recvQueue{}
		c.finish()
		c.orphan()
	}
	return nil
}

// Closed reports whether Close was called.
func (c *tcpSocket) Closed() bool { return c.closed }

// LocalAddr returns the local address, zero before there is one.
func (c *tcpSocket) LocalAddr() netip.AddrPort { return c.show(c.local) }

// RemoteAddr returns the peer's address, zero when there is no connection.
func (c *tcpSocket) RemoteAddr() netip.AddrPort {
	if c.state < tcpSynReceived || c.state == tcpTimeWait {
		return netip.AddrPort{}
	}
	return c.show(c.remote)
}

// show maps an IPv4 address for the user of an IPv6 socket.
func (c *tcpSocket) show(a netip.AddrPort) netip.AddrPort {
	if c.family == stack.IPv6 && a.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
	}
	return a
}

// Kind returns stack.TCP.
func (c *tcpSocket) Kind() stack.Kind { return stack.TCP }

// Family returns the address family.
func (c *tcpSocket) Family() stack.Family { return c.family }

// Readable returns the queue that is woken when CanRead may have changed.
func (c *tcpSocket) Readable() *sim.Queue { return &c.readable }

// Writable returns the queue that is woken when CanWrite may have changed.
func (c *tcpSocket) Writable() *sim.Queue { return &c.writable }

// FD returns the lowest number from 3 up that was free on the host, -1 once closed.
func (c *tcpSocket) FD() int { return c.fd }

// SetLabel notes which process holds the socket.
func (c *tcpSocket) SetLabel(process string) { c.label = process }

// String shows the state and both addresses: "tcp 10.0.1.1:34567 → 10.0.2.1:80 ESTAB".
func (c *tcpSocket) String() string {
	s := "tcp "
	if local := c.LocalAddr(); local.IsValid() {
		s += local.String() + " "
	}
	if c.state >= tcpSynSent {
		s += fmt.Sprintf("→ %v ", c.show(c.remote))
	}
	return s + c.state.String()
}

// describe returns the socket's line of the socket table.
func (c *tcpSocket) describe() stack.SocketInfo {
	i := stack.SocketInfo{Kind: stack.TCP, State: c.state.String(), Local: c.LocalAddr(), Process: c.label}
	if c.state == tcpListen {
		i.RecvQueue, i.SendQueue = len(c.listen.ready), c.listen.backlog
		return i
	}
	i.Remote = c.show(c.remote)
	i.RecvQueue, i.SendQueue = c.recvQueue.n, c.sendQueue.n
	return i
}

func (c *tcpSocket) now() time.Duration { return c.host.net.sched.Elapsed() }
