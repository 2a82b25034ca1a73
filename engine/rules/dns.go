package rules

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// dnsRules are the rules of DNS that DNS knows.
var dnsRules = []Rule{
	{"header", Must, 1035, "4.1.1", "a message begins with a header of 12 bytes"},
	{"counts", Must, 1035, "4.1", "a message has as many questions and records as its header says, and nothing behind them"},
	{"name", Must, 1035, "3.1", "a name is labels of 1 to 63 bytes and a byte 0 at the end, 255 bytes in all"},
	{"pointer", Must, 1035, "4.1.4", "a compressed name points back to a name that stands before it"},
	{"rdata", Must, 1035, "4.1.3", "a record has data of its type, as long as its length says"},
	{"ttl", Should, 2181, "8", "a TTL is at most 2147483647 s"},
	{"reserved", Must, 1035, "4.1.1", "the bit Z of the header is 0"},
	{"size", Must, 1035, "4.2.1", "a datagram has at most 512 bytes, unless EDNS allows more (RFC 6891, 6.2.3); what does not fit is left out, with the flag TC"},
	{"tcp-length", Must, 1035, "4.2.2", "over TCP a message begins with its length, in two bytes"},
	{"opt", Must, 6891, "6.1.1", "a message has at most one OPT record, in the additional section, at the root"},

	{"query-qr", Must, 1035, "4.1.1", "the flag QR is 0 in a query"},
	{"query-one", Must, 9619, "4", "a query has one question"},
	{"query-records", Should, 1035, "4.1.1", "a query has no records but in the additional section"},
	{"query-id", Should, 5452, "9.2", "each query has an id that nobody can guess, so another than the one before"},

	{"reply-qr", Must, 1035, "4.1.1", "the flag QR is 1 in a reply"},
	{"reply-id", Must, 1035, "4.1.1", "a reply has the id of its query"},
	{"reply-question", Must, 1035, "4.1.1", "a reply repeats opcode, flag RD and the question of its query"},
	{"reply-opt", Must, 6891, "7", "a reply has an OPT record only if the query has one"},
	{"reply-tc", Should, 7766, "5", "a reply over TCP is whole: the flag TC is for datagrams"},
	{"cname-alone", Must, 1034, "3.6.2", "a name with a CNAME record has no other data"},
	{"set-ttl", Must, 2181, "5.2", "the records of a name and type have one TTL"},
}

// DNS checks what a client and a DNS server send each other in datagrams (RFC 1035, EDNS of RFC 6891). Each turn is one datagram.
func DNS(d Dialogue) *Report { return checkDNS(d, false) }

// DNSOverTCP checks a connection with a DNS server (RFC 7766).
func DNSOverTCP(d Dialogue) *Report { return checkDNS(d, true) }

func checkDNS(d Dialogue, tcp bool) *Report {
	s := &dnsSession{check: newCheck(dnsRules), tcp: tcp, queries: map[uint16]dnsQuery{}}
	return s.run(d, s)
}

// A dnsSession reads what goes back and forth between two ports.
type dnsSession struct {
	*check
	tcp     bool
	queries map[uint16]dnsQuery // by id
	last    *dnsQuery
}

// A dnsQuery is what a reply has to fit.
type dnsQuery struct {
	id       uint16
	bits     uint16 // opcode and RD
	question string
	edns     bool
	size     int // of the largest datagram that the client takes
	transfer bool
}

func (s *dnsSession) closed(side Side) { s.note(side, "(closes)") }

func (s *dnsSession) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		if b := rest[side]; len(b) > 0 {
			l := s.line(side, b)
			s.Lines[l-1].Note = fmt.Sprintf("(%d bytes)", len(b))
			promised := "the length is not whole"
			if len(b) >= 2 {
				promised = fmt.Sprintf("the length is %d, and %d bytes follow", binary.BigEndian.Uint16(b), len(b)-2)
			}
			s.breach(l, "tcp-length", "%s", promised)
		}
	}
}

func (s *dnsSession) take(side Side, waiting []byte) int {
	n, message := len(waiting), waiting
	if s.tcp {
		if len(waiting) < 2 || len(waiting)-2 < int(binary.BigEndian.Uint16(waiting)) {
			return 0
		}
		if length := binary.BigEndian.Uint16(waiting); length < 12 { // what follows is not worth guessing
			l := s.line(side, waiting)
			s.Lines[l-1].Note = "(no message)"
			s.breach(l, "tcp-length", "%d is less than a header has", length)
			s.halted = true
			return len(waiting)
		}
		n = 2 + int(binary.BigEndian.Uint16(waiting))
		message = waiting[2:n]
	}
	l := s.line(side, waiting[:n])
	s.message(l, side, message)
	return n
}

