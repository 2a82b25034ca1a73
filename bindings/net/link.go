package net

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Link is a link of the topology.
type Link struct{ *vnet.Link }

func linkClass() bind.Member {
	return bind.Class("Link", "A link between two nodes.",
		bind.Method("name", "The link's name: those of its nodes with a hyphen.", func(l *Link, _ *bind.Call, _ bind.None) (string, error) { return l.Name(), nil }),
		bind.MethodProc("set", "Change the link while the world runs; what is left out stays as it is. Packets that wait leave at the new rate; those that have left arrive as they would have, and later ones do not overtake them.", (*Link).set).
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
local l = net.link(a, b, {delay = "10 ms"})
l:set({delay = "20 ms", loss = 0.1})`),
		bind.MethodProc("down", "Cut the link: what is under way is lost, and routes change at once.", func(l *Link, _ *bind.Call, _ bind.None) error { l.SetUp(false); return nil }),
		bind.MethodProc("up", "Mend the link.", func(l *Link, _ *bind.Call, _ bind.None) error { l.SetUp(true); return nil }),
		bind.Method("is_up", "Whether the link works.", func(l *Link, _ *bind.Call, _ bind.None) (bool, error) { return l.Up(), nil }),
		bind.Method("tap", "Be the man in the middle: let a function see, change, drop and add packets before the link takes them. Packets wait for it without any time going by. "+
			"Checksums are put right. Data must keep its length within a TCP connection: both ends count the bytes. To do more, end the connection and open another one to the server.", (*Link).tap).
			Returns("tap", "the tap, which an error of the function ends").
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
local tap = net.link(a, b):tap(function(packet)
  if packet.direction == "b_to_a" then return false end
end)
print(select(2, a:ping("b"))) --> Connection timed out	timeout
print(tap:packets()) --> 2`),
		bind.Method("stats", "The counters of both directions.", (*Link).stats).
			Returns("stats", "tables a_to_b and b_to_a with packets, bytes, dropped and more"),
	).Text(func(l *Link) string { return l.Name() }).Equal(func(a, b *Link) bool { return a.Link == b.Link })
}

// shapeArgs are the settings of one direction; what is nil stays as it is.
type shapeArgs struct {
	Delay        *time.Duration `doc:"propagation delay" max:"8760 h"`
	Rate         *bind.Rate     `doc:"bits per second; without it, or with 0, the link is infinitely fast"`
	Queue        *int           `doc:"packets that may wait while another is sent; 100 unless set; -1 is no limit but 64 MiB under way, 0 none" min:"-1"`
	QueueBytes   *bind.Size     `doc:"bytes that may wait; no limit unless set, or with 0"`
	Jitter       *time.Duration `doc:"extra delay, uniform from 0 to this, that never reorders" max:"8760 h"`
	Loss         *float64       `doc:"probability of a packet to be lost" min:"0" max:"1"`
	Duplicate    *float64       `doc:"probability of a packet to arrive twice" min:"0" max:"1"`
	Reorder      *float64       `doc:"probability of a packet to be held back and overtaken" min:"0" max:"1"`
	ReorderDelay *time.Duration `doc:"how long it is held back; the delay and 1 ms more unless set" max:"8760 h"`
	Corrupt      *float64       `doc:"probability of one bit to be flipped" min:"0" max:"1"`
}

