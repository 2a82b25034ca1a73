package dns

import (
	"net/netip"

	miekg "github.com/miekg/dns"
)

// Respond answers one datagram without a network.
func Respond(s *Server, raw []byte) []byte {
	if out := s.cache.get(raw, nil); len(out) > 0 {
		return out
	}
	r := &request{server: s, raw: raw, from: netip.MustParseAddrPort("192.0.2.1:5353")}
	return r.respond(nil)
}

// ReadTransfer reads a transfer that comes in messages of three records.
func ReadTransfer(zone string, have *miekg.SOA, rrs []RR) (*Delta, error) {
	t := newTransferReader(zone, have, 1000)
	for !t.done {
		if len(rrs) == 0 {
			return nil, nil
		}
		n := min(3, len(rrs))
		if err := t.message(rrs[:n]); err != nil {
			return nil, err
		}
		rrs = rrs[n:]
	}
	return t.delta(), nil
}

// Kept returns how many questions have packed answers.
func Kept(s *Server) int { return len(s.cache.entries) }
