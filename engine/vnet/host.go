package vnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

const (
	loopbackMTU     = 65536
	defaultHopLimit = 64
)

// A Host is a machine of the network, or a router: a host that forwards. It implements stack.Network.
//
// What each packet needs is in the first two cache lines: see TestLayout.
type Host struct {
	net        *Network
	lo         *iface
	box        *box   // firewall and NAT; nil if the host has neither
	nextID     uint32 // of IP packets
	down       bool
	forwarding bool
	slow       bool // there is, or was, a processing delay
	learned    bool // pmtu has been used

	cache          routeCache
	lastTCP        *tcpSocket // the connection found last
	lastPorts      uint32     // its ports: see ports
	noAuto         bool       // automatic routes are off
	sent, received uint64     // see Counters

	counters   Counters              // those that are not counted above
	all        map[netip.Addr]*route // every route of the cache
	name       string
	processing time.Duration          // see SetProcessing
	processed  time.Duration          // when the packet that came in last is done with
	pmtu       map[netip.Addr]pathMTU // learned from ICMP
	subnets    *subnetTable           // if it was needed since the topology changed
	first      [2]routeSlot           // cache.near of a host that talks to few
	tcp        tcpHost

	id        int // from 1, in the order of creation
	rng       *rand.Rand
	group     *sim.Group
	ifaces    []*iface // eth0, eth1, …
	looped    loopQueue
	routerNum int // among the routers
	tree      *tree
	static    []staticRoute
	home      netip.Addr // the address of a host without any other
	hosts     Resolver
	resolver  Resolver
	ports     [2]map[uint16]*portUse // by stack.Kind
	fds       fdTable
	pieces    reassembly
	icmp      icmpHost
	udp       udpHost
	boot      []func()
	demands   []*demand
}

var _ stack.Network = (*Host)(nil)

func newHost(n *Network, name string) *Host {
	h := &Host{net: n, name: name, id: len(n.hosts) + 1, rng: n.sched.Rand("host " + name), group: n.sched.Root().NewGroup(name)}
	h.lo = &iface{host: h, name: "lo", addrs: []netip.Prefix{
		netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 8), netip.PrefixFrom(netip.IPv6Loopback(), 128)}}
	h.nextID = h.rng.Uint32()
	return h
}

// Name returns the host's name as it was given.
func (h *Host) Name() string { return h.name }

// HostName returns the host's name.
func (h *Host) HostName() string { return h.name }

// Network returns the network the host belongs to.
func (h *Host) Network() *Network { return h.net }

// Group returns the group of the host's tasks, which Crash kills.
func (h *Host) Group() *sim.Group { return h.group }

// Forwarding reports whether the host is a router.
func (h *Host) Forwarding() bool { return h.forwarding }

// SetForwarding makes the host a router, or a plain host again.
func (h *Host) SetForwarding(on bool) {
	if on && !h.forwarding && h.routerNum == 0 {
		h.net.routers++
		h.routerNum = h.net.routers
	}
	h.forwarding = on
	for _, i := range h.ifaces {
		if i.peer.lan != nil {
			i.peer.lan.countRouters()
		}
	}
	h.net.changed()
}

// attach adds an interface for a link.
func (h *Host) attach(l *Link) *iface {
	return &iface{host: h, link: l, num: len(h.ifaces), name: ethName(len(h.ifaces))}
}

// SetAddrs gives an interface ("eth0") these addresses, each with the length of its subnet, in place of those it has; none
// leaves it without. An address that another interface of the host or of its subnet has is ErrAddrInUse.
func (h *Host) SetAddrs(name string, addrs ...netip.Prefix) error {
	for _, i := range h.ifaces {
		if i.name == name {
			return i.setAddrs(addrs)
		}
	}
	return fmt.Errorf("vnet: %s has no interface %q: %w", h.name, name, stack.ErrNoDevice)
}

