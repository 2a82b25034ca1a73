package resolver

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Bounds of the work for one question of a client.
const (
	maxSent     = 64               // questions to servers
	maxGlueless = 8                // servers whose addresses had to be looked up
	maxDepth    = 4                // such look-ups inside each other
	maxServers  = 13               // name servers of a delegation that are considered
	maxAddrs    = 26               // addresses of them
	patience    = 10 * time.Second // all in all
)

// A Root says where to begin: a server of the root zone and its addresses.
type Root struct {
	Name  string
	Addrs []netip.Addr
}

// A Recursor is the local name server: it resolves what clients ask, from the root on or by asking another one, and caches what it hears.
// It answers the questions of a dns.Server, whose Known and Answer it sets; the zones of that server come after it. Its fields are
// not to be changed while it works, but for the defences.
type Recursor struct {
	Stack   *stack.Stack
	Roots   []Root
	Forward []netip.AddrPort // ask these to resolve, instead of beginning at the root
	// Chain asks every server to resolve the question in full, as in the recursive figure of the textbook. Servers that do not do so are
	// asked on as otherwise.
	Chain bool
	// Zones, if set, tells what the server itself knows with authority, which is asked before anything else: a referral in it says where to go
	// on. It returns nil for names that it has nothing to do with.
	Zones      func(name string, qtype uint16) *dns.Answer
	MayAsk     func(netip.Addr) bool // who may ask, but for what Zones knows, which everybody is told; nil is everybody
	CacheBytes int                   // of the cache; 0 means 8 MiB
	MaxTTL     time.Duration         // for which data is kept at most; 0 means a day

	// The defences against forged answers (RFC 5452), each of which may be taken away or added.
	FixedPort       uint16 // ask from this port always; 0 draws a port for each question
	CountIDs        bool   // number the questions one after the other
	MixCase         bool   // mix upper and lower case in names, and insist on finding it again in the answer (0x20)
	BelieveAnything bool   // take whatever a message says, in whatever section and of whatever domain

	cache   *cache
	servers *servers
	flights map[cacheKey]*flight
	client  dns.Client
	lastID  uint16
	stats   Stats
}

// Stats counts what a Recursor did.
type Stats struct {
	Questions uint64 // of clients
	Hits      uint64 // of these, answered from the cache
	Joined    uint64 // of these, that waited for the answer to the same question of another
	Sent      uint64 // questions to servers
	Timeouts  uint64 // of these, that nobody answered in time
	Lame      uint64 // answers of servers that had nothing to say
	Ignored   uint64 // messages passed over since they were not the answer to what was asked: late, broken or forged
	Failures  uint64 // questions of clients that could not be answered
}

// Stats returns the counters.
func (r *Recursor) Stats() Stats { return r.stats }

// Serve makes a server answer by r. Questions without the wish for recursion are left to the server's zones.
func (r *Recursor) Serve(s *dns.Server) {
	r.begin()
	s.Known, s.Answer = r.known, r.Answer
}

// Close gives the fixed port back. The server of Serve is closed by itself.
func (r *Recursor) Close() {
	if r.client.Port != nil {
		r.client.Port.Close()
		r.client.Port = nil
	}
}

func (r *Recursor) begin() {
	if r.cache != nil {
		return
	}
	r.cache, r.servers, r.flights = newCache(r.CacheBytes), &servers{}, map[cacheKey]*flight{}
	r.lastID = uint16(r.Stack.Rand().Uint32())
}

// Cache returns what is cached, by name from the root down.
func (r *Recursor) Cache() []*Entry {
	r.begin()
	return r.cache.list(r.Stack.Now())
}

// CacheSize returns how many entries the cache has, and how many bytes they are counted as.
func (r *Recursor) CacheSize() (entries, bytes int) {
	r.begin()
	return len(r.cache.entries), r.cache.bytes
}

// Flush empties the cache and forgets what was learnt of servers.
func (r *Recursor) Flush() {
	r.begin()
	r.cache.clear()
	*r.servers = servers{}
}

