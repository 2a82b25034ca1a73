package vnet

import (
	"net/netip"
	"time"
)

// Timeouts say for how long a box remembers a flow in which nothing moves. 0 means the default.
type Timeouts struct {
	UDP            time.Duration // 120 s, the least of RFC 4787 section 4.3
	TCP            time.Duration // of an established connection: 2 h 4 min (RFC 5382 section 5)
	TCPTransitory  time.Duration // of one that opens or closes: 4 min (RFC 5382 section 5)
	ICMP           time.Duration // of echo requests: 60 s (RFC 5508 section 3.2)
	inboundRefresh bool
}

// orDefaults returns t with the defaults in place of zeros.
func (t Timeouts) orDefaults() Timeouts {
	for _, d := range []struct {
		at  *time.Duration
		def time.Duration
	}{{&t.UDP, 2 * time.Minute}, {&t.TCP, 2*time.Hour + 4*time.Minute}, {&t.TCPTransitory, 4 * time.Minute}, {&t.ICMP, time.Minute}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	return t
}

// A flowKey names a flow: the source is who began it. An echo request has its identifier for a source port and 0 for the
// other, and its reply the reverse; protocols without ports have 0.
type flowKey struct {
	proto    Protocol
	src, dst netip.AddrPort
}

func (k flowKey) reversed() flowKey { return flowKey{k.proto, k.dst, k.src} }

// flowKeyOf returns what flow a packet belongs to, as if its sender had begun it.
func flowKeyOf(p *Packet) flowKey {
	var src, dst uint16
	switch {
	case p.Proto == TCP:
		src, dst = p.TCP.SrcPort, p.TCP.DstPort
	case p.Proto == UDP:
		src, dst = p.UDP.SrcPort, p.UDP.DstPort
	case p.isICMP() && (p.ICMP.Type == echoRequest4 || p.ICMP.Type == echoRequest6):
		src = p.ICMP.ID
	case p.isICMP() && p.ICMP.echo(p.v6()):
		dst = p.ICMP.ID
	}
	return flowKey{p.Proto, netip.AddrPortFrom(p.Src, src), netip.AddrPortFrom(p.Dst, dst)}
}

// A flow is the packets between two endpoints, both ways.
type flow struct {
	key     flowKey
	mapping *mapping      // that of the NAT, nil if none translates it
	until   time.Duration // when it is forgotten
	seen    [2]TCPFlags   // the control bits of each direction: of who began it, and of the other
	replied bool          // a packet went back
}

// A phase is how far a TCP connection is, as somebody on its way sees it.
type phase uint8

const (
	opening phase = iota
	established
	closing
)

var phases = [...]string{"opening", "established", "closing"}

func (f *flow) phase() phase {
	a, b := f.seen[0], f.seen[1]
	switch {
	case (a|b)&RST != 0, a&b&FIN != 0:
		return closing
	case a&b&SYN != 0:
		return established
	}
	return opening
}

// timeout returns how long the flow may be silent.
func (f *flow) timeout(t *Timeouts) time.Duration {
	switch {
	case f.key.proto == TCP && f.phase() == established:
		return t.TCP
	case f.key.proto == TCP:
		return t.TCPTransitory
	case f.key.proto == ICMP || f.key.proto == ICMPv6:
		return t.ICMP
	}
	return t.UDP
}

// note takes in that a packet of the flow went by.
func (f *flow) note(p *Packet, back bool, now time.Duration, t *Timeouts) {
	way := 0
	if back {
		way, f.replied = 1, true
	}
	if p.Proto == TCP {
		f.seen[way] |= p.TCP.Flags & (SYN | FIN | RST)
	}
	if m := f.mapping; m != nil && p.Proto != TCP && !t.inboundRefresh && back == (f.key.src == m.inside) {
		return // RFC 4787 section 4.3: what comes in need not keep a mapping alive
	}
	f.until = now + f.timeout(t)
}

// remote returns the end of a translated flow that is outside.
func (f *flow) remote() netip.AddrPort {
	if f.key.src == f.mapping.inside {
		return f.key.dst
	}
	return f.key.src
}

// A flowTable holds the flows that a box remembers.
type flowTable struct {
	all      map[flowKey]*flow
	recent   [16]*flow // found last, by the sum of the ports
	sweepAt  int       // how many there are when the dead are looked for
	timeouts Timeouts
}

// leastSweep is how many flows are kept before any dead one is looked for.
const leastSweep = 1024

// find returns the flow that k belongs to, and whether k runs against it; nil if there is none now.
func (t *flowTable) find(k flowKey, now time.Duration) (f *flow, back bool) {
	slot := &t.recent[(k.src.Port()+k.dst.Port())%16]
	if f = *slot; f == nil || f.key != k {
		back = f != nil && f.key == k.reversed()
		if !back {
			if f = t.all[k]; f == nil {
				if f = t.all[k.reversed()]; f == nil {
					return nil, false
				}
				back = true
			}
		}
	}
	if f.until <= now {
		t.remove(f)
		return nil, false
	}
	*slot = f
	return f, back
}

// match is find for a packet. A SYN on a connection that has ended begins a new one in its place.
func (t *flowTable) match(p *Packet, now time.Duration) (f *flow, back bool) {
	k := flowKeyOf(p)
	f, back = t.find(k, now)
	if f == nil || p.Proto != TCP || p.TCP.Flags&(SYN|ACK) != SYN || f.phase() != closing {
		return f, back
	}
	t.remove(f)
	f.key, f.seen, f.replied = k, [2]TCPFlags{}, false
	t.insert(f)
	return f, false
}

// add begins a flow.
func (t *flowTable) add(k flowKey) *flow {
	f := &flow{key: k}
	t.insert(f)
	return f
}

func (t *flowTable) insert(f *flow) {
	if t.all == nil {
		t.all = map[flowKey]*flow{}
	}
	t.all[f.key] = f
}

func (t *flowTable) remove(f *flow) {
	if t.all[f.key] == f {
		delete(t.all, f.key)
	}
	if slot := &t.recent[(f.key.src.Port()+f.key.dst.Port())%16]; *slot == f {
		*slot = nil
	}
}

// crowded reports whether it is time to sweep.
func (t *flowTable) crowded() bool { return len(t.all) >= max(t.sweepAt, leastSweep) }

// sweep forgets the dead.
func (t *flowTable) sweep(now time.Duration) {
	for _, f := range t.all {
		if f.until <= now {
			t.remove(f)
		}
	}
	t.sweepAt = 2 * len(t.all)
}

// begins reports whether a packet may be the first of a flow: a SYN, a datagram, an echo request.
func begins(p *Packet) bool {
	switch {
	case p.Proto == TCP:
		return p.TCP.Flags&(SYN|ACK|RST|FIN) == SYN
	case p.isICMP():
		return p.ICMP.Type == echoRequest4 && !p.v6() || p.ICMP.Type == echoRequest6 && p.v6()
	}
	return true
}

// isError reports whether p is an ICMP error (or another message that is no echo).
func (p *Packet) isError() bool { return p.isICMP() && !p.ICMP.echo(p.v6()) }
