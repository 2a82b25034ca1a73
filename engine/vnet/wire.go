package vnet

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Marshal returns the packet's bytes as they are on the wire, from the IP header on. The checksums are valid, unless
// the packet was damaged under way.
func (p *Packet) Marshal() []byte { return new(Marshaler).Bytes(p) }

// A Marshaler gives the bytes of one packet after the other without a new buffer for each. The zero value is ready.
type Marshaler struct {
	buf   gopacket.SerializeBuffer
	plain []byte
}

// Bytes returns what Packet.Marshal does; they are valid until the next call.
func (m *Marshaler) Bytes(p *Packet) []byte {
	if p.isPlain() {
		m.plain = p.appendPlain(m.plain[:0])
		return m.plain
	}
	return m.general(p)
}

// general gives the bytes of any packet.
func (m *Marshaler) general(p *Packet) []byte {
	stack := make([]gopacket.SerializableLayer, 0, 5)
	var ip gopacket.NetworkLayer
	if p.v6() {
		h := p.header6()
		ip = h
		stack = append(stack, h)
		if p.fragment() {
			h.NextHeader = layers.IPProtocolIPv6Fragment
			stack = append(stack, &layers.IPv6Fragment{NextHeader: layers.IPProtocol(p.Proto), FragmentOffset: p.FragOffset / 8,
				MoreFragments: p.MoreFragments, Identification: p.ID})
		}
	} else {
		h := p.header4()
		ip = h
		stack = append(stack, h)
	}
	if !p.fragment() {
		stack = p.transport(stack, ip)
	}
	stack = append(stack, gopacket.Payload(p.Payload))
	if m.buf == nil {
		m.buf = gopacket.NewSerializeBuffer()
	}
	if err := gopacket.SerializeLayers(m.buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, stack...); err != nil {
		panic("vnet: packet that cannot be marshalled: " + err.Error())
	}
	b := m.buf.Bytes()
	if p.sumError != 0 && !p.fragment() {
		if at := checksumAt(p.Proto, p.v6()); at >= 0 {
			field := b[len(b)-p.transportLen()+at:]
			binary.BigEndian.PutUint16(field, binary.BigEndian.Uint16(field)^p.sumError)
		}
	}
	return b
}

func (p *Packet) header4() *layers.IPv4 {
	h := &layers.IPv4{Version: 4, Id: uint16(p.ID), TTL: p.HopLimit, Protocol: layers.IPProtocol(p.Proto), FragOffset: p.FragOffset / 8,
		SrcIP: p.Src.AsSlice(), DstIP: p.Dst.AsSlice()}
	if p.DontFragment {
		h.Flags |= layers.IPv4DontFragment
	}
	if p.MoreFragments {
		h.Flags |= layers.IPv4MoreFragments
	}
	return h
}

func (p *Packet) header6() *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: p.HopLimit, NextHeader: layers.IPProtocol(p.Proto), SrcIP: p.Src.AsSlice(), DstIP: p.Dst.AsSlice()}
}

// transport appends the layers between the IP header and the payload.
func (p *Packet) transport(stack []gopacket.SerializableLayer, ip gopacket.NetworkLayer) []gopacket.SerializableLayer {
	switch {
	case p.Proto == TCP:
		t := p.TCP.layer()
		t.SetNetworkLayerForChecksum(ip)
		return append(stack, t)
	case p.Proto == UDP:
		u := &layers.UDP{SrcPort: layers.UDPPort(p.UDP.SrcPort), DstPort: layers.UDPPort(p.UDP.DstPort)}
		u.SetNetworkLayerForChecksum(ip)
		return append(stack, u)
	case !p.isICMP():
		return stack
	}
	rest := p.ICMP.rest(p.v6())
	if p.v6() {
		i := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(p.ICMP.Type, p.ICMP.Code)}
		i.SetNetworkLayerForChecksum(ip)
		return append(stack, i, gopacket.Payload(binary.BigEndian.AppendUint32(nil, rest)))
	}
	return append(stack, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(p.ICMP.Type, p.ICMP.Code), Id: uint16(rest >> 16), Seq: uint16(rest)})
}

func (h *TCPHeader) layer() *layers.TCP {
	t := &layers.TCP{SrcPort: layers.TCPPort(h.SrcPort), DstPort: layers.TCPPort(h.DstPort), Seq: h.Seq, Ack: h.Ack, Window: h.Window,
		FIN: h.Flags&FIN != 0, SYN: h.Flags&SYN != 0, RST: h.Flags&RST != 0, PSH: h.Flags&PSH != 0, ACK: h.Flags&ACK != 0, URG: h.Flags&URG != 0}
	if h.MSS != 0 {
		t.Options = append(t.Options, layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionData: binary.BigEndian.AppendUint16(nil, h.MSS)})
	}
	if h.WindowScale != 0 {
		t.Options = append(t.Options, layers.TCPOption{OptionType: layers.TCPOptionKindNop},
			layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionData: []byte{h.WindowScale - 1}})
	}
	return t
}

// rest returns the second word of the ICMP header: identifier and sequence number of echo messages, the MTU of packet too big
// (RFC 1191 section 4, RFC 4443 section 3.2), else 0.
func (h *ICMPHeader) rest(v6 bool) uint32 {
	switch {
	case h.echo(v6):
		return uint32(h.ID)<<16 | uint32(h.Seq)
	case h.tooBig(v6):
		return h.MTU
	}
	return 0
}

func (h *ICMPHeader) setRest(v6 bool, rest uint32) {
	switch {
	case h.echo(v6):
		h.ID, h.Seq = uint16(rest>>16), uint16(rest)
	case h.tooBig(v6):
		h.MTU = rest
	}
}

// echo reports whether the message is an echo request or reply.
func (h *ICMPHeader) echo(v6 bool) bool {
	if v6 {
		return h.Type == echoRequest6 || h.Type == echoReply6
	}
	return h.Type == echoRequest4 || h.Type == echoReply4
}

// tooBig reports whether the message is packet too big, in IPv4: fragmentation needed and DF set.
func (h *ICMPHeader) tooBig(v6 bool) bool {
	if v6 {
		return h.Type == 2
	}
	return h.Type == 3 && h.Code == 4
}

// checksumAt returns where in its header a protocol keeps the checksum, or -1.
func checksumAt(proto Protocol, v6 bool) int {
	switch {
	case proto == TCP:
		return 16
	case proto == UDP:
		return 6
	case proto == ICMP && !v6, proto == ICMPv6 && v6:
		return 2
	}
	return -1
}

// corrupt flips one random bit of the packet's bytes and reads them again. What the checksums do not protect (of IPv6 the hop
// limit, flow label and traffic class) may so go unnoticed, as it would on a real wire.
func (p *Packet) corrupt(rng *rand.Rand) {
	b := p.Marshal()
	bit := rng.IntN(8 * len(b))
	b[bit/8] ^= 0x80 >> (bit % 8)
	q, err := Unmarshal(b)
	if err != nil {
		if e, ok := err.(*FormatError); ok && e.transport {
			p.sumError |= 1 // its receiver will find the checksum wrong
			return
		}
		p.broken = Malformed
		if e, ok := err.(*FormatError); ok && e.Reason != NoReason {
			p.broken = e.Reason
		}
		return
	}
	q.from, q.to, q.origin, q.size, q.epoch = p.from, p.to, p.origin, p.size, p.epoch
	*p = *q
}
