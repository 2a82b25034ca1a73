package net

import (
	"math"
	"net/netip"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// directionNames are the directions of a link as scripts name them.
var directionNames = [...]string{vnet.AB: "a_to_b", vnet.BA: "b_to_a"}

func directionOf(name string) vnet.Dir {
	if name == directionNames[vnet.BA] {
		return vnet.BA
	}
	return vnet.AB
}

// tableUnits is the fuel that a packet's table costs.
const tableUnits = 30

// A packetField is a number of a packet's table.
type packetField struct {
	name string
	has  func(*vnet.Packet) bool
	get  func(*vnet.Packet) float64
	set  func(*vnet.Packet, float64)
	most float64
}

func always(*vnet.Packet) bool { return true }

func whole(p *vnet.Packet) bool { return !p.MoreFragments && p.FragOffset == 0 }

func isTCP(p *vnet.Packet) bool { return p.Proto == vnet.TCP && whole(p) }

func isICMP(p *vnet.Packet) bool {
	return (p.Proto == vnet.ICMP || p.Proto == vnet.ICMPv6) && whole(p)
}

func hasPorts(p *vnet.Packet) bool {
	return (p.Proto == vnet.TCP || p.Proto == vnet.UDP) && whole(p)
}

// ports returns where the packet keeps its ports.
func ports(p *vnet.Packet) (src, dst *uint16) {
	if p.Proto == vnet.TCP {
		return &p.TCP.SrcPort, &p.TCP.DstPort
	}
	return &p.UDP.SrcPort, &p.UDP.DstPort
}

// number declares a field.
func number[T uint8 | uint16 | uint32](name string, has func(*vnet.Packet) bool, at func(*vnet.Packet) *T) packetField {
	return packetField{name, has, func(p *vnet.Packet) float64 { return float64(*at(p)) },
		func(p *vnet.Packet, v float64) { *at(p) = T(v) }, float64(^T(0))}
}

// packetFields are the numbers of a packet's table.
var packetFields = []packetField{
	number("hop_limit", always, func(p *vnet.Packet) *uint8 { return &p.HopLimit }),
	number("id", always, func(p *vnet.Packet) *uint32 { return &p.ID }),
	number("source_port", hasPorts, func(p *vnet.Packet) *uint16 { src, _ := ports(p); return src }),
	number("destination_port", hasPorts, func(p *vnet.Packet) *uint16 { _, dst := ports(p); return dst }),
	number("seq", isTCP, func(p *vnet.Packet) *uint32 { return &p.TCP.Seq }),
	number("ack", isTCP, func(p *vnet.Packet) *uint32 { return &p.TCP.Ack }),
	number("window", isTCP, func(p *vnet.Packet) *uint16 { return &p.TCP.Window }),
	number("mss", isTCP, func(p *vnet.Packet) *uint16 { return &p.TCP.MSS }),
	number("type", isICMP, func(p *vnet.Packet) *uint8 { return &p.ICMP.Type }),
	number("code", isICMP, func(p *vnet.Packet) *uint8 { return &p.ICMP.Code }),
	number("echo_id", isICMP, func(p *vnet.Packet) *uint16 { return &p.ICMP.ID }),
	number("echo_seq", isICMP, func(p *vnet.Packet) *uint16 { return &p.ICMP.Seq }),
}

// The fields of a packet's table that are no numbers, and size, which only the packet itself sets.
var packetTexts = []string{"direction", "protocol", "source", "destination", "flags", "data", "fragment", "size"}

// packetTable returns a packet as the function of a tap sees it.
func packetTable(c *bind.Call, d vnet.Dir, p *vnet.Packet) *lua.LTable {
	c.Charge(tableUnits)
	t := c.L.CreateTable(0, 20)
	t.RawSetString("direction", lua.LString(directionNames[d]))
	t.RawSetString("protocol", lua.LString(p.Proto.String()))
	t.RawSetString("source", lua.LString(p.Src.String()))
	t.RawSetString("destination", lua.LString(p.Dst.String()))
	for _, f := range packetFields {
		if f.has(p) {
			t.RawSetString(f.name, lua.LNumber(f.get(p)))
		}
	}
	if isTCP(p) {
		t.RawSetString("flags", lua.LString(p.TCP.Flags.String()))
	}
	if !whole(p) {
		t.RawSetString("fragment", lua.LNumber(p.FragOffset))
	}
	t.RawSetString("data", lua.LString(p.Payload))
	t.RawSetString("size", lua.LNumber(p.Len()))
	return t
}

// readPacket returns the packet that a table describes: what it leaves out is as in the packet of w.
func readPacket(c *bind.Call, t *lua.LTable, w tapped) tapped {
	c.Charge(tableUnits)
	out := tapped{w.dir, w.p.Clone()}
	p := out.p
	names := append([]string(nil), packetTexts...)
	for _, f := range packetFields {
		names = append(names, f.name)
	}
	for key := range bind.Pairs(t) {
		known := false
		for _, name := range names {
			known = known || key == lua.LString(name)
		}
		if !known {
			hint := ""
			if near := bind.Nearest(key.String(), names); near != "" {
				hint = "; did you mean '" + near + "'?"
			}
			c.Raise("unknown field '%.40s' in a packet%s", key.String(), hint)
		}
	}
	readTexts(c, t, &out)
	for _, f := range packetFields {
		v := t.RawGetString(f.name)
		if v == lua.LNil || !f.has(p) {
			continue
		}
		n, ok := v.(lua.LNumber)
		if !ok || !(float64(n) >= 0 && float64(n) <= f.most) || math.Trunc(float64(n)) != float64(n) {
			c.Raise("field '%s' of a packet: want a whole number from 0 to %.0f, got %s", f.name, f.most, describe(c, v))
		}
		f.set(p, float64(n))
	}
	return out
}

// readTexts reads the fields that are no numbers.
func readTexts(c *bind.Call, t *lua.LTable, out *tapped) {
	p := out.p
	text := func(name, want string, take func(string) bool) {
		v := t.RawGetString(name)
		if v == lua.LNil {
			return
		}
		if s, ok := v.(lua.LString); !ok || !take(string(s)) {
			c.Raise("field '%s' of a packet: want %s, got %s", name, want, describe(c, v))
		}
	}
	address := func(a *netip.Addr) func(string) bool {
		return func(s string) (ok bool) {
			b, err := netip.ParseAddr(s)
			*a = b
			return err == nil && b.Zone() == ""
		}
	}
	text("direction", `"a_to_b" or "b_to_a"`, func(s string) bool {
		out.dir = directionOf(s)
		return s == directionNames[out.dir]
	})
	text("protocol", `"TCP", "UDP", "ICMP" or "ICMPv6"`, func(s string) bool {
		for _, proto := range []vnet.Protocol{p.Proto, vnet.TCP, vnet.UDP, vnet.ICMP, vnet.ICMPv6} {
			if s == proto.String() {
				p.Proto = proto
				return true
			}
		}
		return false
	})
	text("source", "an IP address", address(&p.Src))
	text("destination", "an IP address", address(&p.Dst))
	text("flags", `control bits such as "SYN ACK"`, func(s string) bool {
		p.TCP.Flags = 0
		for _, word := range strings.Fields(s) {
			bit := vnet.FIN
			for bit.String() != strings.ToUpper(word) {
				if bit == vnet.URG {
					return false
				}
				bit <<= 1
			}
			p.TCP.Flags |= bit
		}
		return true
	})
	text("data", "a string", func(s string) bool {
		p.Payload = []byte(s)
		return true
	})
}

// describe shows a value that does not fit.
func describe(c *bind.Call, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		if len(v) > 40 {
			v = v[:40] + "…"
		}
		return "\"" + string(v) + "\""
	case lua.LNumber:
		return v.String()
	}
	return c.Describe(v)
}
