package vnet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The types of echo messages (RFC 792, RFC 4443 section 4).
const (
	echoReply4   = 0
	echoRequest4 = 8
	echoRequest6 = 128
	echoReply6   = 129
)

// icmpKind is what an ICMP error says.
type icmpKind uint8

const (
	netUnreachable icmpKind = iota
	hostUnreachable
	protocolUnreachable
	portUnreachable
	packetTooBig
	hopsExceeded
	reassemblyExceeded
)

// icmpCodes are type and code of each error in ICMP (RFC 792) and in ICMPv6 (RFC 4443 section 3).
var icmpCodes = [...]struct{ type4, code4, type6, code6 uint8 }{
	netUnreachable:      {3, 0, 1, 0},
	hostUnreachable:     {3, 1, 1, 3},
	protocolUnreachable: {3, 2, 4, 1},
	portUnreachable:     {3, 3, 1, 4},
	packetTooBig:        {3, 4, 2, 0},
	hopsExceeded:        {11, 0, 3, 0},
	reassemblyExceeded:  {11, 1, 3, 1},
}

// Limits of ICMP errors, as on Linux (net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst).
const (
	icmpPerSecond = 1000
	icmpBurst     = 50
)

// An error quotes as much of the packet as fits into 576 bytes in IPv4 (RFC 1812 section 4.3.2.3), 1280 in IPv6.
const (
	quote4 = 576 - ipv4HeaderLen - icmpHeaderLen
	quote6 = 1280 - ipv6HeaderLen - icmpHeaderLen
)

// pathMTUTime is how long a host believes packet too big (RFC 1191 section 6.3).
const pathMTUTime = 10 * time.Minute

// pathMTU is the longest packet that goes through to a destination.
type pathMTU struct {
	bytes int
	until time.Duration
}

// icmpHost is the ICMP of one host. The zero value is ready.
type icmpHost struct {
	waiting []*pinger // oldest first
	id, seq uint16

	spent time.Duration // until when the credit for errors is used up: a token bucket
}

// allowed draws on the credit for errors.
func (i *icmpHost) allowed(now time.Duration) bool {
	const each = time.Second / icmpPerSecond
	if i.spent > now+(icmpBurst-1)*each {
		return false
	}
	i.spent = max(i.spent, now) + each
	return true
}

// icmpError tells the source of p, which came in at in, that p is lost. mtu is that of packetTooBig. It says nothing about ICMP
// errors, fragments other than the first, broadcast and multicast packets and sources that are no single host (RFC 1122 section 3.2.2).
func (h *Host) icmpError(kind icmpKind, mtu int, p *Packet, in *iface) {
	v6 := p.v6()
	switch {
	case p.FragOffset > 0 || p.to == nil || p.Dst.IsMulticast() || h.route(p.Dst).kind == broadcast:
		return
	case p.Src.IsUnspecified() || p.Src.IsMulticast():
		return
	case p.isICMP() && !p.ICMP.echo(v6):
		return
	case !h.icmp.allowed(h.net.sched.Elapsed()):
		return
	}
	src, ok := p.Dst, true
	if !h.isLocal(src) {
		if src, ok = in.address(v6, p.Src); !ok {
			var err error
			if src, err = h.sourceFor(p.Src); err != nil {
				return
			}
		}
	}
	q := h.net.newPacket()
	q.Src, q.Dst = src, p.Src
	c := icmpCodes[kind]
	quote := p.Marshal()
	if v6 {
		q.Proto, q.ICMP = ICMPv6, ICMPHeader{Type: c.type6, Code: c.code6, MTU: uint32(mtu)}
		q.Payload = quote[:min(len(quote), quote6)]
	} else {
		q.Proto, q.ICMP = ICMP, ICMPHeader{Type: c.type4, Code: c.code4, MTU: uint32(mtu)}
		q.Payload = quote[:min(len(quote), quote4)]
	}
	h.send(q) // with no route back there is nobody to tell
}

