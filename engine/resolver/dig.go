package resolver

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// digVersion stands where dig names itself.
const digVersion = "9.18-moonwire"

// A digging is a dig command.
type digging struct {
	tool    Tool
	words   []string
	name    string
	qtype   uint16
	typed   bool // the type was given
	class   uint16
	server  string
	port    uint16
	timeout time.Duration
	tries   int
	view    dns.View

	short, trace, cmd, stats           bool
	recurse, edns, dnssec, tcp, ignore bool
	adflag, cdflag, aaflag, search     bool
	size                               uint16
	replies                            []*dns.Reply
}

// Dig runs dig(1) with words as on its command line: @server, name, type, class, -x address, -t type, -q name, -p port and
// options such as +short, +trace, +norecurse, +tcp, +noedns, +dnssec, +bufsize=N, +time=N, +tries=N, +noall, +answer, +stats. It returns what
// dig prints, and the replies. Words that dig would not take are a *UsageError; servers that do not answer a *ToolError.
func (t Tool) Dig(words []string) (string, []*dns.Reply, error) {
	d := &digging{tool: t, words: words, qtype: miekg.TypeA, class: miekg.ClassINET, timeout: 5 * time.Second, tries: 3,
		view: dns.WholeView(), cmd: true, stats: true, recurse: true, edns: true, adflag: true, size: ednsSize}
	if err := d.parse(); err != nil {
		return "", nil, err
	}
	out, err := d.run()
	if err != nil {
		var usage *UsageError
		if errors.As(err, &usage) {
			return "", nil, err
		}
		return "", nil, &ToolError{out, err}
	}
	return out, d.replies, nil
}

func (d *digging) parse() error {
	if len(d.words) > maxWords {
		return &UsageError{Text: "too many words"}
	}
	for i := 0; i < len(d.words); i++ {
		word := d.words[i]
		var err error
		switch {
		case word == "":
		case word[0] == '@':
			d.server = word[1:]
		case word[0] == '+':
			err = d.option(word[1:])
		case word[0] == '-' && len(word) > 1:
			value := word[2:]
			if value == "" && strings.Contains("xtqpcb", word[1:2]) {
				if i++; i == len(d.words) {
					return &UsageError{Text: "option " + word + " needs a value"}
				}
				value = d.words[i]
			}
			err = d.flag(word[1], value)
		default:
			err = d.plainWord(word)
		}
		if err != nil {
			return err
		}
	}
	if d.name == "" {
		d.name = "."
		if !d.typed {
			d.qtype = miekg.TypeNS
		}
	}
	if d.qtype == miekg.TypeANY {
		d.tcp = true
	}
	full, err := wholeName(d.name)
	d.name = full
	return err
}

// plainWord takes a type, a class or the name.
func (d *digging) plainWord(word string) error {
	if t, ok := typeOf(word); ok && !d.typed {
		d.qtype, d.typed = t, true
		return nil
	}
	if c, ok := miekg.StringToClass[strings.ToUpper(word)]; ok {
		d.class = c
		return nil
	}
	if d.name != "" {
		return &UsageError{Text: fmt.Sprintf("one name at a time: '%s' and '%s'", d.name, word), Word: word, Known: commonTypes()}
	}
	d.name = word
	return nil
}

func (d *digging) flag(letter byte, value string) error {
	var err error
	switch letter {
	case 'x':
		a, bad := netip.ParseAddr(value)
		if bad != nil {
			return &UsageError{Text: "Invalid IP address " + value}
		}
		d.name = dns.ReverseName(a)
		if !d.typed {
			d.qtype, d.typed = miekg.TypePTR, true
		}
	case 't':
		t, ok := typeOf(value)
		if !ok {
			return &UsageError{Text: "unknown type '" + value + "'"}
		}
		d.qtype, d.typed = t, true
	case 'c':
		c, ok := miekg.StringToClass[strings.ToUpper(value)]
		if !ok {
			return &UsageError{Text: "unknown class '" + value + "'"}
		}
		d.class = c
	case 'q':
		d.name = value
	case 'p':
		d.port, err = portOf(value)
	default:
		return &UsageError{Text: "Invalid option: -" + string(letter)}
	}
	return err
}

