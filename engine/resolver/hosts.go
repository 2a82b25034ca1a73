package resolver

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// maxFile is how many bytes of /etc/hosts or /etc/resolv.conf are read.
const maxFile = 1 << 20

// Hosts is what /etc/hosts says: addresses and their names. Names are compared without regard to case.
type Hosts struct {
	addrs map[string][]netip.Addr // by name in lower case
	names map[netip.Addr][]string // the canonical name first
}

// ParseHosts reads lines of an address and its names, separated by blanks, with comments from # on. Lines that are not so are passed
// over, as the C library does, and so is what follows the first MiB.
func ParseHosts(text string) *Hosts {
	h := &Hosts{addrs: map[string][]netip.Addr{}, names: map[netip.Addr][]string{}}
	for line := range lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		a, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		a = a.Unmap()
		for _, name := range fields[1:] {
			name = strings.TrimSuffix(name, ".")
			if name == "" {
				continue
			}
			if lower := strings.ToLower(name); !slices.Contains(h.addrs[lower], a) {
				h.addrs[lower] = append(h.addrs[lower], a)
				h.names[a] = append(h.names[a], name)
			}
		}
	}
	for _, addrs := range h.addrs {
		slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	}
	return h
}

// lines yields the lines of a file of settings without comments.
func lines(text string) func(yield func(string) bool) {
	text = text[:min(len(text), maxFile)]
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if !yield(line) {
				return
			}
		}
	}
}

// LookupHost returns the addresses of a name, IPv4 first, in the order of the file; or ErrHostNotFound.
func (h *Hosts) LookupHost(name string) ([]netip.Addr, error) {
	addrs := h.addrs[strings.ToLower(strings.TrimSuffix(name, "."))]
	if len(addrs) == 0 {
		return nil, stack.ErrHostNotFound
	}
	return slices.Clone(addrs), nil
}

// LookupAddr returns the names of an address in the order of the file; or ErrHostNotFound.
func (h *Hosts) LookupAddr(a netip.Addr) ([]string, error) {
	names := h.names[a.Unmap().WithZone("")]
	if len(names) == 0 {
		return nil, stack.ErrHostNotFound
	}
	return slices.Clone(names), nil
}
