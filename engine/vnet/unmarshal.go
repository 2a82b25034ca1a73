package vnet

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A FormatError says why bytes are no packet.
type FormatError struct {
	Reason    Reason // HeaderChecksum or Malformed
	What      string
	transport bool // the IP header is right
}

func (e *FormatError) Error() string { return "vnet: packet: " + e.What }

func malformed(what string) error { return &FormatError{Reason: Malformed, What: what} }

// Unmarshal reads a packet from its bytes, which the packet's payload goes on to use. The error is a *FormatError. A wrong
// checksum of TCP, UDP or ICMP is not one: ChecksumValid tells. IP options and TCP options that TCPHeader does not have are dropped; IPv6
// extension headers other than the fragment header are malformed or, where nothing needs them, payload.
func Unmarshal(b []byte) (*Packet, error) {
	if len(b) == 0 {
		return nil, malformed("empty")
	}
	p := new(Packet)
	var rest []byte
	var err error
	switch b[0] >> 4 {
	case 4:
		rest, err = p.parse4(b)
	case 6:
		rest, err = p.parse6(b)
	default:
		err = malformed("neither IPv4 nor IPv6")
	}
	if err != nil {
		return nil, err
	}
	if p.fragment() {
		p.Payload = rest
		return p, nil
	}
	if err := p.parseTransport(rest); err != nil {
		return nil, err
	}
	return p, nil
}

// ChecksumValid reports whether the checksum of TCP, UDP or ICMP is right. Of a fragment it is not known and counts as right.
func (p *Packet) ChecksumValid() bool { return p.sumError == 0 }

// truncation notes whether a decoder missed bytes.
type truncation bool

// SetTruncated is called by gopacket's decoders.
func (t *truncation) SetTruncated() { *t = true }

func (p *Packet) parse4(b []byte) ([]byte, error) {
	n := 4 * int(b[0]&0xf)
	if n < ipv4HeaderLen || n > len(b) {
		return nil, malformed("IPv4 header length")
	}
	if sum(0, b[:n]) != 0xffff {
		return nil, &FormatError{Reason: HeaderChecksum, What: "IPv4 header checksum"}
	}
	var cut truncation
	var h layers.IPv4
	if err := h.DecodeFromBytes(b, &cut); err != nil || bool(cut) {
		return nil, malformed("IPv4 header")
	}
	p.Src = netip.AddrFrom4([4]byte(b[12:16]))
	p.Dst = netip.AddrFrom4([4]byte(b[16:20]))
	p.HopLimit, p.Proto, p.ID = h.TTL, Protocol(h.Protocol), uint32(h.Id)
	p.DontFragment = h.Flags&layers.IPv4DontFragment != 0
	p.MoreFragments = h.Flags&layers.IPv4MoreFragments != 0
	p.FragOffset = h.FragOffset * 8
	return h.Payload, nil
}

func (p *Packet) parse6(b []byte) ([]byte, error) {
	var cut truncation
	var h layers.IPv6
	if err := h.DecodeFromBytes(b, &cut); err != nil || bool(cut) {
		return nil, malformed("IPv6 header")
	}
	p.Src = netip.AddrFrom16([16]byte(b[8:24]))
	p.Dst = netip.AddrFrom16([16]byte(b[24:40]))
	p.HopLimit, p.Proto = h.HopLimit, Protocol(h.NextHeader)
	rest := h.Payload
	if h.NextHeader == layers.IPProtocolIPv6Fragment {
		var f layers.IPv6Fragment
		if err := f.DecodeFromBytes(rest, &cut); err != nil {
			return nil, malformed("IPv6 fragment header")
		}
		p.Proto, p.FragOffset, p.MoreFragments, p.ID = Protocol(f.NextHeader), f.FragmentOffset*8, f.MoreFragments, f.Identification
		rest = f.Payload
	}
	if p.Proto == Protocol(layers.IPProtocolIPv6HopByHop) || p.Proto == Protocol(layers.IPProtocolIPv6Fragment) {
		return nil, malformed("IPv6 extension header")
	}
	return rest, nil
}

