package stack_test

import (
	"io"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A network is a network whose hosts refuse, never answer or accept: enough to see what the blocking calls make of it.
type network struct {
	names   map[string][]netip.Addr
	open    int
	connect map[netip.Addr]error // what the kernel says in the end; absent: never an answer
}

func (n *network) HostName() string { return "here" }
func (n *network) Socket(k stack.Kind, f stack.Family) (stack.Socket, error) {
	n.open++
	return &socket{net: n, kind: k, family: f, room: 4}, nil
}
func (n *network) LookupHost(name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, nil
	}
	if list, ok := n.names[name]; ok {
		return list, nil
	}
	return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
}
func (n *network) LookupAddr(netip.Addr) ([]string, error) { return nil, stack.ErrHostNotFound }
func (n *network) Interfaces() []stack.Interface           { return nil }
func (n *network) Sockets() []stack.SocketInfo             { return nil }

// A socket has a receive queue that tests fill and room for a few bytes to write.
type socket struct {
	net        *network
	kind       stack.Kind
	family     stack.Family
	closed     bool
	local, to  netip.AddrPort
	in         [][]byte
	eof        bool
	pending    []stack.Socket
	room       int
	out        []byte
	err        error
	connecting bool
	r, w       sim.Queue
}

func (s *socket) Bind(a netip.AddrPort) error { s.local = a; return nil }
func (s *socket) Listen(int) error            { return nil }
func (s *socket) Accept() (stack.Socket, error) {
	if len(s.pending) == 0 {
		return nil, stack.ErrWouldBlock
	}
	c := s.pending[0]
	s.pending = s.pending[1:]
	return c, nil
}

func (s *socket) Connect(to netip.AddrPort) error {
	s.to = to
	if s.kind == stack.UDP {
		return nil
	}
	err, answered := s.net.connect[to.Addr()]
	s.connecting, s.err = !answered, err
	return stack.ErrInProgress
}

func (s *socket) Read(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, stack.ErrBadDescriptor
	case len(s.in) > 0 && s.kind == stack.TCP:
		n := copy(p, s.in[0])
		if s.in[0] = s.in[0][n:]; len(s.in[0]) == 0 {
			s.in = s.in[1:]
		}
		return n, nil
	case len(s.in) > 0:
		n := copy(p, s.in[0])
		s.in = s.in[1:]
		return n, nil
	case s.eof:
		return 0, io.EOF
	}
	return 0, stack.ErrWouldBlock
}

func (s *socket) Write(p []byte) (int, error) {
	n := min(len(p), s.room)
	if n == 0 && len(p) > 0 {
		return 0, stack.ErrWouldBlock
	}
	s.room -= n
	s.out = append(s.out, p[:n]...)
	return n, nil
}

func (s *socket) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	n, err := s.Read(p)
	return n, s.to, err
}
func (s *socket) WriteTo(p []byte, to netip.AddrPort) (int, error) { s.to = to; return s.Write(p) }
func (s *socket) Shutdown(stack.How) error                         { return nil }
func (s *socket) Close() error {
	if !s.closed {
		s.closed = true
		s.net.open--
		s.r.Wake()
		s.w.Wake()
	}
	return nil
}
func (s *socket) Closed() bool                      { return s.closed }
func (s *socket) LocalAddr() netip.AddrPort         { return s.local }
func (s *socket) RemoteAddr() netip.AddrPort        { return s.to }
func (s *socket) Kind() stack.Kind                  { return s.kind }
func (s *socket) Family() stack.Family              { return s.family }
func (s *socket) Option(stack.Option) (any, error)  { return nil, stack.ErrProtocolOption }
func (s *socket) SetOption(stack.Option, any) error { return nil }
func (s *socket) TakeError() error                  { return s.err }
func (s *socket) CanRead() bool                     { return len(s.in) > 0 || s.eof || s.closed }
func (s *socket) CanWrite() bool                    { return !s.connecting && s.room > 0 }
func (s *socket) Readable() *sim.Queue              { return &s.r }
func (s *socket) Writable() *sim.Queue              { return &s.w }
func (s *socket) FD() int                           { return 3 }
func (s *socket) String() string                    { return "fake" }
