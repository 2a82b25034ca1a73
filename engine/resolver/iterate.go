package resolver

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A delegation is a zone and who serves it.
type delegation struct {
	zone    string   // in lower case; what its servers may speak of
	names   []string // of servers, in lower case
	addrs   []netip.AddrPort
	missing []string // servers whose addresses are not known
	resolve bool     // ask them to resolve
}

// start returns the servers to begin with: those of the closest zone above a name that is known, or else the root's. A DS record is its parent's.
func (j *job) start(name string, qtype uint16) *delegation {
	r := j.r
	if len(r.Forward) > 0 {
		return &delegation{zone: ".", addrs: r.Forward, resolve: true}
	}
	if d := j.ownReferral(name, qtype); d != nil {
		return d
	}
	now := r.Stack.Now()
	at := name
	if qtype == miekg.TypeDS && name != "." {
		at = parent(name)
	}
	for !r.Chain {
		if e := r.cache.get(at, miekg.TypeNS, now); e != nil && !e.Negative() {
			if d := j.delegate(at, e.Records); d != nil {
				return d
			}
		}
		if at == "." {
			break
		}
		at = parent(at)
	}
	d := &delegation{zone: ".", resolve: r.Chain}
	for _, root := range r.Roots {
		for _, a := range root.Addrs {
			d.addrs = append(d.addrs, netip.AddrPortFrom(a.Unmap(), dns.Port))
		}
	}
	if len(d.addrs) == 0 {
		return nil
	}
	return d
}

// ownReferral returns where the server's own zones send a name, or nil.
func (j *job) ownReferral(name string, qtype uint16) *delegation {
	if j.r.Zones == nil {
		return nil
	}
	a := j.r.Zones(name, qtype)
	if a == nil || !a.Referral || len(a.Ns) == 0 {
		return nil
	}
	zone := strings.ToLower(a.Ns[0].Header().Name)
	for _, glue := range sets(a.Extra) {
		j.store(glue, Additional)
	}
	return j.delegate(zone, a.Ns)
}

// delegate makes a delegation of NS records. It returns nil if none of the servers can be reached: all are named within the zone and no address is known.
func (j *job) delegate(zone string, records []dns.RR) *delegation {
	d := &delegation{zone: zone, resolve: j.r.Chain}
	for _, rr := range records {
		ns, ok := rr.(*miekg.NS)
		if !ok || len(d.names) >= maxServers {
			continue
		}
		name := strings.ToLower(ns.Ns)
		d.names = append(d.names, name)
		addrs := j.knownAddrs(name)
		if len(addrs) == 0 && !slices.Contains(j.doing, name) {
			d.missing = append(d.missing, name)
		}
		d.addrs = append(d.addrs, addrs[:min(len(addrs), maxAddrs-len(d.addrs))]...)
	}
	if len(d.addrs) == 0 && !slices.ContainsFunc(d.missing, func(n string) bool { return !below(n, zone) }) {
		return nil
	}
	return d
}

// knownAddrs returns the addresses of a server that are in the cache, whatever their rank, IPv4 first.
func (j *job) knownAddrs(name string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, t := range [...]uint16{miekg.TypeA, miekg.TypeAAAA} {
		if e := j.r.cache.get(name, t, j.r.Stack.Now()); e != nil {
			for _, a := range appendRecords(nil, e.Records) {
				out = append(out, netip.AddrPortFrom(a, dns.Port))
			}
		}
	}
	return out
}

// appendRecords appends the addresses in A and AAAA records.
func appendRecords(to []netip.Addr, records []dns.RR) []netip.Addr {
	for _, rr := range records {
		switch rr := rr.(type) {
		case *miekg.A:
			if a, ok := netip.AddrFromSlice(rr.A.To4()); ok {
				to = append(to, a)
			}
		case *miekg.AAAA:
			if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
				to = append(to, a)
			}
		}
	}
	return to
}

// ask asks the servers of a delegation, the likely fastest first, until one says something: an entry, or whom to ask next. Both nil
// means that none did.
func (j *job) ask(d *delegation, name string, qtype uint16) (*Entry, *delegation) {
	const rounds = 5
	useless := map[netip.AddrPort]bool{}
	for round := range rounds {
		for _, a := range j.byCost(d.addrs, d.zone) {
			if useless[a] {
				continue
			}
			e, next, err := j.try(d, a, name, qtype, round)
			switch {
			case err == errTooMuch:
				return nil, nil
			case err == nil && (e != nil || next != nil):
				return e, next
			case !errors.Is(err, errTimeout):
				useless[a] = true
			}
		}
		if more := j.lookUpServer(d); len(more) > 0 {
			d.addrs = append(d.addrs, more...)
		}
	}
	return nil, nil
}

