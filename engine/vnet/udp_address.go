package vnet

import (
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// target checks an address given by the user and returns it unmapped, loopback in place of the unspecified address.
func (s *udpSocket) target(to netip.AddrPort) (netip.AddrPort, error) {
	a := to.Addr().WithZone("")
	f := stack.FamilyOf(a)
	switch {
	case f == stack.Any:
		return to, stack.ErrInvalid
	case s.family == stack.Any:
		s.family = f
	case s.family == stack.IPv4 && f == stack.IPv6:
		return to, stack.ErrFamily
	}
	v4 := a.Unmap().Is4()
	if s.family == stack.IPv6 && v4 && s.opt.v6only {
		return to, stack.ErrNetUnreachable
	}
	if s.bind.IsValid() && !s.bind.Addr().IsUnspecified() && s.bind.Addr().Is4() != v4 {
		return to, stack.ErrNetUnreachable
	}
	a = a.Unmap()
	if a.IsUnspecified() {
		if a.Is4() {
			a = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		} else {
			a = netip.IPv6Loopback()
		}
	}
	return netip.AddrPortFrom(a, to.Port()), nil
}

// shown returns an address as the socket's user sees it.
func (s *udpSocket) shown(a netip.AddrPort) netip.AddrPort {
	if s.family == stack.IPv6 && a.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
	}
	return a
}
