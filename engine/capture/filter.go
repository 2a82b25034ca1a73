package capture

import (
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Filter picks events. The zero value picks all.
type Filter struct {
	Hosts []string      // of one host: what it does and what others do with it; of more: what is between them
	Ports []uint16      // either end has one of these ports
	From  time.Duration // not before
	To    time.Duration // not after; 0 means no end
}

func (f *Filter) passes(e *Event) bool {
	if e.At < f.From || f.To > 0 && e.At > f.To {
		return false
	}
	if e.Op == stack.OpNote {
		return true
	}
	if len(f.Ports) > 0 && !slices.Contains(f.Ports, e.Local.Port()) && !slices.Contains(f.Ports, e.Remote.Port()) {
		return false
	}
	switch len(f.Hosts) {
	case 0:
		return true
	case 1:
		return f.names(e.Host) || f.names(e.Peer)
	}
	return f.names(e.Host) && (e.Peer == "" || f.names(e.Peer))
}

// names reports whether a host is among those picked.
func (f *Filter) names(host string) bool {
	return slices.ContainsFunc(f.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}
