package dns

import (
	"net/netip"
	"slices"
	"strings"

	miekg "github.com/miekg/dns"
)

// Bounds of what one look-up does.
const (
	maxChain = 16  // aliases that are followed
	maxExtra = 100 // additional records
)

// An Answer is what a server says to a question: the sections of a reply and its code.
type Answer struct {
	Rcode         int
	Authoritative bool // the flag AA
	Answer        []RR
	Ns            []RR // the authority section
	Extra         []RR // the additional section
	Referral      bool // the zone delegates the name: Ns says to whom
	Wildcard      bool // a record of Answer comes from a wildcard

	RecursionAvailable bool // the flag RA
	// Subnet says for whom the answer is, if it was chosen by Query.Subnet: a resolver that told it keeps the answer for those alone
	// (RFC 7871 7.2.1).
	Subnet netip.Prefix

	glue    int    // how many of Extra must not be missing, or the referral leads nowhere (RFC 9471)
	turning *rrset // the set in Answer that rotates, or nil
}

// The kinds of what search finds.
const (
	found  = iota // the name, or a wildcard that stands for it
	absent        // no such name
	cutOff        // node is a delegation at or above the name
	moved         // node has a DNAME above the name
)

type finding struct {
	kind     int
	node     *node
	wildcard bool // node is one and stands for the name
}

// search walks from the apex down to k, a name of the zone (RFC 1034 4.3.2 step 3, RFC 4592 3.3.1).
func (z *Zone) search(k key) finding {
	var at [128]uint8
	n := z.nodes[z.origin]
	if n == nil {
		return finding{kind: absent}
	}
	for i := starts(k, &at) - z.origin.labels() - 1; i >= 0; i-- {
		if n.has(miekg.TypeDNAME) {
			return finding{kind: moved, node: n}
		}
		next := z.nodes[k[at[i]:]]
		if next == nil {
			if star := z.nodes["\x01*"+n.key]; star != nil {
				return finding{found, star, true}
			}
			return finding{kind: absent}
		}
		if next.has(miekg.TypeNS) {
			return finding{kind: cutOff, node: next}
		}
		n = next
	}
	return finding{kind: found, node: n}
}

// Lookup answers a question from the zone's data. Aliases are followed within the zone. A name outside of it is REFUSED, every name if the
// zone has no data SERVFAIL.
func (z *Zone) Lookup(name string, typ uint16) *Answer {
	l := lookup{typ: typ, zone: func(k key, _ uint16) *Zone {
		if k.below(z.origin) {
			return z
		}
		return nil
	}}
	return l.run(name)
}

// A lookup follows one question through zones.
type lookup struct {
	typ   uint16
	zone  func(key, uint16) *Zone // the zone of a name, or nil
	reply Answer
}

// run answers for name.
func (l *lookup) run(name string) *Answer {
	a := &l.reply
	a.Authoritative = true
	k, err := keyOf(name)
	if err != nil {
		a.Rcode, a.Authoritative = miekg.RcodeFormatError, false
		return a
	}
	for hop := 0; hop < maxChain; hop++ {
		z := l.zone(k, l.typ)
		if z == nil || z.soa == nil {
			if hop == 0 {
				a.Rcode, a.Authoritative = miekg.RcodeRefused, false
				if z != nil {
					a.Rcode = miekg.RcodeServerFailure
				}
			}
			return a
		}
		next := l.step(z, k, name, hop)
		if next == "" {
			return a
		}
		name = next
		if k, err = keyOf(name); err != nil {
			return a
		}
	}
	return a
}

// step does what zone z knows of a name, and returns the name to go on with if it is an alias.
func (l *lookup) step(z *Zone, k key, name string, hop int) (next string) {
	f := z.search(k)
	if f.kind == cutOff && l.typ == miekg.TypeDS && f.node.key == k { // RFC 4035 3.1.4.1: the parent's
		f.kind = found
	}
	switch f.kind {
	case absent:
		l.reply.Rcode = miekg.RcodeNameError
		l.negative(z)
	case cutOff:
		l.refer(z, f.node, hop)
	case moved:
		return l.redirect(f.node, name)
	case found:
		l.reply.Wildcard = l.reply.Wildcard || f.wildcard
		return l.data(z, f, name)
	}
	return ""
}

