package net

import (
	"net/netip"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

type injectArgs struct {
	From    *host.Host `doc:"the host that sends the packet"`
	Segment struct {
		To         string      `doc:"name or address of the destination"`
		Port       int         `doc:"destination port" min:"0" max:"65535"`
		Source     *netip.Addr `doc:"address that the packet claims to come from; the host's own unless set"`
		SourcePort int         `doc:"source port" default:"1024" min:"0" max:"65535"`
		Protocol   string      `doc:"tcp: a segment; udp: a datagram, of which flags, seq, ack and window do not count" enum:"tcp,udp" default:"tcp"`
		Flags      string      `doc:"control bits with spaces between: syn ack fin rst psh urg" default:"syn"`
		Seq        float64     `doc:"sequence number" default:"0" min:"0" max:"4294967295"`
		Ack        float64     `doc:"acknowledgement number" default:"0" min:"0" max:"4294967295"`
		Window     int         `doc:"window field" default:"65535" min:"0" max:"65535"`
		Data       string      `doc:"payload" default:""`
	} `doc:"the TCP segment or UDP datagram"`
}

func inject(c *bind.Call, a injectArgs) error {
	if _, err := network(c); err != nil {
		return err
	}
	v, s := a.From.V, a.Segment
	dst, err := v.LookupHost(s.To)
	if err != nil {
		return err
	}
	if len(dst) == 0 {
		return &stack.LookupError{Name: s.To, Err: stack.ErrHostNotFound}
	}
	p := vnet.Packet{Dst: dst[0], Proto: vnet.TCP, Payload: []byte(s.Data), TCP: vnet.TCPHeader{SrcPort: uint16(s.SourcePort), DstPort: uint16(s.Port),
		Seq: uint32(s.Seq), Ack: uint32(s.Ack), Flags: flags(c, s.Flags), Window: uint16(s.Window)}}
	if p.TCP.Flags&vnet.SYN != 0 {
		p.TCP.MSS = 1460
	}
	if s.Protocol == "udp" {
		p.Proto, p.TCP, p.UDP = vnet.UDP, vnet.TCPHeader{}, vnet.UDPHeader{SrcPort: uint16(s.SourcePort), DstPort: uint16(s.Port)}
	}
	if s.Source != nil {
		p.Src = *s.Source
		if p.Src.Is4() != p.Dst.Is4() || p.Src.IsMulticast() || p.Src.Is4In6() || p.Src.Zone() != "" {
			c.Misuse("source", "want a host's address of the destination's family, got %v for the destination %v", p.Src, p.Dst)
		}
	} else if p.Src, err = v.SourceFor(p.Dst); err != nil {
		return err
	}
	return v.Inject(&p)
}

// flags reads the control bits.
func flags(c *bind.Call, text string) vnet.TCPFlags {
	names := []string{"fin", "syn", "rst", "psh", "ack", "urg"}
	var all vnet.TCPFlags
	for _, word := range strings.Fields(text) {
		bit := -1
		for i, n := range names {
			if strings.EqualFold(n, word) {
				bit = i
			}
		}
		if bit < 0 {
			c.Misuse("flags", "want some of %s, got %q", strings.Join(names, " "), word)
		}
		all |= 1 << bit
	}
	return all
}
