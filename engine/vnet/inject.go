package vnet

import (
	"errors"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// errInject is returned for a packet that no header can carry.
var errInject = errors.New("vnet: inject: source and destination are not addresses of one family, or the source is a group's")

// SourceFor returns the address that packets of the host to dst come from. The error is ErrNetUnreachable or
// ErrHostUnreachable if there is no route.
func (h *Host) SourceFor(dst netip.Addr) (netip.Addr, error) { return h.sourceFor(dst) }

// Inject sends a copy of p from the host as it is, whatever address it claims to come from, as a raw socket with a header of one's
// own would: forged packets for labs about attacks. The identification is the host's; a HopLimit of 0 means 64. What
// does not fit the MTU is fragmented. The error is ErrNetUnreachable or ErrHostUnreachable if there is no route.
func (h *Host) Inject(p *Packet) error {
	switch {
	case !p.Src.IsValid() || !p.Dst.IsValid() || p.Src.Is4() != p.Dst.Is4() || p.Src.IsMulticast() || p.Src.Zone() != "" || p.Src.Is4In6():
		return errInject
	case h.down:
		return stack.ErrHostDown
	case p.Len() > 65535:
		return stack.ErrMessageSize
	}
	q := h.net.clonePacket(p)
	q.Payload = h.net.copyBytes(p.Payload)
	q.next, q.from, q.to = nil, nil, nil
	err := h.send(q)
	h.takeLooped()
	return err
}
