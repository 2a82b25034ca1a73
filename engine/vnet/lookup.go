package vnet

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Resolver answers names and addresses for a host. A name or address it does not know is ErrHostNotFound. Its methods may park
// the calling task.
type Resolver interface {
	LookupHost(name string) ([]netip.Addr, error)
	LookupAddr(netip.Addr) ([]string, error)
}

// SetHosts puts r, the host's /etc/hosts, before every other source of names but address literals; nil takes it away.
func (h *Host) SetHosts(r Resolver) { h.hosts = r }

// SetResolver puts r, such as a DNS client, in the place of the network's own list of names; nil brings that back. localhost
// and the host's own name are not asked of it.
func (h *Host) SetResolver(r Resolver) { h.resolver = r }

// LookupHost returns the addresses of a name, IPv4 before IPv6. It asks in turn: is it an address, the hosts file, is it localhost
// or the host's own name, and last the resolver or, without one, the names of the network. Addresses on one of the
// host's own links come first. Case does not matter, nor does a dot at the end.
func (h *Host) LookupHost(name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, nil
	}
	if h.hosts != nil {
		if addrs, err := h.hosts.LookupHost(name); !errors.Is(err, stack.ErrHostNotFound) {
			return addrs, err
		}
	}
	plain := strings.TrimSuffix(name, ".")
	switch {
	case strings.EqualFold(plain, "localhost"):
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	case h.is(plain):
		return h.addrsOrHome(), nil
	case h.resolver != nil:
		return h.resolver.LookupHost(name)
	}
	return h.LookupNetwork(name)
}

// LookupNetwork returns the addresses of the network's host of that name, as LookupHost does for a host without a resolver.
func (h *Host) LookupNetwork(name string) ([]netip.Addr, error) {
	other, ok := h.net.Lookup(strings.TrimSuffix(name, ".")).(*Host)
	if !ok {
		return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
	}
	addrs := other.addrsOrHome()
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return h.preference(a) - h.preference(b) })
	return addrs, nil
}

// preference is lower for an address to be tried earlier.
func (h *Host) preference(a netip.Addr) int {
	p := 0
	if a.Is6() {
		p = 2
	}
	if h.station(a) == nil {
		p++
	}
	return p
}

// addrsOrHome returns the host's addresses. A host that is linked to nothing has one from 100.64.0.0/10, at which others
// find it unreachable.
func (h *Host) addrsOrHome() []netip.Addr {
	if addrs := h.Addrs(); len(addrs) > 0 {
		return addrs
	}
	if !h.home.IsValid() {
		h.net.homes++
		k := h.net.homes
		h.home = netip.AddrFrom4([4]byte{100, 64 + byte(k>>16)%64, byte(k >> 8), byte(k)})
		h.net.changed()
	}
	return []netip.Addr{h.home}
}

// LookupAddr returns the names of an address: those of the hosts file, localhost for loopback addresses, what the resolver
// says or, without one, the host of the network that has it.
func (h *Host) LookupAddr(a netip.Addr) ([]string, error) {
	a = a.Unmap().WithZone("")
	if h.hosts != nil {
		if names, err := h.hosts.LookupAddr(a); !errors.Is(err, stack.ErrHostNotFound) {
			return names, err
		}
	}
	switch {
	case a.IsLoopback():
		return []string{"localhost"}, nil
	case h.isLocal(a):
		return []string{h.name}, nil
	case h.resolver != nil:
		return h.resolver.LookupAddr(a)
	}
	var names []string
	for _, i := range h.net.addrs[a] {
		names = append(names, i.host.name)
	}
	if len(names) == 0 {
		return nil, &stack.LookupError{Name: a.String(), Err: stack.ErrHostNotFound}
	}
	return names, nil
}

// Owner returns the host that has an address, the first of several, or nil. Loopback addresses are nobody's.
func (n *Network) Owner(a netip.Addr) *Host {
	if owners := n.addrs[a.Unmap().WithZone("")]; len(owners) > 0 {
		return owners[0].host
	}
	return nil
}
