//go:build linux || darwin

package osnet

import (
	"io"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A socket is a non-blocking system socket. The system socket of family Any is made when its family is known;
// until then it has no descriptor and calls that need one fail with ErrBadDescriptor, as LuaSocket has it.
type socket struct {
	net      *Network
	id       uint64
	index    int // in net.open
	fd       int // -1 when not made yet or closed
	kind     stack.Kind
	family   stack.Family
	label    string
	closed   bool
	dual     bool // IPv6 and IPV6_V6ONLY is off
	bound    bool // explicitly
	listener bool
	target   netip.AddrPort // of Connect
	callers  callers        // of a bound UDP socket
	readable sim.Queue
	writable sim.Queue

	registered int16 // what the waiter has asked the kernel for
	emptied    bool  // the last Read took all there was, and no event has come since
}

var (
	_ stack.Socket  = (*socket)(nil)
	_ stack.Labeled = (*socket)(nil)
)

// Socket returns a new, unbound socket. IPv6 sockets are for IPv6 only until option V6Only is turned off.
func (n *Network) Socket(k stack.Kind, f stack.Family) (stack.Socket, error) {
	s := &socket{net: n, fd: -1, kind: k}
	if f != stack.Any {
		if err := s.make(f); err != nil {
			return nil, err
		}
	}
	n.add(s)
	return s, nil
}

func (n *Network) add(s *socket) {
	n.nextID++
	s.id, s.index = n.nextID, len(n.open)
	n.open = append(n.open, s)
}

func (n *Network) remove(s *socket) {
	last := n.open[len(n.open)-1]
	n.open[s.index], last.index = last, s.index
	n.open[len(n.open)-1] = nil
	n.open = n.open[:len(n.open)-1]
}

// make makes the system socket.
func (s *socket) make(f stack.Family) error {
	domain, typ := unix.AF_INET, unix.SOCK_STREAM
	if f == stack.IPv6 {
		domain = unix.AF_INET6
	}
	if s.kind == stack.UDP {
		typ = unix.SOCK_DGRAM
	}
	fd, err := openSocket(domain, typ)
	if err == nil && f == stack.IPv6 {
		if err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		return stack.FromSystem(err)
	}
	s.fd, s.family = fd, f
	return nil
}

// need makes the system socket for an address if there is none yet.
func (s *socket) need(a netip.AddrPort) error {
	switch {
	case s.closed:
		return stack.ErrBadDescriptor
	case s.fd >= 0:
		return nil
	case !a.Addr().IsValid():
		return stack.ErrBadDescriptor
	}
	return s.make(stack.FamilyOf(a.Addr()))
}

func (s *socket) Bind(local netip.AddrPort) error {
	if !local.Addr().IsValid() {
		local = netip.AddrPortFrom(s.unspecified(), local.Port())
	}
	if err := s.need(local); err != nil {
		return err
	}
	if err := s.mayBind("bind", local); err != nil {
		return err
	}
	sa, err := s.sockaddr(local)
	if err != nil {
		return err
	}
	if err := unix.Bind(s.fd, sa); err != nil {
		return stack.FromSystem(err)
	}
	s.bound = true
	return nil
}

func (s *socket) unspecified() netip.Addr {
	if s.family == stack.IPv6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// mayBind judges a local address; a dual socket bound to [::] takes 0.0.0.0 as well.
func (s *socket) mayBind(op string, local netip.AddrPort) error {
	err := s.net.judge(op, s.kind, local, true)
	if err == nil && s.dual && local.Addr().IsUnspecified() {
		err = s.net.judge(op, s.kind, netip.AddrPortFrom(netip.IPv4Unspecified(), local.Port()), true)
	}
	return err
}

func (s *socket) Listen(backlog int) error {
	if s.fd < 0 {
		return stack.ErrBadDescriptor
	}
	if !s.bound {
		if err := s.mayBind("listen", netip.AddrPortFrom(s.unspecified(), 0)); err != nil {
			return err
		}
	}
	if err := unix.Listen(s.fd, backlog); err != nil {
		return stack.FromSystem(err)
	}
	s.listener = true
	return nil
}

func (s *socket) Accept() (stack.Socket, error) {
	if s.fd < 0 {
		return nil, stack.ErrBadDescriptor
	}
	for {
		fd, _, err := acceptSocket(s.fd)
		switch err {
		case nil:
			c := &socket{net: s.net, fd: fd, kind: s.kind, family: s.family, dual: s.dual, label: s.label}
			s.net.add(c)
			return c, nil
		case unix.EINTR, unix.ECONNABORTED: // the peer gave up in the queue
			continue
		}
		return nil, stack.FromSystem(err)
	}
}

func (s *socket) Connect(to netip.AddrPort) error {
	if !to.Addr().IsValid() && s.kind == stack.UDP {
		if s.fd < 0 {
			return stack.ErrBadDescriptor
		}
		s.target = netip.AddrPort{}
		return stack.FromSystem(disconnect(s.fd))
	}
	to, err := s.net.destination("connect", s.kind, to)
	if err != nil {
		return err
	}
	if err := s.need(to); err != nil {
		return err
	}
	sa, err := s.sockaddr(to)
	if err != nil {
		return err
	}
	switch err := unix.Connect(s.fd, sa); err {
	case nil:
	case unix.EINTR, unix.EINPROGRESS: // POSIX: an interrupted connect goes on by itself
		s.target = to
		return stack.ErrInProgress
	default:
		return stack.FromSystem(err)
	}
	s.target = to
	return nil
}

func (s *socket) Shutdown(how stack.How) error {
	if s.fd < 0 {
		return stack.ErrBadDescriptor
	}
	sys := [...]int{stack.ShutRead: unix.SHUT_RD, stack.ShutWrite: unix.SHUT_WR, stack.ShutBoth: unix.SHUT_RDWR}
	if err := unix.Shutdown(s.fd, sys[how]); err != nil {
		return stack.FromSystem(err)
	}
	if how != stack.ShutWrite {
		s.emptied = false
		s.readable.Wake()
	}
	if how != stack.ShutRead {
		s.writable.Wake()
	}
	return nil
}

func (s *socket) Close() error {
	if s.closed {
		return nil
	}
	s.closed, s.emptied = true, false
	s.net.remove(s)
	var err error
	if s.fd >= 0 {
		err = unix.Close(s.fd) // not again after EINTR: the descriptor is gone
		s.fd = -1
	}
	s.readable.Wake()
	s.writable.Wake()
	if err == unix.EINTR {
		err = nil
	}
	return stack.FromSystem(err)
}

func (s *socket) Closed() bool               { return s.closed }
func (s *socket) FD() int                    { return s.fd }
func (s *socket) Kind() stack.Kind           { return s.kind }
func (s *socket) Family() stack.Family       { return s.family }
func (s *socket) Readable() *sim.Queue       { return &s.readable }
func (s *socket) Writable() *sim.Queue       { return &s.writable }
func (s *socket) SetLabel(process string)    { s.label = process }
func (s *socket) CanRead() bool              { return s.fd >= 0 && ready(s.fd, unix.POLLIN)&inputEvents != 0 }
func (s *socket) CanWrite() bool             { return s.fd >= 0 && ready(s.fd, unix.POLLOUT)&outputEvents != 0 }
func (s *socket) LocalAddr() netip.AddrPort  { return s.name(unix.Getsockname) }
func (s *socket) RemoteAddr() netip.AddrPort { return s.name(unix.Getpeername) }

func (s *socket) name(get func(int) (unix.Sockaddr, error)) netip.AddrPort {
	if s.fd < 0 {
		return netip.AddrPort{}
	}
	sa, err := get(s.fd)
	if err != nil {
		return netip.AddrPort{}
	}
	return addrPort(sa)
}

func (s *socket) TakeError() error {
	if s.fd < 0 {
		return stack.ErrBadDescriptor
	}
	n, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && n != 0 {
		err = unix.Errno(n)
	}
	return stack.FromSystem(err)
}

// Read, Write, ReadFrom and WriteTo try again after a signal, as every caller would.
func (s *socket) Read(p []byte) (int, error) {
	if s.kind == stack.UDP {
		n, _, err := s.ReadFrom(p)
		return n, err
	}
	if s.fd < 0 {
		return 0, stack.ErrBadDescriptor
	}
	for {
		n, err := readStream(s.fd, p)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, stack.FromSystem(err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		s.emptied = n < len(p)
		return n, nil
	}
}

// Emptied is what stack.Emptied asks.
func (s *socket) Emptied() bool { return s.emptied }

// WriteSize is what stack.WriteSize asks.
func (s *socket) WriteSize() int { return 64 << 10 }

func (s *socket) Write(p []byte) (int, error) {
	if s.fd < 0 {
		return 0, stack.ErrBadDescriptor
	}
	if s.kind == stack.UDP {
		return s.send(p, nil)
	}
	for {
		n, err := writeStream(s.fd, p)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
			continue
		}
		return 0, stack.FromSystem(err)
	}
}

func (s *socket) send(p []byte, to unix.Sockaddr) (int, error) {
	for {
		n, err := unix.SendmsgN(s.fd, p, nil, to, noSignal)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, stack.FromSystem(err)
		}
		return n, nil
	}
}

func (s *socket) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	if s.fd < 0 {
		return 0, netip.AddrPort{}, stack.ErrBadDescriptor
	}
	for {
		n, from, err := unix.Recvfrom(s.fd, p, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, netip.AddrPort{}, stack.FromSystem(err)
		}
		addr := addrPort(from)
		if s.bound && s.kind == stack.UDP && !s.net.covers(s.kind, addr, false) {
			s.callers.wrote(addr)
		}
		return n, addr, nil
	}
}

func (s *socket) WriteTo(p []byte, to netip.AddrPort) (int, error) {
	if s.kind != stack.UDP {
		return 0, stack.ErrNotSupported
	}
	to, err := s.net.destination("send", s.kind, to)
	if _, denied := err.(*DeniedError); denied && s.callers.answer(to) {
		err = nil
	}
	if err == nil {
		err = s.need(to)
	}
	if err != nil {
		return 0, err
	}
	sa, err := s.sockaddr(to)
	if err != nil {
		return 0, err
	}
	return s.send(p, sa)
}
