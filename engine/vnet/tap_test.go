package vnet

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// upper answers a line in capitals to one client on host b of a tcpWorld, and returns what the client got.
func upperOver(t *testing.T, prepare func(w *tcpWorld)) (got string, err error) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	prepare(w)
	w.run(func() {
		client, server := w.pair()
		w.sched.Root().Go("server", func() {
			buf := make([]byte, 100)
			n, _ := stack.NewConn(w.sched, server).Read(buf)
			w.write(server, bytes.ToUpper(buf[:n]))
		})
		ok(t, w.write(client, []byte("pay alice 10")))
		c := stack.NewConn(w.sched, client)
		c.SetReadDeadline(w.sched.Now().Add(time.Minute))
		buf := make([]byte, 100)
		var n int
		n, err = c.Read(buf)
		got = string(buf[:n])
		client.Close()
		server.Close()
		w.a.Crash()
		w.b.Crash()
	})
	return got, err
}

// A tap that changes bytes but not their number is not noticed by anybody.
func TestTapRewrites(t *testing.T) {
	got, err := upperOver(t, func(w *tcpWorld) {
		w.link.SetTap(AB, func(p *Packet) {
			p.Payload = bytes.ReplaceAll(p.Payload, []byte("alice"), []byte("mitch"))
			ok(t, w.link.Send(AB, p))
		})
		w.net.Observe(func(e Event) {
			if q, err := Unmarshal(e.Packet.Marshal()); e.Kind == Dropped && e.Reason != HostDown || err != nil || !q.ChecksumValid() {
				t.Errorf("%v %v: %v", e.Kind, e.Reason, err)
			}
		})
	})
	ok(t, err)
	equal(t, "answer", got, "PAY MITCH 10")
}

// A tap that changes their number breaks the connection: the server acknowledges bytes that the client has not sent.
func TestTapThatChangesLengths(t *testing.T) {
	got, err := upperOver(t, func(w *tcpWorld) {
		w.link.SetTap(AB, func(p *Packet) {
			p.Payload = bytes.ReplaceAll(p.Payload, []byte("alice"), []byte("somebody else"))
			ok(t, w.link.Send(AB, p))
		})
	})
	if err == nil && got == "PAY SOMEBODY ELSE 10" {
		t.Error("the connection went on as if nothing had happened")
	}
}

func TestTapDropsDelaysAndAdds(t *testing.T) {
	w := newWorld(t, 1)
	a, b, links := w.line(0, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	l := links[0]
	s, c := w.udp(b, 9), w.udp(a, 0)
	var drops []string
	w.Observe(func(e Event) {
		if e.Kind == Dropped {
			drops = append(drops, e.Node+" "+e.Reason.String())
		}
	})
	l.SetTap(AB, func(p *Packet) {
		switch string(p.Payload) {
		case "drop":
			l.Swallow(AB, p)
		case "later":
			w.sched.After(time.Second, func() { ok(t, l.Send(AB, p)) })
		case "twice":
			ok(t, l.Send(AB, p))
			ok(t, l.Send(AB, p))
		case "bounce": // a forged answer
			ok(t, l.Send(BA, &Packet{Src: p.Dst, Dst: p.Src, Proto: UDP, UDP: UDPHeader{p.UDP.DstPort, p.UDP.SrcPort}, Payload: []byte("forged")}))
		default:
			ok(t, l.Send(AB, p))
		}
	})
	w.run(func() {
		for _, text := range []string{"drop", "later", "twice", "pass", "bounce"} {
			must(c.WriteTo([]byte(text), ap(addr4(b), 9)))
		}
		var got []string
		for range 4 {
			text, _ := w.receive(s)
			got = append(got, fmt.Sprint(text, " ", w.sched.Elapsed()))
		}
		equal(t, "at the server", fmt.Sprint(got), "[twice 1ms twice 1ms pass 1ms later 1.001s]")
		text, from := w.receive(c)
		equal(t, "at the client", text+" from "+from.String(), "forged from 10.0.1.2:9")
		l.SetTap(AB, nil)
		must(c.WriteTo([]byte("drop"), ap(addr4(b), 9)))
		text, _ = w.receive(s)
		equal(t, "after the tap", text, "drop")
	})
	equal(t, "drops", fmt.Sprint(drops), "[a tap]")
	equal(t, "counted", l.Stats(AB).Tapped, 1)
}

func TestTapOnLan(t *testing.T) {
	w := newWorld(t, 1)
	_, h := w.lan(3, LinkOptions{})
	l := h[0].ifaces[0].link
	w.run(func() {
		s, c := w.udp(h[1], 9), w.udp(h[0], 7)
		p := &Packet{Src: addr4(h[2]), Dst: addr4(h[1]), Proto: UDP, UDP: UDPHeader{1, 9}, Payload: []byte("hi")}
		ok(t, l.Send(l.From(h[0]), p))
		text, from := w.receive(s)
		equal(t, "towards the LAN", text+from.String(), "hi192.168.1.3:1")
		p.Dst, p.UDP.DstPort = addr4(h[0]), 7
		ok(t, l.Send(1-l.From(h[0]), p))
		text, _ = w.receive(c)
		equal(t, "from the LAN", text, "hi")
		p.Dst = nthAddr(netip.MustParsePrefix("192.168.1.0/24"), 99)
		wantErr(t, "to nobody", errors.Unwrap(l.Send(l.From(h[0]), p)), stack.ErrHostUnreachable)
		p.Payload = make([]byte, 1500)
		wantErr(t, "too long", errors.Unwrap(l.Send(l.From(h[0]), p)), stack.ErrMessageSize)
		p.Src = addr6(h[1])
		wantErr(t, "two families", errors.Unwrap(l.Send(AB, p)), errForged)
	})
}
