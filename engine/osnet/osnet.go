// Package osnet is the machine's own network behind an allow list, for the same programs that run on a
// virtual one.
//
// It implements stack.Network over non-blocking system sockets. A call is always tried first; a task
// whose call would block parks on the socket's queue, and the scheduler waits for all of them at once in
// epoll(7) or poll(2). So there is no goroutine per socket, and no data race. Only name look-ups run on goroutines of their own.
//
// Nothing is reachable that no rule of the allow list covers; see ParseAllow. Supported systems are
// Linux and macOS.
package osnet

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// ErrUnsupported is returned by New on systems that osnet has not been written for.
var ErrUnsupported = errors.New("osnet: the machine's network is not supported on this system (Linux and macOS are)")

// A Network is the machine's network as one process sees it. Its methods are for the scheduler's tasks.
type Network struct {
	sched  *sim.Scheduler
	allow  *Allow
	poll   *poller
	open   []*socket
	nextID uint64
	pinned map[string][]netip.Addr // what the names of the rules have resolved to
	host   string
}

// New returns the machine's network with what a allows; nil allows nothing. The scheduler must be on the wall clock
// and must not have a poller yet; it must not be running. Call Close when its last run is over.
func New(s *sim.Scheduler, a *Allow) (*Network, error) {
	if s.Virtual() {
		return nil, errors.New("osnet: the scheduler must be on the wall clock")
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	if a == nil {
		a = &Allow{}
	}
	n := &Network{sched: s, allow: a, host: host, pinned: map[string][]netip.Addr{}}
	if n.poll, err = newPoller(n); err != nil {
		return nil, err
	}
	s.SetPoller(n.poll)
	return n, nil
}

// Close closes every socket that is still open.
func (n *Network) Close() error {
	for len(n.open) > 0 {
		n.open[len(n.open)-1].Close()
	}
	return n.poll.close()
}

// HostName returns the machine's name.
func (n *Network) HostName() string { return n.host }

// Interfaces returns the machine's interfaces, loopback first.
func (n *Network) Interfaces() []stack.Interface {
	list, err := net.Interfaces()
	if err != nil {
		return nil
	}
	slices.SortStableFunc(list, func(a, b net.Interface) int {
		return cmp.Compare(b.Flags&net.FlagLoopback, a.Flags&net.FlagLoopback)
	})
	var out []stack.Interface
	for _, i := range list {
		s := stack.Interface{Name: i.Name, Up: i.Flags&net.FlagUp != 0, MTU: i.MTU, HardwareA: i.HardwareAddr.String()}
		addrs, _ := i.Addrs() // an interface that is gone by now has none
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				s.Prefixes = append(s.Prefixes, p)
			}
		}
		out = append(out, s)
	}
	return out
}

// Sockets returns the open sockets of this network, in the order of creation. It does not show those of other processes.
func (n *Network) Sockets() []stack.SocketInfo {
	list := slices.Clone(n.open)
	slices.SortFunc(list, func(a, b *socket) int { return cmp.Compare(a.id, b.id) })
	out := make([]stack.SocketInfo, len(list))
	for i, s := range list {
		out[i] = s.info()
	}
	return out
}

var _ stack.Network = (*Network)(nil)
