package osnet

import (
	"net/netip"
	"testing"
)

func TestCallers(t *testing.T) {
	var c callers
	at := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 9)
	}
	for i := range maxCallers + 1 {
		c.wrote(at(i))
		c.wrote(at(2)) // who writes again and again is not forgotten
	}
	if len(c.by) != maxCallers || c.order.Len() != maxCallers {
		t.Errorf("%d and %d callers, want %d", len(c.by), c.order.Len(), maxCallers)
	}
	for i, want := range map[int]bool{0: false, 1: true, 2: true, maxCallers: true, maxCallers + 1: false} {
		if got := c.answer(at(i)); got != want {
			t.Errorf("caller %d may be answered: %v", i, got)
		}
	}
	more := 0
	for c.answer(at(2)) {
		more++
	}
	if more != maxAnswersDue-1 {
		t.Errorf("%d more answers to the busiest caller, want %d", more, maxAnswersDue-1)
	}
	for _, text := range []string{"255.255.255.255:9", "224.0.0.251:9", "[ff02::fb]:9", "0.0.0.0:9", "[::]:9", "10.1.2.3:0", "[::ffff:224.0.0.1]:9"} {
		addr := netip.MustParseAddrPort(text)
		if c.wrote(addr); c.answer(addr) {
			t.Errorf("%s is answered", addr)
		}
	}
	if c.wrote(netip.MustParseAddrPort("[::ffff:10.9.9.9]:9")); !c.answer(netip.MustParseAddrPort("10.9.9.9:9")) {
		t.Error("an IPv4 caller of a dual socket is not answered")
	}
}
