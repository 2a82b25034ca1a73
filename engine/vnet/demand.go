package vnet

import (
	"net/netip"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A demand is a server that starts when it is first needed.
type demand struct {
	kind    stack.Kind
	port    uint16
	name    string
	start   func()
	started bool // start is running
}

// StartOnDemand makes the host start a server when it is first needed, as inetd does: when a datagram or the SYN of a connection comes for the
// port and no socket takes it, start is called, and then the packet goes to what start has bound. start must not wait; it may start tasks. A
// server that is gone, after a crash of the host or otherwise, is started again. Until it runs, the socket table shows the port with the name
// of the server. Other sockets may have the port before. start takes the place of an earlier one for the port; nil takes that away.
func (h *Host) StartOnDemand(k stack.Kind, port uint16, name string, start func()) {
	h.demands = slices.DeleteFunc(h.demands, func(d *demand) bool { return d.kind == k && d.port == port })
	if start != nil {
		h.demands = append(h.demands, &demand{kind: k, port: port, name: name, start: start})
	}
}

// demanded starts the server of a port for which a packet has come, and reports whether there is one.
func (h *Host) demanded(k stack.Kind, port uint16) bool {
	for _, d := range h.demands {
		if d.kind != k || d.port != port || d.started {
			continue
		}
		d.started = true
		defer func() { d.started = false }()
		d.start()
		return true
	}
	return false
}

// demandSockets returns the servers of a kind that would start, as the socket table shows them.
func (h *Host) demandSockets(k stack.Kind) []stack.SocketInfo {
	var all []stack.SocketInfo
	for _, d := range h.demands {
		if h.down || d.kind != k || h.ports[k][d.port].any(func(b *binding) bool { return !b.held }) {
			continue
		}
		info := stack.SocketInfo{Kind: k, State: "LISTEN", Local: netip.AddrPortFrom(netip.IPv4Unspecified(), d.port), Process: d.name}
		if k == stack.UDP {
			info.State = "UNCONN"
		}
		all = append(all, info)
	}
	return all
}
