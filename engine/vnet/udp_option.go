package vnet

import (
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// udpOptions are the options of a UDP socket.
type udpOptions struct {
	reuseAddr, reusePort, v6only    bool
	keepAlive, broadcast, dontRoute bool
	multicastLoop                   bool
	recvBuffer, sendBuffer          int
	hopLimit, multicastHops         int
	linger                          stack.LingerValue
	multicastIf                     netip.Addr
	device                          string
}

// Linux's default buffers (net.core.rmem_default), and the smallest and largest that can be set.
const (
	defaultUDPBuffer = 212992
	minUDPBuffer     = 256
	maxUDPBuffer     = 64 << 20
)

var defaultUDPOptions = udpOptions{multicastLoop: true, recvBuffer: defaultUDPBuffer, sendBuffer: defaultUDPBuffer,
	hopLimit: defaultHopLimit, multicastHops: 1}

func (s *udpSocket) flag(o stack.Option) *bool {
	switch o {
	case stack.ReuseAddr:
		return &s.opt.reuseAddr
	case stack.ReusePort:
		return &s.opt.reusePort
	case stack.KeepAlive:
		return &s.opt.keepAlive
	case stack.Broadcast:
		return &s.opt.broadcast
	case stack.DontRoute:
		return &s.opt.dontRoute
	case stack.MulticastLoop:
		return &s.opt.multicastLoop
	case stack.V6Only:
		if s.family != stack.IPv4 {
			return &s.opt.v6only
		}
	}
	return nil
}

func (s *udpSocket) number(o stack.Option) (at *int, least, most int) {
	switch o {
	case stack.RecvBuffer:
		return &s.opt.recvBuffer, minUDPBuffer, maxUDPBuffer
	case stack.SendBuffer:
		return &s.opt.sendBuffer, minUDPBuffer, maxUDPBuffer
	case stack.HopLimit:
		return &s.opt.hopLimit, 1, 255
	case stack.MulticastHops:
		return &s.opt.multicastHops, 0, 255
	}
	return nil, 0, 0
}

// Option returns an option's value. KeepAlive, DontRoute, SendBuffer and Linger only remember what was set, as they do for UDP
// on Linux; the options of TCP are ErrProtocolOption.
func (s *udpSocket) Option(o stack.Option) (any, error) {
	if s.closed {
		return nil, stack.ErrBadDescriptor
	}
	if b := s.flag(o); b != nil {
		return *b, nil
	}
	if n, _, _ := s.number(o); n != nil {
		return *n, nil
	}
	switch o {
	case stack.Linger:
		return s.opt.linger, nil
	case stack.MulticastIf:
		return s.opt.multicastIf, nil
	case stack.BindToDevice:
		return s.opt.device, nil
	}
	return nil, stack.ErrProtocolOption
}

// SetOption sets an option. A value of the wrong type or out of range is ErrInvalid; buffer sizes are brought into range instead.
func (s *udpSocket) SetOption(o stack.Option, value any) error {
	if s.closed {
		return stack.ErrBadDescriptor
	}
	if b := s.flag(o); b != nil {
		on, ok := value.(bool)
		if !ok || o == stack.V6Only && s.bind.IsValid() {
			return stack.ErrInvalid
		}
		*b = on
		return nil
	}
	if at, least, most := s.number(o); at != nil {
		n, ok := value.(int)
		if o == stack.RecvBuffer || o == stack.SendBuffer {
			n = min(max(n, least), most)
		}
		if !ok || n < least || n > most {
			return stack.ErrInvalid
		}
		*at = n
		return nil
	}
	return s.setOther(o, value)
}

func (s *udpSocket) setOther(o stack.Option, value any) error {
	switch o {
	case stack.Linger:
		v, ok := value.(stack.LingerValue)
		if !ok || v.Timeout < 0 {
			return stack.ErrInvalid
		}
		s.opt.linger = v
		return nil
	case stack.MulticastIf:
		v, ok := value.(netip.Addr)
		if !ok {
			return stack.ErrInvalid
		}
		if v.IsUnspecified() {
			v = netip.Addr{}
		}
		if v.IsValid() && s.host.interfaceWith(v.Unmap()) == nil {
			return stack.ErrAddrNotAvailable
		}
		s.opt.multicastIf = v
		return nil
	case stack.BindToDevice:
		v, ok := value.(string)
		if !ok {
			return stack.ErrInvalid
		}
		if v != "" && s.host.interfaceNamed(v) == nil {
			return stack.ErrNoDevice
		}
		s.opt.device = v
		return nil
	case stack.AddMembership, stack.DropMembership:
		v, ok := value.(stack.Membership)
		if !ok {
			return stack.ErrInvalid
		}
		if o == stack.AddMembership {
			return s.join(v)
		}
		return s.leave(v)
	}
	return stack.ErrProtocolOption
}

// A membership is a multicast group that a socket has joined on an interface.
type membership struct {
	group netip.Addr
	on    *iface
}

// member reports whether the interface receives a multicast group. All hosts are members of 224.0.0.1 and ff02::1.
func (i *iface) member(group netip.Addr) bool {
	return i.groups[group] > 0 || group == netip.AddrFrom4([4]byte{224, 0, 0, 1}) || group == netip.IPv6LinkLocalAllNodes()
}

func (s *udpSocket) membership(m stack.Membership) (membership, error) {
	group := plain(m.Group)
	if !group.IsMulticast() || s.family == stack.IPv4 && group.Is6() {
		return membership{}, stack.ErrInvalid
	}
	on := s.host.firstUp()
	switch {
	case m.Interface.IsValid() && !m.Interface.IsUnspecified():
		on = s.host.interfaceWith(plain(m.Interface))
	case m.Index > 0:
		on = s.host.interfaceNumber(m.Index)
	}
	if on == nil {
		return membership{}, stack.ErrNoDevice
	}
	return membership{group, on}, nil
}

// join makes the socket a member of a group: ErrAddrInUse if it is one already.
func (s *udpSocket) join(v stack.Membership) error {
	m, err := s.membership(v)
	switch {
	case err != nil:
		return err
	case slices.Contains(s.groups, m):
		return stack.ErrAddrInUse
	}
	if m.on.groups == nil {
		m.on.groups = map[netip.Addr]int{}
	}
	m.on.groups[m.group]++
	s.groups = append(s.groups, m)
	return nil
}

// leave ends a membership: ErrAddrNotAvailable if there is none.
func (s *udpSocket) leave(v stack.Membership) error {
	m, err := s.membership(v)
	if err != nil {
		return err
	}
	k := slices.Index(s.groups, m)
	if k < 0 {
		return stack.ErrAddrNotAvailable
	}
	s.groups = slices.Delete(s.groups, k, k+1)
	m.end()
	return nil
}

func (m membership) end() {
	if m.on.groups[m.group]--; m.on.groups[m.group] == 0 {
		delete(m.on.groups, m.group)
	}
}

func (s *udpSocket) leaveAll() {
	for _, m := range s.groups {
		m.end()
	}
	s.groups = nil
}

// routeTo returns the route of a datagram: the host's, unless the socket has chosen the interface of multicasts and broadcasts.
func (s *udpSocket) routeTo(dst netip.Addr) *route {
	r := s.host.route(dst)
	if r.err != 0 || r.kind != multicast && r.kind != broadcast {
		return r
	}
	out := r.out
	switch {
	case s.opt.device != "":
		out = s.host.interfaceNamed(s.opt.device)
	case r.kind == multicast && s.opt.multicastIf.IsValid():
		out = s.host.interfaceWith(s.opt.multicastIf.Unmap())
	}
	loop := r.kind == broadcast || s.opt.multicastLoop
	if out == r.out && loop == r.loop {
		return r
	}
	if out == nil || out.link == nil || !out.up() {
		return &route{err: stack.ErrNetUnreachable}
	}
	return (&route{kind: r.kind, out: out, src: s.host.addressOn(out, dst.Is6(), dst), loop: loop}).complete()
}

// firstUp returns the host's first interface that is up, loopback apart, or nil.
func (h *Host) firstUp() *iface {
	for _, i := range h.ifaces {
		if i.up() {
			return i
		}
	}
	return nil
}

func (h *Host) interfaceNamed(name string) *iface {
	if name == h.lo.name {
		return h.lo
	}
	return h.find(func(i *iface) bool { return i.name == name })
}

// interfaceWith returns the interface that has an address, or nil.
func (h *Host) interfaceWith(a netip.Addr) *iface {
	if a.IsLoopback() {
		return h.lo
	}
	return h.find(func(i *iface) bool {
		return slices.ContainsFunc(i.addrs, func(p netip.Prefix) bool { return p.Addr() == a })
	})
}

// interfaceNumber returns an interface by its index: 1 is loopback, 2 eth0, and so on.
func (h *Host) interfaceNumber(index int) *iface {
	switch k := index - 2; {
	case index == 1:
		return h.lo
	case k >= 0 && k < len(h.ifaces):
		return h.ifaces[k]
	}
	return nil
}

// find returns the first interface, loopback apart, for which f holds, or nil.
func (h *Host) find(f func(*iface) bool) *iface {
	if k := slices.IndexFunc(h.ifaces, f); k >= 0 {
		return h.ifaces[k]
	}
	return nil
}