// receiveICMP takes an ICMP message for the host.
func (h *Host) receiveICMP(p *Packet, in *iface) {
	if !p.isICMP() {
		h.refuse(NoProtocol, p, in)
		return
	}
	h.net.note(Delivered, NoReason, h.name, in, p)
	switch {
	case p.ICMP.echo(p.v6()) && (p.ICMP.Type == echoRequest4 || p.ICMP.Type == echoRequest6):
		h.answerEcho(p)
	case p.ICMP.echo(p.v6()):
		h.answered(p.Src, p, Reply{Kind: EchoReply})
	default:
		h.receiveError(p)
	}
	h.net.freePacket(p)
}

// answerEcho sends the echo reply. An echo to a broadcast address is not answered, as on Linux.
func (h *Host) answerEcho(p *Packet) {
	src := p.Dst
	if p.to == nil {
		if !p.Dst.IsMulticast() || !p.v6() {
			return
		}
		var err error
		if src, err = h.sourceFor(p.Src); err != nil {
			return
		}
	}
	q := h.net.newPacket()
	q.Src, q.Dst, q.Proto, q.Payload, q.ICMP = src, p.Src, p.Proto, p.Payload, p.ICMP
	q.ICMP.Type = echoReply4
	if p.v6() {
		q.ICMP.Type = echoReply6
	}
	h.send(q)
}

// receiveError hands an ICMP error to whoever sent the packet that it quotes.
func (h *Host) receiveError(p *Packet) {
	err, hard, kind := p.ICMP.meaning(p.v6())
	if err == 0 {
		return
	}
	orig, ok := parseQuote(p.Payload)
	if !ok || !h.isLocal(orig.Src) {
		return
	}
	if err == stack.ErrMessageSize {
		h.learnMTU(orig.Dst, int(p.ICMP.MTU))
	}
	switch {
	case orig.Proto == TCP:
		h.tcpError(&orig, err, hard)
	case orig.Proto == UDP:
		h.udpError(&orig, err)
	case orig.isICMP():
		orig.HopLimit, orig.Payload = p.HopLimit, nil
		h.answered(p.Src, &orig, Reply{Kind: kind, Code: p.ICMP.Code, err: err})
	}
}

// meaning returns the error that an ICMP error stands for, as Linux has it, and whether it is there to stay; 0 if the message is
// no error.
func (i *ICMPHeader) meaning(v6 bool) (err stack.Errno, hard bool, kind ReplyKind) {
	switch {
	case i.tooBig(v6):
		return stack.ErrMessageSize, true, TooBig
	case v6 && i.Type == 3, !v6 && i.Type == 11:
		return stack.ErrHostUnreachable, false, TimeExceeded
	case v6 && i.Type == 4:
		return stack.ErrProtocolOption, true, Unreachable
	case v6 && i.Type == 1:
		switch i.Code {
		case 0:
			return stack.ErrNetUnreachable, false, Unreachable
		case 1:
			return stack.ErrAccess, true, Unreachable
		case 4:
			return stack.ErrRefused, true, Unreachable
		}
		return stack.ErrHostUnreachable, false, Unreachable
	case !v6 && i.Type == 3:
		switch i.Code {
		case 0:
			return stack.ErrNetUnreachable, false, Unreachable
		case 2:
			return stack.ErrProtocolOption, true, Unreachable
		case 3:
			return stack.ErrRefused, true, Unreachable
		}
		return stack.ErrHostUnreachable, false, Unreachable
	}
	return 0, false, 0
}

// learnMTU notes the MTU of the path to dst.
func (h *Host) learnMTU(dst netip.Addr, mtu int) {
	if h.pmtu == nil {
		h.pmtu = map[netip.Addr]pathMTU{}
	}
	h.learned = true
	h.pmtu[dst] = pathMTU{max(mtu, minMTU), h.net.sched.Elapsed() + pathMTUTime}
}

// crashICMP lets every Ping end.
func (h *Host) crashICMP() {
	pings := h.icmp.waiting
	h.icmp = icmpHost{}
	for _, p := range pings {
		p.gone = true
		p.woken.Wake()
	}
}

// forget ends the wait of a Ping.
func (i *icmpHost) forget(p *pinger) {
	i.waiting = slices.DeleteFunc(i.waiting, func(o *pinger) bool { return o == p })
}
