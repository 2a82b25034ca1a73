package resolver

import (
	"errors"
	"iter"
	"net/netip"
	"strings"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Stub is the resolver routines of a host (RFC 1034 section 5.3.1): it asks the servers of its Config to resolve names and keeps
// nothing. Its methods park the calling task.
type Stub struct {
	Stack  *stack.Stack
	Config Config

	client dns.Client
	turn   int // of Rotate
}

// ednsSize is the longest datagram in bytes that is asked for (the DNS flag day 2020's).
const ednsSize = 1232

// NewQuery returns a question for the records of a name, which must end with a dot. Its id is 0: clients draw one.
func NewQuery(name string, qtype uint16, recurse bool) *dns.Message {
	m := &dns.Message{Question: []dns.Question{{Name: name, Qtype: qtype, Qclass: miekg.ClassINET}}}
	m.RecursionDesired = recurse
	return m
}

// Query asks for the records of a name as it stands. An answer that says that there are none is an answer; what is no answer at
// all is an error of package dns, that of the last server.
func (s *Stub) Query(name string, qtype uint16) (*dns.Reply, error) {
	full, err := dns.Fqdn(name)
	if err != nil {
		return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
	}
	replies, err := s.ask(full, qtype)
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// LookupMX returns the MX records of a domain as they come, none if it has none. The error is a *stack.LookupError with ErrHostNotFound if there
// is no such domain.
func (s *Stub) LookupMX(domain string) ([]*miekg.MX, error) {
	reply, err := s.Query(domain, miekg.TypeMX)
	switch {
	case err != nil:
		return nil, err
	case reply.Rcode == miekg.RcodeNameError:
		return nil, &stack.LookupError{Name: domain, Err: stack.ErrHostNotFound}
	case reply.Rcode != miekg.RcodeSuccess:
		return nil, &stack.LookupError{Name: domain, Err: stack.ErrTemporaryLookup}
	}
	var list []*miekg.MX
	for _, rr := range reply.Answer {
		if mx, ok := rr.(*miekg.MX); ok {
			list = append(list, mx)
		}
	}
	return list, nil
}

// ask asks for records of several types of a name at once, of one server after the other.
func (s *Stub) ask(name string, types ...uint16) ([]*dns.Reply, error) {
	questions := make([]*dns.Message, len(types))
	for i, t := range types {
		questions[i] = NewQuery(name, t, true)
		if s.Config.EDNS {
			questions[i].SetEdns0(ednsSize, false)
		}
	}
	s.client.Stack, s.client.Timeout, s.client.Tries, s.client.TCP = s.Stack, s.Config.Timeout, 1, s.Config.TCP
	servers := s.Config.Servers
	start := 0
	if s.Config.Rotate && len(servers) > 0 {
		start = s.turn % len(servers)
		s.turn++
	}
	var last error = &stack.LookupError{Name: name, Err: stack.ErrTemporaryLookup}
	var refused []*dns.Reply
	for range s.Config.Attempts {
		for i := range servers {
			replies, errs := s.client.ExchangeAll(questions, servers[(start+i)%len(servers)])
			if err := errors.Join(errs...); err != nil {
				last = errs[0]
				if last == nil {
					last = errs[len(errs)-1]
				}
				continue
			}
			if refused = replies; answered(replies) {
				return replies, nil
			}
		}
	}
	if refused != nil {
		return refused, nil
	}
	return nil, last
}

// answered reports whether each reply says what there is, or that there is nothing; otherwise the next server may know.
func answered(replies []*dns.Reply) bool {
	for _, r := range replies {
		if r.Rcode != miekg.RcodeSuccess && r.Rcode != miekg.RcodeNameError {
			return false
		}
	}
	return true
}

// LookupHost returns the addresses of a name in the order of the answer, IPv4 before IPv6. A name with fewer than Ndots dots is completed with the
// search domains first, any other last; with a dot at its end it is taken as it is. It is a *stack.LookupError with ErrHostNotFound if there is no
// such name or it has no address, with ErrTemporaryLookup if no server could say so.
func (s *Stub) LookupHost(name string) ([]netip.Addr, error) {
	failed := stack.ErrHostNotFound
	for full := range s.candidates(name) {
		addrs, err := s.addresses(full)
		if len(addrs) > 0 {
			return addrs, nil
		}
		if err != nil {
			failed = stack.ErrTemporaryLookup
			var denied stack.Errno
			if errors.As(err, &denied) && denied == stack.ErrAccess {
				return nil, err
			}
		}
	}
	return nil, &stack.LookupError{Name: name, Err: failed}
}

// candidates yields the full names to try for a name, in order.
func (s *Stub) candidates(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		try := func(n string) bool {
			full, err := dns.Fqdn(n)
			return err != nil || n == "" || yield(full)
		}
		if plain := strings.TrimSuffix(name, "."); plain != name {
			try(plain)
			return
		}
		asIs := strings.Count(name, ".") >= s.Config.Ndots
		if asIs && !try(name) {
			return
		}
		for _, d := range s.Config.Search {
			if !try(name + "." + d) {
				return
			}
		}
		if !asIs {
			try(name)
		}
	}
}

// addresses asks for the addresses of a full name. The error is that of a server that could not answer.
func (s *Stub) addresses(full string) ([]netip.Addr, error) {
	types := [][]uint16{{miekg.TypeA, miekg.TypeAAAA}}
	switch {
	case s.Config.NoAAAA:
		types = [][]uint16{{miekg.TypeA}}
	case s.Config.OneByOne:
		types = [][]uint16{{miekg.TypeA}, {miekg.TypeAAAA}}
	}
	var addrs []netip.Addr
	for _, together := range types {
		replies, err := s.ask(full, together...)
		if err != nil {
			return addrs, err
		}
		if !answered(replies) {
			err = errRefused
		}
		for _, r := range replies {
			addrs = appendAddrs(addrs, full, r.Message)
		}
		if err != nil {
			return addrs, err
		}
	}
	return addrs, nil
}

var errRefused = &stack.LookupError{Err: stack.ErrTemporaryLookup}

// appendAddrs appends the addresses that a message gives a name, by way of aliases.
func appendAddrs(addrs []netip.Addr, name string, m *dns.Message) []netip.Addr {
	name = alias(name, m)
	for _, rr := range m.Answer {
		if !strings.EqualFold(rr.Header().Name, name) {
			continue
		}
		switch rr := rr.(type) {
		case *miekg.A:
			if a, ok := netip.AddrFromSlice(rr.A.To4()); ok {
				addrs = append(addrs, a)
			}
		case *miekg.AAAA:
			if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
				addrs = append(addrs, a)
			}
		}
	}
	return addrs
}

