package dns

import (
	"errors"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A conn is a TCP connection of a client.
type conn struct {
	*stack.Conn
	server *Server
	task   *sim.Task
}

// serveTCP accepts connections until the socket is closed.
func (s *Server) serveTCP(listener stack.Socket) {
	sched := s.Stack.Scheduler()
	for {
		sock, err := s.Stack.Accept(listener)
		switch {
		case err == nil:
			s.accepted(stack.NewConn(sched, sock))
		case errors.Is(err, stack.ErrWouldBlock):
			stack.WaitReadable(sched, listener, "accept", time.Time{})
		case listener.Closed():
			return
		default: // no descriptor left, or the client has gone
			sched.Sleep(100 * time.Millisecond)
		}
	}
}

// accepted starts to serve a connection. To make room it closes the one that was silent longest (RFC 7766 6.2.3).
func (s *Server) accepted(nc *stack.Conn) {
	s.stats.Conns++
	limit := s.Conns
	if limit == 0 {
		limit = DefaultConns
	}
	for len(s.conns) >= limit {
		s.stats.Evicted++
		oldest := s.conns[0]
		s.conns = slices.Delete(s.conns, 0, 1)
		oldest.Close()
	}
	c := &conn{Conn: nc, server: s}
	s.conns = append(s.conns, c)
	c.task = s.Stack.Go("dns connection", c.serve)
}

func (s *Server) idle() time.Duration {
	if s.Idle > 0 {
		return s.Idle
	}
	return DefaultIdle
}

// serve answers the messages of a connection one after the other. Each has to arrive, and its reply to be taken, within the idle time.
func (c *conn) serve() {
	s := c.server
	defer func() {
		s.conns = slices.DeleteFunc(s.conns, func(x *conn) bool { return x == c })
		if !c.Socket().Closed() {
			c.Close()
		}
	}()
	local, remote := c.Socket().LocalAddr(), c.Socket().RemoteAddr()
	for {
		c.SetDeadline(s.Stack.Now().Add(s.idle()))
		raw, err := wire.Width16.ReadFrame(c, 0)
		if err != nil {
			return
		}
		s.stats.TCP++
		c.used()
		r := &request{server: s, raw: raw, from: remote, to: local, conn: c}
		reply := r.respond(nil)
		if len(reply) == 0 {
			if r.handled {
				continue
			}
			return
		}
		if err := c.send(reply); err != nil {
			return
		}
	}
}

// used makes the connection the one that was silent shortest.
func (c *conn) used() {
	s := c.server
	if i := slices.Index(s.conns, c); i >= 0 && i < len(s.conns)-1 {
		s.conns = append(slices.Delete(s.conns, i, i+1), c)
	}
}

// send writes one message within the idle time.
func (c *conn) send(message []byte) error {
	c.SetWriteDeadline(c.server.Stack.Now().Add(c.server.idle()))
	return wire.Width16.WriteFrame(c, message)
}
