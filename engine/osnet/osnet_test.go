//go:build linux || darwin

package osnet_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// local allows everything on the loopback addresses.
var local = []string{"127.0.0.1:*", "[::1]:*", "localhost:*"}

// world returns a stack on the machine's network, closed when the test ends.
func world(t testing.TB, rules ...string) (*sim.Scheduler, *stack.Stack) {
	t.Helper()
	allow, err := osnet.ParseAllow(rules...)
	if err != nil {
		t.Fatal(err)
	}
	s := sim.New(sim.Options{Wall: true})
	n, err := osnet.New(s, allow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, stack.New(s, s.Root().NewGroup("machine"), n, "test")
}

// run runs f as the main task and fails the test if the run fails.
func run(t testing.TB, s *sim.Scheduler, f func()) {
	t.Helper()
	if err := s.Run(s.Root().Go("main", f)); err != nil {
		t.Fatal(err)
	}
}
