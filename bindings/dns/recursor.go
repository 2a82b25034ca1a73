package dns

import (
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
)

// Recursor is a local name server of Lua.
type Recursor struct {
	*resolver.Recursor
	server  *dns.Server
	zones   []*Zone
	release func()
}

// Held implements lua51.Holder.
func (r *Recursor) Held(see func(lua.LValue), weigh func(int64)) {
	_, bytes := r.CacheSize()
	weigh(int64(1<<16 + bytes))
	for _, z := range r.zones {
		z.Held(see, weigh)
	}
}

func recursorFn() bind.Member {
	return bind.Fn("recursor", "Run a local name server: it resolves what clients ask, from the root on or by asking another, and caches what it hears. It runs as tasks of this process "+
		"on the caller's host.", recursor).
		Returns("recursor", "the running server").Errors("in-use", "denied", "address", "limit", "host-not-found").
		Example(`local dns, net = require "dns", require "net"
local root, client, isp = net.host("root"), net.host("client"), net.host("isp")
net.link(root, isp, {delay = "10 ms"})
net.link(client, isp, {delay = "1 ms"})
root:spawn(function() dns.serve({zones = {dns.zone({"@ NS root.", "root. A 10.0.1.1", "www.lab. 60 A 192.0.2.1"}, {origin = "."})}}) end)
isp:spawn(function() dns.recursor({roots = {"root"}}) end)
client:set_resolver({servers = {"isp"}, ipv6 = false})
print(client:lookup("www.lab")[1]) --> 192.0.2.1`)
}

// defences are the options that may be changed while the server runs.
type defences struct {
	FixedPort int   `doc:"ask from this UDP port always, as servers did before 2008; 0 draws one for each question" default:"0" min:"0" max:"65535"`
	CountIDs  bool  `name:"count_ids" doc:"number the questions one after the other instead of drawing each id" default:"false"`
	MixCase   bool  `doc:"mix upper and lower case in the names that are asked for and insist on finding it again in the answer (0x20)" default:"false"`
	Bailiwick *bool `doc:"believe servers only about their own zones, and additional records only where they are needed; true unless it is switched off"`
}

func (d *defences) apply(r *resolver.Recursor) {
	r.FixedPort, r.CountIDs, r.MixCase = uint16(d.FixedPort), d.CountIDs, d.MixCase
	r.BelieveAnything = d.Bailiwick != nil && !*d.Bailiwick
}

type recursorArgs struct {
	Options struct {
		Roots     []string       `doc:"root servers by the names of their hosts, or by address" default:"nil"`
		Forward   []string       `doc:"servers to ask to resolve, instead of beginning at the root" default:"nil"`
		Chain     bool           `doc:"ask each server on the way to resolve the whole question, which then asks the next one" default:"false"`
		Zones     []*Zone        `doc:"what the server itself has authority for" default:"nil"`
		Port      uint16         `doc:"UDP and TCP port" default:"53"`
		Addresses []netip.Addr   `doc:"where to listen; all addresses without it" default:"nil"`
		Clients   []netip.Prefix `doc:"who may ask, but for what is in its zones, which everybody is told; everybody without it" default:"nil"`
		Cache     bind.Size      `doc:"how much the cache may hold" default:"8 MiB" min:"4096" max:"1073741824"`
		MaxTTL    time.Duration  `name:"max_ttl" doc:"for how long anything is kept at most" default:"24 h" min:"1 s"`
		defences
	} `doc:"whom to ask, and what to believe"`
}

func recursor(c *bind.Call, a recursorArgs) (*Recursor, error) {
	o := &a.Options
	p := process.Of(c)
	st := p.Stack()
	if len(o.Roots) == 0 && len(o.Forward) == 0 {
		c.Misuse("options", "want roots or forward, got neither")
	}
	inner := &resolver.Recursor{Stack: st, Chain: o.Chain, CacheBytes: int(o.Cache), MaxTTL: o.MaxTTL}
	o.apply(inner)
	for _, name := range o.Roots {
		addrs, err := st.LookupHost(name)
		if err != nil {
			return nil, err
		}
		inner.Roots = append(inner.Roots, resolver.Root{Name: miekg.Fqdn(name), Addrs: addrs})
	}
	for _, name := range o.Forward {
		server, err := address(st, name, dns.Port)
		if err != nil {
			return nil, err
		}
		inner.Forward = append(inner.Forward, server)
	}
	if o.Clients != nil {
		inner.MayAsk = func(a netip.Addr) bool {
			for _, prefix := range o.Clients {
				if prefix.Contains(a.Unmap()) {
					return true
				}
			}
			return false
		}
	}
	s := &dns.Server{Stack: st, Addrs: dns.AllAddrs(o.Port)}
	if o.Addresses != nil {
		s.Addrs = nil
		for _, a := range o.Addresses {
			s.Addrs = append(s.Addrs, netip.AddrPortFrom(a, o.Port))
		}
	}
	r := &Recursor{Recursor: inner, server: s, zones: o.Zones}
	for _, z := range o.Zones {
		s.AddZone(z.Zone)
	}
	if len(o.Zones) > 0 {
		inner.Zones = s.Lookup
	}
	inner.Serve(s)
	if err := s.Start(); err != nil {
		return nil, err
	}
	r.release = lua51.Hold(c.L, r)
	return r, nil
}

