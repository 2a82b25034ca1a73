package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

const (
	defaultMTU   = 1500
	minMTU       = 68 // RFC 791 section 3.2
	defaultQueue = 100
)

// Values of Shape.Queue besides a number of packets.
const (
	Unlimited = -1 // the queue never overflows, until the packets under way take 64 MiB
	NoQueue   = -2 // a packet that finds the line busy is dropped
)

// MaxDelay is the longest Delay, Jitter and ReorderDelay of a Shape: a year, so that the sums of several fit a time.Duration.
const MaxDelay = 365 * 24 * time.Hour

// A Shape is what one direction of a link does to packets. The zero Shape is an ideal wire: no delay, infinite rate, no fault.
// A packet of L bytes takes the time it waits behind others, plus 8·L/Rate, plus Delay, plus its Jitter, rounded
// down to the nanosecond after adding up the transmission times of packets sent back to back.
type Shape struct {
	Delay time.Duration // propagation
	Rate  int64         // bits per second of IP packets (the link layer adds no bytes); 0 means infinite

	Queue      int // packets that may wait while another is transmitted: 0 means 100; see also Unlimited and NoQueue
	QueueBytes int // bytes that may wait; 0 means no limit in bytes

	Jitter       time.Duration // extra delay, uniform from 0 to Jitter; it never reorders
	Loss         float64       // probability of a packet to be lost on the wire, 0 to 1
	Duplicate    float64       // probability of a packet to arrive twice
	Corrupt      float64       // probability of one random bit to be flipped
	Reorder      float64       // probability of a packet to be held back, so that later ones overtake it
	ReorderDelay time.Duration // how long such a packet is held back; 0 means Delay plus 1 ms
}

// LinkOptions configure a link. The zero value is an ideal wire with addresses from the automatic ranges:
// link or LAN number k has the subnets 10.x.y.0/24 with x.y = k and 2001:db8:0:k::/64, with .1 and ::1 at the first end.
type LinkOptions struct {
	Shape         // of both directions
	AB, BA *Shape // instead of it, from the first node to the second and back

	MTU  int // bytes, 68 to 65535; 0 means 1500
	Cost int // for the metric of the shortest path, at least 1; 0 means 1

	// Subnets replace the automatic ones, at most one of each family. With a LAN they must be empty: the LAN has them.
	Subnets []netip.Prefix
	// AddrsA and AddrsB are the addresses of the two ends. A family not mentioned is numbered automatically, unless NoAuto.
	AddrsA, AddrsB []netip.Prefix
	NoAuto         bool // no automatic addresses, for hosts that get theirs by DHCP
}

// A Dir is a direction of a link.
type Dir uint8

// The directions.
const (
	AB Dir = iota // from the first node to the second
	BA
)

// A Link joins two nodes in both directions. Its settings may be changed while packets are under way.
type Link struct {
	net  *Network
	name string
	a, b *iface
	mtu  int
	cost int
	dirs [2]direction // from byte 56 on, see TestLayout
	up   bool
}

// Link joins two nodes: hosts, routers, or a host and a LAN. Any two may be joined more than once.
func (n *Network) Link(a, b Node, o LinkOptions) (*Link, error) {
	base := a.Name() + "-" + b.Name()
	name, number := n.linkName(base)
	l := &Link{net: n, name: name, mtu: o.MTU, cost: o.Cost, up: true}
	if err := l.configure(o); err != nil {
		return nil, fmt.Errorf("vnet: link %s: %w", l.name, err)
	}
	if n.trouble != nil {
		n.trouble.link(l)
	}
	addrsA, addrsB, err := n.number(a, b, o)
	if err != nil {
		return nil, fmt.Errorf("vnet: link %s: %w", l.name, err)
	}
	l.a, l.b = a.attach(l), b.attach(l)
	l.join()
	for _, end := range []struct {
		i     *iface
		addrs []netip.Prefix
	}{{l.a, addrsA}, {l.b, addrsB}} {
		if end.i.host == nil {
			continue
		}
		if err := end.i.setAddrs(end.addrs); err != nil {
			l.unjoin()
			return nil, fmt.Errorf("vnet: link %s: %w", l.name, err)
		}
	}
	n.links = append(n.links, l)
	n.linkNames[name] = 1
	n.linkNames[base] = number
	n.changed()
	return l, nil
}

// join makes the two interfaces each other's peers and adds them to their nodes.
func (l *Link) join() {
	a, b := l.a, l.b
	l.dirs[AB].join(l, AB, a, b)
	l.dirs[BA].join(l, BA, b, a)
	a.peer, a.tx, a.rx = b, &l.dirs[AB], &l.dirs[BA]
	b.peer, b.tx, b.rx = a, &l.dirs[BA], &l.dirs[AB]
	a.single[0], b.single[0] = b, a
	for _, i := range []*iface{a, b} {
		if i.host != nil {
			i.host.ifaces = append(i.host.ifaces, i)
		} else {
			i.lan.ports = append(i.lan.ports, i)
			i.lan.stations = append(i.lan.stations, i.peer)
			i.lan.countRouters()
		}
	}
}

// unjoin undoes join after a failure.
func (l *Link) unjoin() {
	for _, i := range []*iface{l.a, l.b} {
		if i.host != nil {
			i.setAddrs(nil)
			i.host.ifaces = i.host.ifaces[:len(i.host.ifaces)-1]
		} else {
			i.lan.ports = i.lan.ports[:len(i.lan.ports)-1]
			i.lan.stations = i.lan.stations[:len(i.lan.stations)-1]
			i.lan.countRouters()
		}
	}
}

