package vnet

import (
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/sim"
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
type Packet struct {
	Src, Dst netip.Addr
	HopLimit uint8 // TTL in IPv4
	Proto    Protocol
	ID       uint16 // IPv4 identification, drawn by the sending host

	TCP     TCPHeader  // if Proto is TCP
	UDP     UDPHeader  // if Proto is UDP
	ICMP    ICMPHeader // if Proto is ICMP or ICMPv6
	Payload []byte

	timer sim.Timer // of the hop it is on
}

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
)

// Len returns the packet's length in bytes on the wire, IP header included. Links count these bytes and no others, so that
// the textbook's L/R holds exactly.
func (p *Packet) Len() int {
	n := ipv4HeaderLen
	if p.Dst.Is6() {
		n = ipv6HeaderLen
	}
	switch p.Proto {
	case TCP:
		n += tcpHeaderLen + p.TCP.optionLen()
	case UDP:
		n += udpHeaderLen
	default:
		n += icmpHeaderLen
	}
	return n + len(p.Payload)
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
