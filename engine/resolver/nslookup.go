package resolver

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// A nslooking is an nslookup command.
type nslooking struct {
	tool     Tool
	name     string
	server   string
	port     uint16
	qtype    uint16
	both     bool // no type was given: addresses of both families
	reverse  bool // the name stands for an address
	recurse  bool
	inquiry  inquiry
	nosearch bool
	out      strings.Builder
}

// NSLookup runs nslookup(1), not interactively, with words as on its command line: a name or address, a server, and before them -type=T (or
// -query, -querytype), -port=N, -timeout=N, -retry=N, -vc, -norecurse, -nosearch. It returns what nslookup prints. Errors are as of Dig;
// a name that does not exist is one too.
func (t Tool) NSLookup(words []string) (string, error) {
	n := &nslooking{tool: t, qtype: miekg.TypeA, both: true, recurse: true}
	n.inquiry = inquiry{client: dns.Client{Stack: t.Stack, Timeout: 5 * time.Second}, tries: 4}
	if err := n.parse(words); err != nil {
		return "", err
	}
	var err error
	if n.inquiry.servers, err = t.places(n.server, n.port); err != nil {
		return "", &ToolError{fmt.Sprintf("nslookup: couldn't get address for '%s': not found\n", n.server), err}
	}
	if err := n.run(); err != nil {
		return "", &ToolError{n.inquiry.log.String() + n.out.String(), err}
	}
	return n.inquiry.log.String() + n.out.String(), nil
}

func (n *nslooking) parse(words []string) error {
	if len(words) > maxWords {
		return &UsageError{Text: "too many words"}
	}
	for _, word := range words {
		switch {
		case strings.HasPrefix(word, "-"):
			if err := n.option(word[1:]); err != nil {
				return err
			}
		case n.name == "":
			n.name = word
		case n.server == "":
			n.server = word
		default:
			return &UsageError{Text: "one name and one server, got '" + word + "' as well"}
		}
	}
	if n.name == "" {
		return &UsageError{Text: "want a name or an address to look up"}
	}
	if a, err := netip.ParseAddr(n.name); err == nil {
		n.name, n.qtype, n.both, n.reverse = dns.ReverseName(a), miekg.TypePTR, false, true
	}
	_, err := wholeName(n.name)
	return err
}

func (n *nslooking) option(word string) error {
	name, value, _ := strings.Cut(word, "=")
	var err error
	switch strings.ToLower(name) {
	case "type", "query", "querytype", "q", "ty":
		t, ok := typeOf(value)
		if !ok {
			return &UsageError{Text: "unknown query type: " + value}
		}
		n.qtype, n.both = t, false
	case "port", "po":
		n.port, err = portOf(value)
	case "timeout":
		n.inquiry.client.Timeout, err = secondsOf(value)
	case "retry":
		var d time.Duration
		d, err = secondsOf(value)
		n.inquiry.tries = int(d/time.Second) + 1
	case "vc":
		n.inquiry.client.TCP = true
	case "norecurse":
		n.recurse = false
	case "nosearch":
		n.nosearch = true
	case "recurse", "search", "novc":
	default:
		return &UsageError{Text: "*** Invalid option: " + word}
	}
	return err
}

// A RcodeError says that a server answered with a response code, such as NXDOMAIN.
type RcodeError struct {
	Name  string
	Rcode int
}

func (e *RcodeError) Error() string { return e.Name + ": " + dns.RcodeName(e.Rcode) }

// Code returns the code of the response code in the table of package stack.
func (e *RcodeError) Code() string { return (&dns.Error{Rcode: e.Rcode}).Code() }

// search asks for the first of the names that may be meant which exists.
func (t Tool) search(i *inquiry, name string, qtype uint16, recurse, only bool) (*dns.Reply, place, error) {
	names := slices.Collect((&Stub{Config: t.Config}).candidates(name))
	if only || len(names) == 0 {
		names = []string{miekg.Fqdn(name)}
	}
	var kept *dns.Reply
	var keptFrom place
	for _, full := range names {
		r, from, err := i.ask(NewQuery(full, qtype, recurse))
		if err != nil {
			return nil, place{}, err
		}
		if kept == nil || r.Rcode != miekg.RcodeNameError {
			kept, keptFrom = r, from
		}
		if r.Rcode != miekg.RcodeNameError {
			break
		}
	}
	return kept, keptFrom, nil
}

