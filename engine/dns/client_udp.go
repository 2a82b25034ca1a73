package dns

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// room returns where to read a datagram. It is the client's own, since nothing waits between reading and parsing.
func (x *exchange) room() []byte {
	n := readSize
	for i := range x.asked {
		if opt := x.asked[i].msg.IsEdns0(); opt != nil {
			n = max(n, int(opt.UDPSize()))
		}
	}
	if len(x.owner.buffer) < n {
		x.owner.buffer = make([]byte, n)
	}
	return x.owner.buffer
}

// udp asks over UDP. An error is one of all questions.
func (x *exchange) udp() error {
	if x.done() {
		return nil
	}
	p := x.c.Port
	if p == nil {
		sock, err := x.c.connect(x.server)
		if err != nil {
			return err
		}
		defer sock.Close()
		p = &SharedPort{sock: sock, connected: true}
	} else if err := p.open(x.c.Stack, x.server); err != nil {
		return err
	}
	p.waiting = append(p.waiting, x)
	defer p.forget(x)
	tries := x.c.Tries
	if tries <= 0 {
		tries = defaultTries
	}
	for range tries {
		if err := x.sendUDP(p); err != nil {
			return err
		}
		if err := x.await(p, x.c.Stack.Now().Add(x.c.timeout())); err != nil {
			return err
		}
		if x.done() {
			return nil
		}
	}
	for i := range x.asked {
		if a := &x.asked[i]; a.open() {
			if a.err = os.ErrDeadlineExceeded; a.heard != nil {
				a.err = a.heard
			}
		}
	}
	return nil
}

// connect opens a UDP socket that hears nobody but the server, on a port of its own.
func (c *Client) connect(server netip.AddrPort) (stack.Socket, error) {
	sock, err := c.Stack.Socket(stack.UDP, stack.FamilyOf(server.Addr()))
	if err != nil {
		return nil, err
	}
	if err := c.bind(sock); err != nil {
		sock.Close()
		return nil, err
	}
	if err := sock.Connect(server); err != nil {
		sock.Close()
		return nil, err
	}
	return sock, nil
}

// bind draws a source port from all that are not reserved (RFC 5452 section 9.2). Where the network allows only ports of its own
// choice, as the allow list of the machine's does, that is left to it.
func (c *Client) bind(sock stack.Socket) error {
	const first, draws = 1024, 8
	any := netip.IPv4Unspecified()
	if sock.Family() == stack.IPv6 {
		any = netip.IPv6Unspecified()
	}
	if c.FromPort != 0 {
		return sock.Bind(netip.AddrPortFrom(any, c.FromPort))
	}
	for range draws {
		port := uint16(first + c.Stack.Rand().IntN(1<<16-first))
		err := sock.Bind(netip.AddrPortFrom(any, port))
		if err == nil || errors.Is(err, stack.ErrAccess) {
			return nil
		}
		if !errors.Is(err, stack.ErrAddrInUse) {
			return err
		}
	}
	return nil
}

func (x *exchange) sendUDP(p *SharedPort) error {
	for i := range x.asked {
		a := &x.asked[i]
		if !a.open() {
			continue
		}
		if x.c.Stack.Watched() {
			x.c.Stack.Message(stack.Message{Local: net.UDPAddrFromAddrPort(p.sock.LocalAddr()), Remote: net.UDPAddrFromAddrPort(x.server), Text: Describe(a.msg)})
		}
		var err error
		if p.connected {
			_, err = p.sock.Write(a.wire)
		} else {
			_, err = p.sock.WriteTo(a.wire, x.server)
		}
		if err != nil && !errors.Is(err, stack.ErrWouldBlock) { // a full queue loses it, as the network may
			return err
		}
		a.at = x.c.Stack.Now()
		a.sent++
	}
	return nil
}

// await reads until every question is answered or the deadline has passed.
func (x *exchange) await(p *SharedPort, deadline time.Time) error {
	s := x.c.Stack
	for !x.done() {
		if !s.Now().Before(deadline) {
			return nil
		}
		if p.sock.Closed() {
			return net.ErrClosed
		}
		buffer := x.room()
		n, from, err := p.sock.ReadFrom(buffer)
		switch {
		case err == nil:
			p.deliver(buffer[:n], from)
		case errors.Is(err, stack.ErrWouldBlock):
			s.Scheduler().Wait(sim.Wait{Call: "ask", On: p.sock}, deadline, p.sock.Readable(), &x.more)
		default:
			return err
		}
	}
	return nil
}
