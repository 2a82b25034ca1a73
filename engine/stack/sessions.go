package stack

import (
	"errors"
	"net"
	"slices"
	"time"
)

// Sessions are the connections that a server has taken. The zero value is ready for use.
type Sessions struct {
	listeners []net.Listener
	conns     []net.Conn
	closed    bool
}

// Spawn starts a task, or reports that there may be no more.
type Spawn func(name string, f func()) bool

// Serve takes the connections of l and calls session for each in a task called name that spawn starts (nil: st.Go). It returns nil when
// Close was called or l was closed, and otherwise why l fails; l is closed then. When the process has as many sockets as it may, it waits
// until a session has ended.
func (a *Sessions) Serve(st *Stack, l net.Listener, name string, spawn Spawn, session func(net.Conn)) error {
	defer l.Close()
	if spawn == nil {
		spawn = func(name string, f func()) bool { st.Go(name, f); return true }
	}
	if a.closed {
		return nil
	}
	a.listeners = append(a.listeners, l)
	for {
		c, err := l.Accept()
		switch {
		case a.closed:
			if err == nil {
				c.Close()
			}
			return nil
		case err == nil:
			if !spawn(name, func() { session(c) }) {
				c.Close()
			}
		case errors.Is(err, net.ErrClosed):
			return nil
		case Code(err) == "limit":
			st.Sleep(time.Second)
		case Code(err) != "reset": // a client that went away before it was taken
			return err
		}
	}
}

// Enter counts a connection until leave is called. When there are most already, or after Close, ok is false, and the connection is
// not counted.
func (a *Sessions) Enter(c net.Conn, most int) (leave func(), ok bool) {
	if a.closed || len(a.conns) >= most {
		return func() {}, false
	}
	a.conns = append(a.conns, c)
	return func() { a.conns = slices.DeleteFunc(a.conns, func(o net.Conn) bool { return o == c }) }, true
}

// Len returns how many connections are counted.
func (a *Sessions) Len() int { return len(a.conns) }

// Closed reports whether Close was called.
func (a *Sessions) Closed() bool { return a.closed }

// Close closes the listeners and the connections that are counted.
func (a *Sessions) Close() {
	a.closed = true
	for _, l := range a.listeners {
		l.Close()
	}
	a.listeners = nil
	for _, c := range slices.Clone(a.conns) {
		c.Close()
	}
}
