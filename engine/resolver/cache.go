package resolver

import (
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// A Rank says how far data is believed: what ranks higher takes the place of what ranks lower, and not the other way round as long as
// it lasts (RFC 2181 section 5.4.1).
type Rank uint8

// The ranks, lowest first. What ranks below Answer is never given to clients, only used to find servers.
const (
	Additional Rank = iota + 1 // additional data, and the authority section of an answer without authority: referrals and glue
	Authority                  // the authority section of an answer with authority
	Answer                     // the answer of a server without authority, such as one that forwards
	Authentic                  // the answer of a server with authority
)

var ranks = [...]string{Additional: "additional", Authority: "authority", Answer: "answer", Authentic: "authentic"}

// String returns the rank in a word.
func (r Rank) String() string { return ranks[r] }

const (
	maxTTL         = 24 * time.Hour
	maxNegativeTTL = 3 * time.Hour // RFC 2308 section 5
	failureTTL     = 5 * time.Second
	defaultCache   = 8 << 20
	entryCost      = 300 // bytes of an entry besides its records
	recordCost     = 150 // bytes of a record besides its length on the wire
)

// anyType stands for all types of a name that does not exist.
const anyType = 0

// A cacheKey is a name in lower case and a type.
type cacheKey struct {
	name  string
	qtype uint16
}

// An Entry is what the cache knows of a name and a type: records, or that there are none.
type Entry struct {
	Name    string // in lower case, with the dot at its end
	Type    uint16 // 0 for a name that does not exist
	Records []dns.RR
	Rcode   int        // of a negative entry: NXDOMAIN, NOERROR for no data, SERVFAIL for a failure
	SOA     *miekg.SOA // of a negative entry, if the server gave one
	Rank    Rank       //
	Expires time.Time  //
	TTL     uint32     // as it was when the entry was made
	cost    int        //
	newer   *Entry     // used more recently
	older   *Entry     //
}

// Negative reports whether the entry says that there is nothing.
func (e *Entry) Negative() bool { return len(e.Records) == 0 }

// A cache holds entries until they expire, within a bound of bytes: what was not used for longest goes first.
type cache struct {
	entries map[cacheKey]*Entry
	newest  *Entry
	oldest  *Entry
	bytes   int
	max     int
}

func newCache(max int) *cache {
	if max <= 0 {
		max = defaultCache
	}
	return &cache{entries: map[cacheKey]*Entry{}, max: max}
}

// get returns the entry for a name, in lower case, and a type, or nil.
func (c *cache) get(name string, qtype uint16, now time.Time) *Entry {
	e := c.entries[cacheKey{name, qtype}]
	if e == nil {
		return nil
	}
	if !now.Before(e.Expires) {
		c.remove(e)
		return nil
	}
	if e != c.newest {
		c.unlink(e)
		c.link(e)
	}
	return e
}

// put adds an entry, unless there is one that ranks higher. It reports whether it did.
func (c *cache) put(e *Entry, now time.Time) bool {
	key := cacheKey{e.Name, e.Type}
	if old := c.entries[key]; old != nil {
		if old.Rank > e.Rank && now.Before(old.Expires) {
			return false
		}
		c.remove(old)
	}
	if !now.Before(e.Expires) {
		return false
	}
	e.cost = entryCost + len(e.Name)
	for _, rr := range e.Records {
		e.cost += recordCost + miekg.Len(rr)
	}
	if e.cost > c.max {
		return false
	}
	c.entries[key] = e
	c.link(e)
	c.bytes += e.cost
	for c.bytes > c.max {
		c.remove(c.oldest)
	}
	return true
}

func (c *cache) link(e *Entry) {
	e.older, e.newer = c.newest, nil
	if c.newest != nil {
		c.newest.newer = e
	} else {
		c.oldest = e
	}
	c.newest = e
}

func (c *cache) unlink(e *Entry) {
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		c.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		c.oldest = e.newer
	}
	e.newer, e.older = nil, nil
}

func (c *cache) remove(e *Entry) {
	c.unlink(e)
	c.bytes -= e.cost
	delete(c.entries, cacheKey{e.Name, e.Type})
}

// list returns the entries that have not expired, by name from the root down and by type.
func (c *cache) list(now time.Time) []*Entry {
	var out []*Entry
	for e := c.newest; e != nil; e = e.older {
		if now.Before(e.Expires) {
			out = append(out, e)
		}
	}
	keys := map[*Entry]string{}
	for _, e := range out {
		labels := miekg.SplitDomainName(e.Name)
		slices.Reverse(labels)
		keys[e] = strings.Join(labels, "\x00")
	}
	slices.SortFunc(out, func(a, b *Entry) int {
		if n := strings.Compare(keys[a], keys[b]); n != 0 {
			return n
		}
		return int(a.Type) - int(b.Type)
	})
	return out
}

// clear drops everything.
func (c *cache) clear() { *c = *newCache(c.max) }

// seconds bounds a TTL; one with the highest bit set counts as 0 (RFC 2181 section 8).
func seconds(ttl uint32, most time.Duration) time.Duration {
	if ttl >= 1<<31 {
		return 0
	}
	return min(time.Duration(ttl)*time.Second, most)
}

// left returns what is left of the entry's time to live, to the nearest second.
func (e *Entry) left(now time.Time) uint32 {
	return uint32(max(e.Expires.Sub(now), 0).Round(time.Second) / time.Second)
}

// aged returns copies of an entry's records with what is left of their time to live.
func (e *Entry) aged(out []dns.RR, now time.Time) []dns.RR {
	left := e.left(now)
	for _, rr := range e.Records {
		out = append(out, withTTL(rr, left))
	}
	return out
}

func withTTL(rr dns.RR, ttl uint32) dns.RR {
	switch r := rr.(type) { // the commonest without a deep copy: what they point to is never changed
	case *miekg.A:
		c := *r
		c.Hdr.Ttl = ttl
		return &c
	case *miekg.AAAA:
		c := *r
		c.Hdr.Ttl = ttl
		return &c
	case *miekg.CNAME:
		c := *r
		c.Hdr.Ttl = ttl
		return &c
	}
	c := miekg.Copy(rr)
	c.Header().Ttl = ttl
	return c
}
