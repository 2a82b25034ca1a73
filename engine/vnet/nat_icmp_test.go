package vnet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"pgregory.net/rapid"
)

func TestPingThroughNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	var from []netip.Addr
	w.Observe(func(e Event) {
		if e.Kind == Delivered && e.Node == "s1" {
			from = append(from, e.Packet.Src)
		}
	})
	w.run(func() {
		for _, h := range []*Host{w.h1, w.h2} {
			h.icmp.id = 77 // both choose the same identifier
			r := must(h.Ping(addr4(w.s1), PingOptions{}))
			equal(t, "from", r.From, addr4(w.s1))
			equal(t, "RTT", r.RTT, 8*time.Millisecond)
		}
		equal(t, "what the server saw", fmt.Sprint(from), "[10.0.2.1 10.0.2.1]")
		equal(t, "mappings", len(w.nat.Mappings()), 2)
		equal(t, "first identifier", w.nat.Mappings()[0].Outside.Port(), 77)
		if w.nat.Mappings()[1].Outside.Port() == 77 {
			t.Error("two hosts share an identifier")
		}
		_, err := w.s1.Ping(w.nat.Address(), PingOptions{})
		ok(t, err)
		_, err = w.h1.Ping(w.nat.Address(), PingOptions{})
		ok(t, err)
		_, err = w.box.Ping(addr4(w.s1), PingOptions{})
		ok(t, err)
		r, err := w.s1.Ping(addr4(w.h1), PingOptions{})
		wantErr(t, "to an inside address", err, stack.ErrNetUnreachable)
		equal(t, "says", r.From, w.nat.Address())
		w.sched.Sleep(61 * time.Second)
		equal(t, "table", w.table(), "")
	})
}

func TestTracerouteThroughNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	w.run(func() {
		path := ""
		for _, hop := range must(w.h1.Traceroute(addr4(w.s1), 0)) {
			path += hop.Addr.String() + " "
		}
		equal(t, "path", path, "192.168.1.3 10.0.2.2 10.0.3.2 ")
	})
}

func TestPortUnreachableThroughNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{RandomPorts: true})
	refused := func(h *Host, to netip.AddrPort) error {
		c := must(h.Socket(stack.UDP, stack.IPv4))
		defer c.Close()
		ok(t, c.Connect(to))
		must(c.Write([]byte("anybody there?")))
		w.sched.Sleep(time.Second)
		return c.TakeError()
	}
	ok(t, w.nat.Forward(UDP, 53, ap(addr4(w.h1), 53)))
	var seen []string
	w.Observe(func(e Event) {
		if e.Kind == Delivered && e.Node == "s2" && e.Packet.isError() {
			q, _ := parseQuote(e.Packet.Payload)
			seen = append(seen, fmt.Sprint(e.Packet.Src, q.Dst, q.UDP.DstPort))
		}
	})
	w.run(func() {
		wantErr(t, "from inside", refused(w.h1, ap(addr4(w.s1), 9)), stack.ErrRefused)
		wantErr(t, "to a forwarded port", refused(w.s2, ap(w.nat.Address(), 53)), stack.ErrRefused)
		equal(t, "what the outside saw", fmt.Sprint(seen), "[10.0.2.1 10.0.2.1 53]")
		wantErr(t, "inside to inside by the outside address", refused(w.h2, ap(w.nat.Address(), 53)), stack.ErrRefused)
	})
}

// An error of the NAT's own about a packet that it has translated already names the outside address.
func TestHopLimitAtNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	ok(t, w.nat.Forward(UDP, 53, ap(addr4(w.h1), 53)))
	c := w.udp(w.s1, 4000)
	ok(t, c.SetOption(stack.HopLimit, 2))
	var quoted []netip.Addr
	w.Observe(func(e Event) {
		if e.Kind == Delivered && e.Node == "s1" && e.Packet.isError() {
			q, _ := parseQuote(e.Packet.Payload)
			quoted = append(quoted, q.Dst)
		}
	})
	w.run(func() { w.send(c, ap(w.nat.Address(), 53)) })
	equal(t, "quoted", fmt.Sprint(quoted), "[10.0.2.1]")
}

