package osnet

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A RuleError says what is wrong with an allow rule.
type RuleError struct {
	Rule   string
	Column int // of the byte where the mistake begins, from 1
	Reason string
}

// Error returns the rule, the column and the reason.
func (e *RuleError) Error() string {
	return fmt.Sprintf("osnet: rule %q, column %d: %s", e.Rule, e.Column, e.Reason)
}

// ParseAllow parses rules of the form host:ports or host:ports/tcp or host:ports/udp, or returns a *RuleError.
//
//	host    a name, an IPv4 address, 10.0.0.0/8, [an IPv6 address], [2001:db8::/32], or * for every host
//	ports   numbers and ranges separated by commas, 80,443,8000-8999, or * for every port
//
// Without /tcp or /udp a rule is for both. The same rule covers connecting and sending to an address and, where
// the address is the machine's own, binding to it. Two cases are narrower. Binding to the unspecified
// address, which other machines can reach, takes the rule *:* or one with exactly that address, 0.0.0.0:80 or [::]:80; the latter
// covers nothing else. So *:80 lets a program reach every web server, but not be one for other machines. Letting the kernel choose a port takes * or 0 among the ports.
//
// Whoever connects to an allowed listener is let in, and a UDP socket that was bound may answer whoever wrote to it: the last 1,024 addresses,
// with up to 16 datagrams for each that came, since the address of a sender may be forged. A group or broadcast address always takes a rule.
//
// What is judged is the address a name has resolved to, never the name. A rule with a name covers the addresses
// that the name had when the program looked it up; localhost always covers the loopback addresses. Names may be looked up
// that some rule mentions; with a rule for *, all.
func ParseAllow(rules ...string) (*Allow, error) {
	a := &Allow{}
	for _, text := range rules {
		r, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		a.rules = append(a.rules, r)
	}
	return a, nil
}

func parseRule(text string) (rule, error) {
	r := rule{text: text, tcp: true, udp: true}
	fail := func(at int, format string, args ...any) (rule, error) {
		return rule{}, &RuleError{text, at + 1, fmt.Sprintf(format, args...)}
	}
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 || strings.Contains(text[colon:], "]") {
		return fail(len(text), "no port; write host:port")
	}
	host, ports := text[:colon], text[colon+1:]
	if slash := strings.LastIndexByte(ports, '/'); slash >= 0 {
		switch ports[slash+1:] {
		case "tcp":
			r.udp = false
		case "udp":
			r.tcp = false
		default:
			return fail(colon+1+slash+1, "want tcp or udp after the port")
		}
		ports = ports[:slash]
	}
	if at, why := r.parseHost(host); why != "" {
		return fail(at, "%s", why)
	}
	if at, why := r.parsePorts(ports); why != "" {
		return fail(colon+1+at, "%s", why)
	}
	return r, nil
}

// parseHost returns where and why host is wrong.
func (r *rule) parseHost(host string) (at int, why string) {
	switch {
	case host == "":
		return 0, "no host; write * for every host"
	case host == "*":
		r.any = true
		return 0, ""
	case host[0] == '[':
		if host[len(host)-1] != ']' {
			return len(host), "missing ]"
		}
		if !strings.Contains(host, ":") {
			return 1, "only an IPv6 address stands in brackets"
		}
		return r.parseAddr(host[1:len(host)-1], 1)
	case strings.Contains(host, ":"):
		return 0, "an IPv6 address must stand in brackets: [::1]:80"
	case strings.Contains(host, "/") || strings.Trim(host, "0123456789.") == "":
		return r.parseAddr(host, 0)
	}
	for i, c := range []byte(host) {
		if !isNameByte(c) {
			return i, fmt.Sprintf("%q cannot stand in a host name", rune(c))
		}
	}
	if r.name = canonicalName(host); r.name == "" || strings.Contains("."+r.name+".", "..") {
		return 0, "not a host name"
	}
	return 0, ""
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

func canonicalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// parseAddr parses an address or a prefix that begins at offset of the rule.
func (r *rule) parseAddr(text string, offset int) (at int, why string) {
	ip, bits, isPrefix := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		return offset, "not an IP address: " + ip
	case addr.Zone() != "":
		return offset + strings.IndexByte(ip, '%'), "a rule has no zone"
	case !isPrefix:
		addr = addr.Unmap()
		r.prefix = netip.PrefixFrom(addr, addr.BitLen())
		return 0, ""
	case addr.Is4In6():
		return offset, "write an IPv4 range as IPv4"
	}
	n, err := strconv.ParseUint(bits, 10, 8)
	if err != nil || int(n) > addr.BitLen() || len(bits) > 1 && bits[0] == '0' {
		return offset + len(ip) + 1, fmt.Sprintf("want the number of fixed bits, 0 to %d", addr.BitLen())
	}
	r.prefix = netip.PrefixFrom(addr, int(n))
	if m := r.prefix.Masked(); m != r.prefix {
		return offset, fmt.Sprintf("%s has bits beyond its first %d; write %s", ip, n, m)
	}
	return 0, ""
}

func (r *rule) parsePorts(text string) (at int, why string) {
	if text == "*" {
		r.ports = []portRange{everyPort}
		return 0, ""
	}
	for item := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(item, "-")
		first, ok := parsePort(low)
		if !ok {
			return at, "want a port from 0 to 65535, a range, or *"
		}
		last := first
		if isRange {
			if last, ok = parsePort(high); !ok || last < first {
				return at + len(low) + 1, fmt.Sprintf("want the last port of the range, %d to 65535", first)
			}
		}
		r.ports = append(r.ports, portRange{first, last})
		at += len(item) + 1
	}
	return 0, ""
}

func parsePort(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && len(s) <= 5
}
