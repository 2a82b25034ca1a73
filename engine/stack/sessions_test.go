package stack_test

import (
	"net"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestSessionsEnd checks that Close ends Serve and the connections that are counted, and that nothing is counted afterwards.
func TestSessionsEnd(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		var a stack.Sessions
		l, err := st.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		c, sock := connected(t, st, n)
		leave, ok := a.Enter(c, 1)
		if _, second := a.Enter(c, 1); !ok || second || a.Len() != 1 {
			t.Errorf("entered %v, a second time %v, %d counted", ok, second, a.Len())
		}
		s.After(time.Second, a.Close)
		if err := a.Serve(st, l, "session", nil, func(net.Conn) { t.Error("a session") }); err != nil || s.Elapsed() != time.Second {
			t.Errorf("Serve = %v at %v", err, s.Elapsed())
		}
		if !sock.Closed() || !a.Closed() {
			t.Error("Close left a connection open")
		}
		leave()
		if _, ok := a.Enter(c, 9); ok || a.Len() != 0 {
			t.Errorf("after Close a connection was counted")
		}
		if l, err = st.Listen("tcp", ":81"); err != nil {
			t.Fatal(err)
		}
		if err := a.Serve(st, l, "session", nil, nil); err != nil || s.Elapsed() != time.Second {
			t.Errorf("Serve after Close = %v at %v", err, s.Elapsed())
		}
	})
}

// TestSessionsThatMayNotStart checks that a connection whose task may not start is closed.
func TestSessionsThatMayNotStart(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		var a stack.Sessions
		l, err := st.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		accepted := &socket{net: n}
		n.open++
		l.Socket().(*socket).pending = []stack.Socket{accepted}
		s.After(time.Second, a.Close)
		a.Serve(st, l, "session", func(string, func()) bool { return false }, func(net.Conn) { t.Error("a session") })
		if !accepted.Closed() {
			t.Error("the connection is open")
		}
	})
}
