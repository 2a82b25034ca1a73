package vnet

import (
	"github.com/moonwire-lab/moonwire/engine/stack"
	"math/rand/v2"
	"net/netip"
)

type Resolver interface{}
type reassembly struct{}

func (r *reassembly) clear(h *Host) {}

type icmpHost struct{}
type udpHost struct{}

const (
	timeExceeded icmpKind = iota
	packetTooBig
)

type icmpKind uint8

func (h *Host) crashICMP()                                          {}
func (h *Host) crashUDP()                                           {}
func (h *Host) icmpError(k icmpKind, mtu int, p *Packet, in *iface) {}
func (r *route) unreachable() icmpKind                              { return 0 }
func (h *Host) reassemble(p *Packet, in *iface) *Packet             { return p }
func (n *Network) fragments(p *Packet, l int) []*Packet             { return []*Packet{p} }
func (h *Host) receiveUDP(p *Packet, in *iface)                     {}
func (h *Host) receiveICMP(p *Packet, in *iface)                    {}
func (i *iface) member(a netip.Addr) bool                           { return false }
func (p *Packet) corrupt(r *rand.Rand)                              {}
func newUDPSocket(h *Host, f stack.Family) stack.Socket             { return nil }
func (h *Host) udpSockets() []stack.SocketInfo                      { return nil }
