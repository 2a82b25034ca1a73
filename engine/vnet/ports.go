package vnet

import (
	"math/bits"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The range of ephemeral ports, as Linux draws them (net.ipv4.ip_local_port_range).
const (
	firstEphemeral = 32768
	lastEphemeral  = 60999
)

// bindOptions are the socket options that decide which sockets may share a port.
type bindOptions struct{ reuseAddr, reusePort, v6only bool }

// A portOwner is a socket that holds a port.
type portOwner interface {
	// listening reports whether the socket is a TCP listener, which shares its address with no other on grounds of
	// SO_REUSEADDR.
	listening() bool
}

// portUse is who holds one port. Almost always that is one socket.
type portUse struct {
	first binding
	more  map[portOwner]binding
}

type binding struct {
	owner portOwner
	addr  netip.Addr
	opt   bindOptions
	held  bool // by holdPort: a connection's, not bind's
}

// overlaps reports whether two bound addresses can receive the same packet.
func (b *binding) overlaps(a netip.Addr, o bindOptions) bool {
	return b.addr == a || covers(b.addr, b.opt.v6only, a) || covers(a, o.v6only, b.addr)
}

// covers reports whether a socket bound to any also receives what is for a.
func covers(any netip.Addr, v6only bool, a netip.Addr) bool {
	return any.IsUnspecified() && (any.Is4() == a.Is4() || any.Is6() && !v6only)
}

// conflicts reports whether b keeps another socket from binding to a.
func (b *binding) conflicts(a netip.Addr, o bindOptions) bool {
	if !b.overlaps(a, o) {
		return false
	}
	if b.opt.reusePort && o.reusePort {
		return false
	}
	return !(b.opt.reuseAddr && o.reuseAddr && !b.owner.listening())
}

// any reports whether f holds for a binding.
func (u *portUse) any(f func(*binding) bool) bool {
	if u == nil {
		return false
	}
	if u.first.owner != nil && f(&u.first) {
		return true
	}
	for _, b := range u.more {
		if f(&b) {
			return true
		}
	}
	return false
}

// plain unmaps ::ffff:a.b.c.d, which is bound like the IPv4 address.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// bindPort binds owner to want by Linux's rules and returns the address with the port; port 0 draws an ephemeral one. The
// error is ErrAddrNotAvailable if the address is not the host's, ErrAddrInUse if another socket is in the way or no port is left.
func (h *Host) bindPort(k stack.Kind, want netip.AddrPort, o bindOptions, owner portOwner) (netip.AddrPort, error) {
	a := plain(want.Addr())
	if !a.IsUnspecified() && !h.isLocal(a) && !(k == stack.UDP && h.isGroup(a)) {
		return netip.AddrPort{}, stack.ErrAddrNotAvailable
	}
	port := want.Port()
	if port == 0 {
		var err error
		if port, err = h.drawPort(func(port uint16) bool {
			return !h.mapped(k, port) && !h.ports[k][port].any(func(b *binding) bool { return b.overlaps(a, o) })
		}); err != nil {
			return netip.AddrPort{}, err
		}
	} else if h.ports[k][port].any(func(b *binding) bool { return b.conflicts(a, o) }) {
		return netip.AddrPort{}, stack.ErrAddrInUse
	}
	h.addBinding(k, port, binding{owner: owner, addr: a, opt: o})
	return netip.AddrPortFrom(want.Addr(), port), nil
}

// holdPort makes owner, an accepted or a connecting socket, hold its local address without asking whether it may.
func (h *Host) holdPort(k stack.Kind, local netip.AddrPort, o bindOptions, owner portOwner) {
	h.addBinding(k, local.Port(), binding{owner: owner, addr: plain(local.Addr()), opt: o, held: true})
}

// mayListen reports whether owner, bound to local, may start to listen: whether no other listener is in its way.
func (h *Host) mayListen(local netip.AddrPort, o bindOptions, owner portOwner) bool {
	a := plain(local.Addr())
	return !h.ports[stack.TCP][local.Port()].any(func(b *binding) bool {
		return b.owner != owner && b.owner.listening() && b.conflicts(a, o)
	})
}

func (h *Host) addBinding(k stack.Kind, port uint16, b binding) {
	if h.ports[k] == nil {
		h.ports[k] = map[uint16]*portUse{}
	}
	u := h.ports[k][port]
	if u == nil {
		u = &portUse{}
		h.ports[k][port] = u
	}
	if u.first.owner == nil {
		u.first = b
		return
	}
	if u.more == nil {
		u.more = map[portOwner]binding{}
	}
	u.more[b.owner] = b
}

// releasePort undoes bindPort or holdPort. It does nothing if owner does not hold the port.
func (h *Host) releasePort(k stack.Kind, local netip.AddrPort, owner portOwner) {
	u := h.ports[k][local.Port()]
	if u == nil {
		return
	}
	old := u.more[owner]
	if u.first.owner == owner {
		old, u.first = u.first, binding{}
	} else {
		delete(u.more, owner)
	}
	if !old.held {
		h.tcp.noPort = nil
	}
	if u.first.owner == nil && len(u.more) == 0 {
		delete(h.ports[k], local.Port())
	}
}

// ephemeral draws a local port for a connection from local to remote. Ports that bind gave to an overlapping address are left
// out; one that only connections hold may serve another, if taken says that this very connection is not there yet.
func (h *Host) ephemeral(k stack.Kind, local netip.Addr, remote netip.AddrPort, taken func(netip.AddrPort) bool) (uint16, error) {
	a := plain(local)
	ends := tcpKey{netip.AddrPortFrom(a, 0), remote}
	if h.tcp.noPort[ends] {
		h.rng.IntN(ephemerals) // as the search would
		return 0, stack.ErrAddrInUse
	}
	port, err := h.drawPort(func(port uint16) bool {
		if h.mapped(k, port) || h.ports[k][port].any(func(b *binding) bool { return !b.held && b.overlaps(a, bindOptions{}) }) {
			return false
		}
		return !taken(netip.AddrPortFrom(local, port))
	})
	if err != nil && k == stack.TCP && (h.box == nil || h.box.nat == nil) {
		if h.tcp.noPort == nil {
			h.tcp.noPort = map[tcpKey]bool{}
		}
		h.tcp.noPort[ends] = true
	}
	return port, err
}

const ephemerals = lastEphemeral - firstEphemeral + 1

// drawPort starts at a random port of the ephemeral range and goes on from there until one is free.
func (h *Host) drawPort(free func(uint16) bool) (uint16, error) {
	start := h.rng.IntN(ephemerals)
	for k := range ephemerals {
		port := uint16(firstEphemeral + (start+k)%ephemerals)
		if free(port) {
			return port, nil
		}
	}
	return 0, stack.ErrAddrInUse
}

// fdTable hands out the lowest free number from 3 up.
type fdTable struct {
	used []uint64
	hint int // no word before it has a free bit
}

const firstFD = 3

// nextFD takes the lowest free descriptor.
func (h *Host) nextFD() int {
	t := &h.fds
	for ; t.hint < len(t.used); t.hint++ {
		if w := t.used[t.hint]; w != ^uint64(0) {
			bit := bits.TrailingZeros64(^w)
			t.used[t.hint] |= 1 << bit
			return firstFD + 64*t.hint + bit
		}
	}
	t.used = append(t.used, 1)
	return firstFD + 64*t.hint
}

// releaseFD gives a descriptor back. It ignores -1 and those that are not taken.
func (h *Host) releaseFD(fd int) {
	k := (fd - firstFD) / 64
	if fd < firstFD || k >= len(h.fds.used) {
		return
	}
	h.fds.used[k] &^= 1 << ((fd - firstFD) % 64)
	h.fds.hint = min(h.fds.hint, k)
}
