package vnet

import (
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The longest payloads of a datagram: what 16 bits of length leave after the headers.
const (
	maxPayload4 = maxDatagram - ipv4HeaderLen - udpHeaderLen
	maxPayload6 = maxDatagram - udpHeaderLen
)

// A udpSocket is a UDP socket. Addresses are kept unmapped: an IPv6 socket that talks IPv4 shows ::ffff:a.b.c.d only to its user.
type udpSocket struct {
	host   *Host
	family stack.Family
	fd     int
	label  string
	opt    udpOptions

	bind   netip.AddrPort // as bound, invalid if not
	local  netip.AddrPort // bind, with the source address once connected
	remote netip.AddrPort // invalid if not connected

	queue               []datagram // waiting to be read, from head on
	head                int
	queued              int    // bytes of the queue, with IP and UDP headers
	overflow            uint64 // datagrams dropped because the queue was full
	err                 stack.Errno
	closed              bool
	shutRead, shutWrite bool
	groups              []membership
	readable, writable  sim.Queue
}

type datagram struct {
	payload []byte
	from    netip.AddrPort
	size    int
}

func newUDPSocket(h *Host, f stack.Family) stack.Socket {
	s := &udpSocket{host: h, family: f, fd: h.nextFD(), opt: defaultUDPOptions}
	h.udp.order = append(h.udp.order, s)
	return s
}

// listening reports false: SO_REUSEADDR shares a UDP port with any other socket that has it.
func (s *udpSocket) listening() bool { return false }

// Bind sets the local address; port 0 draws an ephemeral one. Multicast and broadcast addresses may be bound to.
func (s *udpSocket) Bind(a netip.AddrPort) error {
	f := stack.FamilyOf(a.Addr())
	switch {
	case s.closed:
		return stack.ErrBadDescriptor
	case s.bind.IsValid() || f == stack.Any:
		return stack.ErrInvalid
	case s.family != stack.Any && s.family != f:
		return stack.ErrFamily
	case s.opt.v6only && a.Addr().Is4In6():
		return stack.ErrInvalid
	}
	local := netip.AddrPortFrom(plain(a.Addr()), a.Port())
	got, err := s.host.bindPort(stack.UDP, local, bindOptions{s.opt.reuseAddr, s.opt.reusePort, s.opt.v6only}, s)
	if err != nil {
		return err
	}
	s.family, s.bind, s.local = f, got, got
	s.host.udp.add(s)
	return nil
}

// autobind binds an unbound socket to an ephemeral port on all addresses.
func (s *udpSocket) autobind() error {
	switch {
	case s.bind.IsValid():
		return nil
	case s.family == stack.IPv6:
		return s.Bind(netip.AddrPortFrom(netip.IPv6Unspecified(), 0))
	}
	return s.Bind(netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
}

// Connect sets the peer: what others send is not received any more. The zero AddrPort undoes that.
func (s *udpSocket) Connect(to netip.AddrPort) error {
	if s.closed {
		return stack.ErrBadDescriptor
	}
	if !to.Addr().IsValid() {
		s.remote, s.local = netip.AddrPort{}, s.bind
		return nil
	}
	dst, err := s.target(to)
	if err != nil {
		return err
	}
	r := s.routeTo(dst.Addr())
	switch {
	case r.err != 0:
		return r.err
	case r.kind == broadcast && !s.opt.broadcast:
		return stack.ErrAccess
	}
	if err := s.autobind(); err != nil {
		return err
	}
	src, err := s.source(r)
	if err != nil {
		return err
	}
	s.remote, s.local = dst, netip.AddrPortFrom(src, s.bind.Port())
	return nil
}

// source returns the address from which to send by a route.
func (s *udpSocket) source(r *route) (netip.Addr, error) {
	bound := s.bind.Addr()
	switch {
	case s.bind.IsValid() && !bound.IsUnspecified() && !s.host.isGroup(bound):
		if bound.IsLoopback() && r.kind != local {
			return bound, stack.ErrInvalid
		}
		return bound, nil
	case r.src.IsValid():
		return r.src, nil
	case r.kind == broadcast:
		return netip.IPv4Unspecified(), nil
	}
	return r.src, stack.ErrAddrNotAvailable
}

// Write sends one datagram to the peer.
func (s *udpSocket) Write(p []byte) (int, error) {
	if !s.remote.IsValid() && !s.closed {
		return 0, stack.ErrDestinationRequired
	}
	return s.transmit(p, s.remote)
}

// WriteTo sends one datagram to an address; the invalid AddrPort stands for the peer.
func (s *udpSocket) WriteTo(p []byte, to netip.AddrPort) (int, error) {
	if s.closed {
		return 0, stack.ErrBadDescriptor
	}
	if !to.Addr().IsValid() {
		return s.Write(p)
	}
	dst, err := s.target(to)
	if err != nil {
		return 0, err
	}
	return s.transmit(p, dst)
}

// transmit sends one datagram. It never has to wait: a full queue of the link drops it, as Linux's device queue does.
func (s *udpSocket) transmit(p []byte, dst netip.AddrPort) (int, error) {
	if err := s.mayWrite(len(p), dst); err != nil {
		return 0, err
	}
	r := s.routeTo(dst.Addr())
	switch {
	case r.err != 0:
		return 0, r.err
	case r.kind == broadcast && !s.opt.broadcast:
		return 0, stack.ErrAccess
	}
	if err := s.autobind(); err != nil {
		return 0, err
	}
	src, err := s.source(r)
	if err != nil {
		return 0, err
	}
	q := s.host.net.newPacket()
	q.Src, q.Dst, q.Proto, q.HopLimit = src, dst.Addr(), UDP, uint8(s.opt.hopLimit)
	if r.kind == multicast {
		q.HopLimit = uint8(s.opt.multicastHops)
	}
	q.UDP = UDPHeader{s.bind.Port(), dst.Port()}
	q.Payload = s.host.net.copyBytes(p)
	if r.kind == multicast && q.HopLimit == 0 {
		s.host.stayHome(r, q)
	} else {
		s.host.sendBy(r, q)
	}
	if r.kind == local || r.loop {
		s.host.takeLooped()
	}
	return len(p), nil
}

func (s *udpSocket) mayWrite(size int, dst netip.AddrPort) error {
	most := maxPayload4
	if dst.Addr().Is6() {
		most = maxPayload6
	}
	switch {
	case s.closed:
		return stack.ErrBadDescriptor
	case s.err != 0:
		return s.TakeError()
	case s.shutWrite:
		return stack.ErrPipe
	case dst.Port() == 0:
		return stack.ErrInvalid
	case size > most:
		return stack.ErrMessageSize
	case s.host.down:
		return stack.ErrNetUnreachable
	}
	return nil
}

// enqueue adds a datagram for the user to read, or reports that there is no room.
func (s *udpSocket) enqueue(p *Packet) bool {
	size := p.Len()
	if s.queued > 0 && s.queued+size > s.opt.recvBuffer {
		s.overflow++
		return false
	}
	if s.head > 64 && s.head > len(s.queue)/2 {
		n := copy(s.queue, s.queue[s.head:])
		clear(s.queue[n:])
		s.queue, s.head = s.queue[:n], 0
	}
	s.queue = append(s.queue, datagram{p.Payload, netip.AddrPortFrom(p.Src, p.UDP.SrcPort), size})
	s.queued += size
	s.readable.Wake()
	return true
}

// Read is ReadFrom without the sender.
func (s *udpSocket) Read(p []byte) (int, error) {
	n, _, err := s.ReadFrom(p)
	return n, err
}

// ReadFrom returns one datagram, cut to len(p), and who sent it.
func (s *udpSocket) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	switch {
	case s.closed:
		return 0, netip.AddrPort{}, stack.ErrBadDescriptor
	case s.err != 0:
		return 0, netip.AddrPort{}, s.TakeError()
	case s.head == len(s.queue) && s.shutRead:
		return 0, netip.AddrPort{}, io.EOF
	case s.head == len(s.queue):
		return 0, netip.AddrPort{}, stack.ErrWouldBlock
	}
	d := s.queue[s.head]
	s.queue[s.head] = datagram{}
	s.head++
	if s.head == len(s.queue) {
		s.queue, s.head = s.queue[:0], 0
	}
	s.queued -= d.size
	return copy(p, d.payload), s.shown(d.from), nil
}

// Shutdown ends one or both directions of a connected socket.
func (s *udpSocket) Shutdown(how stack.How) error {
	switch {
	case s.closed:
		return stack.ErrBadDescriptor
	case !s.remote.IsValid():
		return stack.ErrNotConnected
	}
	s.shutRead = s.shutRead || how != stack.ShutWrite
	s.shutWrite = s.shutWrite || how != stack.ShutRead
	s.readable.Wake()
	return nil
}

// Close gives the socket up; what waits to be read is lost.
func (s *udpSocket) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.leaveAll()
	h := s.host
	if s.bind.IsValid() {
		h.udp.remove(s)
		h.releasePort(stack.UDP, s.bind, s)
	}
	h.udp.order = slices.DeleteFunc(h.udp.order, func(o *udpSocket) bool { return o == s })
	h.releaseFD(s.fd)
	s.queue, s.head, s.queued = nil, 0, 0
	s.readable.Wake()
	s.writable.Wake()
	return nil
}