// parseTransport reads what follows the IP header of a whole packet.
func (p *Packet) parseTransport(b []byte) error {
	at := checksumAt(p.Proto, p.v6())
	if at < 0 {
		p.Payload = b
		return nil
	}
	if len(b) < at+2 {
		return &FormatError{Reason: Malformed, What: "transport header", transport: true}
	}
	p.sumError = p.checkTransport(b, at)
	var cut truncation
	var err error
	switch p.Proto {
	case TCP:
		err = p.parseTCP(b, &cut)
	case UDP:
		var u layers.UDP
		if err = u.DecodeFromBytes(b, &cut); err == nil {
			p.UDP = UDPHeader{uint16(u.SrcPort), uint16(u.DstPort)}
			p.Payload = u.Payload
		}
	default:
		if len(b) < icmpHeaderLen {
			cut = true
			break
		}
		p.ICMP.Type, p.ICMP.Code = b[0], b[1]
		p.ICMP.setRest(p.v6(), binary.BigEndian.Uint32(b[4:]))
		p.Payload = b[icmpHeaderLen:]
	}
	if err != nil || bool(cut) {
		return &FormatError{Reason: Malformed, What: "transport header", transport: true}
	}
	return nil
}

func (p *Packet) parseTCP(b []byte, cut gopacket.DecodeFeedback) error {
	var t layers.TCP
	if err := t.DecodeFromBytes(b, cut); err != nil {
		return err
	}
	h := &p.TCP
	*h = TCPHeader{SrcPort: uint16(t.SrcPort), DstPort: uint16(t.DstPort), Seq: t.Seq, Ack: t.Ack, Flags: TCPFlags(b[13] & 0x3f), Window: t.Window}
	for _, o := range t.Options {
		switch {
		case o.OptionType == layers.TCPOptionKindMSS && len(o.OptionData) == 2:
			h.MSS = binary.BigEndian.Uint16(o.OptionData)
		case o.OptionType == layers.TCPOptionKindWindowScale && len(o.OptionData) == 1:
			h.WindowScale = min(o.OptionData[0], 254) + 1
		}
	}
	p.Payload = t.Payload
	return nil
}

// checkTransport returns by what the checksum at b[at:] differs from the right one. A UDP datagram over IPv4 may have none.
func (p *Packet) checkTransport(b []byte, at int) uint16 {
	carried := binary.BigEndian.Uint16(b[at:])
	if p.Proto == UDP && carried == 0 && !p.v6() {
		return 0
	}
	total := uint64(0)
	if p.Proto != ICMP {
		src, dst := p.Src.As16(), p.Dst.As16()
		if p.v6() {
			total = add(add(0, src[:]), dst[:])
		} else {
			total = add(add(0, src[12:]), dst[12:])
		}
		total += uint64(p.Proto) + uint64(len(b))
	}
	with := sum(total, b)
	if with == 0xffff {
		return 0
	}
	right := ^sum(uint64(with)+uint64(^carried), nil) // RFC 1624: without the carried one
	if p.Proto == UDP && right == 0 {
		right = 0xffff
	}
	return carried ^ right
}

// add adds b as 16-bit words.
func add(total uint64, b []byte) uint64 {
	for ; len(b) >= 2; b = b[2:] {
		total += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) == 1 {
		total += uint64(b[0]) << 8
	}
	return total
}

// sum is the one's complement sum of RFC 1071, starting from total.
func sum(total uint64, b []byte) uint16 {
	total = add(total, b)
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}

// parseQuote reads as much as is known of the packet that an ICMP error quotes: protocol, addresses, ports, the sequence
// number of TCP, identifier and sequence number of an echo message.
func parseQuote(b []byte) (p Packet, ok bool) {
	if len(b) < ipv4HeaderLen {
		return p, false
	}
	switch {
	case b[0]>>4 == 4:
		n := 4 * int(b[0]&0xf)
		p.Proto, p.Src, p.Dst = Protocol(b[9]), netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		b = b[min(max(n, ipv4HeaderLen), len(b)):]
	case b[0]>>4 == 6 && len(b) >= ipv6HeaderLen:
		p.Proto, p.Src, p.Dst = Protocol(b[6]), netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		b = b[ipv6HeaderLen:]
		if p.Proto == Protocol(layers.IPProtocolIPv6Fragment) && len(b) >= fragHeaderLen {
			p.Proto = Protocol(b[0])
			b = b[fragHeaderLen:]
		}
	default:
		return p, false
	}
	if len(b) < 8 {
		return p, false
	}
	switch first, second := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]); {
	case p.Proto == TCP:
		p.TCP.SrcPort, p.TCP.DstPort, p.TCP.Seq = first, second, binary.BigEndian.Uint32(b[4:])
	case p.Proto == UDP:
		p.UDP.SrcPort, p.UDP.DstPort = first, second
	case p.isICMP():
		p.ICMP.Type, p.ICMP.Code = b[0], b[1]
		p.ICMP.setRest(p.v6(), binary.BigEndian.Uint32(b[4:]))
	}
	return p, true
}
