package dns_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// bigZone has a name with n addresses.
func bigZone(t testing.TB, n int) *dns.Zone {
	var b strings.Builder
	b.WriteString("lab. 60 SOA ns.lab. h.lab. 1 2 3 4 5\nlab. 60 NS ns.lab.\nns.lab. 60 A 10.0.0.1\n")
	for i := range n {
		fmt.Fprintf(&b, "big.lab. 60 A 10.1.%d.%d\n", i/256, i%256)
	}
	for i := range 10 {
		fmt.Fprintf(&b, "sub.lab. 60 NS ns%d.sub.lab.\nns%d.sub.lab. 60 A 10.2.0.%d\nns%d.sub.lab. 60 AAAA fd00::%d\n", i, i, i, i, i)
	}
	return zone(t, b.String())
}

func TestTruncation(t *testing.T) {
	w := newWorld(t)
	s := w.serve(t, &dns.Server{}, bigZone(t, 200))
	w.run(t, func() {
		for _, c := range []struct {
			name      string
			size      uint16 // of EDNS; 0 without
			truncated bool
		}{
			{"big.lab.", 0, true}, {"big.lab.", 512, true}, {"big.lab.", 1232, true}, {"big.lab.", 65535, true},
			{"ns.lab.", 0, false}, {"sub.lab.", 0, true}, {"sub.lab.", 1232, false}, {"sub.lab.", 100, true},
		} {
			q := query(c.name, miekg.TypeA)
			if c.size > 0 {
				q.SetEdns0(c.size, false)
			}
			r := w.ask(t, q)
			if r == nil || r.Truncated != c.truncated || (r.IsEdns0() != nil) != (c.size > 0) || c.truncated && len(r.Answer)+len(r.Ns) > 0 {
				t.Errorf("%s with %d: %v", c.name, c.size, r)
			}
		}
	})
	s.UDPSize = 4096
	w.run(t, func() {
		q := query("big.lab.", miekg.TypeA)
		q.SetEdns0(4096, false)
		if r := w.ask(t, q); r == nil || r.Truncated || len(r.Answer) != 200 {
			t.Errorf("large EDNS on both sides: %v", r)
		}
	})
	if s.Stats().Truncated != 6 {
		t.Errorf("%+v", s.Stats())
	}
}

// dialTCP connects to the server.
func (w *world) dialTCP(t testing.TB) *stack.Conn {
	c, err := w.client.Dial("tcp", w.addr.String())
	if err != nil {
		t.Error(err)
	}
	return c
}

func TestTCP(t *testing.T) {
	w := newWorld(t)
	s := w.serve(t, &dns.Server{Conns: 3}, bigZone(t, 200))
	frame := func(name string, id uint16) []byte {
		q := query(name, miekg.TypeA)
		q.Id = id
		b, _ := q.Pack()
		var out strings.Builder
		wire.Width16.WriteFrame(&out, b)
		return []byte(out.String())
	}
	read := func(c *stack.Conn) *dns.Message {
		b, err := wire.Width16.ReadFrame(c, 0)
		if err != nil {
			return nil
		}
		m := new(dns.Message)
		if err := m.Unpack(b); err != nil {
			t.Error(err)
		}
		return m
	}
	w.run(t, func() {
		c := w.dialTCP(t)
		var all []byte
		for i := range 20 { // pipelined, and in pieces that fit nothing
			all = append(all, frame("big.lab.", uint16(i))...)
		}
		for len(all) > 0 {
			n := min(7, len(all))
			c.Write(all[:n])
			all = all[n:]
		}
		c.CloseWrite() // half-closed: what was asked is still answered
		for i := range 20 {
			if m := read(c); m == nil || m.Id != uint16(i) || len(m.Answer) != 200 || m.Truncated {
				t.Errorf("reply %d: %v", i, m)
			}
		}
		if m := read(c); m != nil {
			t.Errorf("after the end: %v", m)
		}
		c.Close()

		slow := w.dialTCP(t) // a byte a second does not keep a connection for longer than the idle time
		began := w.client.Now()
		for _, b := range frame("ns.lab.", 1) {
			if _, err := slow.Write([]byte{b}); err != nil {
				break
			}
			w.client.Sleep(time.Second)
		}
		if m := read(slow); m != nil || w.client.Now().Sub(began) > 32*time.Second {
			t.Errorf("a slow client had %v after %v", m, w.client.Now().Sub(began))
		}
		slow.Close()

		var many []*stack.Conn // the first of four makes room for the last
		for range 4 {
			many = append(many, w.dialTCP(t))
			w.client.Sleep(time.Second)
		}
		many[0].SetDeadline(w.client.Now().Add(time.Second))
		many[0].Write(frame("ns.lab.", 1))
		if m := read(many[0]); m != nil {
			t.Errorf("the oldest connection lives")
		}
		many[3].Write(frame("ns.lab.", 1))
		if m := read(many[3]); m == nil {
			t.Errorf("the newest connection is dead")
		}
		for _, c := range many {
			c.Close()
		}
		full := w.dialTCP(t) // asks and never reads: the server gives up
		for i := range 2000 {
			full.SetWriteDeadline(w.client.Now().Add(time.Minute))
			if _, err := full.Write(frame("big.lab.", uint16(i))); err != nil {
				full.Close()
				break
			}
		}
		w.client.Sleep(time.Minute)
	})
	if st := s.Stats(); st.Evicted != 1 || st.Conns != 7 {
		t.Errorf("%+v", st)
	}
	s.Close()
	w.run(t, func() {})
	if n := w.server.Group().Len(); n != 0 {
		t.Errorf("%d tasks are left", n)
	}
}

func TestAnswerFunction(t *testing.T) {
	w := newWorld(t)
	s := w.serve(t, &dns.Server{Tasks: 2, Answer: func(q *dns.Query) *dns.Answer {
		w.server.Sleep(100 * time.Millisecond)
		if q.Name != "cdn.lab." {
			return nil
		}
		rr, _ := miekg.NewRR(fmt.Sprintf("cdn.lab. 20 TXT %q", q.From.Addr()))
		return &dns.Answer{Authoritative: true, Answer: []dns.RR{rr}}
	}}, zone(t, lab))
	w.run(t, func() {
		for _, name := range []string{"cdn.lab.", "mail.lab."} {
			if r := w.ask(t, query(name, miekg.TypeTXT)); r == nil || name == "cdn.lab." && (len(r.Answer) != 1 || !strings.Contains(r.Answer[0].String(), "10.")) {
				t.Errorf("%s: %v", name, r)
			}
		}
		b, _ := query("cdn.lab.", miekg.TypeA).Pack()
		c, _ := w.client.Dial("udp", w.addr.String())
		for range 5 {
			c.Write(b)
		}
		w.client.Sleep(time.Second)
	})
	if st := s.Stats(); st.Dropped != 3 || st.Replies != 4 {
		t.Errorf("%+v", st)
	}
}