// known answers a question from the cache, without waiting; nil if it is not all there.
func (r *Recursor) known(q *dns.Query) *dns.Answer {
	switch {
	case q.Class != miekg.ClassINET:
		return nil
	case !r.mayAsk(q):
		return r.refuse(q)
	}
	if r.own(q) != nil {
		return nil
	}
	if !q.Message.RecursionDesired { // RFC 1034 4.3.1: what is in the cache may be told
		r.stats.Questions++
		return r.fromCache(q)
	}
	a, done := r.assemble(q.Name, q.Type)
	if !done {
		return nil
	}
	r.stats.Questions++
	r.stats.Hits++
	return a
}

func (r *Recursor) mayAsk(q *dns.Query) bool { return r.MayAsk == nil || r.MayAsk(q.From.Addr()) }

// refuse answers a client for whom nothing is resolved. What the server has authority for, everybody may know: nil leaves it to the zones.
func (r *Recursor) refuse(q *dns.Query) *dns.Answer {
	if r.Zones != nil && r.Zones(q.Name, q.Type) != nil {
		return nil
	}
	return &dns.Answer{Rcode: miekg.RcodeRefused}
}

// own returns what the server knows itself, unless that is a referral and the question wants more.
func (r *Recursor) own(q *dns.Query) *dns.Answer {
	if r.Zones == nil {
		return nil
	}
	a := r.Zones(q.Name, q.Type)
	if a != nil && a.Referral && q.Message.RecursionDesired {
		return nil
	}
	return a
}

// fromCache answers a question that must not be resolved: what is known, or where to go on.
func (r *Recursor) fromCache(q *dns.Query) *dns.Answer {
	if a, done := r.assemble(q.Name, q.Type); done {
		return a
	}
	a := &dns.Answer{RecursionAvailable: true}
	now := r.Stack.Now()
	for name := strings.ToLower(q.Name); ; name = parent(name) {
		if e := r.cache.get(name, miekg.TypeNS, now); e != nil && !e.Negative() {
			a.Ns = e.aged(nil, now)
			return a
		}
		if name == "." {
			break
		}
	}
	for _, root := range r.Roots {
		a.Ns = append(a.Ns, &miekg.NS{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeNS, Class: miekg.ClassINET}, Ns: miekg.Fqdn(root.Name)})
	}
	return a
}

// assemble puts an answer together from the cache, along aliases; false if something is missing.
func (r *Recursor) assemble(name string, qtype uint16) (*dns.Answer, bool) {
	now := r.Stack.Now()
	a := &dns.Answer{RecursionAvailable: true}
	for range maxAliases {
		e := r.lookup(strings.ToLower(name), qtype, now)
		if e == nil {
			return nil, false
		}
		next := r.add(a, e, name, qtype, now)
		if next == "" {
			return a, true
		}
		name = next
	}
	return failure(), true
}

// lookup returns what the cache can tell a client of a name in lower case: records, an alias, or that there is nothing.
func (r *Recursor) lookup(name string, qtype uint16, now time.Time) *Entry {
	if e := r.cache.get(name, qtype, now); e != nil && e.Rank >= Answer {
		return e
	}
	if qtype != miekg.TypeCNAME {
		if e := r.cache.get(name, miekg.TypeCNAME, now); e != nil && e.Rank >= Answer && !e.Negative() {
			return e
		}
	}
	for ; name != "."; name = parent(name) { // RFC 8020: below what does not exist there is nothing
		if e := r.cache.get(name, anyType, now); e != nil {
			return e
		}
	}
	return nil
}

// add adds an entry to an answer. It returns the name to go on with if the entry is an alias.
func (r *Recursor) add(a *dns.Answer, e *Entry, name string, qtype uint16, now time.Time) (next string) {
	if e.Negative() {
		if a.Rcode = e.Rcode; a.Rcode == miekg.RcodeServerFailure {
			a.Answer = nil
		}
		if e.SOA != nil {
			a.Ns = append(a.Ns, withTTL(e.SOA, e.left(now)))
		}
		return ""
	}
	first := len(a.Answer)
	a.Answer = e.aged(a.Answer, now)
	for _, rr := range a.Answer[first:] {
		rr.Header().Name = name // spelt as it was asked
	}
	if e.Type == miekg.TypeCNAME && qtype != miekg.TypeCNAME && qtype != miekg.TypeANY {
		return e.Records[0].(*miekg.CNAME).Target
	}
	return ""
}