// byCost returns addresses in the order in which to ask, without those that are lame for the zone.
func (j *job) byCost(addrs []netip.AddrPort, zone string) []netip.AddrPort {
	r := j.r
	now := r.Stack.Now()
	out := make([]netip.AddrPort, 0, len(addrs))
	costs := map[netip.AddrPort]time.Duration{}
	for _, a := range addrs {
		k := r.servers.get(a, r.Stack.Rand().IntN)
		if _, twice := costs[a]; twice || k.isLame(zone, now) {
			continue
		}
		costs[a] = k.cost()
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b netip.AddrPort) int { return int(costs[a] - costs[b]) })
	for _, a := range out[min(1, len(out)):] {
		r.servers.get(a, r.Stack.Rand().IntN).passed()
	}
	return out
}

// lookUpServer looks up the addresses of a server that has none yet.
func (j *job) lookUpServer(d *delegation) []netip.AddrPort {
	for len(d.missing) > 0 && j.glueless > 0 && len(j.doing) < maxDepth {
		name := d.missing[0]
		d.missing = d.missing[1:]
		if slices.Contains(j.doing, name) || below(name, d.zone) && d.zone != "." {
			continue
		}
		j.glueless--
		j.doing = append(j.doing, name)
		answer := j.resolve(name, miekg.TypeA)
		addrs := appendRecords(nil, answer.Answer)
		if len(addrs) == 0 && answer.Rcode == miekg.RcodeSuccess {
			addrs = appendRecords(nil, j.resolve(name, miekg.TypeAAAA).Answer)
		}
		j.doing = j.doing[:len(j.doing)-1]
		var out []netip.AddrPort
		for _, a := range addrs[:min(len(addrs), maxAddrs)] {
			out = append(out, netip.AddrPortFrom(a, dns.Port))
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

var (
	errTimeout = errors.New("resolver: no answer in time")
	errLame    = errors.New("resolver: the server has nothing to say about the zone")
	errServer  = errors.New("resolver: the server failed")
)

// try asks one server, which was asked the same so often before.
func (j *job) try(d *delegation, a netip.AddrPort, name string, qtype uint16, before int) (*Entry, *delegation, error) {
	r := j.r
	k := r.servers.get(a, r.Stack.Rand().IntN)
	reply, err := j.exchange(k, a, NewQuery(name, qtype, d.resolve), before)
	if err != nil {
		return nil, nil, err
	}
	e, next, err := j.understand(d, reply, name, qtype)
	if err != nil {
		r.stats.Lame++
	}
	if err == errLame && !d.resolve {
		k.setLame(d.zone, r.Stack.Now())
	}
	return e, next, err
}

// exchange sends a question to a server, again without EDNS if it does not understand that (RFC 6891 section 7).
func (j *job) exchange(k *server, a netip.AddrPort, q *dns.Message, before int) (*dns.Message, error) {
	r := j.r
	q.Question[0].Name = r.mixed(q.Question[0].Name)
	for {
		left := j.deadline.Sub(r.Stack.Now())
		if j.left <= 0 || left <= 0 {
			return nil, errTooMuch
		}
		j.left--
		r.stats.Sent++
		if q.Extra = nil; !k.noEDNS {
			q.SetEdns0(ednsSize, false)
		}
		c := r.asker()
		c.Timeout = min(k.timeout(before), left)
		if q.RecursionDesired { // it has to ask others itself
			c.Timeout = min(3*k.timeout(before), left)
		}
		reply, err := c.Exchange(q, a)
		if err != nil {
			k.unanswered++
			if stack.Code(err) == "timeout" {
				r.stats.Timeouts++
				return nil, errTimeout
			}
			return nil, err
		}
		k.answered(reply.RTT)
		if reply.IsEdns0() == nil && !k.noEDNS && (reply.Rcode == miekg.RcodeFormatError || reply.Rcode == miekg.RcodeNotImplemented) {
			k.noEDNS = true
			continue
		}
		return reply.Message, nil
	}
}

// asker returns the client for one exchange, with the defences as they are now.
func (r *Recursor) asker() *dns.Client {
	c := &r.client
	c.Stack, c.Tries, c.ExactCase = r.Stack, 1, r.MixCase
	c.Ignored = func(error) { r.stats.Ignored++ }
	if c.Port != nil && c.Port.Number != r.FixedPort {
		c.Port.Close()
		c.Port = nil
	}
	if c.Port == nil && r.FixedPort != 0 {
		c.Port = &dns.SharedPort{Number: r.FixedPort}
	}
	c.NextID = nil
	if r.CountIDs {
		c.NextID = func() uint16 { r.lastID++; return r.lastID }
	}
	return c
}

// mixed returns the name with the case of each letter drawn, if that is a defence in use.
func (r *Recursor) mixed(name string) string {
	if !r.MixCase {
		return name
	}
	b := []byte(name)
	for i, c := range b {
		if 'a' <= c && c <= 'z' && r.Stack.Rand().IntN(2) == 0 {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
