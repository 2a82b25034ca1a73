package resolver

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// A hosting is a host command.
type hosting struct {
	tool    Tool
	name    string
	server  string
	port    uint16
	qtype   uint16
	types   []uint16 // to ask for in turn
	reverse bool
	recurse bool
	inquiry inquiry
	out     strings.Builder
}

// Host runs host(1) with words as on its command line: a name or address, a server, -t type, -p port, -W seconds, -R tries, -T, -r. It returns
// what host prints. Errors are as of Dig; a name that does not exist is one too.
func (t Tool) Host(words []string) (string, error) {
	h := &hosting{tool: t, recurse: true}
	h.inquiry = inquiry{client: dns.Client{Stack: t.Stack, Timeout: 5 * time.Second}, tries: 2}
	if err := h.parse(words); err != nil {
		return "", err
	}
	var err error
	if h.inquiry.servers, err = t.places(h.server, h.port); err != nil {
		return "", &ToolError{fmt.Sprintf("host: couldn't get address for '%s': not found\n", h.server), err}
	}
	if err := h.run(); err != nil {
		return "", &ToolError{h.inquiry.log.String() + h.out.String(), err}
	}
	return h.inquiry.log.String() + h.out.String(), nil
}

func (h *hosting) parse(words []string) error {
	if len(words) > maxWords {
		return &UsageError{Text: "too many words"}
	}
	h.types = []uint16{miekg.TypeA, miekg.TypeAAAA, miekg.TypeMX}
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case strings.HasPrefix(word, "-") && len(word) > 1:
			value := word[2:]
			if value == "" && strings.Contains("tpWR", word[1:2]) {
				if i++; i == len(words) {
					return &UsageError{Text: "option " + word + " needs a value"}
				}
				value = words[i]
			}
			if err := h.flag(word[1], value); err != nil {
				return err
			}
		case h.name == "":
			h.name = word
		case h.server == "":
			h.server = word
		default:
			return &UsageError{Text: "one name and one server, got '" + word + "' as well"}
		}
	}
	if h.name == "" {
		return &UsageError{Text: "want a name or an address to look up"}
	}
	if a, err := netip.ParseAddr(h.name); err == nil {
		h.name, h.types, h.reverse = dns.ReverseName(a), []uint16{miekg.TypePTR}, true
	}
	_, err := wholeName(h.name)
	return err
}

func (h *hosting) flag(letter byte, value string) error {
	var err error
	switch letter {
	case 't':
		t, ok := typeOf(value)
		if !ok {
			return &UsageError{Text: "host: invalid type: " + value}
		}
		h.qtype, h.types = t, []uint16{t}
	case 'p':
		h.port, err = portOf(value)
	case 'W':
		h.inquiry.client.Timeout, err = secondsOf(value)
	case 'R':
		var d time.Duration
		d, err = secondsOf(value)
		h.inquiry.tries = int(d/time.Second) + 1
	case 'T':
		h.inquiry.client.TCP = true
	case 'r':
		h.recurse = false
	default:
		return &UsageError{Text: "host: illegal option -- " + string(letter)}
	}
	return err
}

func (h *hosting) run() error {
	name := h.name
	failed := error(nil)
	for i, t := range h.types {
		r, from, err := h.tool.search(&h.inquiry, name, t, h.recurse, i > 0 || h.reverse)
		if err != nil {
			h.out.WriteString(";; no servers could be reached\n")
			return err
		}
		if i == 0 && h.server != "" {
			fmt.Fprintf(&h.out, "Using domain server:\nName: %s\nAddress: %s\nAliases: \n\n", from.name, from)
		}
		if r.Rcode != miekg.RcodeSuccess {
			fmt.Fprintf(&h.out, "Host %s not found: %d(%s)\n", plain(name), r.Rcode, dns.RcodeName(r.Rcode))
			failed = &RcodeError{plain(name), r.Rcode}
			if i == 0 {
				return failed
			}
			continue
		}
		h.records(name, r)
		if i == 0 {
			name = alias(r.Question[0].Name, r.Message)
		}
	}
	return failed
}

// records prints the answer section, or that it is empty.
func (h *hosting) records(name string, r *dns.Reply) {
	printed := false
	for _, rr := range r.Answer {
		h.record(rr)
		printed = true
	}
	if !printed && h.qtype != 0 {
		fmt.Fprintf(&h.out, "%s has no %s record\n", plain(name), dns.TypeName(h.qtype))
	}
}

func (h *hosting) record(rr dns.RR) {
	t := rr.Header().Rrtype
	text := word(hostWords, t)
	if text == "" {
		text = "has " + dns.TypeName(t) + " record"
	}
	fmt.Fprintf(&h.out, "%s %s %s\n", plain(rr.Header().Name), text, dns.DataText(rr))
}

var hostWords = []wording{
	{miekg.TypeA, "has address"}, {miekg.TypeNS, "name server"}, {miekg.TypeCNAME, "is an alias for"}, {miekg.TypePTR, "domain name pointer"},
	{miekg.TypeHINFO, "host information"}, {miekg.TypeMX, "mail is handled by"}, {miekg.TypeTXT, "descriptive text"},
	{miekg.TypeX25, "x25 address"}, {miekg.TypeISDN, "ISDN address"}, {miekg.TypeSIG, "has signature"}, {miekg.TypeKEY, "has key"},
	{miekg.TypeAAAA, "has IPv6 address"}, {miekg.TypeLOC, "location"},
}
