package dns

import (
	miekg "github.com/miekg/dns"
)

// update answers a dynamic update (RFC 2136 3).
func (r *request) update() *Message {
	if len(r.msg.Question) != 1 || r.msg.Question[0].Qtype != miekg.TypeSOA {
		return r.refuse(miekg.RcodeFormatError)
	}
	q := r.msg.Question[0]
	v := r.server.byName(q.Name)
	switch {
	case v == nil || q.Qclass != miekg.ClassINET:
		return r.refuse(miekg.RcodeNotAuth)
	case !v.primary.Update.allows(r):
		return r.refuse(miekg.RcodeRefused)
	case v.zone.soa == nil:
		return r.refuse(miekg.RcodeServerFailure)
	}
	u := updater{zone: v.zone, serial: v.zone.soa.Serial}
	rcode := u.require(r.msg.Answer)
	if rcode == miekg.RcodeSuccess {
		rcode = u.scan(r.msg.Ns)
	}
	if rcode == miekg.RcodeSuccess {
		rcode = u.change(r.msg.Ns)
	}
	if rcode == miekg.RcodeSuccess && v.zone.soa.Serial != u.serial {
		r.server.stats.Updates++
	}
	return r.refuse(rcode)
}

// An updater works on one zone. It never waits, so an update happens at one moment.
type updater struct {
	zone   *Zone
	serial uint32
}

// node returns the key and the node of a record's name; the code is NOTZONE if that is not in the zone.
func (u *updater) node(rr RR) (key, *node, int) {
	k, err := keyOf(rr.Header().Name)
	switch {
	case err != nil:
		return "", nil, miekg.RcodeFormatError
	case !k.below(u.zone.origin):
		return "", nil, miekg.RcodeNotZone
	}
	return k, u.zone.nodes[k], miekg.RcodeSuccess
}

// require checks the prerequisites (RFC 2136 3.2).
func (u *updater) require(rrs []RR) int {
	exact := map[setKey][]RR{}
	var order []setKey
	for _, rr := range rrs {
		h := rr.Header()
		k, n, rcode := u.node(rr)
		if rcode != miekg.RcodeSuccess {
			return rcode
		}
		used := n != nil && len(n.sets) > 0
		switch {
		case h.Ttl != 0, h.Class != miekg.ClassINET && h.Rdlength != 0:
			return miekg.RcodeFormatError
		case h.Class == miekg.ClassANY && h.Rrtype == miekg.TypeANY:
			if !used {
				return miekg.RcodeNameError
			}
		case h.Class == miekg.ClassANY:
			if !used || !n.has(h.Rrtype) {
				return miekg.RcodeNXRrset
			}
		case h.Class == miekg.ClassNONE && h.Rrtype == miekg.TypeANY:
			if used {
				return miekg.RcodeYXDomain
			}
		case h.Class == miekg.ClassNONE:
			if used && n.has(h.Rrtype) {
				return miekg.RcodeYXRrset
			}
		case h.Class == miekg.ClassINET && !meta(h.Rrtype) && h.Rdlength > 0:
			at := setKey{k, h.Rrtype}
			if exact[at] == nil {
				order = append(order, at)
			}
			if len(exact[at]) > maxSet {
				return miekg.RcodeRefused
			}
			exact[at] = append(exact[at], rr)
		default:
			return miekg.RcodeFormatError
		}
	}
	for _, at := range order {
		if !equalSets(exact[at], u.zone.rrs(at.key, at.typ)) {
			return miekg.RcodeNXRrset
		}
	}
	return miekg.RcodeSuccess
}

// equalSets reports whether two sets have the same records, whatever their TTLs.
func equalSets(a, b []RR) bool {
	within := func(a, b []RR) bool {
	next:
		for _, x := range a {
			for _, y := range b {
				if same(x, y) {
					continue next
				}
			}
			return false
		}
		return true
	}
	return within(a, b) && within(b, a)
}

