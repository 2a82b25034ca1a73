package vnet

import (
	"testing"
	"unsafe"
)

// TestLayout checks that what every packet needs lies in as few cache lines as the comments say.
func TestLayout(t *testing.T) {
	const line = 64
	var d direction
	var l Link
	var h Host
	for _, c := range []struct {
		what  string
		end   uintptr
		lines uintptr
	}{
		{"what arrives on a direction", unsafe.Offsetof(d.bytes) + unsafe.Sizeof(d.bytes), 2},
		{"what is sent on a direction", unsafe.Offsetof(d.link) + unsafe.Sizeof(d.link), 3},
		{"what comes in at a host or leaves it", unsafe.Offsetof(h.counters) + unsafe.Offsetof(h.counters.Forwarded), 2},
		{"what waits for a direction", unsafe.Offsetof(d.filter) + unsafe.Sizeof(d.filter), 4},
	} {
		if c.end > c.lines*line {
			t.Errorf("%s ends at byte %d, beyond %d cache lines", c.what, c.end, c.lines)
		}
	}
	if unsafe.Sizeof(d)%line != 0 || unsafe.Offsetof(l.dirs)%line != 0 {
		t.Errorf("directions of %d bytes from byte %d of a link on do not begin with cache lines", unsafe.Sizeof(d), unsafe.Offsetof(l.dirs))
	}
}
