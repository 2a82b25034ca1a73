package osnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// An Allow is a list of rules. What no rule covers is denied; the zero Allow denies everything.
type Allow struct{ rules []rule }

type rule struct {
	text   string
	any    bool         // host is *
	name   string       // lower case; "" if the host is an address
	prefix netip.Prefix // of a single address, all its bits
	ports  []portRange
	tcp    bool
	udp    bool
}

type portRange struct{ first, last uint16 }

var everyPort = portRange{0, 65535}

// covers reports whether the rule covers an address as the destination of a packet or a connection, or, if
// bind, as a local one. pinned holds the addresses of names.
func (r *rule) covers(k stack.Kind, to netip.AddrPort, bind bool, pinned map[string][]netip.Addr) bool {
	if k == stack.TCP && !r.tcp || k == stack.UDP && !r.udp {
		return false
	}
	inRange := func(p portRange) bool { return p.first <= to.Port() && to.Port() <= p.last }
	if !slices.ContainsFunc(r.ports, inRange) {
		return false
	}
	addr := to.Addr().Unmap().WithZone("")
	switch {
	case addr.IsUnspecified():
		return bind && (r.any && r.ports[0] == everyPort || r.prefix.IsSingleIP() && r.prefix.Addr() == addr)
	case r.any:
		return true
	case r.name == "":
		return r.prefix.Contains(addr)
	case r.name == "localhost" && addr.IsLoopback():
		return true
	}
	return slices.Contains(pinned[r.name], addr)
}

// mentions reports whether names may be looked up because of the rule.
func (r *rule) mentions(name string) bool { return r.any || r.name != "" && r.name == name }

// String returns the rules as they were given, separated by spaces.
func (a *Allow) String() string {
	var list []string
	for _, r := range a.rules {
		list = append(list, r.text)
	}
	return strings.Join(list, " ")
}

// A DeniedError says that no rule of the allow list covers an operation. It is stack.ErrAccess.
type DeniedError struct {
	Op   string         // "connect", "send", "bind", "listen", "lookup" or "join"
	Kind stack.Kind     // of the socket
	Addr netip.AddrPort // what was asked for; zero if Name is set
	Name string         // of a look-up
}

// Rule returns the narrowest rule that would allow the operation.
func (e *DeniedError) Rule() string {
	if e.Name != "" {
		return e.Name + ":*"
	}
	addr, port := e.Addr.Addr().WithZone(""), "*"
	if e.Addr.Port() != 0 {
		port = strconv.Itoa(int(e.Addr.Port()))
	}
	host := addr.String()
	if addr.Is6() {
		host = "[" + host + "]"
	}
	if e.Kind == stack.UDP {
		port += "/udp"
	}
	return host + ":" + port
}

// Error returns the operation and the rule that would allow it.
func (e *DeniedError) Error() string {
	what := e.Name
	if what == "" {
		what = e.Kind.String() + " " + e.Addr.String()
	}
	return fmt.Sprintf("osnet: %s %s: denied (to allow it: --allow %s)", e.Op, what, e.Rule())
}

// Code returns "denied".
func (e *DeniedError) Code() string { return "denied" }

// Is makes errors.Is(err, stack.ErrAccess) true.
func (e *DeniedError) Is(target error) bool {
	return stack.ErrAccess.Is(target) || target == error(stack.ErrAccess)
}

// covers reports whether a rule covers an address as a destination, or, if bind, as a local one.
func (n *Network) covers(k stack.Kind, addr netip.AddrPort, bind bool) bool {
	for i := range n.allow.rules {
		if n.allow.rules[i].covers(k, addr, bind, n.pinned) {
			return true
		}
	}
	return false
}

func (n *Network) judge(op string, k stack.Kind, addr netip.AddrPort, bind bool) error {
	if n.covers(k, addr, bind) {
		return nil
	}
	return &DeniedError{Op: op, Kind: k, Addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())}
}

// destination replaces the unspecified address, which a system takes for itself, by the loopback address, so that
// a rule for the one cannot stand for the other, and judges the result.
func (n *Network) destination(op string, k stack.Kind, to netip.AddrPort) (netip.AddrPort, error) {
	switch a := to.Addr().Unmap().WithZone(""); {
	case !a.IsValid():
		return to, stack.ErrDestinationRequired
	case a == netip.IPv4Unspecified() && to.Addr().Is4():
		to = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), to.Port())
	case a == netip.IPv4Unspecified():
		to = netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), to.Port())
	case a.IsUnspecified():
		to = netip.AddrPortFrom(netip.IPv6Loopback(), to.Port())
	}
	return to, n.judge(op, k, to, false)
}
