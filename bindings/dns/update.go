package dns

import (
	"strings"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

func updateFn() bind.Member {
	return bind.Proc("update", "Ask the primary server to change a zone: all of it or, if a prerequisite does not hold, nothing (RFC 2136).", update).
		Errors("timeout", "refused", "unreachable", "host-not-found", "protocol", "denied", "exists", "not-found", "invalid", "failed")
}

type updateArgs struct {
	Origin  string `doc:"the zone's name; relative names are below it"`
	Options struct {
		signedOptions
		Add     lua.LValue `doc:"records to add" default:"nil" type:"string|table"`
		Remove  []string   `doc:"what to remove: \"www\" (all records of the name), \"www A\" (all of the type) or \"www A 10.0.0.1\"" default:"nil"`
		Present []string   `doc:"what must be there, written likewise; the records of a name and type must be exactly those that are given with data" default:"nil"`
		Absent  []string   `doc:"names, or names with a type, that must not be there" default:"nil"`
		TTL     uint32     `name:"ttl" doc:"seconds that added records may be kept which do not say" default:"3600" max:"2147483647"`
	} `doc:"whom to ask, and for what"`
}

func update(c *bind.Call, a updateArgs) error {
	o := &a.Options
	q, err := o.request(c)
	if err != nil {
		return err
	}
	origin, err := dns.Fqdn(a.Origin)
	if err != nil {
		return err
	}
	m := new(dns.Message)
	m.SetUpdate(origin)
	for _, text := range o.Present {
		rr, depth, err := pattern(c, "present", text, origin)
		if err != nil {
			return err
		}
		[]func([]dns.RR){m.NameUsed, m.RRsetUsed, m.Used}[depth](rr)
	}
	for _, text := range o.Absent {
		rr, depth, err := pattern(c, "absent", text, origin)
		if err != nil {
			return err
		}
		if depth == 2 {
			c.Misuse("absent", "want a name, or a name and a type, got %q", text)
		}
		[]func([]dns.RR){m.NameNotUsed, m.RRsetNotUsed}[depth](rr)
	}
	for _, text := range o.Remove {
		rr, depth, err := pattern(c, "remove", text, origin)
		if err != nil {
			return err
		}
		[]func([]dns.RR){m.RemoveName, m.RemoveRRset, m.Remove}[depth](rr)
	}
	if o.Add != lua.LNil && o.Add != nil {
		rrs, err := readRecords(c, "add", o.Add, dns.ParseOptions{Origin: origin, TTL: o.TTL, Records: 1000})
		if err != nil {
			return err
		}
		m.Insert(rrs)
	}
	return done(q, m, "update")
}

// pattern reads what an update looks for: a name (depth 0), with a type (1), with data (2).
func pattern(c *bind.Call, param, text, origin string) ([]dns.RR, int, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	typ, data, _ := strings.Cut(strings.TrimSpace(rest), " ")
	z, err := dns.NewZone(origin)
	if err != nil {
		return nil, 0, err
	}
	full := (&Zone{Zone: z}).whole(c, param, name)
	if data = strings.TrimSpace(data); data != "" {
		rrs, err := dns.ParseRecords(full+" IN "+typ+" "+data, dns.ParseOptions{Origin: origin, Records: 1, File: param})
		return rrs, 2, err
	}
	h := miekg.RR_Header{Name: full, Class: miekg.ClassINET, Rrtype: miekg.TypeANY}
	depth := 0
	if typ != "" {
		h.Rrtype, depth = typeOf(c, param, typ), 1
	}
	return []dns.RR{&miekg.ANY{Hdr: h}}, depth, nil
}
