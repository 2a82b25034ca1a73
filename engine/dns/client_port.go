package dns

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A SharedPort is one UDP socket for every exchange of a Client, as resolvers had before ports were drawn (RFC 5452 section 10): somebody
// who wants to forge a reply knows where it must go. It opens when first used, on the family of the first server.
type SharedPort struct {
	Number uint16 // 0 draws one, for good

	sock      stack.Socket
	connected bool
	waiting   []*exchange
}

// open makes sure that the socket stands.
func (p *SharedPort) open(s *stack.Stack, server netip.AddrPort) error {
	if p.sock != nil && !p.sock.Closed() {
		if len(p.waiting) == 0 {
			p.drain()
		}
		return nil
	}
	family, any := stack.IPv4, netip.IPv4Unspecified()
	if server.Addr().Is6() {
		family, any = stack.IPv6, netip.IPv6Unspecified()
	}
	sock, err := s.Socket(stack.UDP, family)
	if err != nil {
		return err
	}
	if err := sock.Bind(netip.AddrPortFrom(any, p.Number)); err != nil {
		sock.Close()
		return err
	}
	p.sock = sock
	return nil
}

// drain drops what came while nobody waited for anything: it can be no answer.
func (p *SharedPort) drain() {
	var b [1]byte
	for {
		if _, _, err := p.sock.ReadFrom(b[:]); errors.Is(err, stack.ErrWouldBlock) || p.sock.Closed() {
			return
		}
	}
}

// Close gives the socket up.
func (p *SharedPort) Close() {
	if p.sock != nil {
		p.sock.Close()
	}
}

// deliver gives a datagram to the exchange whose answer it is.
func (p *SharedPort) deliver(b []byte, from netip.AddrPort) {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	for _, x := range p.waiting {
		if x.take(b, from) {
			x.more.Wake()
			return
		}
	}
}

func (p *SharedPort) forget(x *exchange) {
	p.waiting = slices.DeleteFunc(p.waiting, func(o *exchange) bool { return o == x })
}