// maxAliases is how many aliases in a row are followed.
const maxAliases = 16

// alias follows the CNAME records of a message from a name to the last one.
func alias(name string, m *dns.Message) string {
	for range min(len(m.Answer), maxAliases) {
		next := name
		for _, rr := range m.Answer {
			if c, ok := rr.(*miekg.CNAME); ok && strings.EqualFold(c.Hdr.Name, name) {
				next = c.Target
				break
			}
		}
		if next == name {
			break
		}
		name = next
	}
	return name
}

// LookupAddr returns the names of an address, by its PTR records, without the dot at their end.
func (s *Stub) LookupAddr(a netip.Addr) ([]string, error) {
	name := dns.ReverseName(a)
	replies, err := s.ask(name, miekg.TypePTR)
	if err != nil || !answered(replies) {
		return nil, &stack.LookupError{Name: a.String(), Err: stack.ErrTemporaryLookup}
	}
	owner := alias(name, replies[0].Message)
	var names []string
	for _, rr := range replies[0].Answer {
		if p, ok := rr.(*miekg.PTR); ok && strings.EqualFold(p.Hdr.Name, owner) {
			names = append(names, strings.TrimSuffix(p.Ptr, "."))
		}
	}
	if len(names) == 0 {
		return nil, &stack.LookupError{Name: a.String(), Err: stack.ErrHostNotFound}
	}
	return names, nil
}
