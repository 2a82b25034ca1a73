package dns

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	miekg "github.com/miekg/dns"
)

// Access says who may do something: whoever comes from one of the networks, or has signed with one of the keys. The zero value is nobody.
type Access struct {
	Prefixes []netip.Prefix
	Keys     []string // names
}

// Anybody returns the access of everybody.
func Anybody() Access {
	return Access{Prefixes: []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}}
}

// allows reports whether a request may.
func (a *Access) allows(r *request) bool {
	from := r.from.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(a.Prefixes, func(p netip.Prefix) bool { return p.Contains(from) }) {
		return true
	}
	return r.key != nil && slices.ContainsFunc(a.Keys, func(name string) bool { return strings.EqualFold(miekg.Fqdn(name), r.key.Name) })
}

// authenticate verifies the signature of a request, if it has one (RFC 8945 5.2). If it is wrong it returns the reply that says so.
func (r *request) authenticate() *Message {
	m, t, err := strip(r.raw)
	switch {
	case err != nil:
		return r.refuse(miekg.RcodeFormatError)
	case t == nil:
		return nil
	}
	r.tsig = &miekg.TSIG{Hdr: miekg.RR_Header{Name: t.Hdr.Name, Rrtype: miekg.TypeTSIG, Class: miekg.ClassANY}, Algorithm: t.Algorithm, TimeSigned: t.TimeSigned, Fudge: t.Fudge, OrigId: t.OrigId}
	key := find(r.server.Keys, t)
	now := r.server.Stack.Now()
	if key == nil {
		r.tsig.Error = miekg.RcodeBadKey
		return r.refuse(miekg.RcodeNotAuth)
	}
	switch r.tsig.Error = key.check(digest{message: m}, t, now); r.tsig.Error {
	case 0:
		r.tsig.TimeSigned, r.tsig.Fudge = uint64(now.Unix()), fudge
	case miekg.RcodeBadTime: // signed, with the client's time and ours
		other := binary.BigEndian.AppendUint64(nil, uint64(now.Unix()))[2:]
		r.tsig.OtherLen, r.tsig.OtherData = 6, hex.EncodeToString(other)
	default:
		return r.refuse(miekg.RcodeNotAuth)
	}
	r.key = key
	r.mac, _ = hex.DecodeString(t.MAC)
	if r.tsig.Error != 0 {
		return r.refuse(miekg.RcodeNotAuth)
	}
	return nil
}

// signatureSize is how much of a reply its signature will take.
func (r *request) signatureSize() int {
	switch {
	case r.tsig == nil:
		return 0
	case r.key == nil:
		return miekg.Len(r.tsig)
	}
	return r.key.size()
}

// sign signs a packed reply, or the next of several. What was not signed right itself gets a record without code.
func (r *request) sign(reply []byte) []byte {
	if r.tsig == nil {
		return reply
	}
	r.tsig.OrigId = r.msg.Id
	if r.key == nil {
		return attach(reply, r.tsig)
	}
	out, mac := r.key.sign(digest{prior: r.mac, message: reply, timers: r.streaming}, r.tsig)
	r.mac, r.streaming = mac, true
	return out
}