// linkName returns a name that no link has, base or base with the number that goes with it.
func (n *Network) linkName(base string) (name string, number int) {
	name, number = base, max(n.linkNames[base], 1)
	for n.linkNames[name] > 0 {
		number++
		name = fmt.Sprintf("%s#%d", base, number)
	}
	return name, number
}

// between returns the links that join two nodes, in the order of creation.
func (n *Network) between(a, b Node) []*Link {
	var out []*Link
	for _, i := range interfacesOf(a) {
		if sameNode(i.peer, b) {
			out = append(out, i.link)
		}
	}
	return out
}

// LinkBetween returns the first link that joins two nodes, in either order, or nil.
func (n *Network) LinkBetween(a, b Node) *Link {
	if len(interfacesOf(b)) < len(interfacesOf(a)) {
		a, b = b, a
	}
	if all := n.between(a, b); len(all) > 0 {
		return all[0]
	}
	return nil
}

func interfacesOf(n Node) []*iface {
	switch n := n.(type) {
	case *Host:
		return n.ifaces
	case *Lan:
		return n.ports
	}
	return nil
}

func sameNode(i *iface, n Node) bool {
	if i.lan != nil {
		return n == Node(i.lan)
	}
	return n == Node(i.host)
}

func (l *Link) configure(o LinkOptions) error {
	if l.mtu == 0 {
		l.mtu = defaultMTU
	}
	if l.cost == 0 {
		l.cost = 1
	}
	for dir, own := range []*Shape{o.AB, o.BA} {
		if own == nil {
			own = &o.Shape
		}
		if err := own.check(); err != nil {
			return err
		}
		l.dirs[dir].setShape(*own)
	}
	if l.mtu < minMTU || l.mtu > 65535 {
		return fmt.Errorf("MTU %d is not from %d to 65535", l.mtu, minMTU)
	}
	if l.cost < 1 {
		return errors.New("the cost is less than 1")
	}
	return nil
}

func (s *Shape) check() error {
	for _, p := range []struct {
		name string
		v    float64
	}{{"loss", s.Loss}, {"duplicate", s.Duplicate}, {"corrupt", s.Corrupt}, {"reorder", s.Reorder}} {
		if !(p.v >= 0 && p.v <= 1) {
			return fmt.Errorf("%s %v is no probability", p.name, p.v)
		}
	}
	switch {
	case s.Delay < 0 || s.Jitter < 0 || s.ReorderDelay < 0:
		return errors.New("a delay is negative")
	case max(s.Delay, s.Jitter, s.ReorderDelay) > MaxDelay:
		return fmt.Errorf("a delay is more than %v", MaxDelay)
	case s.Rate < 0:
		return errors.New("the rate is negative")
	case s.Queue < NoQueue || s.QueueBytes < 0:
		return errors.New("the queue is negative")
	}
	return nil
}

// Name returns the link's name: those of its nodes with a hyphen, and #2, #3 … if that name is taken.
func (l *Link) Name() string { return l.name }

// String returns the link's name.
func (l *Link) String() string { return l.name }

// Ends returns the names of the two nodes.
func (l *Link) Ends() (a, b string) { return l.a.node(), l.b.node() }

// Interfaces returns the names of the interfaces at the two ends.
func (l *Link) Interfaces() (a, b string) { return l.a.name, l.b.name }

// From returns the direction that leads away from a node.
func (l *Link) From(n Node) Dir {
	if sameNode(l.b, n) && !sameNode(l.a, n) {
		return BA
	}
	return AB
}

// Shape returns the settings of a direction.
func (l *Link) Shape(d Dir) Shape { return l.dirs[d].shape }

// SetShape changes the settings of a direction. Packets that were handed to the link before keep their times.
func (l *Link) SetShape(d Dir, s Shape) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("vnet: link %s: %w", l.name, err)
	}
	if l.dirs[d].shape.Delay != s.Delay {
		l.net.changed()
	}
	l.dirs[d].setShape(s)
	return nil
}

// MTU returns the longest packet in bytes.
func (l *Link) MTU() int { return l.mtu }

// SetMTU changes the longest packet, 68 to 65535 bytes.
func (l *Link) SetMTU(bytes int) error {
	if bytes < minMTU || bytes > 65535 {
		return fmt.Errorf("vnet: link %s: MTU %d is not from %d to 65535", l.name, bytes, minMTU)
	}
	l.mtu = bytes
	l.net.changed()
	return nil
}

// SetCost changes what the link adds to the metric of a path, at least 1.
func (l *Link) SetCost(c int) {
	l.cost = max(c, 1)
	l.net.changed()
}

// Up reports whether the link works.
func (l *Link) Up() bool { return l.up }

// SetUp takes the link down, losing what is under way on it, or up again. Routes change at once.
func (l *Link) SetUp(up bool) {
	if l.up == up {
		return
	}
	l.up = up
	for d := range l.dirs {
		l.dirs[d].down = !up
		l.dirs[d].setOdd()
	}
	if !up {
		l.dirs[AB].cut()
		l.dirs[BA].cut()
	}
	l.net.changed()
}

// SetBlocked makes a direction lose every packet without a sign, routes staying as they are, or ends that.
func (l *Link) SetBlocked(d Dir, on bool) {
	l.dirs[d].blocked = on
	l.dirs[d].setOdd()
}

// SetFilter makes a direction lose the packets for which drop returns true; nil ends that. drop must not keep the packet.
func (l *Link) SetFilter(d Dir, drop func(*Packet) bool) {
	l.dirs[d].filter = drop
	l.dirs[d].setOdd()
}

// Stats returns the counters of a direction.
func (l *Link) Stats(d Dir) Stats { return l.dirs[d].total() }
