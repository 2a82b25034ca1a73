package vnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// An iface is a network interface of a host or a port of a LAN's switch.
type iface struct {
	host *Host // or
	lan  *Lan
	name string
	num  int   // within its node
	link *Link // nil for loopback
	peer *iface
	tx   *direction // towards peer
	rx   *direction // from peer

	addrs  []netip.Prefix     // each an address with the length of its subnet
	single [1]*iface          // peer: see routers
	groups map[netip.Addr]int // multicast groups joined, and how often
}

// node returns the name of the node the interface belongs to.
func (i *iface) node() string {
	if i.lan != nil {
		return i.lan.name
	}
	return i.host.name
}

// net returns the network the interface belongs to.
func (i *iface) net() *Network {
	if i.lan != nil {
		return i.lan.net
	}
	return i.host.net
}

// mtu returns the longest packet the interface can send, in bytes.
func (i *iface) mtu() int {
	if i.link == nil {
		return loopbackMTU
	}
	return i.link.mtu
}

func (i *iface) up() bool { return i.link == nil || i.link.up }

// mac returns a locally administered MAC address made of the interface's and the host's number.
func (i *iface) mac() string {
	b := i.hardware()
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5])
}

func (i *iface) hardware() [6]byte {
	return [6]byte{0x02, byte(i.num >> 8), byte(i.num), byte(i.host.id >> 16), byte(i.host.id >> 8), byte(i.host.id)}
}

// routers returns the interfaces of routers on the same link or LAN, i's own among them if its host is one and on a LAN.
func (i *iface) routers() []*iface {
	switch {
	case i.peer == nil:
		return nil
	case i.peer.lan != nil:
		return i.peer.lan.routers
	case !i.peer.host.forwarding:
		return nil
	}
	return i.single[:]
}

// sameSubnet reports whether two interfaces are on the same link or LAN.
func (i *iface) sameSubnet(j *iface) bool {
	if i.peer == nil || i == j {
		return false
	}
	return i.peer == j || i.peer.lan != nil && j.peer != nil && i.peer.lan == j.peer.lan
}

// address returns the interface's first address of a family, preferring one whose subnet holds near.
func (i *iface) address(v6 bool, near netip.Addr) (first netip.Addr, ok bool) {
	for _, p := range i.addrs {
		if p.Addr().Is6() != v6 {
			continue
		}
		if !ok {
			first, ok = p.Addr(), true
		}
		if p.Contains(near) {
			return p.Addr(), true
		}
	}
	return first, ok
}

// setAddrs gives the interface other addresses.
func (i *iface) setAddrs(addrs []netip.Prefix) error {
	for k, p := range addrs {
		a := p.Addr()
		if !p.IsValid() || a.IsMulticast() || a.IsUnspecified() || a.IsLoopback() || a.Is4In6() {
			return fmt.Errorf("vnet: %s of %s: %v cannot be an interface's address", i.name, i.host.name, p)
		}
		for _, j := range i.host.net.addrs[a] {
			if j != i && (j.host == i.host || i.sameSubnet(j)) {
				return fmt.Errorf("vnet: %s of %s: %v: %w", i.name, i.host.name, a, stack.ErrAddrInUse)
			}
		}
		for _, q := range addrs[:k] {
			if q.Addr() == a {
				return fmt.Errorf("vnet: %s of %s: %v is given twice", i.name, i.host.name, a)
			}
		}
	}
	n := i.host.net
	for _, p := range i.addrs {
		owners := slices.DeleteFunc(n.addrs[p.Addr()], func(j *iface) bool { return j == i })
		if n.addrs[p.Addr()] = owners; len(owners) == 0 {
			delete(n.addrs, p.Addr())
		}
	}
	i.addrs = slices.Clone(addrs)
	for _, p := range addrs {
		n.addrs[p.Addr()] = append(n.addrs[p.Addr()], i)
	}
	n.changed()
	return nil
}

// info describes the interface.
func (i *iface) info() stack.Interface {
	s := stack.Interface{Name: i.name, Up: i.up(), MTU: i.mtu(), Prefixes: slices.Clone(i.addrs)}
	if i.link != nil {
		s.HardwareA, s.Peer = i.mac(), i.peer.node()
	}
	return s
}

func ethName(k int) string { return "eth" + strconv.Itoa(k) }
