package vnet

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// paced returns a network on the wall clock that runs until the test ends.
func paced(t *testing.T) (*Network, *sim.Scheduler) {
	s := sim.New(sim.Options{Wall: true})
	stopped := errors.New("stopped")
	done := make(chan struct{})
	s.Hold()
	main := s.Root().Go("main", func() {})
	go func() {
		defer close(done)
		if err := s.Run(main); err != stopped {
			t.Errorf("run: %v", err)
		}
		s.Close()
	}()
	t.Cleanup(func() {
		s.Interrupt(stopped)
		<-done
	})
	return New(s), s
}

// TestTCPNetConn puts connections through the checks that every net.Conn must pass, from goroutines.
func TestTCPNetConn(t *testing.T) {
	n, s := paced(t)
	var a, b *Host
	s.Do(s.Root(), "set up", func() {
		a, b = must(n.Host("a")), must(n.Host("b"))
		must(n.Link(a, b, LinkOptions{Shape: Shape{Delay: 100 * time.Microsecond}}))
	})
	port := uint16(1000)
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		port++
		s.Do(s.Root(), "connect", func() {
			l := must(b.Socket(stack.TCP, stack.IPv4))
			defer l.Close()
			to := netip.AddrPortFrom(b.Addrs()[0], port)
			l.Bind(to)
			l.Listen(1)
			c := must(a.Socket(stack.TCP, stack.IPv4))
			if err = stack.Connect(s, c, to, time.Time{}); err != nil {
				return
			}
			for !l.CanRead() {
				stack.WaitReadable(s, l, "accept", time.Time{})
			}
			c1 = stack.NewForeign(s.Root(), stack.NewConn(s, c))
			c2 = stack.NewForeign(s.Root(), stack.NewConn(s, must(l.Accept())))
		})
		return c1, c2, func() { c1.Close(); c2.Close() }, err
	})
}
