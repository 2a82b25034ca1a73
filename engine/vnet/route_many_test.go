package vnet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestManySubnets compares the table of subnets of a router that has many interfaces, some of them down or on overlapping subnets,
// with looking through them one by one.
func TestManySubnets(t *testing.T) {
	w := newWorld(t, 1)
	hub := w.router("hub")
	for k := range 40 {
		o := LinkOptions{}
		if k%3 == 0 {
			at := func(n byte) []netip.Prefix {
				return []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(1 + k/6), byte(k), n}), 12+k%18)}
			}
			o.AddrsA, o.AddrsB = at(1), at(2)
		}
		w.link(hub, w.host(fmt.Sprint("h", k)), o).SetUp(k%7 != 0)
	}
	all := hub.ifaces
	hub.subnets = newSubnetTable(all)
	rng, found := rand.New(rand.NewPCG(1, 2)), 0
	for range 20000 {
		dst := netip.AddrFrom4([4]byte{10, byte(rng.IntN(10)), byte(rng.IntN(42)), byte(rng.IntN(256))})
		if rng.IntN(4) == 0 {
			b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 7: byte(rng.IntN(42)), 15: 1}
			dst = netip.AddrFrom16(b)
		}
		on, bits := hub.connected(dst)
		var want *iface
		most := -1
		for _, i := range all {
			for _, p := range i.addrs {
				if i.up() && p.Bits() > most && p.Contains(dst) {
					want, most = i, p.Bits()
				}
			}
		}
		if on != want || bits != most {
			t.Fatalf("%v: on %v of %d bits, want %v of %d", dst, on, bits, want, most)
		}
		if on != nil {
			found++
		}
	}
	if found < 5000 {
		t.Errorf("only %d addresses are on a subnet", found)
	}
}
