package dns

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	miekg "github.com/miekg/dns"
	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

// Zone is a zone of Lua.
type Zone struct {
	*dns.Zone
	secondary bool // a copy that a server keeps: changes are the primary's
}

// mayChange fails for the copy of a secondary, and while it has no data.
func (z *Zone) mayChange() error {
	switch {
	case z.secondary:
		return &dns.DataError{Zone: z.Origin(), Text: "it is a secondary's copy; the primary takes changes"}
	case z.SOA() == nil:
		return &dns.DataError{Zone: z.Origin(), Text: "it has no data to change yet"}
	}
	return nil
}

func zoneClass() bind.Member {
	return bind.Class("Zone", "The data of a zone. Each change counts its serial number up.",
		bind.Method("origin", "The zone's name.", func(z *Zone, _ *bind.Call, _ bind.None) (string, error) { return z.Origin(), nil }),
		bind.Method("serial", "Its serial number; 0 while a secondary has no data.", func(z *Zone, _ *bind.Call, _ bind.None) (uint32, error) { return z.Serial(), nil }),
		bind.Method("lookup", "Answer a question from the zone's data alone, as an authoritative server does (RFC 1034 4.3.2).", (*Zone).lookup).
			Returns("answer", "rcode, authoritative, answer, authority and additional (lists of records)"),
		bind.Method("records", "All records, in canonical order.", (*Zone).records).
			Returns("records", "one table each: name, type, class, ttl, data; address, target or preference where there is one"),
		bind.Method("text", "The zone as the text of a master file.", (*Zone).text).
			Returns("text", "one record a line"),
		bind.Method("add", "Add records. If one cannot be in the zone, none is added.", (*Zone).add).
			Returns("serial", "the serial number then").Errors("invalid"),
		bind.Method("remove", "Remove records: those of a name and type, of all types of a name, or one with this data.", (*Zone).remove).
			Returns("removed", "how many there were").Errors("invalid").
			Example(`local zone = require("dns").zone({"@ NS ns", "ns A 10.0.0.1", "www A 10.0.0.2", "www A 10.0.0.3"}, {origin = "lab"})
print(zone:serial(), zone:remove("www", "A", "10.0.0.2"), zone:serial()) --> 1	1	2
print(zone:lookup("www.lab").answer[1].data) --> 10.0.0.3
print(zone:remove("www"), zone:lookup("www.lab").rcode) --> 1	NXDOMAIN
print(zone:remove("@", "NS")) --> nil	dns: zone lab.: the zone lab. has no NS at its apex	invalid`),
		bind.Method("remarks", "What is allowed but likely a mistake: name servers that are aliases or have no address, data below a delegation.", func(z *Zone, c *bind.Call, _ bind.None) ([]string, error) {
			charge(c, z.Len())
			return z.Remarks(), nil
		}).Returns("remarks", "a list of sentences"),
		bind.Method("size", "The number of records.", func(z *Zone, _ *bind.Call, _ bind.None) (int, error) { return z.Len(), nil }),
	).Text(func(z *Zone) string { return z.Origin() })
}

// Held implements lua51.Holder.
func (z *Zone) Held(_ func(lua.LValue), weigh func(int64)) { weigh(int64(300 * z.Len())) }

type zoneArgs struct {
	Source  lua.LValue  `doc:"the text of a master file, or a list of records" type:"string|table"`
	Options zoneOptions `doc:"how to read it"`
}

type zoneOptions struct {
	Origin  *string `doc:"the zone's name, and the origin of relative names; without it the name of the SOA"`
	TTL     uint32  `name:"ttl" doc:"seconds that records may be kept which do not say" default:"3600" max:"2147483647"`
	Serial  uint32  `doc:"serial number of the SOA that a list without one gets" default:"1"`
	File    *string `doc:"what messages call the text; $INCLUDE is relative to it"`
	Include bool    `doc:"allow $INCLUDE of files of this host" default:"false"`
}

func (o *zoneOptions) parse(c *bind.Call) dns.ParseOptions {
	out := dns.ParseOptions{TTL: o.TTL, Records: maxRecords, Bytes: 16 << 20}
	if o.Origin != nil {
		origin, err := dns.Fqdn(*o.Origin)
		if err != nil {
			misnamed(c, "origin", *o.Origin, err)
		}
		out.Origin = origin
	}
	if o.File != nil {
		out.File = *o.File
	}
	if o.Include {
		p := process.Of(c)
		out.Include = hostFiles{p.FS(), path.Dir(p.Path(out.File))}
	}
	return out
}

func makeZone(c *bind.Call, a zoneArgs) (*Zone, error) {
	o := a.Options.parse(c)
	if text, ok := a.Source.(lua.LString); ok {
		return parseZone(c, string(text), o)
	}
	rrs, err := readRecords(c, "source", a.Source, o)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(rrs, func(rr dns.RR) bool { return rr.Header().Rrtype == miekg.TypeSOA }) {
		if o.Origin == "" {
			c.Misuse("options", "want an origin, or an SOA among the records, got neither")
		}
		rrs = append(rrs, defaultSOA(o, rrs, a.Options.Serial))
	}
	var text strings.Builder
	for _, rr := range rrs {
		text.WriteString(rr.String() + "\n")
	}
	return parseZone(c, text.String(), o)
}

