package vnet

import (
	"slices"
	"time"
)

// A Kind is what happened to a packet.
type Kind uint8

// The kinds of event.
const (
	Sent      Kind = iota // a host put a packet of its own on a link, or on its loopback interface
	Forwarded             // a router or a LAN's switch put a packet on the next link
	Arrived               // a packet came in at an interface
	Delivered             // a host handed a packet to its transport
	Dropped               // the packet is gone; Reason says why
)

var kinds = [...]string{"sent", "forwarded", "arrived", "delivered", "dropped"}

// String returns the kind in lower case.
func (k Kind) String() string { return kinds[k] }

// A Reason says why a packet was dropped.
type Reason uint8

// The reasons.
const (
	NoReason         Reason = iota
	QueueFull               // the drop-tail queue had no room
	Lost                    // the link's loss
	Filtered                // the link's filter
	Blocked                 // the link's direction is blocked, or a partition lies between the hosts
	LinkDown                // the link was down, or went down under way
	HostDown                // the host has crashed
	HeaderChecksum          // IPv4 header checksum wrong
	Checksum                // TCP, UDP or ICMP checksum wrong
	Malformed               // the bytes are no packet
	NoRoute                 // no route to the destination
	HopLimitExceeded        // TTL used up
	ExceedsMTU              // longer than the next link's MTU and not to be fragmented
	NotForwarding           // not addressed to this host, which is no router
	NoPort                  // nobody listens on the UDP port
	BufferFull              // the socket's receive buffer had no room
	NoProtocol              // unknown protocol or message type
	FragmentTimeout         // the other fragments did not come
	NoMapping               // the NAT has no mapping for it
	NATFilter               // the NAT's mapping lets in no packets from this sender
	NoNATPort               // the NAT has no port left for a new mapping
	Firewalled              // a rule or the policy of a firewall
	Tapped                  // a tap on the link swallowed it
)

var reasons = [...]string{"", "queue full", "lost", "filtered", "blocked", "link down", "host down", "header checksum", "checksum",
	"malformed", "no route", "hop limit exceeded", "too big", "not forwarding", "no port", "buffer full", "no protocol", "fragment timeout",
	"no NAT mapping", "NAT filter", "no NAT port", "firewall", "tap"}

// String returns the reason in words, "" for NoReason.
func (r Reason) String() string { return reasons[r] }

// An Event is one step in the life of a packet.
type Event struct {
	At        time.Duration // since the clock started
	Kind      Kind
	Reason    Reason  // of Dropped
	Node      string  // host, router or LAN at which it happened; of a loss, the sender's side
	Interface string  // the interface, "lo", "eth0" …; "" if none
	Link      *Link   // the link, or nil
	Packet    *Packet // valid until the observer returns; Clone it to keep it
	Flooded   bool    // of Arrived: the frame is for another station, and the host ignores it
}

// Observe calls f for every event from now on, in order, until stop is called. f must not wait, and must not change the
// packet. Sent and Forwarded come before the packet has waited in the link's queue.
func (n *Network) Observe(f func(Event)) (stop func()) {
	o := &observer{f}
	n.observers = append(n.observers, o)
	return func() {
		n.observers = slices.DeleteFunc(slices.Clone(n.observers), func(x *observer) bool { return x == o })
	}
}

type observer struct{ f func(Event) }

// Clone returns a copy of the packet that the caller may keep. The payload's bytes are shared and must not be changed.
func (p *Packet) Clone() *Packet {
	q := *p
	q.next, q.from, q.to = nil, nil, nil
	return &q
}

// observed reports whether anybody observes.
func (n *Network) observed() bool { return len(n.observers) > 0 }

// note reports an event at an interface, or at a node alone if i is nil.
func (n *Network) note(k Kind, r Reason, node string, i *iface, p *Packet) {
	if n.observed() {
		n.tell(k, r, node, i, p)
	}
}

func (n *Network) tell(k Kind, r Reason, node string, i *iface, p *Packet) {
	e := Event{At: n.sched.Elapsed(), Kind: k, Reason: r, Node: node, Packet: p}
	if i != nil {
		e.Interface, e.Link = i.name, i.link
		e.Flooded = k == Arrived && i.host != nil && p.to != nil && p.to != i
	}
	for _, o := range n.observers {
		o.f(e)
	}
}

// drop reports that p is gone, and takes it back.
func (n *Network) drop(r Reason, node string, i *iface, p *Packet) {
	n.note(Dropped, r, node, i, p)
	n.freePacket(p)
}