func recursorClass() bind.Member {
	return bind.Class("Recursor", "A running local name server.",
		bind.MethodProc("close", "Stop the server and give its ports back.", (*Recursor).close),
		bind.Method("resolve", "Resolve a name as for a client.", (*Recursor).resolve).
			Returns("answer", "rcode, authoritative, answer, authority and additional (lists of records)"),
		bind.Method("cache", "What is cached now, by name from the root down.", (*Recursor).entries).
			Returns("entries", "one table each: name, type (nil: the name does not exist), ttl (seconds left), rank (additional, authority, answer or authentic), rcode, records"),
		bind.MethodProc("flush", "Empty the cache, and forget how fast each server was.", func(r *Recursor, _ *bind.Call, _ bind.None) error { r.Flush(); return nil }),
		bind.Method("stats", "Counters since the start.", (*Recursor).stats),
		bind.MethodProc("set", "Change the defences against forged answers. What is left out is as at first.", (*Recursor).set),
	)
}

func (r *Recursor) close(*bind.Call, bind.None) error {
	r.server.Close()
	r.Recursor.Close()
	if r.release != nil {
		r.release()
	}
	return nil
}

type resolveArgs struct {
	Name string `doc:"the name"`
	Type string `doc:"the type of records" default:"A"`
}

func (r *Recursor) resolve(c *bind.Call, a resolveArgs) (AnswerTable, error) {
	m := newQuery(c, a.Name, a.Type, true, false)
	ans := r.Resolve(m.Question[0].Name, m.Question[0].Qtype)
	charge(c, len(ans.Answer)+len(ans.Ns)+len(ans.Extra))
	return AnswerTable{dns.RcodeName(ans.Rcode), ans.Authoritative, recordsOf(ans.Answer), recordsOf(ans.Ns), recordsOf(ans.Extra)}, nil
}

// A CacheEntry is an entry of the cache as scripts see it.
type CacheEntry struct {
	Name    string        `doc:"whose it is, in lower case"`
	Type    *string       `doc:"nil: there is no such name"`
	TTL     time.Duration `name:"ttl" doc:"seconds left"`
	Rank    string        `doc:"how far it is believed (RFC 2181 5.4.1)"`
	Rcode   string        `doc:"NOERROR, or of a negative entry"`
	Records []Record      `doc:"none in a negative entry"`
}

func (r *Recursor) entries(c *bind.Call, _ bind.None) ([]CacheEntry, error) {
	out := []CacheEntry{}
	now := r.Stack.Now()
	for _, e := range r.Cache() {
		charge(c, 1+len(e.Records))
		entry := CacheEntry{Name: e.Name, TTL: e.Expires.Sub(now), Rank: e.Rank.String(), Rcode: dns.RcodeName(e.Rcode), Records: recordsOf(e.Records)}
		if e.Type != 0 {
			name := dns.TypeName(e.Type)
			entry.Type = &name
		}
		out = append(out, entry)
	}
	return out, nil
}

// RecursorStats is what stats gives.
type RecursorStats struct {
	Questions uint64 `doc:"questions of clients"`
	Hits      uint64 `doc:"of these, answered from the cache"`
	Joined    uint64 `doc:"of these, that waited for the answer to the same question of another"`
	Failures  uint64 `doc:"of these, that could not be answered"`
	Sent      uint64 `doc:"questions to servers"`
	Timeouts  uint64 `doc:"of these, that nobody answered in time"`
	Lame      uint64 `doc:"answers of servers that had nothing to say"`
	Ignored   uint64 `doc:"messages passed over since they were not the answer to what was asked: late, broken or forged"`
	Entries   int    `doc:"entries of the cache"`
	Bytes     int    `doc:"bytes that they are counted as"`
}

func (r *Recursor) stats(*bind.Call, bind.None) (RecursorStats, error) {
	st := r.Stats()
	t := RecursorStats{Questions: st.Questions, Hits: st.Hits, Joined: st.Joined, Failures: st.Failures, Sent: st.Sent,
		Timeouts: st.Timeouts, Lame: st.Lame, Ignored: st.Ignored}
	t.Entries, t.Bytes = r.CacheSize()
	return t, nil
}

type setArgs struct {
	Defences defences `doc:"the defences"`
}

func (r *Recursor) set(_ *bind.Call, a setArgs) error {
	a.Defences.apply(r.Recursor)
	return nil
}