// scan checks the form of the changes before any is made (RFC 2136 3.4.1).
func (u *updater) scan(rrs []RR) int {
	for _, rr := range rrs {
		h := rr.Header()
		if _, _, rcode := u.node(rr); rcode != miekg.RcodeSuccess {
			return rcode
		}
		ok := false
		switch h.Class {
		case miekg.ClassINET:
			ok = !meta(h.Rrtype) && h.Rdlength > 0
		case miekg.ClassANY:
			ok = h.Ttl == 0 && h.Rdlength == 0 && (!meta(h.Rrtype) || h.Rrtype == miekg.TypeANY)
		case miekg.ClassNONE:
			ok = h.Ttl == 0 && !meta(h.Rrtype)
		}
		if !ok {
			return miekg.RcodeFormatError
		}
	}
	return miekg.RcodeSuccess
}

// change makes the changes, all or none (RFC 2136 3.4.2).
func (u *updater) change(rrs []RR) int {
	e := u.zone.Edit()
	for _, rr := range rrs {
		switch rr.Header().Class {
		case miekg.ClassINET:
			if rcode := u.add(e, rr); rcode != miekg.RcodeSuccess {
				e.Rollback()
				return rcode
			}
		case miekg.ClassANY:
			u.removeSet(e, rr)
		case miekg.ClassNONE:
			u.remove(e, rr)
		}
	}
	if _, err := e.Commit(); err != nil {
		return miekg.RcodeServerFailure
	}
	return miekg.RcodeSuccess
}

// add adds a record. What RFC 2136 3.4.2.2 says to pass over is passed over: an SOA that is not newer, an alias beside other data and other data
// beside an alias.
func (u *updater) add(e *Edit, rr RR) int {
	k, n, _ := u.node(rr)
	h := rr.Header()
	switch {
	case h.Rrtype == miekg.TypeSOA:
		if k != u.zone.origin || !SerialLess(u.zone.soa.Serial, rr.(*miekg.SOA).Serial) {
			return miekg.RcodeSuccess
		}
	case n != nil && h.Rrtype == miekg.TypeCNAME && n.others(), n != nil && h.Rrtype != miekg.TypeCNAME && !besideAlias(h.Rrtype) && n.has(miekg.TypeCNAME):
		return miekg.RcodeSuccess
	case n != nil && single(h.Rrtype): // replaced
		e.RemoveSet(h.Name, h.Rrtype)
	}
	if err := e.Add(rr); err != nil {
		return miekg.RcodeRefused
	}
	return miekg.RcodeSuccess
}

// removeSet removes the records of a type, or of all; at the apex the SOA and the name servers stay (RFC 2136 3.4.2.3).
func (u *updater) removeSet(e *Edit, rr RR) {
	k, n, _ := u.node(rr)
	typ := rr.Header().Rrtype
	if n == nil {
		return
	}
	if k != u.zone.origin {
		e.RemoveSet(n.name, typ)
		return
	}
	for _, t := range n.types() {
		if t != miekg.TypeSOA && t != miekg.TypeNS && (typ == t || typ == miekg.TypeANY) {
			e.RemoveSet(u.zone.name, t)
		}
	}
}

// remove removes one record; the SOA and the last name server of the apex stay (RFC 2136 3.4.2.4).
func (u *updater) remove(e *Edit, rr RR) {
	k, n, _ := u.node(rr)
	typ := rr.Header().Rrtype
	if n == nil || typ == miekg.TypeSOA || k == u.zone.origin && typ == miekg.TypeNS && len(u.zone.rrs(k, typ)) == 1 {
		return
	}
	rr = miekg.Copy(rr)
	rr.Header().Class = miekg.ClassINET
	e.Remove(rr)
}

// types returns the types that a node has.
func (n *node) types() []uint16 {
	out := make([]uint16, len(n.sets))
	for i, s := range n.sets {
		out[i] = s.typ
	}
	return out
}
