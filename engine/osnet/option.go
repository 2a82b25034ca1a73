//go:build linux || darwin

package osnet

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A sysOption is an option whose value is an integer for the kernel.
type sysOption struct {
	level, name int
	isBool      bool
}

// number returns the kernel's option for a family, if there is one that has an integer value.
func number(o stack.Option, f stack.Family) (sysOption, bool) {
	if n, ok := multicastNumber(o, f); ok {
		return n, true
	}
	var n sysOption
	switch o {
	case stack.ReuseAddr:
		n = sysOption{unix.SOL_SOCKET, unix.SO_REUSEADDR, true}
	case stack.ReusePort:
		n = sysOption{unix.SOL_SOCKET, unix.SO_REUSEPORT, true}
	case stack.KeepAlive:
		n = sysOption{unix.SOL_SOCKET, unix.SO_KEEPALIVE, true}
	case stack.Broadcast:
		n = sysOption{unix.SOL_SOCKET, unix.SO_BROADCAST, true}
	case stack.DontRoute:
		n = sysOption{unix.SOL_SOCKET, unix.SO_DONTROUTE, true}
	case stack.RecvBuffer:
		n = sysOption{unix.SOL_SOCKET, unix.SO_RCVBUF, false}
	case stack.SendBuffer:
		n = sysOption{unix.SOL_SOCKET, unix.SO_SNDBUF, false}
	case stack.NoDelay:
		n = sysOption{unix.IPPROTO_TCP, unix.TCP_NODELAY, true}
	case stack.KeepCount:
		n = sysOption{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, false}
	case stack.KeepInterval:
		n = sysOption{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, false}
	case stack.FastOpen:
		n = sysOption{unix.IPPROTO_TCP, unix.TCP_FASTOPEN, false}
	case stack.V6Only:
		n = sysOption{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, true}
	default:
		return systemNumber(o)
	}
	return n, o != stack.V6Only || f == stack.IPv6
}

func multicastNumber(o stack.Option, f stack.Family) (sysOption, bool) {
	six := f == stack.IPv6
	switch {
	case o == stack.HopLimit && six:
		return sysOption{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, false}, true
	case o == stack.HopLimit:
		return sysOption{unix.IPPROTO_IP, unix.IP_TTL, false}, true
	case o == stack.MulticastHops && six:
		return sysOption{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, false}, true
	case o == stack.MulticastHops:
		return sysOption{unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, false}, true
	case o == stack.MulticastLoop && six:
		return sysOption{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, true}, true
	case o == stack.MulticastLoop:
		return sysOption{unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, true}, true
	}
	return sysOption{}, false
}

func (s *socket) Option(o stack.Option) (any, error) {
	if s.fd < 0 {
		return nil, stack.ErrBadDescriptor
	}
	if n, ok := number(o, s.family); ok {
		v, err := unix.GetsockoptInt(s.fd, n.level, n.name)
		if err != nil {
			return nil, stack.FromSystem(err)
		}
		if n.isBool {
			return v != 0, nil
		}
		return v, nil
	}
	switch o {
	case stack.Linger:
		l, err := unix.GetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER)
		if err != nil {
			return nil, stack.FromSystem(err)
		}
		return stack.LingerValue{On: l.Onoff != 0, Timeout: time.Duration(l.Linger) * time.Second}, nil
	case stack.MulticastIf:
		return s.multicastIf()
	case stack.BindToDevice:
		name, err := boundDevice(s.fd)
		return name, stack.FromSystem(err)
	}
	return nil, stack.ErrProtocolOption
}

func (s *socket) multicastIf() (any, error) {
	if s.family == stack.IPv6 {
		return nil, stack.ErrProtocolOption // an index; see Interfaces
	}
	a, err := unix.GetsockoptInet4Addr(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF)
	if err != nil {
		return nil, stack.FromSystem(err)
	}
	return netip.AddrFrom4(a), nil
}

// SetOption sets an option. A value of the wrong type is ErrInvalid.
func (s *socket) SetOption(o stack.Option, value any) error {
	if s.fd < 0 {
		return stack.ErrBadDescriptor
	}
	if n, ok := number(o, s.family); ok {
		v, ok := integer(value, n.isBool)
		if !ok {
			return stack.ErrInvalid
		}
		err := unix.SetsockoptInt(s.fd, n.level, n.name, v)
		if err == nil && o == stack.V6Only {
			s.dual = v == 0
		}
		return stack.FromSystem(err)
	}
	var err error = stack.ErrInvalid
	switch v := value.(type) {
	case stack.LingerValue:
		if o == stack.Linger {
			l := unix.Linger{Linger: int32((v.Timeout + time.Second - 1) / time.Second)}
			if v.On {
				l.Onoff = 1
			}
			err = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &l)
		}
	case netip.Addr:
		if o == stack.MulticastIf && s.family == stack.IPv4 && v.Unmap().Is4() {
			err = unix.SetsockoptInet4Addr(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, v.Unmap().As4())
		}
	case stack.Membership:
		if o == stack.AddMembership || o == stack.DropMembership {
			err = s.membership(o == stack.AddMembership, v)
		}
	case string:
		if o == stack.BindToDevice {
			err = bindToDevice(s.fd, v)
		}
	}
	return stack.FromSystem(err)
}

func integer(value any, isBool bool) (int, bool) {
	switch v := value.(type) {
	case int:
		return v, !isBool && int(int32(v)) == v
	case bool:
		if v {
			return 1, isBool
		}
		return 0, isBool
	}
	return 0, false
}

// membership joins or leaves a multicast group; to join, a rule must cover the group and the socket's port.
func (s *socket) membership(join bool, m stack.Membership) error {
	group := m.Group.Unmap()
	if !group.IsMulticast() {
		return stack.ErrInvalid
	}
	if join {
		if err := s.net.judge("join", s.kind, netip.AddrPortFrom(group, s.LocalAddr().Port()), true); err != nil {
			return err
		}
	}
	if group.Is4() {
		req := unix.IPMreq{Multiaddr: group.As4()}
		if i := m.Interface.Unmap(); i.Is4() {
			req.Interface = i.As4()
		}
		name := unix.IP_DROP_MEMBERSHIP
		if join {
			name = unix.IP_ADD_MEMBERSHIP
		}
		return unix.SetsockoptIPMreq(s.fd, unix.IPPROTO_IP, name, &req)
	}
	req := unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(m.Index)}
	name := unix.IPV6_LEAVE_GROUP
	if join {
		name = unix.IPV6_JOIN_GROUP
	}
	return unix.SetsockoptIPv6Mreq(s.fd, unix.IPPROTO_IPV6, name, &req)
}
