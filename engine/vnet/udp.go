package vnet

import (
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// udpHost is the UDP of one host. The zero value is ready.
type udpHost struct {
	ports map[uint16][]*udpSocket // bound sockets, in the order of binding
	order []*udpSocket            // all open sockets, in the order of creation
}

// receiveUDP takes a datagram that is addressed to the host and has a valid checksum.
func (h *Host) receiveUDP(p *Packet, in *iface) {
	via := p.via(in)
	if p.to == nil {
		h.receiveGroupUDP(p, in, via)
		return
	}
	s := h.udp.find(p, via)
	if s == nil && h.demanded(stack.UDP, p.UDP.DstPort) {
		s = h.udp.find(p, via)
	}
	if s == nil {
		h.icmpError(portUnreachable, 0, p, in)
		h.refuse(NoPort, p, in)
		return
	}
	if !s.enqueue(p) {
		h.refuse(BufferFull, p, in)
		return
	}
	h.net.note(Delivered, NoReason, h.name, in, p)
	h.net.freePacket(p)
}

// receiveGroupUDP gives a broadcast or multicast datagram to every socket that it fits.
func (h *Host) receiveGroupUDP(p *Packet, in, via *iface) {
	fits, taken := false, false
	for _, s := range h.udp.ports[p.UDP.DstPort] {
		if s.rank(p, via) > 0 {
			fits = true
			taken = s.enqueue(p) || taken
		}
	}
	switch {
	case taken:
		h.net.note(Delivered, NoReason, h.name, in, p)
		h.net.freePacket(p)
	case fits:
		h.refuse(BufferFull, p, in)
	default:
		h.refuse(NoPort, p, in)
	}
}

// find returns the socket for a datagram: the connected one before one bound to the address before one bound to all. Among those
// that share the address by SO_REUSEPORT the addresses decide; by SO_REUSEADDR, the last one that was bound.
func (u *udpHost) find(p *Packet, via *iface) *udpSocket {
	var best *udpSocket
	rank, equals := 0, uint64(0)
	for _, s := range u.ports[p.UDP.DstPort] {
		switch r := s.rank(p, via); {
		case r == 0 || r < rank:
		case r > rank:
			best, rank, equals = s, r, 1
		case s.opt.reusePort && best.opt.reusePort:
			equals++
			if mixAddrs(0, netip.AddrPortFrom(p.Dst, p.UDP.DstPort), netip.AddrPortFrom(p.Src, p.UDP.SrcPort))%equals == 0 {
				best = s
			}
		default:
			best = s
		}
	}
	return best
}

// rank says how well the socket fits a datagram that came in at via: 0 not at all.
func (s *udpSocket) rank(p *Packet, via *iface) int {
	if s.opt.device != "" && s.opt.device != via.name {
		return 0
	}
	r := 1
	switch a := s.bind.Addr(); {
	case a == p.Dst:
		r += 4
	case !a.IsUnspecified():
		return 0
	case a.Is4() == p.Dst.Is4():
		r++
	case a.Is4() || s.opt.v6only:
		return 0
	}
	if s.remote.IsValid() {
		if s.remote.Port() != p.UDP.SrcPort || s.remote.Addr() != p.Src || s.local.Addr() != p.Dst && !p.Dst.IsMulticast() && p.to != nil {
			return 0
		}
		r += 8
	}
	return r
}

func (u *udpHost) add(s *udpSocket) {
	if u.ports == nil {
		u.ports = map[uint16][]*udpSocket{}
	}
	u.ports[s.bind.Port()] = append(u.ports[s.bind.Port()], s)
}

func (u *udpHost) remove(s *udpSocket) {
	same := func(o *udpSocket) bool { return o == s }
	if all := slices.DeleteFunc(u.ports[s.bind.Port()], same); len(all) > 0 {
		u.ports[s.bind.Port()] = all
	} else {
		delete(u.ports, s.bind.Port())
	}
}

// udpError hands the connected socket that sent p the error that came back for it. Unconnected sockets are not told, as
// on Linux.
func (h *Host) udpError(p *Packet, err stack.Errno) {
	local, remote := netip.AddrPortFrom(p.Src, p.UDP.SrcPort), netip.AddrPortFrom(p.Dst, p.UDP.DstPort)
	for _, s := range h.udp.ports[p.UDP.SrcPort] {
		if s.remote == remote && s.local == local {
			s.err = err
			s.readable.Wake()
			s.writable.Wake()
			return
		}
	}
}

// udpSockets returns the UDP part of the socket table: the bound sockets.
func (h *Host) udpSockets() []stack.SocketInfo {
	var all []stack.SocketInfo
	for _, s := range h.udp.order {
		if !s.bind.IsValid() {
			continue
		}
		info := stack.SocketInfo{Kind: stack.UDP, State: "UNCONN", Local: s.LocalAddr(), Remote: s.RemoteAddr(), RecvQueue: s.queued, Process: s.label}
		if s.remote.IsValid() {
			info.State = "ESTAB"
		}
		all = append(all, info)
	}
	return all
}

// crashUDP forgets every socket. Tasks that wait on one find it closed.
func (h *Host) crashUDP() {
	order := h.udp.order
	h.udp = udpHost{}
	for _, s := range order {
		s.closed = true
		s.leaveAll()
		s.readable.Wake()
		s.writable.Wake()
	}
}
