// Package vnet is a virtual internet: hosts, routers and LANs, joined by links, that send each other real packets on the clock
// of a sim.Scheduler.
//
// A Network is built with Host, Router, Lan and Link. Each Host is a stack.Network, so protocols run on it as they do on the
// machine's own network. IPv4 (RFC 791) and IPv6 (RFC 8200) with fragmentation, ICMP (RFC 792, RFC 4443), UDP (RFC 768)
// and TCP (RFC 9293) are there; ARP and neighbour discovery are not: stations know each other's hardware address. Addresses and
// routes are set up without being asked, and can be set by hand.
package vnet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Network is a virtual internet: hosts, routers and LANs joined by links. All of it belongs to one scheduler.
type Network struct {
	// MaxHosts bounds the number of hosts and routers, MaxPackets that of packets sent; 0 means no bound. A host too many is
	// refused with a *HostsError, a packet too many ends the run with a *PacketsError.
	MaxHosts, MaxPackets int64

	sched *sim.Scheduler

	nodes map[string]Node // by name in lower case
	hosts []*Host         // hosts and routers in the order of creation
	links []*Link
	addrs map[netip.Addr][]*iface // who has an address; more than one makes it an anycast address

	metric     Metric
	topology   uint64 // counts the changes that may change a route
	subnets    int    // drawn so far from the automatic ranges
	homes      int    // addresses given to hosts without a link
	routers    int
	free       []*Packet
	hops       *hop   // not in use, linked by next
	packets    int64  // sent so far
	slab       []byte // see copyBytes
	observers  []*observer
	linkNames  map[string]int    // of each link's name, the number of the last that was made of it
	partitions map[[2]*Host]bool // from, to

	trouble *disturber // nil without Disturb
	cut     float64    // see Disturbance
	cutter  *rand.Rand
}

// A Node is what a link joins: a *Host (host or router) or a *Lan.
type Node interface {
	// Name returns the node's name as it was given.
	Name() string
	attach(l *Link) *iface
}

// A Metric says what makes a path the shortest.
type Metric uint8

// The metrics. What the first sum leaves equal the second decides, and then the order of creation.
const (
	ByHops  Metric = iota // sum of the links' Cost (1 unless set), then sum of their Delay
	ByDelay               // sum of the links' Delay, then sum of their Cost
)

// New returns an empty network whose clock, tasks and randomness are those of s.
func New(s *sim.Scheduler) *Network {
	return &Network{sched: s, nodes: map[string]Node{}, addrs: map[netip.Addr][]*iface{}, linkNames: map[string]int{},
		partitions: map[[2]*Host]bool{}}
}

// Scheduler returns the scheduler that runs the network.
func (n *Network) Scheduler() *sim.Scheduler { return n.sched }

// SetMetric changes what the shortest path is; the default is ByHops.
func (n *Network) SetMetric(m Metric) {
	n.metric = m
	n.changed()
}

// changed makes every cached route void.
func (n *Network) changed() { n.topology++ }

// Host adds a host. The name is a DNS name (letters, digits, hyphens, underscores and dots); it must be new, upper and lower
// case counting as the same.
func (n *Network) Host(name string) (*Host, error) {
	if err := n.checkName(name); err != nil {
		return nil, err
	}
	if n.MaxHosts > 0 && int64(len(n.hosts)) >= n.MaxHosts {
		return nil, &HostsError{n.MaxHosts}
	}
	h := newHost(n, name)
	n.nodes[strings.ToLower(name)] = h
	n.hosts = append(n.hosts, h)
	if n.trouble != nil {
		h.SetProcessing(n.trouble.time(n.trouble.Slow))
	}
	return h, nil
}

// HostsError says that the network has as many hosts and routers as it may.
type HostsError struct{ Max int64 }

func (e *HostsError) Error() string {
	return fmt.Sprintf("vnet: the network has %d hosts already, as many as it may", e.Max)
}

// PacketsError says that as many packets were sent as may be.
type PacketsError struct{ Max int64 }

func (e *PacketsError) Error() string {
	return fmt.Sprintf("vnet: %d packets were sent, as many as may be", e.Max)
}

// Router adds a host that forwards packets between its links.
func (n *Network) Router(name string) (*Host, error) {
	h, err := n.Host(name)
	if err != nil {
		return nil, err
	}
	h.SetForwarding(true)
	return h, nil
}

// Lookup returns the host, router or LAN of a name, or nil.
func (n *Network) Lookup(name string) Node { return n.nodes[strings.ToLower(name)] }

// Hosts returns the hosts and routers in the order of creation.
func (n *Network) Hosts() []*Host { return append([]*Host(nil), n.hosts...) }

// Links returns the links in the order of creation.
func (n *Network) Links() []*Link { return append([]*Link(nil), n.links...) }

func (n *Network) checkName(name string) error {
	if n.nodes[strings.ToLower(name)] != nil {
		return fmt.Errorf("vnet: host %q: the name is taken", name)
	}
	if !validName(name) {
		return fmt.Errorf("vnet: host %q: not a host name", name)
	}
	return nil
}

// validName reports whether name is a host name (RFC 1123 section 2.1, with underscores) and not an address.
func validName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// Partition drops, silently and before delivery, what host from sends to host to. The other direction needs a call of its own. A host
// cannot be parted from itself or from one of another network.
func (n *Network) Partition(from, to *Host) error {
	switch {
	case from == to:
		return fmt.Errorf("vnet: partition: %s cannot be parted from itself", from)
	case from.net != n || to.net != n:
		return fmt.Errorf("vnet: partition: %s and %s are not both of this network", from, to)
	}
	n.partitions[[2]*Host{from, to}] = true
	return nil
}

// Parted reports whether a Partition keeps what from sends from to.
func (n *Network) Parted(from, to *Host) bool { return n.partitions[[2]*Host{from, to}] }

// Heal ends a Partition.
func (n *Network) Heal(from, to *Host) { delete(n.partitions, [2]*Host{from, to}) }

// HealAll ends every Partition.
func (n *Network) HealAll() { clear(n.partitions) }

// parted reports whether a partition keeps p from h.
func (n *Network) parted(p *Packet, h *Host) bool {
	if p.origin != nil {
		return n.partitions[[2]*Host{p.origin, h}]
	}
	return slices.ContainsFunc(n.addrs[p.Src], func(i *iface) bool { return n.partitions[[2]*Host{i.host, h}] })
}

// The automatic ranges: link or LAN k gets 10.x.y.0/24 with x.y = k and 2001:db8:0:k::/64.
const maxSubnets = 1<<16 - 1

func (n *Network) nextSubnet() (v4, v6 netip.Prefix, err error) {
	if n.subnets >= maxSubnets {
		return v4, v6, fmt.Errorf("vnet: more than %d links", maxSubnets)
	}
	n.subnets++
	k := n.subnets
	v4 = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(k >> 8), byte(k), 0}), 24)
	v6 = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 4: 0, 5: 0, 6: byte(k >> 8), 7: byte(k)}), 64)
	return v4, v6, nil
}

// nthAddr returns address number k of a subnet; k = 0 is the subnet itself.
func nthAddr(p netip.Prefix, k int) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := len(b) - 1; i >= 0 && k > 0; i-- {
		k += int(b[i])
		b[i] = byte(k)
		k >>= 8
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// lastAddr returns the last address of a subnet, in IPv4 its broadcast address.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
