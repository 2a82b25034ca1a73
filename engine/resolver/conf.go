package resolver

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The bounds of resolv.conf(5).
const (
	maxNameservers = 3
	maxSearch      = 32
	maxNdots       = 15
	maxTimeout     = 30
	maxAttempts    = 5
)

// A Config is what /etc/resolv.conf says. ParseConfig gives the defaults to what it leaves out.
type Config struct {
	Servers  []netip.AddrPort // asked in this order; 3 at most
	Search   []string         // domains to complete short names with, without a dot at the end
	Ndots    int              // names with at least so many dots are tried as they are first; 0 to 15
	Timeout  time.Duration    // to wait for each server
	Attempts int              // how often to go through the list of servers
	Rotate   bool             // begin with another server each time
	TCP      bool             // option use-vc
	NoAAAA   bool             // option no-aaaa: ask for no IPv6 addresses
	OneByOne bool             // option single-request: ask for IPv6 addresses after IPv4's, not together with them
	EDNS     bool             // option edns0: say that long answers may come over UDP
}

// ParseConfig reads the settings of resolv.conf(5): nameserver, search, domain and options. A server may have a port, as
// in [10.0.0.1]:5353. What is not understood is passed over, as the C library does. Without a server in it, the host asks itself.
func ParseConfig(text string) Config {
	c := Config{Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}
	for line := range lines(text) {
		line, _, _ = strings.Cut(line, ";")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "nameserver":
			if a, ok := serverOf(fields[1]); ok && len(c.Servers) < maxNameservers {
				c.Servers = append(c.Servers, a)
			}
		case "domain":
			c.Search = domains(fields[1:2])
		case "search":
			c.Search = domains(fields[1:])
		case "options":
			for _, o := range fields[1:] {
				c.option(o)
			}
		}
	}
	if len(c.Servers) == 0 {
		c.Servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	return c
}

func serverOf(text string) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(a.Unmap(), 53), true
	}
	host, port, ok := strings.Cut(strings.TrimPrefix(text, "["), "]:")
	if !ok || text[0] != '[' {
		return netip.AddrPort{}, false
	}
	a, err := netip.ParseAddr(host)
	n, bad := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), err == nil && bad == nil && n > 0
}

func domains(fields []string) []string {
	var out []string
	for _, d := range fields {
		if d = strings.Trim(d, "."); d != "" && len(out) < maxSearch {
			out = append(out, d)
		}
	}
	return out
}

func (c *Config) option(o string) {
	name, value, _ := strings.Cut(o, ":")
	n, err := strconv.Atoi(value)
	number := func(low, high int) int { return min(max(n, low), high) }
	switch {
	case name == "rotate":
		c.Rotate = true
	case name == "use-vc":
		c.TCP = true
	case name == "no-aaaa":
		c.NoAAAA = true
	case name == "single-request":
		c.OneByOne = true
	case name == "edns0":
		c.EDNS = true
	case err != nil:
	case name == "ndots":
		c.Ndots = number(0, maxNdots)
	case name == "timeout":
		c.Timeout = time.Duration(number(1, maxTimeout)) * time.Second
	case name == "attempts":
		c.Attempts = number(1, maxAttempts)
	}
}

// String returns the settings as a file that ParseConfig reads back.
func (c Config) String() string {
	var b strings.Builder
	for _, s := range c.Servers {
		if s.Port() == 53 {
			fmt.Fprintf(&b, "nameserver %s\n", s.Addr())
		} else {
			fmt.Fprintf(&b, "nameserver [%s]:%d\n", s.Addr(), s.Port())
		}
	}
	if len(c.Search) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(c.Search, " "))
	}
	options := []string{fmt.Sprintf("ndots:%d", c.Ndots), fmt.Sprintf("timeout:%d", c.Timeout/time.Second), fmt.Sprintf("attempts:%d", c.Attempts)}
	for _, o := range []struct {
		on   bool
		name string
	}{{c.Rotate, "rotate"}, {c.TCP, "use-vc"}, {c.NoAAAA, "no-aaaa"}, {c.OneByOne, "single-request"}, {c.EDNS, "edns0"}} {
		if o.on {
			options = append(options, o.name)
		}
	}
	fmt.Fprintf(&b, "options %s\n", strings.Join(options, " "))
	return b.String()
}
