package vnet

import "time"

// SetProcessing changes how long the host looks at each packet that comes in over a link before it forwards or delivers it: the
// processing delay of a router. Packets do not wait for one another, and keep their order. The default is 0.
func (h *Host) SetProcessing(d time.Duration) {
	h.processing = max(d, 0)
	h.slow = h.processing > 0 || h.processed > 0
}

// Processing returns the processing delay.
func (h *Host) Processing() time.Duration { return h.processing }

// process takes the packet when the processing delay is over.
func (h *Host) process(p *Packet, in *iface) {
	now := h.net.sched.Elapsed()
	h.processed = max(h.processed, now+h.processing)
	h.net.sendAlone(p, in, h.processed-now).done = true
}
