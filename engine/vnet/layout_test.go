package vnet

import (
	"testing"
	"unsafe"
)

// TestLayout checks that what every packet needs lies in as few cache lines as the comments say, on 64 bits. Objects of more than 512 bytes
// with pointers begin 8 bytes after a cache line, where Go keeps their type.
func TestLayout(t *testing.T) {
	const line, header = 64, 8
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("not for this machine")
	}
	var d direction
	var l Link
	var h Host
	var c tcpSocket
	for _, c := range []struct {
		what  string
		end   uintptr
		lines uintptr
	}{
		{"what arrives on a direction", unsafe.Offsetof(d.arrivals) + unsafe.Sizeof(d.arrivals), 1},
		{"what is sent on a direction", unsafe.Offsetof(d.link) + unsafe.Sizeof(d.link), 3},
		{"what waits for a direction", unsafe.Offsetof(d.filter) + unsafe.Sizeof(d.filter), 4},
		{"whether a packet is for a host", header + unsafe.Offsetof(h.cache) + unsafe.Offsetof(h.cache.self) + unsafe.Sizeof(h.cache.self), 1},
		{"what every packet needs of a host", header + unsafe.Offsetof(h.received) + unsafe.Sizeof(h.received), 2},
		{"what user and scheduler need of a socket", header + unsafe.Offsetof(c.local), 1},
		{"the addresses of a socket", header + unsafe.Offsetof(c.remote) + unsafe.Sizeof(c.remote), 2},
		{"what is received by a socket", header + unsafe.Offsetof(c.tcpOptions), 4},
		{"the buffers and counters of a socket", header + unsafe.Offsetof(c.stats) + unsafe.Offsetof(c.stats.Retransmits), 6},
		{"the timers of a socket", header + unsafe.Offsetof(c.timers) + unsafe.Offsetof(c.timers.slow), 8},
		{"where a socket stands in what it sends", header + unsafe.Offsetof(c.lastSent), 10},
		{"the congestion control of a socket", header + unsafe.Offsetof(c.rtt), 11},
	} {
		if c.end > c.lines*line {
			t.Errorf("%s ends at byte %d, beyond %d cache lines", c.what, c.end, c.lines)
		}
	}
	if unsafe.Sizeof(d)%line != 0 || (header+unsafe.Offsetof(l.dirs))%line != 0 {
		t.Errorf("directions of %d bytes from byte %d of a link on do not begin with cache lines", unsafe.Sizeof(d), unsafe.Offsetof(l.dirs))
	}
}