// Addrs returns the host's addresses in the order of its interfaces, loopback left out, IPv4 before IPv6.
func (h *Host) Addrs() []netip.Addr {
	var v4, v6 []netip.Addr
	for _, i := range h.ifaces {
		for _, p := range i.addrs {
			if p.Addr().Is4() {
				v4 = append(v4, p.Addr())
			} else {
				v6 = append(v6, p.Addr())
			}
		}
	}
	return append(v4, v6...)
}

// Interfaces returns the host's interfaces, loopback first.
func (h *Host) Interfaces() []stack.Interface {
	all := []stack.Interface{h.lo.info()}
	for _, i := range h.ifaces {
		all = append(all, i.info())
	}
	return all
}

// Socket returns a new, unbound socket. On a crashed host that is ErrHostDown.
func (h *Host) Socket(k stack.Kind, f stack.Family) (stack.Socket, error) {
	switch {
	case h.down:
		return nil, stack.ErrHostDown
	case k == stack.TCP:
		return newTCPSocket(h, f), nil
	case k == stack.UDP:
		return newUDPSocket(h, f), nil
	}
	return nil, stack.ErrNotSupported
}

// Sockets returns the host's socket table: TCP, then UDP, each in the order of creation.
func (h *Host) Sockets() []stack.SocketInfo {
	return slices.Concat(h.tcpSockets(), h.demandSockets(stack.TCP), h.udpSockets(), h.demandSockets(stack.UDP))
}

// isLocal reports whether a is an address of the host, loopback included.
func (h *Host) isLocal(a netip.Addr) bool {
	if a.IsLoopback() || a == h.home && a.IsValid() {
		return true
	}
	for _, i := range h.net.addrs[a] {
		if i.host == h {
			return true
		}
	}
	return false
}

// sourceFor returns the address that packets to dst should come from.
func (h *Host) sourceFor(dst netip.Addr) (netip.Addr, error) {
	r := h.route(dst)
	if r.err != 0 {
		return netip.Addr{}, r.err
	}
	if !r.src.IsValid() {
		return netip.Addr{}, stack.ErrAddrNotAvailable
	}
	return r.src, nil
}

// mtu returns the longest packet in bytes, IP header included, that may be sent to dst in one piece, as far as is known.
func (h *Host) mtu(dst netip.Addr) int {
	r := h.route(dst)
	if r.err != 0 {
		return defaultMTU
	}
	return h.limit(r, dst)
}

// limit is mtu by a given route.
func (h *Host) limit(r *route, dst netip.Addr) int {
	m := int(r.mtu)
	if !h.learned {
		return m
	}
	if known, ok := h.pmtu[dst]; ok {
		if h.net.sched.Elapsed() < known.until {
			return min(m, known.bytes)
		}
		delete(h.pmtu, dst)
	}
	return m
}

var errCrashed = errors.New("vnet: host crashed")

// Down reports whether the host has crashed.
func (h *Host) Down() bool { return h.down }

// Crash stops the host at once, as if its power were cut: every task of its group is killed, sockets and connections are
// gone without a word to the peers, and packets that come are dropped. Addresses, links and static routes stay. If the
// running task belongs to the host, Crash does not return.
func (h *Host) Crash() {
	if h.down {
		return
	}
	h.down = true
	h.net.changed()
	h.crashTCP()
	h.crashUDP()
	h.crashICMP()
	h.pieces.clear(h)
	h.pmtu, h.learned = nil, false
	h.ports = [2]map[uint16]*portUse{}
	h.fds = fdTable{}
	if h.box != nil {
		h.box.crash()
	}
	h.group.Kill(errCrashed)
}

// Restart lets a crashed host take part again, with no sockets and no tasks but those that OnBoot's functions start.
func (h *Host) Restart() {
	if !h.down {
		return
	}
	h.down = false
	h.net.changed()
	for _, f := range h.boot {
		f()
	}
}

// OnBoot makes every Restart from now on call f, after what was registered before. f must not wait; it may start tasks.
func (h *Host) OnBoot(f func()) { h.boot = append(h.boot, f) }

// String returns the host's name.
func (h *Host) String() string { return h.name }

// is reports whether name is the host's own.
func (h *Host) is(name string) bool { return strings.EqualFold(h.name, name) }