// data answers from the sets of a name.
func (l *lookup) data(z *Zone, f finding, name string) (next string) {
	n := f.node
	var s *rrset
	alias := n.set(miekg.TypeCNAME)
	switch {
	case l.typ == miekg.TypeANY && len(n.sets) > 0: // RFC 8482 4.1: one set will do
		s = n.sets[0]
	case alias != nil && l.typ != miekg.TypeCNAME:
		l.reply.Answer = appendSet(l.reply.Answer, alias, 0, f, name)
		return alias.rrs[0].(*miekg.CNAME).Target
	default:
		s = n.set(l.typ)
	}
	if s == nil {
		l.negative(z)
		return ""
	}
	if len(s.rrs) > 1 {
		l.reply.turning = s
	}
	l.reply.Answer = appendSet(l.reply.Answer, s, s.turn, f, name)
	l.additional(s.rrs)
	if apex := z.nodes[z.origin].set(miekg.TypeNS); apex != nil && apex != s {
		l.reply.Ns = append(l.reply.Ns, apex.rrs...)
		l.additional(apex.rrs)
	}
	return ""
}

// appendSet adds a set, beginning with record number turn; one of a wildcard with the name that it stands for.
func appendSet(to []RR, s *rrset, turn int, f finding, name string) []RR {
	for i := range s.rrs {
		rr := s.rrs[(i+turn)%len(s.rrs)]
		if f.wildcard {
			rr = miekg.Copy(rr)
			rr.Header().Name = name
		}
		to = append(to, rr)
	}
	return to
}

// negative adds the SOA that says how long a negative answer holds (RFC 2308 3, 5).
func (l *lookup) negative(z *Zone) {
	l.reply.Ns = append(l.reply.Ns, z.negativeSOA())
}

// negativeSOA returns the SOA with the TTL of negative answers.
func (z *Zone) negativeSOA() RR {
	ttl := min(z.soa.Hdr.Ttl, z.soa.Minttl)
	if ttl == z.soa.Hdr.Ttl {
		return z.soa
	}
	soa := miekg.Copy(z.soa)
	soa.Header().Ttl = ttl
	return soa
}

// refer says who is in charge below a cut.
func (l *lookup) refer(z *Zone, cut *node, hop int) {
	a := &l.reply
	if hop == 0 {
		a.Authoritative = false
	}
	a.Referral = true
	ns := cut.set(miekg.TypeNS).rrs
	a.Ns = append(a.Ns, ns...)
	if ds := cut.set(miekg.TypeDS); ds != nil {
		a.Ns = append(a.Ns, ds.rrs...)
	}
	var inside, outside []RR
	for _, rr := range ns {
		if k, err := keyOf(target(rr)); err == nil && k.below(cut.key) {
			inside = append(inside, rr)
		} else {
			outside = append(outside, rr)
		}
	}
	l.additional(inside)
	a.glue = len(a.Extra)
	l.additional(outside)
}

// redirect follows a DNAME (RFC 6672 3.2): it adds the record and the CNAME that comes of it.
func (l *lookup) redirect(n *node, name string) (next string) {
	d := n.set(miekg.TypeDNAME).rrs[0].(*miekg.DNAME)
	l.reply.Answer = append(l.reply.Answer, d)
	labels := miekg.SplitDomainName(name)
	kept := labels[:len(labels)-n.key.labels()]
	next = strings.Join(kept, ".") + "." + strings.TrimPrefix(d.Target, ".")
	if _, err := keyOf(next); err != nil {
		l.reply.Rcode = miekg.RcodeYXDomain
		return ""
	}
	l.reply.Answer = append(l.reply.Answer, &miekg.CNAME{
		Hdr:    miekg.RR_Header{Name: name, Rrtype: miekg.TypeCNAME, Class: miekg.ClassINET, Ttl: d.Hdr.Ttl},
		Target: next})
	if l.typ == miekg.TypeCNAME {
		return ""
	}
	return next
}

// additional adds the addresses of the hosts that records name, as far as they are known here and not in the answer already.
func (l *lookup) additional(rrs []RR) {
	for _, rr := range rrs {
		host := target(rr)
		if host == "" || len(l.reply.Extra) >= maxExtra {
			continue
		}
		k, err := keyOf(host)
		if err != nil {
			continue
		}
		z := l.zone(k, miekg.TypeA)
		if z == nil {
			continue
		}
		n := z.nodes[k]
		if n == nil {
			continue
		}
		for _, typ := range [...]uint16{miekg.TypeA, miekg.TypeAAAA} {
			if s := n.set(typ); s != nil && !slices.Contains(l.reply.Extra, s.rrs[0]) && !slices.Contains(l.reply.Answer, s.rrs[0]) {
				l.reply.Extra = append(l.reply.Extra, s.rrs[:min(len(s.rrs), maxExtra)]...)
			}
		}
	}
}