// TCP behind the NAT learns that the path has a smaller MTU further on.
func TestPathMTUThroughNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{})
	far, s3 := w.router("far"), w.host("s3")
	w.link(w.isp, far, LinkOptions{MTU: 600})
	w.wire(far, s3)
	w.greeter(s3, 80)
	w.run(func() {
		_, err := w.h1.Ping(addr4(s3), PingOptions{Size: 3000}) // in fragments, there and back
		ok(t, err)
		c := must(w.h1.Socket(stack.TCP, stack.IPv4)).(*tcpSocket)
		ok(t, stack.Connect(w.sched, c, ap(addr4(s3), 80), time.Time{}))
		must(stack.NewConn(w.sched, c).Write(make([]byte, 5000)))
		w.sched.Sleep(10 * time.Second)
		equal(t, "MTU", w.h1.mtu(addr4(s3)), 600)
		c.Close()
	})
}

func TestFragmentsThroughNAT(t *testing.T) {
	w := newNATWorld(t, 1, NATOptions{RandomPorts: true})
	ok(t, w.up.SetMTU(400))
	a, s := w.udp(w.h1, 5000), w.udp(w.s1, 1)
	w.run(func() {
		must(a.WriteTo(pattern(4000, 1), ap(addr4(w.s1), 1)))
		got, from := w.receive(s)
		equal(t, "out", got, string(pattern(4000, 1)))
		must(s.WriteTo(pattern(5000, 2), from))
		got, _ = w.receive(a)
		equal(t, "in", got, string(pattern(5000, 2)))
		equal(t, "left", len(w.box.pieces.order), 0)
	})
}

// A quotation keeps right checksums right, whatever the packet and the new endpoint are.
func TestRequoteKeepsChecksums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, rapid.Uint32().Draw(t, "addr"))))
		})
		p := &Packet{Src: addr.Draw(t, "src"), Dst: addr.Draw(t, "dst"), HopLimit: 7, Payload: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "payload")}
		p.Proto = rapid.SampledFrom([]Protocol{TCP, UDP, ICMP, 99}).Draw(t, "proto")
		p.TCP.Seq, p.ICMP.Type = rapid.Uint32().Draw(t, "seq"), echoRequest4
		to := ap(addr.Draw(t, "to"), rapid.Uint16().Draw(t, "port"))
		src := rapid.Bool().Draw(t, "source")
		p.setPort(!src, rapid.Uint16().Draw(t, "other port"))
		q, err := Unmarshal(requote(p.Marshal(), src, to))
		if err != nil || !q.ChecksumValid() {
			t.Fatalf("%v, checksum %v", err, q != nil && q.ChecksumValid())
		}
		want := p.Clone()
		if src {
			want.Src = to.Addr()
		} else {
			want.Dst = to.Addr()
		}
		if want.Proto == 99 { // the first bytes of any protocol are where ports would be; it is never translated
			return
		}
		want.setPort(src, to.Port())
		if string(want.Marshal()) != string(q.Marshal()) {
			t.Fatalf("got %+v, want %+v", q, want)
		}
	})
}

// No quotation of an ICMP error harms the NAT, however short or strange it is.
func FuzzNATError(f *testing.F) {
	p := &Packet{Src: netip.MustParseAddr("10.0.2.1"), Dst: netip.MustParseAddr("10.0.3.2"), Proto: UDP, UDP: UDPHeader{5000, 1}, HopLimit: 3, Payload: []byte("x")}
	b := p.Marshal()
	f.Add(b)
	f.Add(b[:20])
	f.Add(b[:24])
	f.Fuzz(func(t *testing.T, quote []byte) {
		w := newNATWorld(t, 1, NATOptions{})
		a, s := w.udp(w.h1, 5000), w.udp(w.s1, 1)
		w.world.run(func() {
			w.seen(a, s, ap(addr4(w.s1), 1))
			for _, h := range []*Host{w.s1, w.h1} {
				e := &Packet{Src: h.Addrs()[0], Dst: w.nat.Address(), Proto: ICMP, ICMP: ICMPHeader{Type: 3, Code: 3}, Payload: quote}
				if h == w.h1 {
					e.Dst = addr4(w.s1)
				}
				h.Inject(e)
			}
			w.sched.Sleep(time.Second)
		})
	})
}
