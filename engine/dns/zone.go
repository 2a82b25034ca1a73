package dns

import (
	"slices"
	"strings"

	miekg "github.com/miekg/dns"
)

// MaxRecords is how many records a zone may have unless it was made with another bound.
const MaxRecords = 1_000_000

// A Zone is the data of a zone: all records from its origin down to the cuts below which others are in charge, with the glue that leads
// there. Change it by Apply only. A Zone is for the tasks of one scheduler.
type Zone struct {
	origin  key
	name    string // as it was written
	nodes   map[key]*node
	soa     *miekg.SOA // of the apex; nil while a secondary has no data yet
	records int
	max     int

	version  uint64 // counts changes of any kind
	sorted   []*node
	all      []RR     // what whole returned, until the zone changes
	changes  []Change // the journal, oldest first
	journal  int      // records in it
	watchers []*watcher
	store    *Store // keeps changes, or nil
}

type watcher struct{ f func() }

// A node is a name of the zone. One without sets is an empty non-terminal (RFC 4592 2.2.2).
type node struct {
	key      key
	name     string
	sets     []*rrset // by type
	children int      // nodes directly below
}

// An rrset is the records of one name and type (RFC 2181 5).
type rrset struct {
	typ  uint16
	rrs  []RR
	turn int // which record comes first in the next answer
}

// NewZone returns a zone without any records, as a secondary has before its first transfer.
func NewZone(origin string) (*Zone, error) {
	name, err := Fqdn(origin)
	if err != nil {
		return nil, err
	}
	k, err := keyOf(name)
	if err != nil {
		return nil, err
	}
	return newZone(k, name), nil
}

func newZone(k key, name string) *Zone {
	return &Zone{origin: k, name: name, nodes: map[key]*node{}, max: MaxRecords}
}

// Origin returns the zone's name, with the dot at its end.
func (z *Zone) Origin() string { return z.name }

// SOA returns the record at the apex, or nil if the zone has no data. It is not to be changed.
func (z *Zone) SOA() *miekg.SOA { return z.soa }

// Serial returns the zone's serial number, 0 if it has no data.
func (z *Zone) Serial() uint32 {
	if z.soa == nil {
		return 0
	}
	return z.soa.Serial
}

// Len returns the number of records.
func (z *Zone) Len() int { return z.records }

// Records returns the records in canonical order of names, the SOA first, and by type within a name. The records are not to be changed.
func (z *Zone) Records() []RR {
	out := make([]RR, 0, z.records)
	if z.soa != nil {
		out = append(out, z.soa)
	}
	for _, n := range z.order() {
		for _, s := range n.sets {
			if s.typ != miekg.TypeSOA {
				out = append(out, s.rrs...)
			}
		}
	}
	return out
}

