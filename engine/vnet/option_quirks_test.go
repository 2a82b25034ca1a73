package vnet

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestOptionsAsLinuxKeepsThem covers what scripts written for Linux see of two options.
func TestOptionsAsLinuxKeepsThem(t *testing.T) {
	h, err := New(sim.New(sim.Options{})).Host("localhost")
	if err != nil {
		t.Fatal(err)
	}
	set := func(s stack.Socket, o stack.Option, v any) {
		t.Helper()
		if err := s.SetOption(o, v); err != nil {
			t.Errorf("set %v to %v: %v", o, v, err)
		}
	}
	c, err := h.Socket(stack.TCP, stack.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	set(c, stack.Linger, stack.LingerValue{On: true, Timeout: 5 * time.Second})
	set(c, stack.Linger, stack.LingerValue{})
	if v, _ := c.Option(stack.Linger); v != (stack.LingerValue{Timeout: 5 * time.Second}) {
		t.Errorf("linger turned off is %v, want its time unchanged", v)
	}
	u, err := h.Socket(stack.UDP, stack.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	set(u, stack.MulticastIf, loopback)
	set(u, stack.MulticastIf, netip.IPv4Unspecified())
	if v, _ := u.Option(stack.MulticastIf); v != (netip.Addr{}) {
		t.Errorf("the unspecified interface reads %v, want none", v)
	}
	m := stack.Membership{Group: netip.MustParseAddr("224.0.0.251"), Interface: loopback}
	set(u, stack.AddMembership, m)
	set(u, stack.DropMembership, m)
}
