package dns

import (
	"time"

	miekg "github.com/miekg/dns"
)

// transferMessage is about how many bytes of records, uncompressed, one message of a transfer has.
const transferMessage = 16 << 10

// transfer answers AXFR and IXFR. Over TCP it sends all messages itself and returns nil.
func (r *request) transfer(q Question) *Message {
	v := r.server.byName(q.Name)
	switch {
	case v == nil || q.Qclass != miekg.ClassINET:
		return r.refuse(miekg.RcodeNotAuth)
	case !v.primary.Transfer.allows(r):
		return r.refuse(miekg.RcodeRefused)
	case v.zone.soa == nil:
		return r.refuse(miekg.RcodeServerFailure)
	case q.Qtype == miekg.TypeAXFR && r.conn == nil:
		return r.refuse(miekg.RcodeFormatError)
	}
	rrs, increment := v.zone.whole(), false
	if q.Qtype == miekg.TypeIXFR {
		if len(r.msg.Ns) != 1 || r.msg.Ns[0].Header().Rrtype != miekg.TypeSOA {
			return r.refuse(miekg.RcodeFormatError)
		}
		rrs, increment = v.zone.since(r.msg.Ns[0].(*miekg.SOA).Serial, rrs)
	}
	if r.conn == nil { // RFC 1995 2: what does not fit is the newest SOA alone, and the asker comes again over TCP
		m := r.answerTo()
		m.Authoritative, m.Answer = true, rrs
		if b, err := r.finish(m, nil); err != nil || len(b) > r.limit()-r.signatureSize() {
			m.Answer = rrs[:1]
		}
		return m
	}
	r.handled = true
	if r.stream(rrs) {
		r.server.stats.Transfers++
		if increment {
			r.server.stats.Increments++
		}
	}
	return nil
}

// whole returns all records as AXFR sends them: the SOA first and again last (RFC 5936 2.2). All transfers of a version share one list.
func (z *Zone) whole() []RR {
	if z.all == nil {
		z.all = append(z.Records(), z.soa)
	}
	return z.all
}

// since returns what IXFR sends to who has a serial number: the newest SOA alone, changes, or whole. It reports whether they are changes.
func (z *Zone) since(serial uint32, whole []RR) ([]RR, bool) {
	if !SerialLess(serial, z.soa.Serial) {
		return whole[:1], false
	}
	changes, ok := z.Since(serial)
	if !ok {
		return whole, false
	}
	rrs := []RR{z.soa}
	for _, c := range changes {
		rrs = append(append(rrs, c.Old), c.Removed...)
		rrs = append(append(rrs, c.New), c.Added...)
	}
	return append(rrs, z.soa), true
}

// stream sends records in as many messages as it takes and reports whether all were sent.
func (r *request) stream(rrs []RR) bool {
	defer func() { r.conn.SetDeadline(time.Time{}) }()
	for first := true; len(rrs) > 0; first = false {
		m := r.answerTo()
		m.Authoritative = true
		if !first {
			m.Question = nil
		}
		n, size := 0, 0
		for n < len(rrs) && (n == 0 || size < transferMessage) && size+miekg.Len(rrs[n]) < maxRR {
			size += miekg.Len(rrs[n])
			n++
		}
		m.Answer, rrs = rrs[:max(n, 1)], rrs[max(n, 1):]
		b, err := r.finish(m, nil)
		if err != nil {
			return false
		}
		if r.server.Stack.Watched() {
			r.tell(false, Describe(m))
		}
		if err := r.conn.send(r.sign(b)); err != nil {
			r.conn.Close()
			return false
		}
	}
	return true
}
