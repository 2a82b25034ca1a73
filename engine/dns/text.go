package dns

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	miekg "github.com/miekg/dns"
)

// The columns at which dig puts the parts of a record.
const (
	ttlColumn   = 24
	classColumn = 32
	typeColumn  = 40
	dataColumn  = 48
)

// A row is a line whose parts stand in columns, with tabs of 8 between them.
type row struct {
	strings.Builder
	column int
}

// put writes text.
func (r *row) put(text string) {
	r.WriteString(text)
	r.column += len(text)
}

// to goes on to a column, at least one further.
func (r *row) to(column int) {
	const tab = 8
	column = max(column, r.column+1)
	if tabs := column/tab - r.column/tab; tabs > 0 {
		r.WriteString(strings.Repeat("\t", tabs))
		r.column = column / tab * tab
	}
	r.WriteString(strings.Repeat(" ", column-r.column))
	r.column = column
}

// RecordText returns a record on one line as dig prints it: name, TTL, class, type and data in columns.
func RecordText(rr RR) string {
	h := rr.Header()
	var r row
	r.put(h.Name)
	r.to(ttlColumn)
	r.put(strconv.FormatUint(uint64(h.Ttl), 10))
	r.to(classColumn)
	r.put(className(h.Class))
	r.to(typeColumn)
	r.put(TypeName(h.Rrtype))
	r.to(dataColumn)
	r.put(DataText(rr))
	return r.String()
}

// DataText returns what a record says as master files write it: "10 mail.lab." of an MX record.
func DataText(rr RR) string {
	switch rr := rr.(type) {
	case *miekg.RFC3597: // a type without a name of its own
		return fmt.Sprintf(`\# %d %s`, len(rr.Rdata)/2, strings.ToUpper(rr.Rdata))
	case *miekg.NULL: // any bytes, for which there is no text
		return strings.TrimSuffix(fmt.Sprintf(`\# %d %X`, len(rr.Data), rr.Data), " ")
	case *miekg.LOC:
		return locText(rr)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String())
}

func className(class uint16) string { return miekg.Class(class).String() }

// QuestionText returns a question as dig prints it.
func QuestionText(q *Question) string {
	var r row
	r.WriteString(";")
	r.put(q.Name)
	r.to(classColumn)
	r.put(className(q.Qclass))
	r.to(typeColumn)
	r.put(TypeName(q.Qtype))
	return r.String()
}

// A View says what DigText shows of a message.
type View struct {
	Comments, Question, Answer, Authority, Additional bool
}

// WholeView shows all of a message.
func WholeView() View { return View{true, true, true, true, true} }

// DigText returns a message as dig prints it: header, flags, and the sections that have something in them.
func DigText(m *Message, v View) string {
	var b strings.Builder
	if v.Comments {
		header(&b, m)
		b.WriteString("\n")
	}
	opt := m.IsEdns0()
	if opt != nil && v.Comments {
		optText(&b, opt)
	}
	headings := [...]string{"QUESTION", "ANSWER", "AUTHORITY"}
	if m.Opcode == miekg.OpcodeUpdate {
		headings = [...]string{"ZONE", "PREREQUISITE", "UPDATE"}
	}
	var questions []string
	for i := range m.Question {
		questions = append(questions, QuestionText(&m.Question[i]))
	}
	section(&b, v.Comments, v.Question, headings[0], questions)
	section(&b, v.Comments, v.Answer, headings[1], recordTexts(m.Answer))
	section(&b, v.Comments, v.Authority, headings[2], recordTexts(m.Ns))
	section(&b, v.Comments, v.Additional, "ADDITIONAL", recordTexts(m.Extra))
	return b.String()
}

// recordTexts returns the lines of a section, its OPT record left out.
func recordTexts(rrs []RR) []string {
	var out []string
	for _, rr := range rrs {
		if rr.Header().Rrtype != miekg.TypeOPT {
			out = append(out, RecordText(rr))
		}
	}
	return out
}

func section(b *strings.Builder, comments, shown bool, name string, lines []string) {
	if !shown || len(lines) == 0 {
		return
	}
	if comments {
		b.WriteString(";; " + name + " SECTION:\n")
	}
	b.WriteString(strings.Join(lines, "\n") + "\n")
	if comments {
		b.WriteString("\n")
	}
}

