//go:build linux || darwin

package osnet

import (
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// sockaddr returns an address in the socket's family.
func (s *socket) sockaddr(a netip.AddrPort) (unix.Sockaddr, error) {
	addr := a.Addr()
	if s.family == stack.IPv4 {
		if addr = addr.Unmap(); !addr.Is4() {
			return nil, stack.ErrFamily
		}
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: addr.As4()}, nil
	}
	if addr.Is4() && !s.dual {
		return nil, stack.ErrFamily
	}
	zone, err := zoneIndex(addr.Zone())
	if err != nil {
		return nil, err
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: addr.As16(), ZoneId: zone}, nil
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).WithZone(zoneName(a.ZoneId)), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// zoneIndex returns the index of the interface that a zone names.
func zoneIndex(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index), nil
	}
	n, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0, stack.ErrNoDevice
	}
	return uint32(n), nil
}

func zoneName(index uint32) string {
	if index == 0 {
		return ""
	}
	if i, err := net.InterfaceByIndex(int(index)); err == nil {
		return i.Name
	}
	return strconv.FormatUint(uint64(index), 10)
}