func (a *shapeArgs) apply(s *vnet.Shape) {
	set(&s.Delay, a.Delay)
	set(&s.Jitter, a.Jitter)
	set(&s.Loss, a.Loss)
	set(&s.Duplicate, a.Duplicate)
	set(&s.Reorder, a.Reorder)
	set(&s.ReorderDelay, a.ReorderDelay)
	set(&s.Corrupt, a.Corrupt)
	if a.Rate != nil {
		s.Rate = int64(*a.Rate)
	}
	if a.QueueBytes != nil {
		s.QueueBytes = int(*a.QueueBytes)
	}
	if a.Queue != nil {
		s.Queue = *a.Queue
		if *a.Queue == 0 {
			s.Queue = vnet.NoQueue
		}
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

type linkOptions struct {
	shapeArgs
	AToB     *shapeArgs `doc:"settings of the direction from the first node to the second alone"`
	BToA     *shapeArgs `doc:"settings of the direction back alone"`
	MTU      *int       `doc:"longest packet in bytes; 1500 unless set" min:"68" max:"65535"`
	Cost     *int       `doc:"what the link counts in the choice of the shortest path; 1 unless set" min:"1"`
	Subnet   *string    `doc:"its IPv4 subnet; drawn from 10.0.0.0/8 unless set"`
	AddressA *string    `doc:"the first node's address, with prefix length: 10.0.0.1/24"`
	AddressB *string    `doc:"the second node's address, with prefix length"`
}

type linkArgs struct {
	A       lua.LValue  `doc:"a host, router or LAN" type:"host.Host|net.Lan"`
	B       lua.LValue  `doc:"another" type:"host.Host|net.Lan"`
	Options linkOptions `doc:"what the link does to packets, both ways unless said otherwise"`
}

// linkUnits is the fuel that a link costs, which takes some kilobytes.
const linkUnits = 2500

func link(c *bind.Call, a linkArgs) (*Link, error) {
	n, err := network(c)
	if err != nil {
		return nil, err
	}
	from, to := node(c, "a", a.A), node(c, "b", a.B)
	var o vnet.LinkOptions
	a.Options.apply(&o.Shape)
	o.AB, o.BA = direction(o.Shape, a.Options.AToB), direction(o.Shape, a.Options.BToA)
	set(&o.MTU, a.Options.MTU)
	set(&o.Cost, a.Options.Cost)
	o.Subnets = prefixes(c, "subnet", a.Options.Subnet)
	o.AddrsA = prefixes(c, "address_a", a.Options.AddressA)
	o.AddrsB = prefixes(c, "address_b", a.Options.AddressB)
	c.Charge(linkUnits)
	l, err := n.Link(from, to, o)
	if err != nil {
		c.Raise("%s", strings.TrimPrefix(err.Error(), "vnet: "))
	}
	return &Link{l}, nil
}

// direction returns the shape of one direction, nil if it has none of its own.
func direction(both vnet.Shape, own *shapeArgs) *vnet.Shape {
	if own == nil {
		return nil
	}
	own.apply(&both)
	return &both
}

func prefixes(c *bind.Call, option string, text *string) []netip.Prefix {
	if text == nil {
		return nil
	}
	p, err := netip.ParsePrefix(*text)
	if err != nil {
		c.Misuse(option, "want an address and its prefix length such as \"192.168.1.1/24\", got %q", *text)
	}
	return []netip.Prefix{p}
}

type setOptions struct {
	shapeArgs
	AToB *shapeArgs `doc:"settings of the direction from the first node to the second alone"`
	BToA *shapeArgs `doc:"settings of the direction back alone"`
	MTU  *int       `doc:"longest packet in bytes" min:"68" max:"65535"`
	Cost *int       `doc:"what the link counts in the choice of the shortest path" min:"1"`
}

type setArgs struct {
	Options setOptions `doc:"what to change"`
}

func (l *Link) set(_ *bind.Call, a setArgs) error {
	for dir, own := range []*shapeArgs{a.Options.AToB, a.Options.BToA} {
		s := l.Shape(vnet.Dir(dir))
		a.Options.apply(&s)
		if own != nil {
			own.apply(&s)
		}
		if err := l.SetShape(vnet.Dir(dir), s); err != nil {
			return err
		}
	}
	if a.Options.Cost != nil {
		l.SetCost(*a.Options.Cost)
	}
	if a.Options.MTU != nil {
		return l.SetMTU(*a.Options.MTU)
	}
	return nil
}

type linkStats struct{ AToB, BToA vnet.Stats }

func (l *Link) stats(*bind.Call, bind.None) (linkStats, error) {
	return linkStats{l.Stats(vnet.AB), l.Stats(vnet.BA)}, nil
}

// String names the link in messages.
func (l *Link) String() string { return fmt.Sprintf("link %s", l.Name()) }
