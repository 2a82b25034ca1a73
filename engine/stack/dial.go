package stack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"
)

// A Dialer says how to open a connection. The zero value has no timeout of its own and leaves the local address to the stack.
type Dialer struct {
	Timeout time.Duration  // for the look-up and all addresses of the name together; 0 means none
	Local   netip.AddrPort // zero address or port: any
}

// Dial connects to address, "host:port", with network "tcp", "tcp4", "tcp6", "udp", "udp4" or "udp6". The addresses of the
// name are tried in turn; the error is that of the last.
func (s *Stack) Dial(network, address string) (*Conn, error) {
	return Dialer{}.Dial(s, network, address)
}

// Dial connects as Stack.Dial does.
func (d Dialer) Dial(s *Stack, network, address string) (*Conn, error) {
	kind, family, err := parseNetwork(network)
	if err != nil {
		return nil, err
	}
	var deadline time.Time
	if d.Timeout > 0 {
		deadline = s.Now().Add(d.Timeout)
	}
	targets, err := s.resolve(address, family)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	for _, to := range targets {
		var sock Socket
		if sock, err = s.connect(kind, d.Local, to, deadline); err == nil {
			return NewConn(s.sched, sock), nil
		}
		err = &net.OpError{Op: "dial", Net: network, Addr: addr(kind, to), Err: err}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	return nil, err
}

// connect opens a socket and connects it to one address.
func (s *Stack) connect(k Kind, local, to netip.AddrPort, deadline time.Time) (Socket, error) {
	sock, err := s.Socket(k, FamilyOf(to.Addr()))
	if err != nil {
		return nil, err
	}
	if local.Addr().IsValid() || local.Port() != 0 {
		err = sock.Bind(local)
	}
	if err == nil {
		err = Connect(s.sched, sock, to, deadline)
	}
	if err != nil {
		sock.Close()
		return nil, err
	}
	return sock, nil
}

// Listen listens on address, "host:port" or ":port"; port 0 draws one.
func (s *Stack) Listen(network, address string) (*Listener, error) {
	kind, family, err := parseNetwork(network)
	if err == nil && kind != TCP {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, err
	}
	sock, err := s.bound(TCP, family, address)
	if err == nil {
		if err = sock.Listen(128); err != nil {
			sock.Close()
		}
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: fmt.Errorf("%s: %w", address, err)}
	}
	return &Listener{newEndpoint(s.sched, sock), s}, nil
}

// ListenPacket opens a UDP socket on address.
func (s *Stack) ListenPacket(network, address string) (*PacketConn, error) {
	kind, family, err := parseNetwork(network)
	if err == nil && kind != UDP {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, err
	}
	sock, err := s.bound(UDP, family, address)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: fmt.Errorf("%s: %w", address, err)}
	}
	return &PacketConn{newEndpoint(s.sched, sock)}, nil
}

func (s *Stack) bound(k Kind, f Family, address string) (Socket, error) {
	local, err := s.resolve(address, f)
	if err != nil {
		return nil, err
	}
	sock, err := s.Socket(k, FamilyOf(local[0].Addr()))
	if err != nil {
		return nil, err
	}
	if k == TCP {
		err = sock.SetOption(ReuseAddr, true)
	}
	if err == nil {
		err = sock.Bind(local[0])
	}
	if err != nil {
		sock.Close()
		return nil, err
	}
	return sock, nil
}

// resolve turns "host:port" into addresses of a family. An empty host is the unspecified IPv4 address, or IPv6's if asked for.
func (s *Stack) resolve(address string, f Family) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, &net.AddrError{Err: "port is not a number from 0 to 65535", Addr: address}
	}
	if host == "" {
		any := netip.IPv4Unspecified()
		if f == IPv6 {
			any = netip.IPv6Unspecified()
		}
		return []netip.AddrPort{netip.AddrPortFrom(any, uint16(port))}, nil
	}
	addrs, err := s.LookupHost(host)
	if err != nil {
		return nil, err
	}
	var out []netip.AddrPort
	for _, a := range addrs {
		if f == Any || f == FamilyOf(a) {
			out = append(out, netip.AddrPortFrom(a, uint16(port)))
		}
	}
	if len(out) == 0 {
		return nil, &LookupError{host, ErrHostNotFound}
	}
	return out, nil
}

func parseNetwork(network string) (Kind, Family, error) {
	switch network {
	case "tcp":
		return TCP, Any, nil
	case "tcp4":
		return TCP, IPv4, nil
	case "tcp6":
		return TCP, IPv6, nil
	case "udp":
		return UDP, Any, nil
	case "udp4":
		return UDP, IPv4, nil
	case "udp6":
		return UDP, IPv6, nil
	}
	return 0, 0, net.UnknownNetworkError(network)
}