// option takes what stands after a +.
func (d *digging) option(word string) error {
	name, value, _ := strings.Cut(word, "=")
	on := true
	switch plain, no := strings.CutPrefix(name, "no"); {
	case no && name != "nocookie":
		name, on = plain, false
	}
	switches := map[string]*bool{"short": &d.short, "trace": &d.trace, "cmd": &d.cmd, "stats": &d.stats, "recurse": &d.recurse,
		"rec": &d.recurse, "edns": &d.edns, "dnssec": &d.dnssec, "do": &d.dnssec, "tcp": &d.tcp, "vc": &d.tcp, "ignore": &d.ignore,
		"adflag": &d.adflag, "cdflag": &d.cdflag, "cd": &d.cdflag, "aaflag": &d.aaflag, "aaonly": &d.aaflag, "search": &d.search, "comments": &d.view.Comments,
		"question": &d.view.Question, "answer": &d.view.Answer, "authority": &d.view.Authority, "additional": &d.view.Additional}
	if s := switches[name]; s != nil {
		*s = on
		return nil
	}
	var err error
	switch name {
	case "all":
		d.cmd, d.stats = on, on
		d.view = dns.View{Comments: on, Question: on, Answer: on, Authority: on, Additional: on}
	case "nocookie":
	case "time", "timeout":
		d.timeout, err = secondsOf(value)
	case "tries", "retry":
		n, bad := strconv.ParseUint(value, 10, 6)
		if bad != nil {
			return &UsageError{Text: "'" + value + "' is not a number of tries"}
		}
		d.tries = max(int(n), 1)
		if name == "retry" {
			d.tries = int(n) + 1
		}
	case "bufsize":
		n, bad := strconv.ParseUint(value, 10, 16)
		if bad != nil {
			return &UsageError{Text: "'" + value + "' is not a size"}
		}
		d.size, d.edns = uint16(n), true
	default:
		return &UsageError{Text: "Invalid option: +" + word, Word: "+" + name, Known: digOptions()}
	}
	return err
}

// digOptions are the words that option takes, for who misspells one.
func digOptions() []string {
	return []string{"+short", "+trace", "+cmd", "+stats", "+recurse", "+edns", "+dnssec", "+tcp", "+ignore", "+adflag", "+cdflag", "+aaflag", "+search", "+comments",
		"+question", "+answer", "+authority", "+additional", "+all", "+time", "+tries", "+retry", "+bufsize"}
}

// commonTypes are the types that people ask for.
func commonTypes() []string {
	return []string{"A", "AAAA", "NS", "MX", "CNAME", "PTR", "SOA", "TXT", "SRV", "ANY"}
}

// message returns the question.
func (d *digging) message(name string, qtype uint16, recurse bool) *dns.Message {
	m := NewQuery(name, qtype, recurse)
	m.Question[0].Qclass = d.class
	m.AuthenticatedData, m.CheckingDisabled, m.Authoritative = d.adflag, d.cdflag, d.aaflag
	if d.edns || d.dnssec {
		m.SetEdns0(d.size, d.dnssec)
	}
	return m
}

func (d *digging) inquiry() *inquiry {
	return &inquiry{client: dns.Client{Stack: d.tool.Stack, Timeout: d.timeout, TCP: d.tcp, NoTCP: d.ignore}, tries: d.tries}
}

// banner is the first lines.
func (d *digging) banner() string {
	if !d.cmd || d.short {
		return ""
	}
	s := "\n; <<>> DiG " + digVersion + " <<>> " + strings.Join(d.words, " ") + "\n"
	if d.server != "" {
		s += "; (1 server found)\n"
	}
	return s + ";; global options: +cmd\n"
}

