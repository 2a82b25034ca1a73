package vnet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A natWorld is a home behind a NAT, and two servers on the other side of an ISP's router:
//
//	h1, h2 -- home 192.168.1.0/24 -- box -- 10.0.2.0/24 -- isp -- s1 (10.0.3.2), s2 (10.0.4.2)
type natWorld struct {
	*world
	h1, h2, box, isp, s1, s2 *Host
	home, up                 *Link
	nat                      *NAT
	spoilt                   int // packets with a wrong checksum, quoted ones too
}

func newNATWorld(t testing.TB, seed uint64, o NATOptions) *natWorld {
	w := &natWorld{world: newWorld(t, seed)}
	lan := must(w.Network.Lan("home", netip.MustParsePrefix("192.168.1.0/24")))
	w.h1, w.h2, w.box, w.isp, w.s1, w.s2 = w.host("h1"), w.host("h2"), w.router("box"), w.router("isp"), w.host("s1"), w.host("s2")
	ms := LinkOptions{Shape: Shape{Delay: time.Millisecond}}
	w.link(w.h1, lan, ms)
	w.link(w.h2, lan, ms)
	w.home = w.link(w.box, lan, ms)
	w.up = w.link(w.box, w.isp, ms)
	w.link(w.isp, w.s1, ms)
	w.link(w.isp, w.s2, ms)
	o.Outside = w.up
	w.nat = must(w.box.SetNAT(&o))
	w.Observe(func(e Event) {
		if e.Kind == Sent || e.Kind == Forwarded {
			w.inspect(e.Packet)
		}
	})
	return w
}

// inspect counts p if its bytes or those of the packet that it quotes have a wrong checksum.
func (w *natWorld) inspect(p *Packet) {
	q, err := Unmarshal(p.Marshal())
	if err != nil || !q.ChecksumValid() {
		w.spoilt++
		return
	}
	if b := q.Payload; q.isError() && len(b) >= ipv4HeaderLen && b[0]>>4 == 4 {
		whole := int(binary.BigEndian.Uint16(b[2:])) == len(b)
		quote, err := Unmarshal(b)
		if sum(0, b[:ipv4HeaderLen]) != 0xffff || whole && (err != nil || !quote.ChecksumValid()) {
			w.spoilt++
		}
	}
}

func (w *natWorld) run(f func()) {
	w.Helper()
	w.world.run(f)
	equal(w, "packets with wrong checksums", w.spoilt, 0)
}

// send sends a datagram and lets it arrive.
func (w *natWorld) send(s *udpSocket, to netip.AddrPort) {
	must(s.WriteTo([]byte("x"), to))
	w.sched.Sleep(100 * time.Millisecond)
}

// seen sends a datagram from one socket to another and returns the source that arrives, or the zero value if nothing does.
func (w *natWorld) seen(from, at *udpSocket, to netip.AddrPort) netip.AddrPort {
	w.send(from, to)
	if !at.CanRead() {
		return netip.AddrPort{}
	}
	_, src := w.receive(at)
	return src
}

// greeter makes a host take connections on a port over both IP versions, and say hello to each.
func (w *natWorld) greeter(h *Host, port uint16) {
	for _, any := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		l := must(h.Socket(stack.TCP, stack.FamilyOf(any))).(*tcpSocket)
		if any.Is6() {
			ok(w, l.SetOption(stack.V6Only, true))
		}
		ok(w, l.Bind(ap(any, port)))
		ok(w, l.Listen(10))
		h.Group().Go("greeter", func() { w.greet(h, l) })
	}
}

func (w *natWorld) greet(h *Host, l *tcpSocket) {
	for {
		stack.WaitReadable(w.sched, l, "accept", time.Time{})
		c, err := l.Accept()
		if err != nil {
			return
		}
		stack.NewConn(w.sched, c).Write([]byte("hello from " + h.name + " to " + c.RemoteAddr().String()))
		c.Close()
	}
}

// greeting connects from a host and returns what it is told, or the error.
func (w *natWorld) greeting(h *Host, to netip.AddrPort) string {
	c := must(h.Socket(stack.TCP, stack.FamilyOf(to.Addr())))
	defer c.Close()
	if err := stack.Connect(w.sched, c, to, w.sched.Now().Add(10*time.Second)); err != nil {
		return cause(err).Error()
	}
	b := make([]byte, 100)
	n, err := stack.NewConn(w.sched, c).Read(b)
	if err != nil {
		return cause(err).Error()
	}
	return string(b[:n])
}

func (w *natWorld) table() string {
	var b strings.Builder
	for _, m := range w.nat.Mappings() {
		fmt.Fprintf(&b, "%v %v=%v", m.Proto, m.Inside, m.Outside)
		for _, p := range m.Peers {
			fmt.Fprintf(&b, " %v", p.Remote)
			if p.State != "" {
				b.WriteString(" " + p.State)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