func (n *nslooking) run() error {
	r, from, err := n.tool.search(&n.inquiry, n.name, n.qtype, n.recurse, n.nosearch || n.reverse)
	if err != nil {
		n.out.WriteString(";; no servers could be reached\n\n")
		return err
	}
	if !n.reverse {
		fmt.Fprintf(&n.out, "Server:\t\t%s\nAddress:\t%s\n\n", from.name, from)
	}
	if r.Rcode != miekg.RcodeSuccess {
		return n.refused(n.name, r)
	}
	if !r.Authoritative && !n.reverse {
		n.out.WriteString("Non-authoritative answer:\n")
	}
	for _, rr := range r.Answer {
		n.record(rr, false)
	}
	if len(r.Answer) == 0 && !n.both {
		fmt.Fprintf(&n.out, "*** Can't find %s: No answer\n", plain(n.name))
	}
	if n.both {
		if err := n.more(r); err != nil {
			return err
		}
	} else if !r.Authoritative && n.qtype != miekg.TypeA {
		n.out.WriteString("\nAuthoritative answers can be found from:\n")
		for _, rr := range r.Ns {
			n.record(rr, true)
		}
		for _, rr := range r.Extra {
			n.record(rr, true)
		}
	}
	n.out.WriteString("\n")
	return nil
}

// more asks for the IPv6 addresses of the name that the aliases led to.
func (n *nslooking) more(first *dns.Reply) error {
	name := alias(first.Question[0].Name, first.Message)
	r, _, err := n.inquiry.ask(NewQuery(name, miekg.TypeAAAA, n.recurse))
	if err != nil {
		n.out.WriteString(";; no servers could be reached\n\n")
		return err
	}
	if r.Rcode != miekg.RcodeSuccess {
		return n.refused(name, r)
	}
	for _, rr := range r.Answer {
		n.record(rr, false)
	}
	if len(first.Answer)+len(r.Answer) == 0 {
		fmt.Fprintf(&n.out, "*** Can't find %s: No answer\n", plain(n.name))
	}
	return nil
}

func (n *nslooking) refused(name string, r *dns.Reply) error {
	fmt.Fprintf(&n.out, "** server can't find %s: %s\n\n", plain(name), dns.RcodeName(r.Rcode))
	return &RcodeError{plain(name), r.Rcode}
}

// record prints one record; whole is the way of the authority and additional sections.
func (n *nslooking) record(rr dns.RR, whole bool) {
	name := plain(rr.Header().Name)
	data := dns.DataText(rr)
	switch rr := rr.(type) {
	case *miekg.A:
		if whole {
			fmt.Fprintf(&n.out, "%s\tinternet address = %s\n", name, data)
			return
		}
		fmt.Fprintf(&n.out, "Name:\t%s\nAddress: %s\n", name, data)
	case *miekg.AAAA:
		if whole {
			fmt.Fprintf(&n.out, "%s\thas AAAA address %s\n", name, data)
			return
		}
		fmt.Fprintf(&n.out, "Name:\t%s\nAddress: %s\n", name, data)
	case *miekg.SOA:
		fmt.Fprintf(&n.out, "%s\n\torigin = %s\n\tmail addr = %s\n\tserial = %d\n\trefresh = %d\n\tretry = %d\n\texpire = %d\n\tminimum = %d\n",
			name, plain(rr.Ns), plain(rr.Mbox), rr.Serial, rr.Refresh, rr.Retry, rr.Expire, rr.Minttl)
	case *miekg.OPT:
	default:
		text := word(nslookupWords, rr.Header().Rrtype)
		if text == "" {
			text = fmt.Sprintf("rdata_%d", rr.Header().Rrtype)
		}
		fmt.Fprintf(&n.out, "%s\t%s = %s\n", name, text, data)
	}
}

// A wording is what a tool calls the records of a type.
type wording struct {
	qtype uint16
	text  string
}

// word returns the words for a type, or "".
func word(list []wording, qtype uint16) string {
	for _, w := range list {
		if w.qtype == qtype {
			return w.text
		}
	}
	return ""
}

var nslookupWords = []wording{
	{miekg.TypeNS, "nameserver"}, {miekg.TypeCNAME, "canonical name"}, {miekg.TypePTR, "name"}, {miekg.TypeHINFO, "hinfo"},
	{miekg.TypeMX, "mail exchanger"}, {miekg.TypeTXT, "text"}, {miekg.TypeMINFO, "minfo"}, {miekg.TypeRP, "rp"}, {miekg.TypeAFSDB, "afsdb"},
	{miekg.TypeX25, "x25 address"}, {miekg.TypeISDN, "isdn address"}, {miekg.TypeRT, "rt"}, {miekg.TypeSIG, "signature"}, {miekg.TypeKEY, "key"},
	{miekg.TypePX, "px"}, {miekg.TypeGPOS, "gpos"}, {miekg.TypeLOC, "loc"}, {miekg.TypeNXT, "nxt"}, {miekg.TypeEID, "eid"},
	{miekg.TypeNIMLOC, "nimloc"}, {miekg.TypeSRV, "service"}, {miekg.TypeNAPTR, "naptr"}, {miekg.TypeKX, "kx"},
}