// A flight is a question that is being resolved, for all who ask it meanwhile.
type flight struct {
	answer *dns.Answer
	landed sim.Queue
}

// Answer resolves a question; nil leaves it to the zones of the server. It parks the calling task.
func (r *Recursor) Answer(q *dns.Query) *dns.Answer {
	r.begin()
	if q.Class != miekg.ClassINET || q.Type == miekg.TypeAXFR || q.Type == miekg.TypeIXFR {
		return nil
	}
	if !r.mayAsk(q) {
		return r.refuse(q)
	}
	if a := r.own(q); a != nil {
		a.RecursionAvailable = true
		return a
	}
	r.stats.Questions++
	if !q.Message.RecursionDesired {
		return r.fromCache(q)
	}
	return r.Resolve(q.Name, q.Type)
}

// Resolve finds the answer to a question, which several tasks may ask at a time and is then resolved once. What cannot be found out is
// SERVFAIL. It parks the calling task, for 10 s at most.
func (r *Recursor) Resolve(name string, qtype uint16) *dns.Answer {
	r.begin()
	key := cacheKey{strings.ToLower(name), qtype}
	if f := r.flights[key]; f != nil {
		r.stats.Joined++
		for f.answer == nil {
			r.Stack.Scheduler().Wait(sim.Wait{Call: "resolve"}, time.Time{}, &f.landed)
		}
		a := *f.answer
		return &a
	}
	f := &flight{}
	r.flights[key] = f
	defer func() { // also if the task is killed
		if f.answer == nil {
			f.answer = failure()
		}
		delete(r.flights, key)
		f.landed.Wake()
	}()
	j := &job{r: r, deadline: r.Stack.Now().Add(patience), left: maxSent, glueless: maxGlueless}
	f.answer = j.resolve(name, qtype)
	if f.answer.Rcode == miekg.RcodeServerFailure {
		r.stats.Failures++
	}
	a := *f.answer
	return &a
}

func failure() *dns.Answer {
	return &dns.Answer{Rcode: miekg.RcodeServerFailure, RecursionAvailable: true}
}

// A job is the work for one question of a client.
type job struct {
	r        *Recursor
	deadline time.Time
	left     int      // questions that may still be sent
	glueless int      // name servers whose addresses may still be looked up
	doing    []string // names of servers whose addresses are being looked up
}

// resolve follows a name to its records.
func (j *job) resolve(name string, qtype uint16) *dns.Answer {
	a := &dns.Answer{RecursionAvailable: true}
	for range maxAliases {
		now := j.r.Stack.Now()
		lower := strings.ToLower(name)
		e := j.r.lookup(lower, qtype, now)
		if e == nil {
			e = j.find(lower, qtype)
		}
		if e == nil {
			now = j.r.Stack.Now()
			j.r.cache.put(&Entry{Name: lower, Type: qtype, Rcode: miekg.RcodeServerFailure, Rank: Answer, Expires: now.Add(failureTTL)}, now)
			break
		}
		next := j.r.add(a, e, name, qtype, j.r.Stack.Now())
		if next == "" {
			return a
		}
		name = next
	}
	return failure()
}

// find asks servers for a name that the cache does not know, from the closest ones that it knows on down. It returns nil if
// nothing can be found out.
func (j *job) find(name string, qtype uint16) *Entry {
	d := j.start(name, qtype)
	for d != nil {
		var e *Entry
		if e, d = j.ask(d, name, qtype); e != nil {
			return e
		}
	}
	return nil
}

// parent returns the name above a name in lower case that is not the root.
func parent(name string) string {
	i, end := miekg.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// below reports whether a name is zone or a name under it; both are in lower case.
func below(name, zone string) bool {
	if zone == "." || name == zone {
		return true
	}
	return strings.HasSuffix(name, "."+zone) && miekg.IsSubDomain(zone, name)
}

// errTooMuch ends a job.
var errTooMuch = errors.New("resolver: the question takes too much work")
