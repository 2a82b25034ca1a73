package dns_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A world is two hosts and a link.
type world struct {
	*engine.World
	server, client *stack.Stack
	addr           netip.AddrPort // of the server's port 53
}

func newWorld(t testing.TB) *world {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: 1, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	a, _ := e.AddHost("server")
	b, _ := e.AddHost("client")
	if _, err := e.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	return &world{World: e, server: a.NewStack("named"), client: b.NewStack("dig"), addr: netip.AddrPortFrom(a.V.Addrs()[0], dns.Port)}
}

// run runs f as a task of the client until it ends.
func (w *world) run(t testing.TB, f func()) {
	t.Helper()
	if err := w.Sched.Run(w.client.Go("client", f)); err != nil {
		var dead *sim.DeadlockError
		if errors.As(err, &dead) {
			t.Fatalf("%v", dead)
		}
		t.Fatal(err)
	}
}

func (w *world) serve(t testing.TB, s *dns.Server, zones ...*dns.Zone) *dns.Server {
	t.Helper()
	s.Stack = w.server
	for _, z := range zones {
		s.AddZone(z)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// exchange sends bytes in a datagram and returns the reply, nil if none comes within a second.
func (w *world) exchange(t testing.TB, query []byte) []byte {
	c, err := w.client.Dial("udp", w.addr.String())
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close()
	c.Write(query)
	c.SetReadDeadline(w.client.Now().Add(time.Second))
	b := make([]byte, 65535)
	n, err := c.Read(b)
	if err != nil {
		return nil
	}
	return b[:n]
}

// ask asks a question over UDP.
func (w *world) ask(t testing.TB, q *dns.Message) *dns.Message {
	t.Helper()
	b, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	raw := w.exchange(t, b)
	if raw == nil {
		return nil
	}
	r := new(dns.Message)
	if err := r.Unpack(raw); err != nil {
		t.Errorf("reply to %v: %v", q.Question, err)
	}
	return r
}

// query makes a message.
func query(name string, typ uint16) *dns.Message {
	m := new(dns.Message)
	m.SetQuestion(name, typ)
	m.Id = 7
	return m
}

func TestServerUDP(t *testing.T) {
	w := newWorld(t)
	s := w.serve(t, &dns.Server{}, zone(t, lab), zone(t, "sub.lab. SOA ns.sub.lab. h.sub.lab. 1 2 3 4 5\nsub.lab. NS ns.sub.lab.\nns.sub.lab. A 10.0.1.1\nsub.lab. TXT inner\n"))
	w.run(t, func() {
		for i, want := range []string{"10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.3", "10.0.0.4"} {
			r := w.ask(t, query("www.lab.", miekg.TypeA))
			if r == nil || len(r.Answer) != 3 || r.Answer[0].(*miekg.A).A.String() != want || r.Id != 7 || !r.RecursionDesired || r.RecursionAvailable || !r.Authoritative {
				t.Errorf("turn %d: %v", i, r)
			}
		}
		if r := w.ask(t, query("wWw.LAB.", miekg.TypeTXT)); r == nil || r.Question[0].Name != "wWw.LAB." || len(r.Answer) != 1 {
			t.Errorf("mixed case: %v", r)
		}
		if r := w.ask(t, query("sub.lab.", miekg.TypeTXT)); r == nil || len(r.Answer) != 1 || !r.Authoritative {
			t.Errorf("a zone within another: %v", r)
		}
		if r := w.ask(t, query("sub.lab.", miekg.TypeDS)); r == nil || !r.Authoritative || len(r.Ns) != 1 || r.Ns[0].Header().Name != "lab." {
			t.Errorf("a DS of the parent: %v", r)
		}
		if r := w.ask(t, query("www.elsewhere.", miekg.TypeA)); r == nil || r.Rcode != miekg.RcodeRefused || r.Authoritative {
			t.Errorf("a foreign name: %v", r)
		}
		bad := query("www.lab.", miekg.TypeA)
		bad.Opcode = miekg.OpcodeStatus
		if r := w.ask(t, bad); r == nil || r.Rcode != miekg.RcodeNotImplemented || r.Opcode != miekg.OpcodeStatus {
			t.Errorf("an opcode nobody knows: %v", r)
		}
		bad = query("www.lab.", miekg.TypeA)
		bad.Question = append(bad.Question, bad.Question[0])
		if r := w.ask(t, bad); r == nil || r.Rcode != miekg.RcodeFormatError {
			t.Errorf("two questions: %v", r)
		}
		bad = query("www.lab.", miekg.TypeA)
		bad.SetEdns0(4096, true)
		bad.IsEdns0().SetVersion(1)
		if r := w.ask(t, bad); r == nil || r.Rcode != miekg.RcodeBadVers || r.IsEdns0() == nil || r.IsEdns0().Version() != 0 {
			t.Errorf("EDNS version 1: %v", r)
		}
		reply := query("www.lab.", miekg.TypeA)
		reply.Response = true
		if r := w.ask(t, reply); r != nil {
			t.Errorf("a response was answered: %v", r)
		}
		if b := w.exchange(t, []byte("short")); b != nil {
			t.Errorf("a few bytes were answered: %x", b)
		}
		if b := w.exchange(t, append(make([]byte, 5), 1, 0, 0, 0, 0, 0, 0)); len(b) != 12 || b[3]&15 != miekg.RcodeFormatError {
			t.Errorf("a header alone: %x", b)
		}
	})
	st := s.Stats()
	if st.UDP != 15 || st.Replies != 13 || st.Dropped != 2 || st.Cached != 4 || st.Rcodes[miekg.RcodeBadVers&15] == 0 {
		t.Errorf("%+v", st)
	}
}

// TestCacheFollowsZone asks, changes the zone and asks again.
func TestCacheFollowsZone(t *testing.T) {
	w := newWorld(t)
	z := zone(t, lab)
	w.serve(t, &dns.Server{}, z)
	w.run(t, func() {
		for i, want := range []string{"10.0.0.2", "10.0.0.2", "10.0.0.99"} {
			if i == 2 {
				e := z.Edit()
				e.RemoveSet("mail.lab.", miekg.TypeA)
				rr, _ := miekg.NewRR("mail.lab. 60 A 10.0.0.99")
				if err := e.Add(rr); err != nil {
					t.Error(err)
				}
				if _, err := e.Commit(); err != nil {
					t.Error(err)
				}
			}
			if r := w.ask(t, query("mail.lab.", miekg.TypeA)); len(r.Answer) != 1 || r.Answer[0].(*miekg.A).A.String() != want {
				t.Errorf("%v", r.Answer)
			}
		}
	})
	if z.Serial() != 8 {
		t.Errorf("serial %d", z.Serial())
	}
}

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

// TestCacheKeepsWhatIsUsual floods a server with questions that anybody can make up.
func TestCacheKeepsWhatIsUsual(t *testing.T) {
	w := newWorld(t)
	s := &dns.Server{Stack: w.server}
	s.AddZone(zone(t, lab))
	var raws [][]byte
	for i := range 1000 {
		for _, name := range []string{fmt.Sprintf("no%d.lab.", i), fmt.Sprintf("w%d.wild.lab.", i), fmt.Sprintf("d%d.sub.lab.", i), "MAIL.lab.", "mail.lab."} {
			q := query(name, miekg.TypeA)
			q.Id = uint16(i)
			q.SetEdns0(uint16(5000+i), i%2 == 0)
			b, _ := q.Pack()
			raws = append(raws, b)
		}
		q := query("mail.lab.", uint16(1000+i))
		b, _ := q.Pack()
		tail, _ := query("mail.lab.", miekg.TypeA).Pack()
		raws = append(raws, b, append(tail, fmt.Sprint("tail", i)...))
	}
	for _, raw := range raws {
		if len(dns.Respond(s, raw)) == 0 {
			t.Errorf("no reply to %x", raw)
		}
	}
	if n := dns.Kept(s); n != 0 {
		t.Errorf("%d answers are kept", n)
	}
	q := query("mail.lab.", miekg.TypeA)
	for _, do := range []bool{false, true} {
		q.SetEdns0(1232, do)
		b, _ := q.Pack()
		dns.Respond(s, b)
		q.Extra = nil
	}
	b, _ := q.Pack()
	dns.Respond(s, b)
	if n := dns.Kept(s); n != 3 {
		t.Errorf("%d answers are kept, want 3", n)
	}
}

// TestSeveralAddresses asks a server with two links at the address of the far one: the reply has to come from there.
func TestSeveralAddresses(t *testing.T) {
	w := newWorld(t)
	far, _ := w.AddHost("far")
	server := w.Find("server").V
	if _, err := w.Net.Link(server, far.V, vnet.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	s := w.serve(t, &dns.Server{}, zone(t, lab))
	w.run(t, func() {
		for _, a := range server.Addrs() {
			w.addr = netip.AddrPortFrom(a, dns.Port)
			if r := w.ask(t, query("mail.lab.", miekg.TypeA)); r == nil || len(r.Answer) != 1 {
				t.Errorf("asked at %v: %v", a, r)
			}
		}
		other := &dns.Server{Stack: w.Find("server").NewStack("other")}
		if err := other.Start(); !errors.Is(err, stack.ErrAddrInUse) {
			t.Errorf("a second server: %v", err)
		}
		if n := other.Stack.OpenSockets(); n != 0 {
			t.Errorf("it left %d sockets", n)
		}
	})
	if s.Addr().Addr() != netip.IPv4Unspecified() {
		t.Errorf("the server is at %v", s.Addr())
	}
}
