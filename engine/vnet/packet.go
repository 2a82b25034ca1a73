package vnet

import (
	"net/netip"
	"time"
)

// A Protocol is the number in an IP header that names what follows (IANA protocol numbers).
type Protocol uint8

// The protocols of the virtual internet.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
)

// A Packet is an IP packet on its way. Until something needs its bytes it is kept as fields; Marshal gives
// the exact bytes, with valid checksums. The payload's bytes are shared and must not be changed.
//
// Three cache lines: what a hop looks at, then the headers, then the rest. In a large world each packet comes from memory.
type Packet struct {
	next   *Packet       // behind it in the same direction of the link
	nextAt time.Duration // when that arrives
	to     *iface        // the receiving station of the link layer; nil for a broadcast or multicast frame
	epoch  uint32        // of the direction of the link when it was transmitted
	size   int32         // in bytes, when it was transmitted, negative if it was corrupted then; 0 if it must be counted

	Dst          netip.Addr
	HopLimit     uint8 // TTL in IPv4
	Proto        Protocol
	DontFragment bool // IPv4's DF bit; IPv6 packets are never fragmented on their way
	// A fragment has MoreFragments set or a FragOffset. Its Payload is a piece of the transport's bytes, header included.
	MoreFragments bool
	FragOffset    uint16 // in bytes, a multiple of 8
	broken        Reason // set when its bytes are no packet any more: the next node drops it for this reason
	joined        bool   // a box on the way has put it together from fragments

	Src      netip.Addr
	TCP      TCPHeader // if Proto is TCP
	UDP      UDPHeader // if Proto is UDP
	sumError uint16    // what the transport's checksum is off by (exclusive or); 0 if it is right

	Payload []byte
	ID      uint32     // identification, of which IPv4 uses 16 bits; set by the sending host
	ICMP    ICMPHeader // if Proto is ICMP or ICMPv6
	from    *iface     // the sending station of the link layer
	origin  *Host      // who sent it, whatever it claims; nil if that is not known
	tapped  *direction // whose tap it was given to
}

// fragment reports whether p is a fragment and thus has no transport header of its own.
func (p *Packet) fragment() bool { return p.MoreFragments || p.FragOffset != 0 }

// v6 reports whether p is an IPv6 packet.
func (p *Packet) v6() bool { return p.Dst.Is6() }

// TCPFlags are the control bits of a TCP segment (RFC 9293 section 3.1).
type TCPFlags uint8

// The control bits.
const (
	FIN TCPFlags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// TCPHeader is the header of a TCP segment (RFC 9293 section 3.1). The options are those that the virtual internet's
// TCP uses; 0 and false mean absent.
type TCPHeader struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            TCPFlags
	Window           uint16
	MSS              uint16 // option 2, on SYN only
	WindowScale      uint8  // option 3, on SYN only; the shift plus 1
}

// UDPHeader is the header of a UDP datagram (RFC 768).
type UDPHeader struct {
	SrcPort, DstPort uint16
}

// ICMPHeader is the header of an ICMP message (RFC 792, RFC 4443). For errors the packet's payload is the
// start of the packet that caused it, as bytes.
type ICMPHeader struct {
	Type, Code uint8
	ID, Seq    uint16 // of echo messages
	MTU        uint32 // of packet too big
}

const (
	ipv4HeaderLen = 20
	ipv6HeaderLen = 40
	tcpHeaderLen  = 20
	udpHeaderLen  = 8
	icmpHeaderLen = 8
	fragHeaderLen = 8 // IPv6's fragment header
)

// Len returns the packet's length in bytes on the wire, IP header included. Links count these bytes and no others, so that
// the textbook's L/R holds exactly.
func (p *Packet) Len() int {
	n := ipv4HeaderLen
	if p.v6() {
		n = ipv6HeaderLen
		if p.fragment() {
			n += fragHeaderLen
		}
	}
	return n + p.transportLen()
}

// length is Len, from the last transmission if that holds still: at a hop the payload's length would come from memory.
func (p *Packet) length() int {
	if p.size > 0 {
		return int(p.size)
	}
	return p.Len()
}

// transportLen returns how many bytes follow the IP header.
func (p *Packet) transportLen() int {
	switch n := len(p.Payload); {
	case p.fragment():
		return n
	case p.Proto == TCP:
		return n + tcpHeaderLen + p.TCP.optionLen()
	case p.Proto == UDP:
		return n + udpHeaderLen
	case p.isICMP():
		return n + icmpHeaderLen
	default:
		return n
	}
}

// isICMP reports whether p is an ICMP message of its IP version. Of other protocols the payload is all there is.
func (p *Packet) isICMP() bool {
	return p.Proto == ICMP && !p.v6() || p.Proto == ICMPv6 && p.v6()
}

func (h *TCPHeader) optionLen() int {
	n := 0
	if h.MSS != 0 {
		n += 4
	}
	if h.WindowScale != 0 {
		n += 4 // with a NOP before it
	}
	return n
}
