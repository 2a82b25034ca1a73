package dns

import (
	"fmt"
	"slices"

	miekg "github.com/miekg/dns"
)

// A Change is the difference between two versions of a zone: what a delta of IXFR says (RFC 1995 4). Removed and Added are without SOAs.
type Change struct {
	Old, New       *miekg.SOA
	Removed, Added []RR
}

// An Edit is a change of a zone in the making. It works on the zone itself, so nothing may wait before Commit or Rollback.
type Edit struct {
	z       *Zone
	touched []*touch
	seen    map[setKey]*touch
}

type setKey struct {
	key key
	typ uint16
}

// A touch is a set as it was before the edit.
type touch struct {
	setKey
	old []RR
}

// Edit begins a change.
func (z *Zone) Edit() *Edit { return &Edit{z: z, seen: map[setKey]*touch{}} }

// touch notes how a set was.
func (e *Edit) touch(k key, typ uint16) {
	at := setKey{k, typ}
	if e.seen[at] != nil {
		return
	}
	t := &touch{setKey: at, old: slices.Clone(e.z.rrs(k, typ))}
	e.touched = append(e.touched, t)
	e.seen[at] = t
}

// rrs returns the records of a name and type, as they are kept.
func (z *Zone) rrs(k key, typ uint16) []RR {
	if n := z.nodes[k]; n != nil {
		if s := n.set(typ); s != nil {
			return s.rrs
		}
	}
	return nil
}

// Add adds a record. An SOA takes the place of the old one. It fails if the record cannot be in the zone or does not go together with what is
// there. One that is there already gets the new TTL, as does its set.
func (e *Edit) Add(rr RR) error {
	k, err := e.z.admit(rr)
	if err != nil {
		return e.wrong(err)
	}
	typ := rr.Header().Rrtype
	if typ != miekg.TypeSOA {
		if err := e.z.clash(k, rr); err != nil {
			return e.wrong(err)
		}
	}
	if e.z.store != nil && !storable(rr) {
		return e.wrong(fmt.Errorf("%s %s: a type that no master file can keep", rr.Header().Name, TypeName(typ)))
	}
	e.touch(k, typ)
	e.z.put(k, rr)
	return nil
}

func (e *Edit) wrong(err error) error {
	return &DataError{e.z.name, err.Error()}
}

// Remove takes out a record with the same name, type and data, whatever its TTL. It reports whether there was one.
func (e *Edit) Remove(rr RR) bool {
	k, err := keyOf(rr.Header().Name)
	if err != nil {
		return false
	}
	e.touch(k, rr.Header().Rrtype)
	return e.z.take(k, rr)
}

// RemoveSet takes out all records of a name and type, of all types for ANY, and returns how many there were.
func (e *Edit) RemoveSet(name string, typ uint16) int {
	k, err := keyOf(name)
	n := e.z.nodes[k]
	if err != nil || n == nil {
		return 0
	}
	removed := 0
	for _, s := range slices.Clone(n.sets) {
		if typ == s.typ || typ == miekg.TypeANY {
			e.touch(k, s.typ)
			for _, rr := range slices.Clone(s.rrs) {
				e.z.take(k, rr)
				removed++
			}
		}
	}
	return removed
}

// Rollback undoes everything.
func (e *Edit) Rollback() {
	for _, t := range slices.Backward(e.touched) {
		for _, rr := range slices.Clone(e.z.rrs(t.key, t.typ)) {
			e.z.take(t.key, rr)
		}
		for _, rr := range t.old {
			e.z.put(t.key, rr)
		}
	}
	e.touched = nil
	clear(e.seen)
}

// Commit makes the change stand and tells who watches the zone. If records changed and the serial number did not, it is counted up. A change that
// leaves the zone without SOA or without name server at its apex fails and is undone, as does one that the zone's file cannot keep. It returns what
// changed, or nil if nothing did.
func (e *Edit) Commit() (*Change, error) {
	c := e.difference()
	if err := e.z.Complete(); err != nil {
		e.Rollback()
		return nil, e.wrong(err)
	}
	if c == nil {
		return nil, nil
	}
	if c.Old != nil && c.New == c.Old {
		next := miekg.Copy(c.Old).(*miekg.SOA)
		if next.Serial++; next.Serial == 0 {
			next.Serial = 1
		}
		e.touch(e.z.origin, miekg.TypeSOA)
		e.z.put(e.z.origin, next)
		c.New = next
	}
	if e.z.store != nil {
		if err := e.z.store.keep(c); err != nil {
			e.Rollback()
			return nil, err
		}
	}
	e.z.record(*c)
	e.touched = nil
	clear(e.seen)
	e.z.changed()
	return c, nil
}