// header writes the lines about the header.
func header(b *strings.Builder, m *Message) {
	fmt.Fprintf(b, ";; ->>HEADER<<- opcode: %s, status: %s, id: %d\n", opcodeText(m.Opcode), RcodeName(m.Rcode), m.Id)
	b.WriteString(";; flags:")
	for _, f := range Flags(m) {
		b.WriteString(" " + f)
	}
	if m.Zero {
		b.WriteString("; MBZ: 0x4")
	}
	names := [...]string{"QUERY", "ANSWER", "AUTHORITY"}
	if m.Opcode == miekg.OpcodeUpdate {
		names = [...]string{"ZONE", "PREREQ", "UPDATE"}
	}
	fmt.Fprintf(b, "; %s: %d, %s: %d, %s: %d, ADDITIONAL: %d\n",
		names[0], len(m.Question), names[1], len(m.Answer), names[2], len(m.Ns), len(m.Extra))
	if m.Response && m.RecursionDesired && !m.RecursionAvailable && m.Opcode == miekg.OpcodeQuery {
		b.WriteString(";; WARNING: recursion requested but not available\n")
	}
}

// Flags returns the names of the header's flags that are set, in the order of dig: qr aa tc rd ra ad cd.
func Flags(m *Message) []string {
	out := []string{}
	for _, f := range []struct {
		on   bool
		name string
	}{{m.Response, "qr"}, {m.Authoritative, "aa"}, {m.Truncated, "tc"}, {m.RecursionDesired, "rd"},
		{m.RecursionAvailable, "ra"}, {m.AuthenticatedData, "ad"}, {m.CheckingDisabled, "cd"}} {
		if f.on {
			out = append(out, f.name)
		}
	}
	return out
}

// optText writes the pseudo-section of EDNS(0).
func optText(b *strings.Builder, opt *miekg.OPT) {
	flags := ""
	if opt.Do() {
		flags = " do"
	}
	fmt.Fprintf(b, ";; OPT PSEUDOSECTION:\n; EDNS: version: %d, flags:%s; udp: %d\n", opt.Version(), flags, opt.UDPSize())
	for _, o := range opt.Option {
		switch o := o.(type) {
		case *miekg.EDNS0_COOKIE:
			fmt.Fprintf(b, "; COOKIE: %s\n", o.Cookie)
		case *miekg.EDNS0_SUBNET:
			a, _ := netip.AddrFromSlice(o.Address)
			fmt.Fprintf(b, "; CLIENT-SUBNET: %s/%d/%d\n", a.Unmap(), o.SourceNetmask, o.SourceScope)
		case *miekg.EDNS0_NSID:
			fmt.Fprintf(b, "; NSID: %s\n", spaced(o.Nsid))
		case *miekg.EDNS0_LOCAL:
			fmt.Fprintf(b, "; OPT=%d: %s\n", o.Code, spaced(hex.EncodeToString(o.Data)))
		default:
			fmt.Fprintf(b, "; OPT=%d: %s\n", o.Option(), o)
		}
	}
}

// spaced puts a space after each byte of a hexadecimal text.
func spaced(s string) string {
	var b strings.Builder
	for i := 0; i+1 < len(s); i += 2 {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(s[i : i+2])
	}
	return b.String()
}

// locText returns a location (RFC 1876 section 3).
func locText(l *miekg.LOC) string {
	angle := func(v uint32, positive, negative string) string {
		const equator, hour, minute = 1 << 31, 3600_000, 60_000
		half, d := positive, v-equator
		if v < equator {
			half, d = negative, equator-v
		}
		return fmt.Sprintf("%d %d %d.%03d %s", d/hour, d%hour/minute, d%minute/1000, d%1000, half)
	}
	size := func(v uint8) string {
		cm := uint64(v >> 4)
		for range v & 15 {
			cm *= 10
		}
		if cm%100 == 0 {
			return fmt.Sprintf("%dm", cm/100)
		}
		return fmt.Sprintf("%d.%02dm", cm/100, cm%100)
	}
	const below = 100_000_00 // cm between the lowest altitude and the ground of the ellipsoid
	altitude := fmt.Sprintf("%.2fm", float64(int64(l.Altitude)-below)/100)
	return strings.Join([]string{angle(l.Latitude, "N", "S"), angle(l.Longitude, "E", "W"), altitude, size(l.Size), size(l.HorizPre), size(l.VertPre)}, " ")
}