func (d *digging) run() (string, error) {
	i := d.inquiry()
	var err error
	if i.servers, err = d.tool.places(d.server, d.port); err != nil {
		return fmt.Sprintf("dig: couldn't get address for '%s': not found\n", d.server), err
	}
	if d.trace {
		return d.follow(i)
	}
	names := []string{d.name}
	if d.search && d.tool.Config.Search != nil {
		names = slices.Collect((&Stub{Config: d.tool.Config}).candidates(plain(d.name)))
	}
	for n, name := range names {
		q := d.message(name, d.qtype, d.recurse)
		r, from, err := i.ask(q)
		if err != nil {
			return i.log.String() + d.banner() + ";; no servers could be reached\n", err
		}
		if n < len(names)-1 && (r.Rcode == miekg.RcodeNameError || len(r.Answer) == 0) {
			continue
		}
		d.replies = append(d.replies, r)
		return i.log.String() + d.show(r, from), nil
	}
	return "", nil
}

// show prints one reply.
func (d *digging) show(r *dns.Reply, from place) string {
	var b strings.Builder
	if d.short {
		for _, rr := range r.Answer {
			b.WriteString(dns.DataText(rr) + "\n")
		}
		return b.String()
	}
	b.WriteString(d.banner())
	if d.view.Comments {
		b.WriteString(";; Got answer:\n")
	}
	b.WriteString(dns.DigText(r.Message, d.view))
	if d.stats {
		transport := "UDP"
		if r.TCP {
			transport = "TCP"
		}
		fmt.Fprintf(&b, ";; Query time: %d msec\n;; SERVER: %s(%s) (%s)\n;; WHEN: %s\n;; MSG SIZE  rcvd: %d\n\n", r.RTT.Milliseconds(), from, from.name,
			transport, d.tool.Stack.Now().Format("Mon Jan 02 15:04:05 MST 2006"), r.Size)
	}
	return b.String()
}

// maxSteps bounds how many servers +trace follows.
const maxSteps = 20

// follow is +trace: it asks for the root's servers, then each server without recursion, from the root on.
func (d *digging) follow(i *inquiry) (string, error) {
	var b strings.Builder
	b.WriteString(d.banner())
	d.recurse = false
	q := d.message(".", miekg.TypeNS, true)
	for range maxSteps {
		r, from, err := i.ask(q)
		b.WriteString(i.log.String())
		i.log.Reset()
		if err != nil {
			return b.String() + ";; no servers could be reached\n", err
		}
		d.replies = append(d.replies, r)
		section := r.Answer
		if len(section) == 0 {
			section = r.Ns
		}
		for _, rr := range section {
			b.WriteString(dns.RecordText(rr) + "\n")
		}
		fmt.Fprintf(&b, ";; Received %d bytes from %s(%s) in %d ms\n\n", r.Size, from, from.name, r.RTT.Milliseconds())
		next := d.onward(r, section, q)
		if len(next) == 0 {
			return b.String(), nil
		}
		i.servers = next
		q = d.message(d.name, d.qtype, false)
	}
	return b.String(), nil
}

// onward returns the servers that a reply sends on to; none if it is the last. The addresses of the additional section will do; else they
// are looked up.
func (d *digging) onward(r *dns.Reply, section []dns.RR, asked *dns.Message) []place {
	first := asked.Question[0].Name == "." && asked.Question[0].Qtype == miekg.TypeNS && asked.RecursionDesired
	if r.Rcode != miekg.RcodeSuccess || len(r.Answer) > 0 && !first {
		return nil
	}
	const most = 3
	var out []place
	for _, rr := range section {
		ns, ok := rr.(*miekg.NS)
		if !ok || len(out) >= most {
			continue
		}
		var addrs []netip.Addr
		for _, extra := range r.Extra {
			if strings.EqualFold(extra.Header().Name, ns.Ns) {
				addrs = appendRecords(addrs, []dns.RR{extra})
			}
		}
		if len(addrs) == 0 {
			addrs, _ = d.tool.Stack.LookupHost(ns.Ns)
		}
		if len(addrs) > 0 {
			out = append(out, place{plain(ns.Ns), netip.AddrPortFrom(addrs[0].Unmap(), dns.Port)})
		}
	}
	return out
}
