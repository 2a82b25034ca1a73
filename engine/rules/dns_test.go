package rules_test

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

// ask returns the line of a test for a query, changed by a function.
func ask(change func(*miekg.Msg)) string { return "C= " + packed(change, nil) + "\n" }

// reply returns the line for a reply to ask's query.
func reply(change func(*miekg.Msg), records ...string) string {
	return "S= " + packed(change, records) + "\n"
}

// packed returns a message in the form of Go strings: a query for www.lab A, or the reply to it with records in the answer section.
func packed(change func(*miekg.Msg), records []string) string {
	return quoted(pack(change, records))
}

func quoted(b []byte) string {
	q := strconv.Quote(string(b))
	return q[1 : len(q)-1]
}

func pack(change func(*miekg.Msg), records []string) []byte {
	m := new(miekg.Msg)
	m.SetQuestion("www.lab.", miekg.TypeA)
	m.Id = 7
	m.Compress = true
	if records != nil {
		m.Response = true
	}
	for _, text := range records {
		if text == "" {
			continue
		}
		rr, err := miekg.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	if change != nil {
		change(m)
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// framed returns a line for a message over TCP.
func framed(who string, b []byte) string {
	return who + "= " + quoted(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)) + "\n"
}

// bytes returns the line of a message whose bytes are changed.
func raw(who string, b []byte, at int, with ...byte) string {
	if at+len(with) > len(b) {
		b = append(b, make([]byte, at+len(with)-len(b))...)
	}
	copy(b[at:], with)
	return who + "= " + quoted(b) + "\n"
}

func edns(m *miekg.Msg) { m.SetEdns0(1232, false) }

var manyRecords = func() []string {
	var list []string
	for i := range 40 {
		list = append(list, "www.lab. 60 A 10.0.0."+strconv.Itoa(i))
	}
	return list
}()

var dnsCases = []wrong{
	{"", 0, ask(nil) + reply(nil, "www.lab. 60 A 10.0.0.1", "www.lab. 60 A 10.0.0.2")},
	{"", 0, ask(nil) + ask(nil) + reply(nil, "www.lab. 60 CNAME web.lab.", "web.lab. 60 A 10.0.0.1", "web.lab. 60 MX 10 mail.lab.")},
	{"", 0, ask(edns) + reply(edns, manyRecords...)},
	{"", 0, ask(nil) + reply(func(m *miekg.Msg) { m.Rcode = miekg.RcodeFormatError; m.Question = nil; m.RecursionDesired = false }, "")},
	{"", 0, "# tcp\n" + framed("C", pack(nil, nil)) + framed("S", pack(nil, manyRecords)) + "S (closes)\n"},
	{"", 0, "# tcp\n" + framed("C", pack(func(m *miekg.Msg) { m.Question[0].Qtype = miekg.TypeAXFR }, nil)) + framed("S", pack(func(m *miekg.Msg) { m.Question = nil }, manyRecords))},

	{"header", 1, "C= gaia\n"},
	{"counts", 1, raw("C", pack(nil, nil), 12+9+4, 1)},
	{"counts", 1, raw("C", pack(nil, nil)[:20], 0)},
	{"counts", 2, ask(nil) + raw("S", pack(nil, []string{"www.lab. 60 A 10.0.0.1"}), 7, 2)},
	{"name", 1, raw("C", pack(nil, nil), 12, 0x43)},
	{"name", 1, raw("C", pack(nil, nil), 12, []byte(strings.Repeat("\x3f"+strings.Repeat("x", 63), 4)+"\x00\x00\x01\x00\x01")...)},
	{"pointer", 1, raw("C", pack(nil, nil), 12, 0xc0, 12)},
	{"pointer", 1, raw("C", pack(nil, nil), 12, 0xc0, 40)},
	{"rdata", 2, ask(nil) + raw("S", pack(nil, []string{"www.lab. 60 A 10.0.0.1"}), 25+10, 0, 9)},
	{"rdata", 2, ask(nil) + raw("S", append(pack(nil, []string{"www.lab. 60 A 10.0.0.1"}), 1), 25+10, 0, 5)},
	{"rdata", 2, ask(nil) + raw("S", append(pack(nil, []string{"www.lab. 60 CNAME web.lab."}), 1), 25+10, 0, 7)},
	{"ttl", 2, ask(nil) + reply(nil, "www.lab. 4294967295 A 10.0.0.1")},
	{"reserved", 1, ask(func(m *miekg.Msg) { m.Zero = true })},
	{"size", 2, ask(nil) + reply(nil, manyRecords...)},
	{"tcp-length", 1, "# tcp\n" + ask(nil)},
	{"opt", 1, ask(func(m *miekg.Msg) { edns(m); m.Extra = append(m.Extra, m.Extra[0]) })},

	{"query-qr", 1, ask(func(m *miekg.Msg) { m.Response = true })},
	{"query-one", 1, ask(func(m *miekg.Msg) { m.Question = append(m.Question, m.Question[0]) })},
	{"query-one", 1, ask(func(m *miekg.Msg) { m.Question = nil })},
	{"query-records", 1, ask(func(m *miekg.Msg) {
		m.Answer = []miekg.RR{&miekg.A{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeA, Class: 1}, A: []byte{1, 2, 3, 4}}}
	})},
	{"query-id", 2, ask(nil) + ask(func(m *miekg.Msg) { m.Question[0].Name = "other.lab." })},

	{"reply-qr", 2, ask(nil) + reply(func(m *miekg.Msg) { m.Response = false }, "")},
	{"reply-id", 2, ask(nil) + reply(func(m *miekg.Msg) { m.Id = 8 }, "")},
	{"reply-id", 1, reply(nil, "")},
	{"reply-question", 2, ask(nil) + reply(func(m *miekg.Msg) { m.Question = nil }, "")},
	{"reply-question", 2, ask(nil) + reply(func(m *miekg.Msg) { m.Question[0].Name = "other.lab." }, "")},
	{"reply-question", 2, ask(nil) + reply(func(m *miekg.Msg) { m.RecursionDesired = false }, "")},
	{"reply-opt", 2, ask(nil) + reply(edns, "")},
	{"reply-tc", 2, "# tcp\n" + framed("C", pack(nil, nil)) + framed("S", pack(func(m *miekg.Msg) { m.Truncated = true }, []string{""}))},
	{"cname-alone", 2, ask(nil) + reply(nil, "www.lab. 60 CNAME web.lab.", "www.lab. 60 A 10.0.0.1")},
	{"set-ttl", 2, ask(nil) + reply(nil, "www.lab. 60 A 10.0.0.1", "www.lab. 61 A 10.0.0.2")},
}

func TestDNS(t *testing.T) { judge(t, "dns", rules.DNS, dnsCases) }

func FuzzDNS(f *testing.F) { fuzz(f, dnsCases, rules.DNS) }

func FuzzDNSOverTCP(f *testing.F) { fuzz(f, dnsCases, rules.DNSOverTCP) }
