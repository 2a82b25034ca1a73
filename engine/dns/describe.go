package dns

import (
	"fmt"
	"strings"

	miekg "github.com/miekg/dns"
)

// Describe says in one line what a message is, for traces: "query www.lab A", "answer www.lab A 10.0.0.1", "answer ftp.lab CNAME www.lab A 10.0.0.1",
// "referral edu NS a.edu-servers.net", "NXDOMAIN nobody.lab A", "notify lab serial 8". Names are without the dot at their end.
func Describe(m *Message) string {
	if !m.Response {
		return describeRequest(m)
	}
	question := ""
	if len(m.Question) > 0 {
		question = " " + plain(m.Question[0].Name) + " " + TypeName(m.Question[0].Qtype)
	}
	switch {
	case m.Opcode != miekg.OpcodeQuery:
		return RcodeName(m.Rcode) + " " + opcodeWord(m) + " " + plain(nameOf(m))
	case m.Rcode != miekg.RcodeSuccess:
		return RcodeName(m.Rcode) + question
	case m.Truncated:
		return "truncated" + question
	case isTransfer(m):
		return fmt.Sprintf("transfer%s, %s", question, count(len(m.Answer)))
	case len(m.Answer) > 0:
		return "answer " + plain(nameOf(m)) + data(miekg.TypeNone, m.Answer)
	case len(m.Ns) > 0 && m.Ns[0].Header().Rrtype == miekg.TypeNS && !m.Authoritative:
		ns := m.Ns
		for i, rr := range ns {
			if rr.Header().Rrtype != miekg.TypeNS {
				ns = ns[:i]
				break
			}
		}
		return "referral " + plain(ns[0].Header().Name) + " NS" + data(miekg.TypeNS, ns)
	}
	return "no data" + question
}

func describeRequest(m *Message) string {
	s := opcodeWord(m) + " " + plain(nameOf(m))
	switch m.Opcode {
	case miekg.OpcodeQuery:
		if len(m.Question) > 0 {
			s += " " + TypeName(m.Question[0].Qtype)
		}
		if soa := first(m.Ns); soa != nil {
			s += fmt.Sprintf(" since serial %d", soa.Serial)
		}
	case miekg.OpcodeNotify:
		if soa := first(m.Answer); soa != nil {
			s += fmt.Sprintf(" serial %d", soa.Serial)
		}
	case miekg.OpcodeUpdate:
		s += ", " + count(len(m.Ns))
	}
	return s
}

func first(rrs []RR) *miekg.SOA {
	if len(rrs) == 0 {
		return nil
	}
	soa, _ := rrs[0].(*miekg.SOA)
	return soa
}

func isTransfer(m *Message) bool {
	if len(m.Question) == 0 {
		return len(m.Answer) > 0
	}
	return m.Question[0].Qtype == miekg.TypeAXFR || m.Question[0].Qtype == miekg.TypeIXFR
}

func count(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

// data shows what the first few records say, and their type where it is not that of the record before: an answer may hold others than were
// asked for, such as the alias of a name before its address. The type said was named already.
func data(said uint16, rrs []RR) string {
	var b strings.Builder
	for i, rr := range rrs {
		if i == 4 {
			b.WriteString(" …")
			break
		}
		if t := rr.Header().Rrtype; t != said {
			b.WriteString(" " + TypeName(t))
			said = t
		}
		b.WriteString(" " + plain(cut(strings.TrimPrefix(rr.String(), rr.Header().String()))))
	}
	return b.String()
}

// plain takes the dot off a name, the root's apart.
func plain(name string) string {
	if len(name) > 1 && strings.HasSuffix(name, ".") && !strings.HasSuffix(name, `\.`) {
		return name[:len(name)-1]
	}
	return name
}

// opcodeWord names what a message asks for: "query".
func opcodeWord(m *Message) string { return strings.ToLower(opcodeText(m.Opcode)) }

// opcodeText is the mnemonic of an opcode, in capitals.
func opcodeText(op int) string {
	if s, ok := miekg.OpcodeToString[op]; ok {
		return s
	}
	return fmt.Sprintf("OPCODE%d", op)
}
