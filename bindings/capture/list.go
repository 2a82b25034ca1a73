package capture

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

type listArgs struct {
	Count int `doc:"how many packets at most, from the first on" default:"1000" min:"1" max:"1000000"`
}

// packet is a packet as a table; what it has not is nil.
type packet struct {
	At        time.Duration
	Interface string
	Inbound   bool
	Size      int
	Comment   lua.LValue
	Protocol  lua.LValue
	From, To  lua.LValue
	HopLimit  lua.LValue
	Length    lua.LValue
	Data      lua.LValue
	Flags     lua.LValue
	Seq, Ack  lua.LValue
	Window    lua.LValue
	Type      lua.LValue
}

func (t *Capture) list(c *bind.Call, a listArgs) ([]packet, error) {
	file, err := t.bytes(c, bind.None{})
	if err != nil {
		return nil, err
	}
	all, err := capture.Read(strings.NewReader(file), a.Count)
	out := []packet{}
	for i := range all {
		out = append(out, tableOf(&all[i]))
	}
	return out, err
}

func tableOf(s *capture.Seen) packet {
	r := packet{At: s.At.Sub(sim.Epoch), Interface: s.Interface, Inbound: s.Inbound, Size: s.Length, Comment: lua.LNil, Protocol: lua.LNil, From: lua.LNil, To: lua.LNil,
		HopLimit: lua.LNil, Length: lua.LNil, Data: lua.LNil, Flags: lua.LNil, Seq: lua.LNil, Ack: lua.LNil, Window: lua.LNil, Type: lua.LNil}
	if s.Comment != "" {
		r.Comment = lua.LString(s.Comment)
	}
	p := s.Packet
	if p == nil {
		return r
	}
	r.Protocol, r.From, r.To = lua.LString(p.Proto.String()), lua.LString(s.From), lua.LString(s.To)
	r.HopLimit, r.Length, r.Data = lua.LNumber(p.HopLimit), lua.LNumber(len(p.Payload)), lua.LString(p.Payload)
	switch p.Proto {
	case vnet.TCP:
		r.Flags, r.Window, r.Seq = lua.LString(p.TCP.Flags.String()), lua.LNumber(p.TCP.Window), lua.LNumber(s.Seq)
		if p.TCP.Flags&vnet.ACK != 0 {
			r.Ack = lua.LNumber(s.Ack)
		}
	case vnet.ICMP, vnet.ICMPv6:
		r.Type = lua.LNumber(p.ICMP.Type)
	}
	return r
}
