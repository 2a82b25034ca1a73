package dns_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
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
	if st.UDP != 15 || st.Replies != 13 || st.Dropped != 2 || st.Cached != 4 || st.Rcodes[miekg.RcodeBadVers] != 1 || st.Rcodes[miekg.RcodeFormatError] != 2 || st.Rcodes[miekg.RcodeSuccess] != 8 {
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

// TestClientSubnet holds that an answer chosen for a resolver's client says so, and that answers for everybody do not.
func TestClientSubnet(t *testing.T) {
	w := newWorld(t)
	near := netip.MustParsePrefix("192.0.2.0/24")
	w.serve(t, &dns.Server{Answer: func(q *dns.Query) *dns.Answer {
		rr, _ := miekg.NewRR(q.Name + " A 10.9.9.9")
		return &dns.Answer{Answer: []dns.RR{rr}, Subnet: q.Subnet}
	}})
	for _, told := range []bool{true, false} {
		w.run(t, func() {
			q := query("www.lab.", miekg.TypeA)
			opt := &miekg.OPT{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeOPT}}
			opt.SetUDPSize(1232)
			if told {
				opt.Option = []miekg.EDNS0{&miekg.EDNS0_SUBNET{Code: miekg.EDNS0SUBNET, Family: 1, SourceNetmask: 24, Address: near.Addr().AsSlice()}}
			}
			q.Extra = []dns.RR{opt}
			raw, err := q.Pack()
			if err != nil {
				t.Fatal(err)
			}
			var reply dns.Message
			if err := reply.Unpack(w.exchange(t, raw)); err != nil || reply.IsEdns0() == nil {
				t.Fatalf("%v: %v", err, &reply)
			}
			options := reply.IsEdns0().Option
			if !told && len(options) > 0 || told && (len(options) != 1 || options[0].(*miekg.EDNS0_SUBNET).SourceScope != 24) {
				t.Errorf("told %v: options %v", told, options)
			}
		})
	}
}