// difference returns what the edit has changed so far, or nil.
func (e *Edit) difference() *Change {
	c := &Change{Old: e.z.soa, New: e.z.soa}
	for _, t := range e.touched {
		now := e.z.rrs(t.key, t.typ)
		if t.typ == miekg.TypeSOA && t.key == e.z.origin {
			c.Old = nil
			if len(t.old) > 0 {
				c.Old = t.old[0].(*miekg.SOA)
			}
			continue
		}
		c.Removed = append(c.Removed, minus(t.old, now)...)
		c.Added = append(c.Added, minus(now, t.old)...)
	}
	if c.Old == c.New && len(c.Removed) == 0 && len(c.Added) == 0 {
		return nil
	}
	return c
}

// minus returns the records of a that b does not have with the same TTL.
func minus(a, b []RR) []RR {
	var out []RR
	for _, rr := range a {
		if !slices.ContainsFunc(b, func(x RR) bool { return x == rr || same(x, rr) && x.Header().Ttl == rr.Header().Ttl }) {
			out = append(out, rr)
		}
	}
	return out
}

// record keeps a change for IXFR. The journal is bounded by what a whole transfer would cost; a change without serial numbers to go by
// empties it.
func (z *Zone) record(c Change) {
	if c.Old == nil || c.New == nil || !SerialLess(c.Old.Serial, c.New.Serial) {
		z.changes, z.journal = nil, 0
		return
	}
	z.changes = append(z.changes, c)
	z.journal += len(c.Removed) + len(c.Added) + 2
	drop := 0
	for z.journal > max(1000, z.records) && drop < len(z.changes) {
		z.journal -= len(z.changes[drop].Removed) + len(z.changes[drop].Added) + 2
		drop++
	}
	z.changes = slices.Delete(z.changes, 0, drop)
}

// Since returns the changes that lead from a serial number to the present one, or false if the journal does not reach back that far.
func (z *Zone) Since(serial uint32) ([]Change, bool) {
	if z.soa != nil && z.soa.Serial == serial {
		return nil, true
	}
	for i, c := range z.changes {
		if c.Old.Serial == serial {
			return slices.Clone(z.changes[i:]), true
		}
	}
	return nil, false
}

// Apply makes the changes of an incremental transfer. Each must fit exactly: begin with the zone's SOA and remove only what is there. If one does
// not, the zone stays as it was.
func (z *Zone) Apply(changes []Change) error {
	for _, c := range changes {
		e := z.Edit()
		if err := e.delta(c); err != nil {
			e.Rollback()
			return e.wrong(err)
		}
		if _, err := e.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (e *Edit) delta(c Change) error {
	if e.z.Serial() != c.Old.Serial {
		return fmt.Errorf("the change is from serial %d, the zone has %d", c.Old.Serial, e.z.Serial())
	}
	for _, rr := range c.Removed {
		if !e.Remove(rr) {
			return fmt.Errorf("%s %s is to be removed and is not there", rr.Header().Name, TypeName(rr.Header().Rrtype))
		}
	}
	for _, rr := range append([]RR{c.New}, c.Added...) {
		if err := e.Add(rr); err != nil {
			return err
		}
	}
	return nil
}

// Replace gives the zone other records: what a whole transfer brought. They must make a complete zone, or it stays as it was.
func (z *Zone) Replace(rrs []RR) error {
	next := newZone(z.origin, z.name)
	next.max = z.max
	for _, rr := range rrs {
		k, err := next.admit(rr)
		if err == nil {
			err = next.clash(k, rr)
		}
		if err != nil {
			return &DataError{z.name, err.Error()}
		}
		next.put(k, rr)
	}
	if err := next.Complete(); err != nil {
		return &DataError{z.name, err.Error()}
	}
	z.nodes, z.soa, z.records, z.sorted = next.nodes, next.soa, next.records, nil
	z.changes, z.journal = nil, 0
	z.changed()
	return nil
}

// Clear takes all data out of the zone: a secondary's has expired.
func (z *Zone) Clear() {
	z.nodes, z.soa, z.records, z.sorted = map[key]*node{}, nil, 0, nil
	z.changes, z.journal = nil, 0
	z.changed()
}
