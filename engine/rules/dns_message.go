package rules

import (
	"encoding/binary"
	"fmt"
	"strings"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// A dnsMessage is what a reader that goes on behind mistakes has found in a message.
type dnsMessage struct {
	b         []byte
	id, flags uint16
	counts    [4]int
	question  string // "www.lab. A", in lower case; all of them if there are several
	qtype     uint16
	answer    []dnsRecord
	opts      int  // OPT records
	udpSize   int  // as the first of them says
	broken    bool // the message could not be read to its end
}

type dnsRecord struct {
	name  string
	rtype uint16
	ttl   uint32
}

// A dnsFault is a rule that a message breaks, where it cannot be read on.
type dnsFault struct{ rule, detail string }

// describe shows a message in one line.
func (m *dnsMessage) describe() string {
	var x dns.Message
	if err := x.Unpack(m.b); err != nil {
		return fmt.Sprintf("(%d bytes, id %d)", len(m.b), m.id)
	}
	return fmt.Sprintf("%s (id %d, %d bytes)", dns.Describe(&x), m.id, len(m.b))
}

// parse reads the sections and tells what is wrong.
func (m *dnsMessage) parse(tell func(rule, format string, args ...any)) {
	for i := range m.counts {
		m.counts[i] = int(binary.BigEndian.Uint16(m.b[4+2*i:]))
	}
	at, fault := m.sections(tell)
	if fault == nil && at < len(m.b) {
		fault = &dnsFault{"counts", fmt.Sprintf("%d bytes follow", len(m.b)-at)}
	}
	if fault != nil {
		m.broken = true
		tell(fault.rule, "%s", fault.detail)
	}
}

func (m *dnsMessage) sections(tell func(rule, format string, args ...any)) (int, *dnsFault) {
	at := 12
	for i := range m.counts[0] {
		name, next, fault := m.name(at)
		if fault != nil {
			return 0, fault
		}
		if next+4 > len(m.b) {
			return 0, &dnsFault{"counts", fmt.Sprintf("question %d is not whole", i+1)}
		}
		m.qtype = binary.BigEndian.Uint16(m.b[next:])
		if m.question += " " + strings.ToLower(name) + " " + dns.TypeName(m.qtype); i == 0 {
			m.question = m.question[1:]
		}
		at = next + 4
	}
	ttl := false
	for section := 1; section <= 3; section++ {
		for i := range m.counts[section] {
			r, next, fault := m.record(at, section)
			if fault != nil {
				if fault.detail == "" {
					fault.detail = fmt.Sprintf("record %d of section %s is not whole", i+1, [...]string{"", "answer", "authority", "additional"}[section])
				}
				return 0, fault
			}
			if r.ttl > 1<<31-1 && r.rtype != miekg.TypeOPT && !ttl {
				ttl = true
				tell("ttl", "here is %d", r.ttl)
			}
			if section == 1 {
				m.answer = append(m.answer, r)
			}
			at = next
		}
	}
	return at, nil
}

// record reads a record; a fault without detail says that it is not whole.
func (m *dnsMessage) record(at, section int) (dnsRecord, int, *dnsFault) {
	name, next, fault := m.name(at)
	if fault != nil {
		return dnsRecord{}, 0, fault
	}
	if next+10 > len(m.b) {
		return dnsRecord{}, 0, &dnsFault{rule: "counts"}
	}
	r := dnsRecord{strings.ToLower(name), binary.BigEndian.Uint16(m.b[next:]), binary.BigEndian.Uint32(m.b[next+4:])}
	end := next + 10 + int(binary.BigEndian.Uint16(m.b[next+8:]))
	if end > len(m.b) {
		return r, 0, &dnsFault{"rdata", fmt.Sprintf("%s %s goes beyond the message", name, dns.TypeName(r.rtype))}
	}
	if r.rtype == miekg.TypeOPT {
		if m.opts++; m.opts > 1 || section != 3 || name != "." {
			return r, 0, &dnsFault{rule: "opt", detail: fmt.Sprintf("this is number %d, at %s", m.opts, name)}
		}
		m.udpSize = int(binary.BigEndian.Uint16(m.b[next+2:]))
		return r, end, nil
	}
	return r, end, m.data(r, next+10, end)
}

// data looks at the data of a record, which for the common types are checked by the library.
func (m *dnsMessage) data(r dnsRecord, at, end int) *dnsFault {
	if at == end {
		return nil // as updates have them (RFC 2136 2.4)
	}
	switch want := map[uint16]int{miekg.TypeA: 4, miekg.TypeAAAA: 16}[r.rtype]; {
	case want > 0 && end-at != want:
		return &dnsFault{"rdata", fmt.Sprintf("%s has %d bytes, here are %d", dns.TypeName(r.rtype), want, end-at)}
	case r.rtype == miekg.TypeNS || r.rtype == miekg.TypeCNAME || r.rtype == miekg.TypePTR:
		return m.nameIn(r, at, end)
	case r.rtype == miekg.TypeMX && end-at < 3:
		return &dnsFault{"rdata", "MX has a preference and a name"}
	case r.rtype == miekg.TypeMX:
		return m.nameIn(r, at+2, end)
	}
	return nil
}

// nameIn looks at a name that must be all of a record's data.
func (m *dnsMessage) nameIn(r dnsRecord, at, end int) *dnsFault {
	_, next, fault := m.name(at)
	if fault == nil && next != end {
		fault = &dnsFault{"rdata", fmt.Sprintf("%s has a name of %d bytes, its length says %d", dns.TypeName(r.rtype), next-at, end-at)}
	}
	return fault
}

// mostJumps is how many pointers a name may have: it has no more labels than that.
const mostJumps = 127

// name reads a name and returns where what follows it begins.
func (m *dnsMessage) name(at int) (string, int, *dnsFault) {
	var b strings.Builder
	next, length, jumps := 0, 1, 0
	for before := len(m.b); ; {
		if at >= len(m.b) {
			return "", 0, &dnsFault{"counts", "a name goes beyond the end of the message"}
		}
		n := int(m.b[at])
		switch {
		case n == 0:
			if next == 0 {
				next = at + 1
			}
			if b.Len() == 0 {
				return ".", next, nil
			}
			return b.String(), next, nil
		case n >= 0xc0:
			if at+2 > len(m.b) {
				return "", 0, &dnsFault{"counts", "a name goes beyond the end of the message"}
			}
			if next == 0 {
				next, before = at+2, at
			}
			target := int(binary.BigEndian.Uint16(m.b[at:]) & 0x3fff)
			if jumps++; jumps > mostJumps {
				return "", 0, &dnsFault{"pointer", fmt.Sprintf("a name with more than %d of them", mostJumps)}
			}
			if target >= before || target < 12 {
				return "", 0, &dnsFault{"pointer", fmt.Sprintf("at byte %d it points to byte %d", at, target)}
			}
			at, before = target, target
		case n > 63:
			return "", 0, &dnsFault{"name", fmt.Sprintf("at byte %d stands the length %d", at, n)}
		case at+1+n > len(m.b):
			return "", 0, &dnsFault{"counts", "a name goes beyond the end of the message"}
		default:
			if length += n + 1; length > 255 {
				return "", 0, &dnsFault{"name", "this one is longer"}
			}
			b.WriteString(printable(string(m.b[at+1:at+1+n])) + ".")
			at += n + 1
		}
	}
}
