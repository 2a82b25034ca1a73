package dns

import (
	"fmt"

	miekg "github.com/miekg/dns"
)

// Bounds of what one name may have, so that adding a record and answering stay cheap.
const (
	maxSet   = 1000   // records of one name and type
	maxTypes = 256    // types of one name
	maxRR    = 65_000 // bytes of a record on the wire; a message has to hold it
)

// A DataError says why data cannot be in a zone.
type DataError struct {
	Zone, Text string
}

// Error returns "dns: zone lab.: " and the text.
func (e *DataError) Error() string { return "dns: zone " + e.Zone + ": " + e.Text }

// Code returns "invalid".
func (e *DataError) Code() string { return "invalid" }

// admit returns the key of a record's name, or why the record cannot be in the zone whatever else is.
func (z *Zone) admit(rr RR) (key, error) {
	h := rr.Header()
	k, err := keyOf(h.Name)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %s", cut(h.Name), nameFault(h.Name))
	case !k.below(z.origin):
		return "", fmt.Errorf("%s is not in the zone %s", h.Name, z.name)
	case h.Class != miekg.ClassINET:
		return "", fmt.Errorf("%s has class %s; only IN is served", h.Name, miekg.Class(h.Class))
	case meta(h.Rrtype):
		return "", fmt.Errorf("%s: type %s is for messages, not for zones", h.Name, TypeName(h.Rrtype))
	case h.Ttl > 1<<31-1:
		return "", fmt.Errorf("%s %s: a TTL of more than 2147483647 s", h.Name, TypeName(h.Rrtype))
	case h.Rrtype == miekg.TypeSOA && k != z.origin:
		return "", fmt.Errorf("%s SOA: not at the zone's apex %s", h.Name, z.name)
	}
	if !sendable(rr, k) {
		return "", fmt.Errorf("%s %s: data that no message can carry", h.Name, TypeName(h.Rrtype))
	}
	return k, nil
}

// sendable reports whether a record can be packed. One without data comes out of updates and broken messages; few types may have none.
func sendable(rr RR, k key) bool {
	size := miekg.Len(rr)
	if size > maxRR {
		return false
	}
	end, err := miekg.PackRR(rr, make([]byte, size), 0, nil, false)
	_, unknown := rr.(*miekg.RFC3597)
	typ := rr.Header().Rrtype
	return err == nil && (end > len(k)+10 || unknown || typ == miekg.TypeNULL || typ == miekg.TypeAPL)
}

// meta reports whether a type is for questions and messages only (RFC 6895 3.1).
func meta(typ uint16) bool {
	return typ == miekg.TypeNone || typ == miekg.TypeOPT || typ >= 128 && typ <= 255
}

// clash returns why a record that may be in the zone goes together with what is there not, or nil.
func (z *Zone) clash(k key, rr RR) error {
	h := rr.Header()
	n := z.nodes[k]
	if n == nil {
		if len(z.nodes) >= z.max {
			return fmt.Errorf("the zone has more than %d names", z.max)
		}
		return nil
	}
	if z.records >= z.max {
		return fmt.Errorf("the zone has more than %d records", z.max)
	}
	s := n.set(h.Rrtype)
	switch {
	case h.Rrtype == miekg.TypeCNAME && s == nil && n.others():
		return fmt.Errorf("%s CNAME: the name has other data", h.Name)
	case h.Rrtype != miekg.TypeCNAME && !besideAlias(h.Rrtype) && n.has(miekg.TypeCNAME):
		return fmt.Errorf("%s %s: the name has a CNAME", h.Name, TypeName(h.Rrtype))
	case s != nil && single(h.Rrtype) && !same(s.rrs[0], rr):
		return fmt.Errorf("%s has a second %s", h.Name, TypeName(h.Rrtype))
	case s != nil && len(s.rrs) >= maxSet:
		return fmt.Errorf("%s has more than %d %s records", h.Name, maxSet, TypeName(h.Rrtype))
	case s == nil && len(n.sets) >= maxTypes:
		return fmt.Errorf("%s has more than %d types", h.Name, maxTypes)
	}
	return nil
}

// others reports whether a node has data that may not stand beside a CNAME.
func (n *node) others() bool {
	for _, s := range n.sets {
		if s.typ != miekg.TypeCNAME && !besideAlias(s.typ) {
			return true
		}
	}
	return false
}

// besideAlias reports whether a type may stand beside a CNAME (RFC 4034 2.5, RFC 2181 10.1).
func besideAlias(typ uint16) bool {
	switch typ {
	case miekg.TypeRRSIG, miekg.TypeNSEC, miekg.TypeKEY, miekg.TypeSIG, miekg.TypeNXT:
		return true
	}
	return false
}

// Complete returns nil if the zone has what every zone must: an SOA and a name server at its apex.
func (z *Zone) Complete() error {
	switch {
	case z.soa == nil:
		return fmt.Errorf("the zone %s has no SOA", z.name)
	case !z.nodes[z.origin].has(miekg.TypeNS):
		return fmt.Errorf("the zone %s has no NS at its apex", z.name)
	}
	return nil
}

// Remarks returns what is allowed but likely a mistake, in canonical order: name servers and mail exchangers that are aliases (RFC
// 2181 10.3) or have no address in the zone they should have one in, and data that lies hidden below a cut.
func (z *Zone) Remarks() []string {
	var out []string
	for _, n := range z.order() {
		cut := z.cutAbove(n.key)
		for _, s := range n.sets {
			if cut != nil && !(cut == n && (s.typ == miekg.TypeNS || s.typ == miekg.TypeDS)) {
				if s.typ != miekg.TypeA && s.typ != miekg.TypeAAAA {
					out = append(out, fmt.Sprintf("%s %s is hidden: %s is delegated", n.name, TypeName(s.typ), cut.name))
				}
				continue
			}
			for _, rr := range s.rrs {
				if t := target(rr); t != "" {
					if why := z.targetFault(t); why != "" {
						out = append(out, fmt.Sprintf("%s %s %s %s", n.name, TypeName(s.typ), t, why))
					}
				}
			}
		}
	}
	return out
}

// targetFault says what is wrong with the host that a record names, or "".
func (z *Zone) targetFault(host string) string {
	k, err := keyOf(host)
	if err != nil || !k.below(z.origin) {
		return ""
	}
	n := z.nodes[k]
	switch {
	case n != nil && n.has(miekg.TypeCNAME):
		return "is an alias"
	case n != nil && (n.has(miekg.TypeA) || n.has(miekg.TypeAAAA)):
		return ""
	}
	if cut := z.cutAbove(k); cut != nil && cut.key != k && n == nil {
		return "has no glue"
	}
	if a := z.search(k); a.kind == found && (a.node.has(miekg.TypeA) || a.node.has(miekg.TypeAAAA)) {
		return ""
	}
	return "has no address"
}

// cutAbove returns the delegation at or above a name, that nearest to the apex, or nil.
func (z *Zone) cutAbove(k key) *node {
	var cut *node
	for ; k != z.origin; k = k.parent() {
		if n := z.nodes[k]; n != nil && n.has(miekg.TypeNS) {
			cut = n
		}
	}
	return cut
}

// target returns the host whose address is of use to whoever gets the record (RFC 1035 3.3.9, 3.3.11; RFC 2782), or "".
func target(rr RR) string {
	switch rr := rr.(type) {
	case *miekg.NS:
		return rr.Ns
	case *miekg.MX:
		return rr.Mx
	case *miekg.SRV:
		return rr.Target
	}
	return ""
}
