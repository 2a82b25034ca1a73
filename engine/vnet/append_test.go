package vnet

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestPlainIsMarshal compares the short way with the general one, for samples and for random segments of every length.
func TestPlainIsMarshal(t *testing.T) {
	all := samples()
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 1461 {
		p := Packet{Proto: TCP, HopLimit: uint8(rng.Uint32()), ID: rng.Uint32(), DontFragment: n%2 == 0, Payload: make([]byte, n),
			Src: netip.AddrFrom4([4]byte{10, byte(n), 255, 1}), Dst: netip.AddrFrom4([4]byte{255, 255, byte(n >> 8), 255}),
			TCP: TCPHeader{SrcPort: uint16(rng.Uint32()), DstPort: uint16(rng.Uint32()), Seq: rng.Uint32(), Ack: rng.Uint32(),
				Flags: TCPFlags(rng.Uint32() & 63), Window: uint16(rng.Uint32())}}
		for i := range p.Payload {
			p.Payload[i] = byte(rng.Uint32()) | byte(n%3*0x80)
		}
		all = append(all, p)
	}
	plain := 0
	var m Marshaler
	for i := range all {
		p := &all[i]
		if !p.isPlain() {
			continue
		}
		plain++
		if want, got := m.general(p), p.appendPlain([]byte("before"))[6:]; !bytes.Equal(got, want) {
			t.Fatalf("%+v\ngot  %x\nwant %x", p, got, want)
		}
	}
	if plain < 1461 {
		t.Errorf("only %d packets were plain", plain)
	}
}

func BenchmarkMarshal(b *testing.B) {
	p := Packet{Proto: TCP, Src: src4, Dst: dst4, HopLimit: 64, TCP: TCPHeader{Flags: ACK}, Payload: make([]byte, 1460)}
	b.Run("plain", func(b *testing.B) {
		var m Marshaler
		for b.Loop() {
			m.Bytes(&p)
		}
	})
	b.Run("general", func(b *testing.B) {
		var m Marshaler
		for b.Loop() {
			m.general(&p)
		}
	})
}