// message takes a message.
func (s *dnsSession) message(l int, side Side, b []byte) {
	if len(b) < 12 {
		s.Lines[l-1].Note = fmt.Sprintf("(%d bytes)", len(b))
		s.breach(l, "header", "here are %d", len(b))
		return
	}
	m := &dnsMessage{b: b, id: binary.BigEndian.Uint16(b), flags: binary.BigEndian.Uint16(b[2:])}
	s.Lines[l-1].Note = m.describe()
	m.parse(func(rule, format string, args ...any) { s.breach(l, rule, format, args...) })
	if m.flags&(1<<6) != 0 {
		s.breach(l, "reserved", "")
	}
	if side == Client {
		s.query(l, m)
		return
	}
	s.answer(l, m)
}

// opcodeAndRD are the bits of the flags that a reply repeats.
const opcodeAndRD = 0x7900

func (s *dnsSession) query(l int, m *dnsMessage) {
	opcode := m.flags >> 11 & 15
	if m.flags&(1<<15) != 0 {
		s.breach(l, "query-qr", "")
		return
	}
	q := dnsQuery{id: m.id, bits: m.flags & opcodeAndRD, question: m.question, edns: m.opts > 0, size: max(512, m.udpSize), transfer: m.qtype == miekg.TypeAXFR || m.qtype == miekg.TypeIXFR}
	if opcode == miekg.OpcodeQuery {
		if m.counts[0] != 1 {
			s.breach(l, "query-one", "here are %d", m.counts[0])
		}
		if m.counts[1] > 0 || m.counts[2] > 0 && !q.transfer {
			s.breach(l, "query-records", "")
		}
		if s.last != nil && s.last.id == q.id && s.last.question != q.question && !m.broken {
			s.breach(l, "query-id", "")
		}
	}
	if !s.tcp && len(m.b) > 512 && m.opts == 0 {
		s.breach(l, "size", "this one has %d", len(m.b))
	}
	if len(s.queries) < MaxLines {
		s.queries[m.id] = q
	}
	s.last = &q
}

func (s *dnsSession) answer(l int, m *dnsMessage) {
	if m.flags&(1<<15) == 0 {
		s.breach(l, "reply-qr", "")
		return
	}
	q, known := s.queries[m.id]
	if !known {
		detail := "nobody has asked"
		if s.last != nil {
			detail = fmt.Sprintf("%d is not the %d of the last query", m.id, s.last.id)
		}
		s.breach(l, "reply-id", "%s", detail)
		return
	}
	failed := m.flags&15 == miekg.RcodeFormatError || m.flags&15 == miekg.RcodeNotImplemented
	switch {
	case m.broken:
	case m.flags&opcodeAndRD != q.bits && !failed:
		s.breach(l, "reply-question", "opcode or RD is another")
	case m.question != q.question && !(m.counts[0] == 0 && (failed || q.transfer)):
		s.breach(l, "reply-question", "asked was %s", orNone(q.question))
	}
	if m.opts > 0 && !q.edns {
		s.breach(l, "reply-opt", "")
	}
	if s.tcp && m.flags&(1<<9) != 0 {
		s.breach(l, "reply-tc", "")
	}
	if !s.tcp && len(m.b) > q.size {
		s.breach(l, "size", "the client takes %d, this one has %d", q.size, len(m.b))
	}
	s.sets(l, m)
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// sets looks at the records of the same name in a section.
func (s *dnsSession) sets(l int, m *dnsMessage) {
	ttls := map[string]uint32{}
	aliases := map[string]bool{}
	for _, r := range m.answer {
		aliases[r.name] = aliases[r.name] || r.rtype == miekg.TypeCNAME
	}
	said := map[string]bool{}
	for _, r := range m.answer {
		key := fmt.Sprintf("%s %d", r.name, r.rtype)
		if ttl, known := ttls[key]; known && ttl != r.ttl && !said["set-ttl"] {
			said["set-ttl"] = true
			s.breach(l, "set-ttl", "%s has %d and %d", strings.TrimSuffix(r.name, "."), ttl, r.ttl)
		}
		ttls[key] = r.ttl
		if aliases[r.name] && !slices.Contains([]uint16{miekg.TypeCNAME, miekg.TypeRRSIG, miekg.TypeNSEC}, r.rtype) && !said["cname"] && m.qtype != miekg.TypeAXFR && m.qtype != miekg.TypeIXFR {
			said["cname"] = true
			s.breach(l, "cname-alone", "%s has %s as well", strings.TrimSuffix(r.name, "."), dns.TypeName(r.rtype))
		}
	}
}
