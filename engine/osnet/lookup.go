package osnet

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// maxPinned is how many addresses of one name a rule remembers; names behind a load balancer change theirs for ever.
const maxPinned = 256

// LookupHost returns the addresses of a name from /etc/hosts and the machine's name servers, IPv4 first. An address
// literal is its own answer. A name that no rule mentions is a *DeniedError; localhost and the machine's own name
// are never denied. The calling task parks meanwhile.
func (n *Network) LookupHost(name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, nil
	}
	key := canonicalName(name)
	if !n.mayLookUp(key) {
		return nil, &DeniedError{Op: "lookup", Name: name}
	}
	if key == "" || strings.ContainsAny(key, " \t\r\n\x00") {
		return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
	}
	var addrs []netip.Addr
	var err error
	n.sched.Block(sim.Wait{Call: "lookup", On: lookup(name)}, func() {
		resolver := net.Resolver{PreferGo: true}
		addrs, err = resolver.LookupNetIP(context.Background(), "ip", key)
	})
	if err != nil && key == "localhost" {
		// RFC 6761 6.3: the name means the loopback address even where no file says so.
		addrs, err = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	if err != nil {
		return nil, lookupError(name, err)
	}
	preferIPv4(addrs)
	n.pin(key, addrs)
	return addrs, nil
}

// preferIPv4 puts IPv4 addresses first, as LuaSocket's toip does, and otherwise keeps the order.
func preferIPv4(addrs []netip.Addr) {
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
}

func (n *Network) mayLookUp(name string) bool {
	if name == "localhost" || name == canonicalName(n.host) {
		return true
	}
	return slices.ContainsFunc(n.allow.rules, func(r rule) bool { return r.mentions(name) })
}

// pin notes the addresses of a name for the rules that mention it.
func (n *Network) pin(name string, addrs []netip.Addr) {
	if !slices.ContainsFunc(n.allow.rules, func(r rule) bool { return r.name == name }) {
		return
	}
	list := n.pinned[name]
	for _, a := range addrs {
		if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	n.pinned[name] = list[max(0, len(list)-maxPinned):]
}

// LookupAddr returns the names of an address that some rule covers at some port.
func (n *Network) LookupAddr(a netip.Addr) ([]string, error) {
	covered := func(r rule) bool {
		for _, k := range []stack.Kind{stack.TCP, stack.UDP} {
			if r.covers(k, netip.AddrPortFrom(a, r.ports[0].first), true, n.pinned) {
				return true
			}
		}
		return false
	}
	if !a.IsLoopback() && !slices.ContainsFunc(n.allow.rules, covered) {
		return nil, &DeniedError{Op: "lookup", Addr: netip.AddrPortFrom(a, 0)}
	}
	var names []string
	var err error
	n.sched.Block(sim.Wait{Call: "lookup", On: lookup(a.String())}, func() {
		resolver := net.Resolver{PreferGo: true}
		names, err = resolver.LookupAddr(context.Background(), a.String())
	})
	if err != nil {
		return nil, lookupError(a.String(), err)
	}
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".")
	}
	return names, nil
}

func lookupError(name string, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && !dns.IsNotFound && (dns.IsTemporary || dns.IsTimeout) {
		return &stack.LookupError{Name: name, Err: stack.ErrTemporaryLookup}
	}
	return &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
}

type lookup string

func (l lookup) String() string { return string(l) }
