package vnet

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var (
	src4, dst4 = netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("10.0.1.2")
	src6, dst6 = netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("2001:db8:0:1::2")
)

// samples are packets of every kind.
func samples() []Packet {
	var all []Packet
	for _, a := range []Packet{{Src: src4, Dst: dst4, HopLimit: 64, ID: 4711}, {Src: src6, Dst: dst6, HopLimit: 63}} {
		v6 := a.v6()
		icmp := ICMP
		echo, tooBig := ICMPHeader{Type: echoRequest4, ID: 9, Seq: 10}, ICMPHeader{Type: 3, Code: 4, MTU: 576}
		if v6 {
			icmp, echo.Type, tooBig = ICMPv6, echoRequest6, ICMPHeader{Type: 2, MTU: 1280}
		}
		for _, payload := range [][]byte{nil, {1}, []byte("hello, world"), bytes.Repeat([]byte{0xff}, 1400)} {
			for _, p := range []Packet{
				{Proto: TCP, TCP: TCPHeader{SrcPort: 40000, DstPort: 80, Seq: 1 << 31, Ack: 77, Flags: SYN, Window: 65535, MSS: 1460, WindowScale: 8}},
				{Proto: TCP, TCP: TCPHeader{SrcPort: 40000, DstPort: 80, Seq: 1, Ack: 2, Flags: ACK | PSH | FIN, Window: 100}, DontFragment: !v6},
				{Proto: TCP, TCP: TCPHeader{SrcPort: 1, DstPort: 2, Flags: RST | URG, MSS: 536}},
				{Proto: TCP, TCP: TCPHeader{SrcPort: 1, DstPort: 2, Flags: SYN, WindowScale: 1}},
				{Proto: UDP, UDP: UDPHeader{65000, 65535}},
				{Proto: icmp, ICMP: echo},
				{Proto: icmp, ICMP: tooBig},
				{Proto: 99},
				{Proto: UDP, MoreFragments: true, FragOffset: 1480},
			} {
				p.Src, p.Dst, p.HopLimit, p.ID = a.Src, a.Dst, a.HopLimit, a.ID
				p.Payload = payload
				if p.fragment() {
					p.ID = 4712
				}
				if v6 && p.transportLen() == 0 {
					continue // there is no IPv6 packet without a payload
				}
				all = append(all, p)
			}
		}
	}
	return all
}

func TestMarshalRoundTrip(t *testing.T) {
	for _, p := range samples() {
		b := p.Marshal()
		equal(t, "length", len(b), p.Len())
		q, err := Unmarshal(b)
		if err != nil {
			t.Errorf("%+v: %v", p, err)
			continue
		}
		if len(q.Payload) == 0 {
			q.Payload = nil
		}
		if !reflect.DeepEqual(*q, p) {
			t.Errorf("got %+v\nwant %+v", *q, p)
		}
	}
}

// gopacket finds every checksum right and every layer whole.
func TestMarshalChecksums(t *testing.T) {
	checked := 0
	for _, p := range samples() {
		first := layers.LayerTypeIPv4
		if p.v6() {
			first = layers.LayerTypeIPv6
		}
		d := gopacket.NewPacket(p.Marshal(), first, gopacket.Default)
		if d.ErrorLayer() != nil && p.Proto != 99 && !p.isICMP() {
			t.Errorf("%+v: %v", p, d.ErrorLayer().Error())
		}
		for _, l := range d.Layers() {
			if l, ok := l.(interface {
				SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
			}); ok {
				must(0, l.SetNetworkLayerForChecksum(d.NetworkLayer()))
			}
		}
		err, wrong := d.VerifyChecksums()
		if err != nil {
			t.Errorf("%+v: %v", p, err)
		}
		if len(wrong) > 0 {
			t.Errorf("%+v: %v", p, wrong)
		}
		for _, l := range d.Layers() {
			if _, ok := l.(interface {
				VerifyChecksum() (error, gopacket.ChecksumVerificationResult)
			}); ok {
				checked++
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d checksums were checked", checked)
	}
}

// A SYN, byte for byte.
func TestMarshalSyn(t *testing.T) {
	p := Packet{Src: src4, Dst: dst4, HopLimit: 64, ID: 1, DontFragment: true, Proto: TCP,
		TCP: TCPHeader{SrcPort: 40000, DstPort: 80, Seq: 100, Flags: SYN, Window: 65535, MSS: 1460, WindowScale: 8}}
	equal(t, "bytes", hex.EncodeToString(p.Marshal()),
		"4500003000014000"+"400624c50a000101"+"0a000102"+
			"9c40005000000064"+"000000007002ffff"+"d1210000"+"020405b4"+"01030307")
}

// Any flipped bit of what a checksum protects is found, and a damaged packet keeps its damage when it is marshalled again.
func TestFlippedBitsAreFound(t *testing.T) {
	for _, p := range samples() {
		good := p.Marshal()
		if len(good) > 200 || p.fragment() || p.Proto == 99 {
			continue
		}
		start := 0
		if p.v6() {
			start = ipv6HeaderLen // IPv6 has no header checksum
		}
		for bit := 8 * start; bit < 8*len(good); bit++ {
			b := bytes.Clone(good)
			b[bit/8] ^= 0x80 >> (bit % 8)
			q, err := Unmarshal(b)
			if err != nil {
				continue
			}
			if q.ChecksumValid() {
				t.Errorf("%v %v: bit %d flipped: not found", p.Proto, p.Dst, bit)
				continue
			}
			r, err := Unmarshal(q.Marshal())
			if err != nil || r.ChecksumValid() {
				t.Errorf("%v %v: bit %d flipped: healed by marshalling (%v)", p.Proto, p.Dst, bit, err)
			}
		}
	}
}

func TestUDPWithoutChecksum(t *testing.T) {
	p := Packet{Src: src4, Dst: dst4, Proto: UDP, HopLimit: 1, Payload: []byte("x")}
	b := p.Marshal()
	b[ipv4HeaderLen+6], b[ipv4HeaderLen+7] = 0, 0
	equal(t, "valid", must(Unmarshal(b)).ChecksumValid(), true)
}

func FuzzUnmarshal(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range samples() {
		b := p.Marshal()
		f.Add(b)
		f.Add(b[:rng.IntN(len(b))])
		p.corrupt(rng)
		f.Add(p.Payload)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		parseQuote(b)
		p, err := Unmarshal(b)
		if err != nil {
			return
		}
		if p.v6() && p.transportLen() == 0 {
			return
		}
		again, err := Unmarshal(p.Marshal())
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if again.ChecksumValid() != p.ChecksumValid() {
			t.Fatalf("%+v: the checksum changed to %+v", p, again)
		}
	})
}
