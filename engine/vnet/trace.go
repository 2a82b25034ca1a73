package vnet

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// A Trace folds every event of a network into one hash: two runs with the same Sum did the same, packet by packet and nanosecond
// by nanosecond. The payload's bytes count where a packet is sent, delivered or dropped, the header's everywhere.
type Trace struct {
	sum    hash.Hash
	buf    []byte
	events int
}

// Hash starts a Trace. Call it before the first packet.
func (n *Network) Hash() *Trace {
	t := &Trace{sum: sha256.New()}
	n.Observe(t.add)
	return t
}

// Events returns how many events were folded in so far.
func (t *Trace) Events() int { return t.events }

// Sum returns the SHA-256 of the events so far, in hexadecimal.
func (t *Trace) Sum() string { return hex.EncodeToString(t.sum.Sum(nil)) }

func (t *Trace) add(e Event) {
	t.events++
	b := binary.BigEndian.AppendUint64(t.buf[:0], uint64(e.At))
	b = append(b, byte(e.Kind), byte(e.Reason))
	b = appendText(b, e.Node)
	b = appendText(b, e.Interface)
	b = e.Packet.appendFields(b)
	t.sum.Write(b)
	if e.Kind != Arrived && e.Kind != Forwarded {
		t.sum.Write(e.Packet.Payload)
	}
	t.buf = b
}

func appendText(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

// appendFields appends every field that decides the packet's bytes, but the payload.
func (p *Packet) appendFields(b []byte) []byte {
	src, dst := p.Src.As16(), p.Dst.As16()
	b = append(append(b, src[:]...), dst[:]...)
	flags := byte(0)
	for k, f := range [...]bool{p.v6(), p.DontFragment, p.MoreFragments} {
		if f {
			flags |= 1 << k
		}
	}
	b = append(b, p.HopLimit, byte(p.Proto), flags, byte(p.broken), p.ICMP.Type, p.ICMP.Code, byte(p.TCP.Flags), p.TCP.WindowScale)
	for _, v := range [...]uint16{p.FragOffset, p.sumError, p.UDP.SrcPort, p.UDP.DstPort, p.ICMP.ID, p.ICMP.Seq,
		p.TCP.SrcPort, p.TCP.DstPort, p.TCP.Window, p.TCP.MSS} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	for _, v := range [...]uint32{p.ID, p.ICMP.MTU, p.TCP.Seq, p.TCP.Ack, uint32(len(p.Payload))} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}
