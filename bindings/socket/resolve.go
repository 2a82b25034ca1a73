package socket

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// resolve turns a host name or address and a service name or port into addresses of a family. The errors are
// lookupFailures, or the network's own when it denies the look-up.
func resolve(st *stack.Stack, host, service string, k stack.Kind, f stack.Family) ([]netip.AddrPort, error) {
	port, err := portOf(service, k)
	if err != nil {
		return nil, err
	}
	addrs, err := lookup(st, host)
	if err != nil {
		return nil, err
	}
	var list []netip.AddrPort
	for _, a := range addrs {
		if f == stack.Any || f == stack.FamilyOf(a) {
			list = append(list, netip.AddrPortFrom(a, port))
		}
	}
	if list == nil {
		return nil, errOtherKind
	}
	return list, nil
}

// resolveLocal is resolve for an address to bind to, where "*" is any.
func resolveLocal(st *stack.Stack, host, service string, k stack.Kind, f stack.Family) ([]netip.AddrPort, error) {
	if host == "*" {
		host = unspecified(f).String()
	}
	return resolve(st, host, service, k, f)
}

// resolveNumeric is resolve without look-ups.
func resolveNumeric(host, service string, f stack.Family) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(host)
	port, digits, outside := portNumber(service)
	switch {
	case err != nil || !digits:
		return netip.AddrPort{}, errNumeric
	case outside != nil:
		return netip.AddrPort{}, outside
	case f != stack.Any && f != stack.FamilyOf(a):
		return netip.AddrPort{}, errOtherKind
	}
	return netip.AddrPortFrom(a, port), nil
}

// lookup returns the addresses of a name.
func lookup(st *stack.Stack, host string) ([]netip.Addr, error) {
	if host == "" {
		return nil, errNoName
	}
	addrs, err := st.LookupHost(host)
	switch {
	case errors.Is(err, stack.ErrTemporaryLookup):
		return nil, errTemporary
	case errors.Is(err, stack.ErrAccess):
		return nil, err
	case err != nil || len(addrs) == 0:
		return nil, errNoName
	}
	return addrs, nil
}

// portNumber reads a port in digits; none is 0. A number above 65535 is an error, where the C library takes its last 16 bits.
func portNumber(text string) (port uint16, digits bool, err error) {
	if strings.Trim(text, "0123456789") != "" {
		return 0, false, nil
	}
	if text == "" {
		return 0, true, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, true, lookupFailure("port " + text + " is out of range (0 to 65535)")
	}
	return uint16(n), true, nil
}

// portOf returns the port of a service's name or digits.
func portOf(service string, k stack.Kind) (uint16, error) {
	if port, digits, err := portNumber(service); digits {
		return port, err
	}
	for _, s := range services() {
		if s.name == service || slices.Contains(s.aliases, service) {
			if k == stack.TCP && s.tcp || k == stack.UDP && s.udp {
				return s.port, nil
			}
		}
	}
	return 0, errService
}

// serviceName returns the name of a TCP port, or its digits.
func serviceName(port uint16) string {
	for _, s := range services() {
		if s.port == port && s.tcp {
			return s.name
		}
	}
	return strconv.Itoa(int(port))
}

// A service is a line of the table of well-known ports (IANA).
type service struct {
	name     string
	port     uint16
	tcp, udp bool
	aliases  []string
}

func services() []service {
	return []service{
		{"echo", 7, true, true, nil},
		{"discard", 9, true, true, []string{"sink", "null"}},
		{"daytime", 13, true, true, nil},
		{"chargen", 19, true, true, []string{"ttytst", "source"}},
		{"ftp-data", 20, true, false, nil},
		{"ftp", 21, true, false, nil},
		{"ssh", 22, true, false, nil},
		{"telnet", 23, true, false, nil},
		{"smtp", 25, true, false, []string{"mail"}},
		{"time", 37, true, true, []string{"timserver"}},
		{"whois", 43, true, false, []string{"nicname"}},
		{"domain", 53, true, true, nil},
		{"bootps", 67, false, true, nil},
		{"bootpc", 68, false, true, nil},
		{"tftp", 69, false, true, nil},
		{"gopher", 70, true, false, nil},
		{"finger", 79, true, false, nil},
		{"http", 80, true, false, []string{"www"}},
		{"pop3", 110, true, false, []string{"pop-3"}},
		{"nntp", 119, true, false, []string{"readnews", "untp"}},
		{"ntp", 123, false, true, nil},
		{"imap2", 143, true, false, []string{"imap"}},
		{"snmp", 161, true, true, nil},
		{"ldap", 389, true, true, nil},
		{"https", 443, true, true, nil},
		{"submission", 587, true, false, nil},
		{"imaps", 993, true, false, nil},
		{"pop3s", 995, true, false, nil},
		{"sip", 5060, true, true, nil},
		{"xmpp-client", 5222, true, false, []string{"jabber-client"}},
	}
}
