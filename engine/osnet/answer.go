package osnet

import (
	"container/list"
	"net/netip"
)

// What a socket remembers of those who wrote to it.
const (
	maxCallers    = 1024 // so many, the last ones
	answersEach   = 16   // datagrams that it may send for each one that came
	maxAnswersDue = 1024 // but so many at a time
)

// callers are the addresses that no rule covers, from which datagrams came to a bound UDP socket: it may answer them. A sender's address
// can be forged, so what may be sent is a small multiple of what came.
type callers struct {
	by    map[netip.AddrPort]*list.Element
	order list.List // of *caller, who wrote last first
}

type caller struct {
	addr netip.AddrPort
	due  int // datagrams that may be sent
}

// plain is an address as callers are known by.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// wrote notes a datagram from an address. What is not the address of one host is never answered.
func (c *callers) wrote(from netip.AddrPort) {
	from = plain(from)
	a := from.Addr()
	if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || from.Port() == 0 {
		return
	}
	e := c.by[from]
	switch {
	case e != nil:
		c.order.MoveToFront(e)
	case c.order.Len() == maxCallers:
		e = c.order.Back()
		delete(c.by, e.Value.(*caller).addr)
		*e.Value.(*caller) = caller{addr: from}
		c.order.MoveToFront(e)
	default:
		e = c.order.PushFront(&caller{addr: from})
	}
	if c.by == nil {
		c.by = map[netip.AddrPort]*list.Element{}
	}
	c.by[from] = e
	who := e.Value.(*caller)
	who.due = min(who.due+answersEach, maxAnswersDue)
}

// answer reports whether a datagram may be sent to an address, and counts it.
func (c *callers) answer(to netip.AddrPort) bool {
	e := c.by[plain(to)]
	if e == nil || e.Value.(*caller).due == 0 {
		return false
	}
	e.Value.(*caller).due--
	return true
}
