package dns

import (
	"errors"
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// burst is how many datagrams are answered before other tasks have their turn.
const burst = 64

// serveUDP answers what comes to a socket, until it is closed.
func (s *Server) serveUDP(sock stack.Socket) {
	sched := s.Stack.Scheduler()
	in, out := make([]byte, 65535), make([]byte, 0, 4096)
	failed := 0
	for turn := 1; ; turn++ {
		n, from, err := sock.ReadFrom(in)
		switch {
		case err == nil:
			failed = 0
			out = s.datagram(sock, in[:n], from, out[:0])
			if turn%burst == 0 {
				sched.Sleep(0)
			}
		case errors.Is(err, stack.ErrWouldBlock):
			turn = 0
			stack.WaitReadable(sched, sock, "read", time.Time{})
		case sock.Closed():
			return
		default: // an ICMP error that answers an earlier reply
			if failed++; failed > 10 {
				sched.Sleep(10 * time.Millisecond)
			}
		}
	}
}

// datagram answers one datagram. It returns the buffer for the next reply.
func (s *Server) datagram(sock stack.Socket, in []byte, from netip.AddrPort, out []byte) []byte {
	s.stats.UDP++
	watched := s.Stack.Watched()
	if !watched && s.Answer == nil {
		if out = s.cache.get(in, out); len(out) > 0 {
			s.stats.Cached++
			s.count(out, miekg.RcodeSuccess)
			s.send(sock, out, from)
			return out
		}
	}
	r := &request{server: s, raw: in, from: from, to: sock.LocalAddr()}
	if r.quick = s.Answer != nil && s.Known != nil; r.quick || s.Answer == nil {
		if out = r.respond(out); len(out) > 0 {
			s.send(sock, out, from)
		}
		if !r.later {
			return out
		}
		r = &request{server: s, from: from, to: r.to, told: r.told}
	}
	tasks := s.Tasks
	if tasks == 0 {
		tasks = DefaultTasks
	}
	if s.working >= tasks {
		s.stats.Dropped++
		return out
	}
	s.working++
	r.raw = append([]byte(nil), in...)
	s.Stack.Go("dns answer", func() {
		defer func() { s.working-- }()
		if reply := r.respond(nil); len(reply) > 0 && !sock.Closed() {
			s.send(sock, reply, from)
		}
	})
	return out
}

// send sends a reply. It waits while the socket has no room.
func (s *Server) send(sock stack.Socket, reply []byte, to netip.AddrPort) {
	for {
		_, err := sock.WriteTo(reply, to)
		if !errors.Is(err, stack.ErrWouldBlock) {
			return
		}
		stack.WaitWritable(s.Stack.Scheduler(), sock, "write", s.Stack.Now().Add(time.Second))
		if sock.Closed() {
			return
		}
	}
}
