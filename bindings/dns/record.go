package dns

import (
	"fmt"
	"strings"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

// A Record is a resource record as scripts see it.
type Record struct {
	Name       string  `doc:"whose it is"`
	Type       string  `doc:"such as A or MX"`
	Class      string  `doc:"IN"`
	TTL        uint32  `name:"ttl" doc:"seconds it may be kept"`
	Data       string  `doc:"what it says, as in a master file"`
	Address    *string `doc:"of A and AAAA"`
	Target     *string `doc:"the name that NS, CNAME, PTR, MX, SRV and DNAME give"`
	Preference *uint16 `doc:"of MX: the lowest is tried first"`
}

// recordOf shows a record.
func recordOf(rr dns.RR) Record {
	h := rr.Header()
	r := Record{Name: h.Name, Type: dns.TypeName(h.Rrtype), Class: miekg.Class(h.Class).String(), TTL: h.Ttl,
		Data: strings.TrimPrefix(rr.String(), h.String())}
	switch rr := rr.(type) {
	case *miekg.A:
		r.Address = &r.Data
	case *miekg.AAAA:
		r.Address = &r.Data
	case *miekg.NS:
		r.Target = &rr.Ns
	case *miekg.CNAME:
		r.Target = &rr.Target
	case *miekg.DNAME:
		r.Target = &rr.Target
	case *miekg.PTR:
		r.Target = &rr.Ptr
	case *miekg.SRV:
		r.Target = &rr.Target
	case *miekg.MX:
		r.Target, r.Preference = &rr.Mx, &rr.Preference
	}
	return r
}

// recordsOf shows records; none is an empty list.
func recordsOf(rrs []dns.RR) []Record {
	out := make([]Record, len(rrs))
	for i, rr := range rrs {
		out[i] = recordOf(rr)
	}
	return out
}

// maxRecords is how many records a script may give at a time, and how many a zone that it makes may have.
const maxRecords = 100_000

// charge takes fuel for work with records.
func charge(c *bind.Call, records int) { c.Charge(50 * records) }

// readRecords reads what a script gives as records: a text of one or more lines of a master file, a table that is one record, or a list
// of both.
func readRecords(c *bind.Call, param string, v lua.LValue, o dns.ParseOptions) ([]dns.RR, error) {
	var text strings.Builder
	if err := writeRecords(c, param, &text, v, 0); err != nil {
		return nil, err
	}
	c.Charge(2 * text.Len())
	if o.Records == 0 {
		o.Records = maxRecords
	}
	if o.File == "" {
		o.File = "records"
	}
	rrs, err := dns.ParseRecords(text.String(), o)
	charge(c, len(rrs))
	return rrs, err
}

// writeRecords writes records as lines of a master file.
func writeRecords(c *bind.Call, param string, to *strings.Builder, v lua.LValue, depth int) error {
	switch v := v.(type) {
	case lua.LString:
		to.WriteString(string(v) + "\n")
		return nil
	case *lua.LTable:
		if v.RawGetString("type") != lua.LNil {
			return writeRecord(c, param, to, v)
		}
		if depth == 0 {
			c.Charge(v.Len())
			for i := 1; i <= v.Len(); i++ {
				if err := writeRecords(c, param, to, v.RawGetInt(i), 1); err != nil {
					return err
				}
			}
			return nil
		}
	}
	c.Misuse(param, "want a record such as \"www 300 A 10.0.0.1\", a table with name, type and data, or a list of records, got %s", c.Describe(v))
	return nil
}

// writeRecord writes a table as a line of a master file.
func writeRecord(c *bind.Call, param string, to *strings.Builder, t *lua.LTable) error {
	field := func(name, otherwise string) string {
		switch v := t.RawGetString(name).(type) {
		case lua.LString:
			if strings.ContainsAny(string(v), "\n\r\x00") || name != "data" && strings.ContainsAny(string(v), " \t;()\"") {
				c.Misuse(param, "want a record whose %s fits on a line, got %q", name, string(v))
			}
			return string(v)
		case lua.LNumber:
			return fmt.Sprintf("%.0f", float64(v))
		case *lua.LNilType:
			return otherwise
		default:
			c.Misuse(param, "want a record whose %s is text, got %s", name, c.Describe(v))
		}
		return ""
	}
	fmt.Fprintf(to, "%s %s IN %s %s\n", field("name", "@"), field("ttl", ""), field("type", ""), field("data", ""))
	return nil
}
