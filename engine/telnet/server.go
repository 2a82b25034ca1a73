package telnet

import (
	"fmt"
	"net"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Server answers on any number of listeners. Session is needed; set the fields before the first connection.
type Server struct {
	// Session talks with a client; when it returns, the connection is closed.
	Session func(c *Conn)

	Settings Settings // Serves is always set
	Quiet    bool     // ask for no options
	Echo     bool     // take each character as it is typed, and echo it
	Sessions int      // at a time; 0 means 1,000

	// Go starts the task of a session; nil is Stack.Go.
	Go stack.Spawn

	sessions stack.Sessions
}

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "telnet session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("telnet: accept: %w", err)
	}
	return nil
}

// ServeConn talks with one client and closes the connection.
func (s *Server) ServeConn(st *stack.Stack, conn net.Conn) {
	defer conn.Close()
	if task := st.Scheduler().Current(); task != nil {
		task.Daemon = true // a client that says nothing more does not keep the world going
	}
	most := s.Sessions
	if most <= 0 {
		most = 1000
	}
	leave, ok := s.sessions.Enter(conn, most)
	defer leave()
	if !ok {
		return
	}
	settings := s.Settings
	settings.Serves = true
	c := New(st, stack.NewLink(st, conn), settings)
	if !s.Quiet && c.Start(s.Echo) != nil {
		return
	}
	s.Session(c)
}

// Close closes the listeners and breaks every session off.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many sessions there are.
func (s *Server) Active() int { return s.sessions.Len() }
