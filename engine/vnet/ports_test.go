package vnet

import (
	"net/netip"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// holder is a socket as far as ports are concerned.
type holder struct{ listens bool }

func (h *holder) listening() bool { return h.listens }

// Who may bind beside whom, as Linux decides.
func TestBindConflicts(t *testing.T) {
	any4, any6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
	one, two := netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("127.0.0.1")
	six, mapped := netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("::ffff:10.0.1.1")
	addr, port, both, only := bindOptions{reuseAddr: true}, bindOptions{reusePort: true}, bindOptions{reuseAddr: true, reusePort: true}, bindOptions{v6only: true}
	for _, c := range []struct {
		first, second netip.Addr
		o1, o2        bindOptions
		listens       bool
		want          bool
	}{
		{one, one, bindOptions{}, bindOptions{}, false, false},
		{one, two, bindOptions{}, bindOptions{}, false, true},
		{any4, one, bindOptions{}, bindOptions{}, false, false},
		{one, any4, bindOptions{}, bindOptions{}, false, false},
		{any4, any6, bindOptions{}, bindOptions{}, false, false},
		{any4, any6, bindOptions{}, only, false, true},
		{any6, any4, only, bindOptions{}, false, true},
		{any6, one, bindOptions{}, bindOptions{}, false, false},
		{one, any6, bindOptions{}, only, false, true},
		{one, six, bindOptions{}, bindOptions{}, false, true},
		{six, any4, bindOptions{}, bindOptions{}, false, true},
		{one, mapped, bindOptions{}, bindOptions{}, false, false},
		{one, one, addr, addr, false, true},
		{one, one, addr, addr, true, false},
		{any4, one, addr, addr, true, false},
		{one, one, addr, bindOptions{}, false, false},
		{one, one, bindOptions{}, addr, false, false},
		{one, one, port, port, true, true},
		{one, one, port, addr, false, false},
		{one, one, both, port, true, true},
	} {
		for _, k := range []stack.Kind{stack.TCP, stack.UDP} {
			w := newWorld(t, 1)
			h, _, _ := w.line(0, LinkOptions{})
			must(h.bindPort(k, ap(c.first, 80), c.o1, &holder{c.listens}))
			_, err := h.bindPort(k, ap(c.second, 80), c.o2, &holder{})
			if (err == nil) != c.want || err != nil && err != error(stack.ErrAddrInUse) {
				t.Errorf("%v %v %+v, then %v %+v (first listens: %v): %v", k, c.first, c.o1, c.second, c.o2, c.listens, err)
			}
		}
	}
}

func TestBindAndRelease(t *testing.T) {
	w := newWorld(t, 1)
	h, b, _ := w.line(0, LinkOptions{})
	_, err := h.bindPort(stack.TCP, ap(addr4(b), 80), bindOptions{}, &holder{})
	wantErr(t, "another host's address", err, stack.ErrAddrNotAvailable)
	_, err = h.bindPort(stack.TCP, ap(netip.MustParseAddr("127.9.9.9"), 1), bindOptions{}, &holder{})
	ok(t, err)
	x, y := &holder{}, &holder{}
	at := must(h.bindPort(stack.TCP, ap(addr4(h), 80), bindOptions{}, x))
	h.holdPort(stack.TCP, at, bindOptions{}, y)
	h.releasePort(stack.TCP, at, x)
	_, err = h.bindPort(stack.TCP, at, bindOptions{}, x)
	wantErr(t, "while a connection holds it", err, stack.ErrAddrInUse)
	h.releasePort(stack.TCP, at, y)
	_, err = h.bindPort(stack.TCP, at, bindOptions{}, x)
	ok(t, err)
	equal(t, "may listen", h.mayListen(at, bindOptions{}, x), true)
	r := bindOptions{reuseAddr: true}
	z := &holder{}
	at = must(h.bindPort(stack.TCP, ap(addr4(h), 81), r, z))
	must(h.bindPort(stack.TCP, at, r, &holder{}))
	equal(t, "may listen", h.mayListen(at, r, z), true)
	must(h.bindPort(stack.TCP, at, r, &holder{})).Port()
	h.ports[stack.TCP][81].first.owner.(*holder).listens = true
	equal(t, "may listen beside a listener", h.mayListen(at, r, &holder{}), false)
}

func TestEphemeralPorts(t *testing.T) {
	w := newWorld(t, 1)
	h, b, _ := w.line(0, LinkOptions{})
	seen := map[uint16]bool{}
	for {
		at, err := h.bindPort(stack.UDP, ap(netip.IPv4Unspecified(), 0), bindOptions{}, &holder{})
		if err != nil {
			wantErr(t, "when none is left", err, stack.ErrAddrInUse)
			break
		}
		if p := at.Port(); seen[p] || p < firstEphemeral || p > lastEphemeral {
			t.Fatalf("port %d", p)
		}
		seen[at.Port()] = true
	}
	equal(t, "ports", len(seen), lastEphemeral-firstEphemeral+1)

	// One port serves connections to different peers.
	local, used := addr4(h), map[netip.AddrPort]bool{}
	only := func(a netip.AddrPort) bool { return a.Port() != 40000 || used[a] }
	p := must(h.ephemeral(stack.TCP, local, ap(addr4(b), 80), only))
	equal(t, "port", p, 40000)
	h.holdPort(stack.TCP, ap(local, p), bindOptions{}, &holder{})
	equal(t, "port again", must(h.ephemeral(stack.TCP, local, ap(addr4(b), 81), only)), 40000)
	used[ap(local, 40000)] = true
	_, err := h.ephemeral(stack.TCP, local, ap(addr4(b), 80), only)
	wantErr(t, "the same connection", err, stack.ErrAddrInUse)
	used[ap(local, 40000)] = false
	must(h.bindPort(stack.TCP, ap(netip.MustParseAddr("127.0.0.1"), 40000), bindOptions{}, &holder{}))
	equal(t, "bound at another address", must(h.ephemeral(stack.TCP, local, ap(addr4(b), 81), only)), 40000)
}

// TestNoPortLeft: whoever asks again when no port is left is refused at once, until one is given back.
func TestNoPortLeft(t *testing.T) {
	w := newWorld(t, 1)
	h, b, _ := w.line(0, LinkOptions{})
	local, remote, looked := addr4(h), ap(addr4(b), 80), 0
	ask := func(free uint16) error {
		looked = 0
		_, err := h.ephemeral(stack.TCP, local, remote, func(a netip.AddrPort) bool {
			looked++
			return a.Port() != free
		})
		return err
	}
	for _, want := range []int{ephemerals, 0, 0} {
		wantErr(t, "when all are taken", ask(0), stack.ErrAddrInUse)
		equal(t, "ports looked at", looked, want)
	}
	owner := &holder{}
	at := must(h.bindPort(stack.TCP, ap(local, 40000), bindOptions{}, owner))
	h.releasePort(stack.TCP, at, owner)
	if err := ask(40000); err != nil || looked == 0 {
		t.Errorf("after one is free: %v", err)
	}
}

func TestDescriptors(t *testing.T) {
	w := newWorld(t, 1)
	h := w.host("a")
	for k := range 200 {
		equal(t, "next", h.nextFD(), firstFD+k)
	}
	h.releaseFD(150)
	h.releaseFD(7)
	h.releaseFD(-1)
	h.releaseFD(9999)
	equal(t, "lowest free", h.nextFD(), 7)
	equal(t, "next free", h.nextFD(), 150)
	equal(t, "new", h.nextFD(), firstFD+200)
}
