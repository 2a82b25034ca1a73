//go:build linux || darwin

package osnet

import (
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// state names the socket's state as ss does.
func (s *socket) state() string {
	switch {
	case s.closed || s.fd < 0:
		return "CLOSED"
	case s.kind == stack.UDP:
		if s.RemoteAddr().IsValid() {
			return "ESTAB"
		}
		return "UNCONN"
	case s.listener:
		return "LISTEN"
	}
	if name := tcpState(s.fd); name != "" {
		return name
	}
	switch {
	case s.RemoteAddr().IsValid():
		return "ESTAB"
	case s.target.IsValid():
		return "SYN-SENT"
	}
	return "UNCONN"
}

func (s *socket) info() stack.SocketInfo {
	i := stack.SocketInfo{Kind: s.kind, State: s.state(), Local: s.LocalAddr(), Remote: s.RemoteAddr(), Process: s.label}
	if s.fd >= 0 {
		i.RecvQueue, i.SendQueue = queued(s.fd, s.listener)
	}
	return i
}

// String returns kind, state and addresses: "tcp ESTAB 127.0.0.1:4000 - 127.0.0.1:80".
func (s *socket) String() string {
	text := s.kind.String() + " " + s.state()
	if local := s.LocalAddr(); local.IsValid() {
		text += " " + local.String()
	}
	peer := s.RemoteAddr()
	if !peer.IsValid() {
		peer = s.target
	}
	if peer.IsValid() {
		text += " - " + peer.String()
	}
	return text
}