// defaultSOA is the SOA of a zone whose author did not care.
func defaultSOA(o dns.ParseOptions, rrs []dns.RR, serial uint32) dns.RR {
	server := "."
	for _, rr := range rrs {
		if ns, ok := rr.(*miekg.NS); ok && strings.EqualFold(ns.Hdr.Name, o.Origin) {
			server = ns.Ns
			break
		}
	}
	contact := "hostmaster." + strings.TrimPrefix(o.Origin, ".")
	return &miekg.SOA{Hdr: miekg.RR_Header{Name: o.Origin, Rrtype: miekg.TypeSOA, Class: miekg.ClassINET, Ttl: o.TTL},
		Ns: server, Mbox: contact, Serial: serial, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: 60}
}

func parseZone(c *bind.Call, text string, o dns.ParseOptions) (*Zone, error) {
	c.Charge(2 * len(text))
	z, err := dns.ParseZone(text, o)
	if err != nil {
		return nil, err
	}
	charge(c, z.Len())
	return &Zone{Zone: z}, nil
}

type loadArgs struct {
	File    string      `doc:"path of the master file"`
	Options zoneOptions `doc:"how to read it"`
}

func loadZone(c *bind.Call, a loadArgs) (*Zone, error) {
	p := process.Of(c)
	a.Options.File = &a.File
	file := p.Path(a.File)
	info, err := p.FS().Stat(file)
	if err != nil {
		return nil, err
	}
	c.Charge(2 * int(min(info.Size(), 16<<20)))
	z, err := dns.OpenStore(p.FS(), file, a.Options.parse(c))
	if err != nil {
		return nil, err
	}
	charge(c, z.Len())
	return &Zone{Zone: z}, nil
}

// hostFiles are a host's files as $INCLUDE sees them: names are relative to the including file's folder, nothing leads out of the host.
type hostFiles struct {
	fs  afero.Fs
	dir string
}

// Open implements fs.FS.
func (h hostFiles) Open(name string) (fs.File, error) { return h.fs.Open(path.Join("/", h.dir, name)) }

type lookupArgs struct {
	Name string `doc:"the name asked for; \"@\" is the origin"`
	Type string `doc:"the type asked for" default:"A"`
}

// An AnswerTable is an answer as scripts see it.
type AnswerTable struct {
	Rcode         string   `doc:"NOERROR, NXDOMAIN, …"`
	Authoritative bool     `doc:"the flag AA"`
	Answer        []Record `doc:"what was asked for"`
	Authority     []Record `doc:"who is in charge; the SOA of a negative answer"`
	Additional    []Record `doc:"addresses that will be wanted next"`
}

func (z *Zone) lookup(c *bind.Call, a lookupArgs) (AnswerTable, error) {
	ans := z.Lookup(z.whole(c, "name", a.Name), typeOf(c, "type", a.Type))
	return AnswerTable{dns.RcodeName(ans.Rcode), ans.Authoritative, recordsOf(ans.Answer), recordsOf(ans.Ns), recordsOf(ans.Extra)}, nil
}

// whole returns a name with its dot at the end. "@" is the origin; one without a dot at the end that is not within the zone is below it.
func (z *Zone) whole(c *bind.Call, param, name string) string {
	if name == "@" {
		return z.Origin()
	}
	full, err := dns.Fqdn(name)
	if err == nil && !strings.HasSuffix(name, ".") && !miekg.IsSubDomain(z.Origin(), full) {
		full, err = dns.Fqdn(name + "." + strings.TrimPrefix(z.Origin(), "."))
	}
	if err != nil {
		misnamed(c, param, name, err)
	}
	return full
}

// typeOf reads a type's name.
func typeOf(c *bind.Call, param, name string) uint16 {
	typ, ok := dns.ParseType(name)
	if !ok {
		c.Misuse(param, "want a record type such as \"MX\", got %q", name)
	}
	return typ
}

func (z *Zone) records(c *bind.Call, _ bind.None) ([]Record, error) {
	charge(c, z.Len())
	return recordsOf(z.Records()), nil
}

func (z *Zone) text(c *bind.Call, _ bind.None) (string, error) {
	charge(c, z.Len())
	return z.Text(), nil
}

type addArgs struct {
	Records lua.LValue `doc:"a record, or a list of records" type:"string|table"`
	Options struct {
		TTL uint32 `name:"ttl" doc:"seconds that records may be kept which do not say" default:"3600" max:"2147483647"`
	} `doc:"how to read them"`
}

func (z *Zone) add(c *bind.Call, a addArgs) (uint32, error) {
	rrs, err := readRecords(c, "records", a.Records, dns.ParseOptions{Origin: z.Origin(), TTL: a.Options.TTL})
	if err != nil {
		return 0, err
	}
	if err := z.mayChange(); err != nil {
		return 0, err
	}
	e := z.Edit()
	for _, rr := range rrs {
		if err := e.Add(rr); err != nil {
			e.Rollback()
			return 0, err
		}
	}
	_, err = e.Commit()
	return z.Serial(), err
}

type removeArgs struct {
	Name string  `doc:"the name; \"@\" is the origin"`
	Type string  `doc:"the type; ANY is all" default:"ANY"`
	Data *string `doc:"only the record that says this"`
}

func (z *Zone) remove(c *bind.Call, a removeArgs) (int, error) {
	name, typ := z.whole(c, "name", a.Name), typeOf(c, "type", a.Type)
	if err := z.mayChange(); err != nil {
		return 0, err
	}
	e := z.Edit()
	n := 0
	if a.Data == nil {
		n = e.RemoveSet(name, typ)
	} else {
		rrs, err := dns.ParseRecords(fmt.Sprintf("%s IN %s %s", name, a.Type, *a.Data), dns.ParseOptions{Origin: z.Origin(), Records: 1, File: "data"})
		if err != nil {
			return 0, err
		}
		for _, rr := range rrs {
			if e.Remove(rr) {
				n++
			}
		}
	}
	_, err := e.Commit()
	return n, err
}