// Listen is not for UDP.
func (s *udpSocket) Listen(int) error { return stack.ErrNotSupported }

// Accept is not for UDP.
func (s *udpSocket) Accept() (stack.Socket, error) { return nil, stack.ErrNotSupported }

// Closed reports whether Close was called or the host has crashed.
func (s *udpSocket) Closed() bool { return s.closed }

// LocalAddr returns the address the socket is bound to, once connected that of the route to the peer.
func (s *udpSocket) LocalAddr() netip.AddrPort { return s.shown(s.local) }

// RemoteAddr returns the peer.
func (s *udpSocket) RemoteAddr() netip.AddrPort { return s.shown(s.remote) }

// Kind returns stack.UDP.
func (s *udpSocket) Kind() stack.Kind { return stack.UDP }

// Family returns the socket's address family.
func (s *udpSocket) Family() stack.Family { return s.family }

// TakeError returns and clears the error that an ICMP message left.
func (s *udpSocket) TakeError() error {
	if s.err == 0 {
		return nil
	}
	err := s.err
	s.err = 0
	return err
}

// CanRead reports whether a datagram, an error or the end waits.
func (s *udpSocket) CanRead() bool {
	return s.closed || s.err != 0 || s.head < len(s.queue) || s.shutRead
}

// CanWrite reports true: sending a datagram never waits.
func (s *udpSocket) CanWrite() bool { return true }

// Readable is woken when a datagram or an error arrives.
func (s *udpSocket) Readable() *sim.Queue { return &s.readable }

// Writable is woken when an error arrives or the socket is closed.
func (s *udpSocket) Writable() *sim.Queue { return &s.writable }

// FD returns the socket's number on its host, -1 when closed.
func (s *udpSocket) FD() int {
	if s.closed {
		return -1
	}
	return s.fd
}

// SetLabel says which process holds the socket.
func (s *udpSocket) SetLabel(process string) { s.label = process }

// String shows kind, state and addresses.
func (s *udpSocket) String() string {
	switch {
	case s.closed:
		return "udp closed"
	case s.remote.IsValid():
		return fmt.Sprintf("udp %v peer %v", s.LocalAddr(), s.RemoteAddr())
	case s.bind.IsValid():
		return fmt.Sprintf("udp %v", s.LocalAddr())
	}
	return "udp unbound"
}