// Text returns the zone as a master file: one record a line, in the order of Records.
func (z *Zone) Text() string {
	var b strings.Builder
	for _, rr := range z.Records() {
		b.WriteString(rr.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// order returns the nodes in canonical order.
func (z *Zone) order() []*node {
	if z.sorted == nil {
		z.sorted = make([]*node, 0, len(z.nodes))
		for _, n := range z.nodes {
			z.sorted = append(z.sorted, n)
		}
		slices.SortFunc(z.sorted, func(a, b *node) int { return compareKeys(a.key, b.key) })
	}
	return z.sorted
}

// set returns the node's records of a type, or nil.
func (n *node) set(typ uint16) *rrset {
	for _, s := range n.sets {
		if s.typ == typ {
			return s
		}
	}
	return nil
}

// has reports whether the node has records of a type.
func (n *node) has(typ uint16) bool { return n.set(typ) != nil }

// grow returns the node of a name within the zone, made with its ancestors if need be.
func (z *Zone) grow(k key, name string) *node {
	n := z.nodes[k]
	if n == nil {
		n = &node{key: k, name: name}
		z.nodes[k] = n
		z.sorted = nil
		if k != z.origin {
			above := k.parent()
			z.grow(above, above.String()).children++
		}
	}
	return n
}

// prune takes out a node without records and children, and then its ancestors likewise.
func (z *Zone) prune(n *node) {
	for len(n.sets) == 0 && n.children == 0 {
		delete(z.nodes, n.key)
		z.sorted = nil
		if n.key == z.origin {
			return
		}
		n = z.nodes[n.key.parent()]
		n.children--
	}
}

// put adds a record that may be in the zone; it reports whether it was not there yet. The TTL of a set is that of the record that
// came last (RFC 2181 5.2).
func (z *Zone) put(k key, rr RR) bool {
	n := z.grow(k, rr.Header().Name)
	if len(n.sets) == 0 {
		n.name = rr.Header().Name
	}
	typ := rr.Header().Rrtype
	s := n.set(typ)
	if s == nil {
		s = &rrset{typ: typ}
		at, _ := slices.BinarySearchFunc(n.sets, typ, func(s *rrset, t uint16) int { return int(s.typ) - int(t) })
		n.sets = slices.Insert(n.sets, at, s)
	}
	ttl := rr.Header().Ttl
	added := true
	if single(typ) && len(s.rrs) > 0 {
		added = !same(s.rrs[0], rr) || s.rrs[0].Header().Ttl != ttl
		s.rrs = []RR{rr}
		z.records--
	} else if i := slices.IndexFunc(s.rrs, func(have RR) bool { return same(have, rr) }); i >= 0 {
		added = s.rrs[i].Header().Ttl != ttl
		s.rrs[i] = rr
		z.records--
	} else {
		s.rrs = append(s.rrs, rr)
	}
	z.records++
	z.level(s, ttl)
	if typ == miekg.TypeSOA && k == z.origin {
		z.soa = rr.(*miekg.SOA)
	}
	return added
}

// level gives all records of a set one TTL. Records are shared with answers and the journal, so a changed one is a copy.
func (z *Zone) level(s *rrset, ttl uint32) {
	for i, rr := range s.rrs {
		if rr.Header().Ttl != ttl {
			s.rrs[i] = miekg.Copy(rr)
			s.rrs[i].Header().Ttl = ttl
		}
	}
}

// take removes the record with the same name, type and data; it reports whether it was there.
func (z *Zone) take(k key, rr RR) bool {
	n := z.nodes[k]
	if n == nil {
		return false
	}
	s := n.set(rr.Header().Rrtype)
	if s == nil {
		return false
	}
	i := slices.IndexFunc(s.rrs, func(have RR) bool { return same(have, rr) })
	if i < 0 {
		return false
	}
	s.rrs = slices.Delete(s.rrs, i, i+1)
	z.records--
	if len(s.rrs) == 0 {
		n.sets = slices.DeleteFunc(n.sets, func(x *rrset) bool { return x == s })
		if s.typ == miekg.TypeSOA && k == z.origin {
			z.soa = nil
		}
		z.prune(n)
	}
	return true
}

// single reports whether a name has at most one record of the type, so that a new one takes the old one's place.
func single(typ uint16) bool {
	return typ == miekg.TypeSOA || typ == miekg.TypeCNAME || typ == miekg.TypeDNAME
}

// same reports whether two records differ at most in TTL and in the case of names.
func same(a, b RR) bool {
	ha, hb := a.Header(), b.Header()
	return ha.Rrtype == hb.Rrtype && miekg.IsDuplicate(a, b)
}

// Watch calls f after each change of the zone until stop is called. f must not wait.
func (z *Zone) Watch(f func()) (stop func()) {
	w := &watcher{f}
	z.watchers = append(z.watchers, w)
	return func() {
		z.watchers = slices.DeleteFunc(slices.Clone(z.watchers), func(x *watcher) bool { return x == w })
	}
}

// changed is called after every change.
func (z *Zone) changed() {
	z.version++
	z.all = nil
	for _, w := range z.watchers {
		w.f()
	}
}
