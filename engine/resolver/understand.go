package resolver

import (
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// understand takes what a server of a zone says to a question: an entry that answers it, a delegation closer to the name, or, if it is
// neither, an error. What it may speak of is its zone; the rest is passed over.
func (j *job) understand(d *delegation, m *dns.Message, name string, qtype uint16) (*Entry, *delegation, error) {
	switch m.Rcode {
	case miekg.RcodeSuccess, miekg.RcodeNameError:
	case miekg.RcodeRefused:
		return nil, nil, errLame
	default:
		return nil, nil, errServer
	}
	if j.r.BelieveAnything {
		j.believe(m)
	}
	rank := Answer
	if m.Authoritative && !d.resolve {
		rank = Authentic
	}
	e := j.answers(d.zone, m, name, qtype, rank)
	if m.Authoritative && !d.resolve {
		j.storeAll(d.zone, m.Ns, Authority, miekg.TypeNS)
		j.storeAll(d.zone, m.Extra, Additional, miekg.TypeA, miekg.TypeAAAA)
	}
	switch {
	case e != nil:
		return e, nil, nil
	case m.Rcode == miekg.RcodeNameError:
		return j.negative(d, m, name, anyType)
	}
	if next := j.referral(d, m, name, qtype); next != nil {
		return nil, next, nil
	}
	return j.negative(d, m, name, qtype)
}

// answers stores the sets of the answer section and returns what it says of the question: its records, or an alias.
func (j *job) answers(zone string, m *dns.Message, name string, qtype uint16, rank Rank) *Entry {
	var answer, alias *Entry
	if qtype == miekg.TypeANY {
		answer = j.any(zone, m, name, rank)
	}
	for _, set := range sets(m.Answer) {
		owner := strings.ToLower(set[0].Header().Name)
		if !j.inside(owner, zone) {
			continue
		}
		e := j.store(set, rank)
		if owner != name {
			continue
		}
		switch e.Type {
		case qtype:
			answer = e
		case miekg.TypeCNAME:
			alias = e
		}
	}
	if answer != nil {
		return answer
	}
	return alias
}

// any returns all records of the name that the answer has, which are not cached together.
func (j *job) any(zone string, m *dns.Message, name string, rank Rank) *Entry {
	e := &Entry{Name: name, Type: miekg.TypeANY, Rank: rank}
	for _, rr := range m.Answer {
		if strings.ToLower(rr.Header().Name) == name && j.inside(name, zone) {
			e.Records = append(e.Records, rr)
		}
	}
	if len(e.Records) == 0 {
		return nil
	}
	j.expire(e)
	return e
}

// inside reports whether servers of a zone may speak of a name: the bailiwick check.
func (j *job) inside(name, zone string) bool { return j.r.BelieveAnything || below(name, zone) }

// referral returns the delegation that a message makes: to a zone below the server's own, and above the name.
func (j *job) referral(d *delegation, m *dns.Message, name string, qtype uint16) *delegation {
	for _, set := range sets(m.Ns) {
		zone := strings.ToLower(set[0].Header().Name)
		if set[0].Header().Rrtype != miekg.TypeNS || zone == d.zone || !below(zone, d.zone) || !below(name, zone) {
			continue
		}
		if qtype == miekg.TypeDS && zone == name {
			continue
		}
		e := j.store(set, Additional)
		for _, glue := range sets(m.Extra) {
			if t := glue[0].Header().Rrtype; (t == miekg.TypeA || t == miekg.TypeAAAA) && names(set, glue[0].Header().Name) {
				j.storeAll(d.zone, glue, Additional, t)
			}
		}
		if next := j.delegate(zone, e.Records); next != nil {
			return next
		}
		return j.delegate(zone, set)
	}
	return nil
}

// names reports whether one of NS records is to a host.
func names(set []dns.RR, host string) bool {
	for _, rr := range set {
		if ns, ok := rr.(*miekg.NS); ok && strings.EqualFold(ns.Ns, host) {
			return true
		}
	}
	return false
}

// negative takes that there is no such name, or no record of that type (RFC 2308). The SOA record says for how long; without it nothing is kept.
func (j *job) negative(d *delegation, m *dns.Message, name string, qtype uint16) (*Entry, *delegation, error) {
	e := &Entry{Name: name, Type: qtype, Rcode: m.Rcode, Rank: Authentic}
	for _, rr := range m.Ns {
		soa, ok := rr.(*miekg.SOA)
		if !ok {
			continue
		}
		owner := strings.ToLower(soa.Hdr.Name)
		if below(name, owner) && j.inside(owner, d.zone) {
			e.SOA = soa
			break
		}
	}
	now := j.r.Stack.Now()
	if e.SOA == nil {
		if !m.Authoritative && !d.resolve {
			return nil, nil, errLame
		}
		e.Expires = now
		return e, nil, nil
	}
	e.TTL = min(e.SOA.Hdr.Ttl, e.SOA.Minttl)
	e.Expires = now.Add(min(seconds(e.TTL, maxNegativeTTL), j.r.maxTTL()))
	j.r.cache.put(e, now)
	return e, nil, nil
}

// storeAll stores the sets of some types in a section, as far as the zone's servers may speak of them.
func (j *job) storeAll(zone string, section []dns.RR, rank Rank, types ...uint16) {
	for _, set := range sets(section) {
		h := set[0].Header()
		for _, t := range types {
			if h.Rrtype == t && j.inside(strings.ToLower(h.Name), zone) {
				j.store(set, rank)
			}
		}
	}
}

// store caches a set and returns its entry, which counts for the question at hand even if it may not be kept; if the cache has
// one that ranks higher, that.
func (j *job) store(set []dns.RR, rank Rank) *Entry {
	h := set[0].Header()
	e := &Entry{Name: strings.ToLower(h.Name), Type: h.Rrtype, Records: set, Rank: rank}
	j.expire(e)
	now := j.r.Stack.Now()
	if old := j.r.cache.get(e.Name, e.Type, now); old != nil && old.Rank > rank && !old.Negative() {
		return old
	}
	j.r.cache.put(e, now)
	return e
}

// expire sets until when an entry holds: as long as the shortest-lived of its records (RFC 2181 section 5.2).
func (j *job) expire(e *Entry) {
	e.TTL = e.Records[0].Header().Ttl
	for _, rr := range e.Records {
		e.TTL = min(e.TTL, rr.Header().Ttl)
	}
	e.Expires = j.r.Stack.Now().Add(min(seconds(e.TTL, maxTTL), j.r.maxTTL()))
}

// believe caches all that a message says as if it had been asked, which servers did before 1997.
func (j *job) believe(m *dns.Message) {
	for _, section := range [][]dns.RR{m.Answer, m.Ns, m.Extra} {
		for _, set := range sets(section) {
			if t := set[0].Header().Rrtype; t != miekg.TypeOPT && t != miekg.TypeSOA {
				j.store(set, Authentic)
			}
		}
	}
}

// maxSet is how many records of one name and type are taken.
const maxSet = 256

// sets groups the Internet's records of a section by name and type, in the order in which these come, each record once.
func sets(section []dns.RR) [][]dns.RR {
	type id struct {
		name  string
		qtype uint16
	}
	var out [][]dns.RR
	at := map[id]int{}
	for _, rr := range section {
		h := rr.Header()
		if h.Class != miekg.ClassINET {
			continue
		}
		key := id{strings.ToLower(h.Name), h.Rrtype}
		if i, ok := at[key]; ok {
			twice := slices.ContainsFunc(out[i], func(o dns.RR) bool { return miekg.IsDuplicate(o, rr) })
			if !twice && len(out[i]) < maxSet && h.Rrtype != miekg.TypeCNAME {
				out[i] = append(out[i], rr)
			}
			continue
		}
		at[key] = len(out)
		out = append(out, []dns.RR{rr})
	}
	return out
}

func (r *Recursor) maxTTL() (d time.Duration) {
	if r.MaxTTL > 0 {
		return r.MaxTTL
	}
	return maxTTL
}
