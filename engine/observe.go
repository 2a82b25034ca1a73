package engine

import (
	"errors"
	"io"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// ErrNoPackets is returned where the packets of the machine's network are asked for.
var ErrNoPackets = errors.New("engine: the packets of the machine's network cannot be captured; run with --net virtual, or use a tool of the machine")

// Capture writes packets from now on to out as a pcapng file, until its Stop is called.
func (w *World) Capture(out io.Writer, o capture.Options) (*capture.Capture, error) {
	if w.Net == nil {
		return nil, ErrNoPackets
	}
	return capture.Start(w.Net, out, o), nil
}

// Trace records from now on what processes do with their sockets, on either network, until its Stop is called.
func (w *World) Trace(o capture.TraceOptions) *capture.Trace {
	if o.Names == nil {
		o.Names = w.ownerOf
	}
	if o.Before == nil && w.Net != nil {
		o.Before = map[string][]stack.SocketInfo{}
		for _, h := range w.Hosts() {
			if open := h.Network.Sockets(); len(open) > 0 {
				o.Before[h.Name] = open
			}
		}
	}
	return capture.Record(w.Sched, &w.Watch, o)
}

// ownerOf returns the name of the host that has an address, or "".
func (w *World) ownerOf(_ string, a netip.Addr) string {
	if w.Net != nil {
		if h := w.Net.Owner(a); h != nil {
			return h.Name()
		}
		return ""
	}
	for _, i := range w.machine.Network.Interfaces() {
		for _, p := range i.Prefixes {
			if p.Addr() == a {
				return w.machine.Name
			}
		}
	}
	return ""
}
