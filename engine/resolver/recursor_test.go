package resolver_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// asked returns the questions among messages that went to a host.
func asked(messages []string, to string) []string {
	var out []string
	for _, m := range messages {
		if _, rest, _ := strings.Cut(m, ">"); strings.HasPrefix(rest, to+" query ") {
			out = append(out, strings.TrimPrefix(rest, to+" query "))
		}
	}
	return out
}

// show is an answer on one line: the code, then the records without class.
func show(a *dns.Answer) string {
	out := dns.RcodeName(a.Rcode)
	for _, rr := range a.Answer {
		out += fmt.Sprintf(" | %s %d %s %s", rr.Header().Name, rr.Header().Ttl, dns.TypeName(rr.Header().Rrtype), dns.DataText(rr))
	}
	return out
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{"gaia.cs.umass.edu.", miekg.TypeA, "NOERROR | gaia.cs.umass.edu. 3600 A 128.119.245.12"},
		{"GAIA.cs.umass.EDU.", miekg.TypeA, "NOERROR | GAIA.cs.umass.EDU. 3600 A 128.119.245.12"},
		{"gaia.cs.umass.edu.", miekg.TypeMX, "NOERROR | gaia.cs.umass.edu. 3600 MX 10 gaia.cs.umass.edu."},
		{"gaia.cs.umass.edu.", miekg.TypeTXT, "NOERROR"},
		{"nobody.cs.umass.edu.", miekg.TypeA, "NXDOMAIN"},
		{"www.umass.edu.", miekg.TypeA, "NOERROR | www.umass.edu. 86400 CNAME www.example.com. | www.example.com. 86400 A 192.0.2.80"},
		{"www.umass.edu.", miekg.TypeCNAME, "NOERROR | www.umass.edu. 86400 CNAME www.example.com."},
		{"loop.umass.edu.", miekg.TypeA, "SERVFAIL"},
		{"www.glueless.com.", miekg.TypeA, "SERVFAIL"},
		{"edu.", miekg.TypeNS, "NOERROR | edu. 86400 NS a.edu-servers.net."},
		{".", miekg.TypeNS, "NOERROR | . 86400 NS a.root-servers.net."},
		{"nowhere.", miekg.TypeA, "NXDOMAIN"},
		{"gaia.cs.umass.edu.", miekg.TypeDS, "NOERROR"},
	} {
		w := textbook(t, 1)
		w.run("dns.poly.edu", func(*stack.Stack) {
			if got := show(w.local.Resolve(c.name, c.qtype)); got != c.want {
				t.Errorf("%s %s: got\n%s\nwant\n%s", c.name, dns.TypeName(c.qtype), got, c.want)
			}
		})
	}
}

// TestCaching: what was heard is kept for its time to live, on the virtual clock, and servers that are known are not looked for again.
func TestCaching(t *testing.T) {
	w := textbook(t, 1)
	w.run("cis.poly.edu", func(s *stack.Stack) {
		for _, c := range []struct {
			wait time.Duration
			name string
			want string // who is asked by the local server
			ttl  uint32
		}{
			{0, "gaia.cs.umass.edu", "root edu umass cs", 3600},
			{0, "gaia.cs.umass.edu", "", 3600},
			{time.Minute, "gaia.cs.umass.edu", "", 3540},
			{0, "short.cs.umass.edu", "cs", 5},
			{5 * time.Second, "short.cs.umass.edu", "cs", 5},
			{time.Hour, "gaia.cs.umass.edu", "cs", 3600},
			{24 * time.Hour, "gaia.cs.umass.edu", "root edu umass cs", 3600},
		} {
			s.Sleep(c.wait)
			var ttl uint32
			messages := w.messages(func() {
				r, err := (&dns.Client{Stack: s}).Exchange(resolver.NewQuery(c.name+".", miekg.TypeA, true), netip.AddrPortFrom(addr(w.host["dns.poly.edu"]), 53))
				if err != nil || len(r.Answer) != 1 {
					t.Fatal(r, err)
				}
				ttl = r.Answer[0].Header().Ttl
			})
			var who []string
			for _, n := range []string{"root", "edu", "umass", "cs"} {
				if len(asked(messages, n)) > 0 {
					who = append(who, n)
				}
			}
			if got := strings.Join(who, " "); got != c.want || ttl != c.ttl {
				t.Errorf("after %v %s: asked %q, TTL %d, want %q, %d", c.wait, c.name, got, ttl, c.want, c.ttl)
			}
		}
	})
}

// TestNegativeCaching: that there is nothing is kept for as long as the SOA says (RFC 2308 5), for the name and all below it.
func TestNegativeCaching(t *testing.T) {
	w := textbook(t, 1)
	w.run("dns.poly.edu", func(s *stack.Stack) {
		r := w.local
		sent := func(name string, qtype uint16, rcode int) uint64 {
			before := r.Stats().Sent
			a := r.Resolve(name, qtype)
			if a.Rcode != rcode || len(a.Ns) != 1 || a.Ns[0].Header().Rrtype != miekg.TypeSOA {
				t.Errorf("%s: %s, authority %v", name, dns.RcodeName(a.Rcode), a.Ns)
			}
			return r.Stats().Sent - before
		}
		got := []uint64{
			sent("nobody.cs.umass.edu.", miekg.TypeA, miekg.RcodeNameError),
			sent("nobody.cs.umass.edu.", miekg.TypeMX, miekg.RcodeNameError),
			sent("a.nobody.cs.umass.edu.", miekg.TypeA, miekg.RcodeNameError),
			sent("gaia.cs.umass.edu.", miekg.TypeTXT, miekg.RcodeSuccess),
			sent("gaia.cs.umass.edu.", miekg.TypeTXT, miekg.RcodeSuccess),
			sent("gaia.cs.umass.edu.", miekg.TypeHINFO, miekg.RcodeSuccess),
		}
		s.Sleep(time.Hour)
		got = append(got, sent("nobody.cs.umass.edu.", miekg.TypeA, miekg.RcodeNameError))
		if diff := cmp.Diff([]uint64{4, 0, 0, 1, 0, 1, 1}, got); diff != "" {
			t.Errorf("questions to servers (-want +got):\n%s", diff)
		}
	})
}

// TestChain follows the recursive figure: each server asks the next one.
func TestChain(t *testing.T) {
	w := textbook(t, 1)
	for _, n := range []string{"root", "edu", "umass"} {
		s := w.server[n]
		r := &resolver.Recursor{Stack: s.Stack, Chain: true, Zones: s.Lookup}
		r.Serve(s)
	}
	w.local.Chain = true
	got := w.messages(func() {
		w.run("cis.poly.edu", func(s *stack.Stack) {
			if a, err := s.LookupHost("gaia.cs.umass.edu"); err != nil || a[0].String() != "128.119.245.12" {
				t.Error(a, err)
			}
		})
	})
	want := []string{
		"cis.poly.edu>dns.poly.edu query gaia.cs.umass.edu A",
		"dns.poly.edu>root query gaia.cs.umass.edu A",
		"root>edu query gaia.cs.umass.edu A",
		"edu>umass query gaia.cs.umass.edu A",
		"umass>cs query gaia.cs.umass.edu A",
		"cs>umass answer gaia.cs.umass.edu A 128.119.245.12",
		"umass>edu answer gaia.cs.umass.edu A 128.119.245.12",
		"edu>root answer gaia.cs.umass.edu A 128.119.245.12",
		"root>dns.poly.edu answer gaia.cs.umass.edu A 128.119.245.12",
		"dns.poly.edu>cis.poly.edu answer gaia.cs.umass.edu A 128.119.245.12",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestServersDown: servers that do not answer cost time, and the next one is asked; when none is left, that is told.
func TestServersDown(t *testing.T) {
	w := textbook(t, 1)
	w.add("cs2")
	w.server["umass"].Close()
	w.serve("umass", zone("umass.edu.", "dns.umass.edu.", "dns A @umass@", "cs NS dns.cs", "cs NS dns2.cs", "dns.cs A @cs@", "dns2.cs A @cs2@"))
	w.run("dns.poly.edu", func(s *stack.Stack) {
		r := w.local
		w.links["cs2"].SetUp(false)
		for range 3 {
			r.Flush()
			if got := show(r.Resolve("gaia.cs.umass.edu.", miekg.TypeA)); !strings.HasPrefix(got, "NOERROR | gaia") {
				t.Errorf("one server of two is down: %s", got)
			}
		}
		w.links["cs"].SetUp(false)
		r.Flush()
		began := s.Now()
		if got := show(r.Resolve("gaia.cs.umass.edu.", miekg.TypeA)); got != "SERVFAIL" || s.Now().Sub(began) > 11*time.Second {
			t.Errorf("both are down: %s after %v", got, s.Now().Sub(began))
		}
		before := r.Stats().Sent
		if got := show(r.Resolve("gaia.cs.umass.edu.", miekg.TypeA)); got != "SERVFAIL" || r.Stats().Sent != before {
			t.Errorf("a failure is kept for a while: %s, %d questions", got, r.Stats().Sent-before)
		}
		w.links["cs"].SetUp(true)
		s.Sleep(6 * time.Second)
		if got := show(r.Resolve("gaia.cs.umass.edu.", miekg.TypeA)); !strings.HasPrefix(got, "NOERROR | gaia") {
			t.Errorf("up again: %s", got)
		}
	})
}

// TestJoin: the same question of many clients is resolved once.
func TestJoin(t *testing.T) {
	w := textbook(t, 1)
	w.run("cis.poly.edu", func(s *stack.Stack) {
		var last interface{ Join() }
		for range 50 {
			last = s.Go("client", func() {
				if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
					t.Error(err)
				}
			})
		}
		last.Join()
	})
	if st := w.local.Stats(); st.Questions != 50 || st.Joined != 49 || st.Sent != 4 {
		t.Errorf("%+v", st)
	}
}

// A liar answers as a server of umass.edu in whose zone everything is possible.
func (w *world) liar(name string, answer func(q *dns.Query) *dns.Answer) {
	w.server[name].Close()
	s := &dns.Server{Stack: w.host[name].NewStack("liar"), Answer: answer}
	if err := s.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.server[name] = s
}

func records(text string) []dns.RR {
	rrs, err := dns.ParseRecords(text, dns.ParseOptions{Origin: ".", TTL: 60})
	if err != nil {
		panic(err)
	}
	return rrs
}

// TestBailiwick: a server of one zone cannot put anything about another into the cache.
func TestBailiwick(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer dns.Answer
	}{
		{"additional", dns.Answer{Authoritative: true, Answer: records("trap.umass.edu. A 192.0.2.1"), Extra: records("www.example.com. A 192.0.2.66")}},
		{"answer", dns.Answer{Authoritative: true, Answer: records("trap.umass.edu. A 192.0.2.1\nwww.example.com. A 192.0.2.66")}},
		{"alias", dns.Answer{Authoritative: true, Answer: records("trap.umass.edu. CNAME www.example.com.\nwww.example.com. A 192.0.2.66")}},
		{"authority", dns.Answer{Authoritative: true, Answer: records("trap.umass.edu. A 192.0.2.1"), Ns: records("example.com. NS ns.umass.edu."), Extra: records("ns.umass.edu. A 192.0.2.66")}},
		{"referral of another zone", dns.Answer{Referral: true, Ns: records("example.com. NS ns.umass.edu."), Extra: records("ns.umass.edu. A 192.0.2.66")}},
		{"referral upwards", dns.Answer{Referral: true, Ns: records("com. NS ns.umass.edu."), Extra: records("ns.umass.edu. A 192.0.2.66")}},
		{"referral up the tree", dns.Answer{Referral: true, Ns: records("edu. NS ns.umass.edu."), Extra: records("ns.umass.edu. A 192.0.2.66")}},
		{"no such name of another zone", dns.Answer{Authoritative: true, Rcode: miekg.RcodeNameError, Ns: records("com. SOA a. b. 1 2 3 4 5")}},
	} {
		w := textbook(t, 1)
		w.liar("umass", func(*dns.Query) *dns.Answer { a := c.answer; return &a })
		w.run("dns.poly.edu", func(*stack.Stack) {
			w.local.Resolve("trap.umass.edu.", miekg.TypeA)
			if got := show(w.local.Resolve("www.example.com.", miekg.TypeA)); got != "NOERROR | www.example.com. 86400 A 192.0.2.80" {
				t.Errorf("%s: the cache is poisoned: %s", c.name, got)
			}
			for _, e := range w.local.Cache() {
				if e.Name == "edu." && e.Type == miekg.TypeNS && dns.DataText(e.Records[0]) != "a.edu-servers.net." {
					t.Errorf("%s: edu is now served by %v", c.name, e.Records)
				}
			}
		})
		if c.name != "additional" {
			continue
		}
		w = textbook(t, 1) // the check can fail
		w.local.BelieveAnything = true
		w.liar("umass", func(*dns.Query) *dns.Answer { a := c.answer; return &a })
		w.run("dns.poly.edu", func(*stack.Stack) {
			w.local.Resolve("trap.umass.edu.", miekg.TypeA)
			if got := show(w.local.Resolve("www.example.com.", miekg.TypeA)); got != "NOERROR | www.example.com. 60 A 192.0.2.66" {
				t.Errorf("without the check: %s", got)
			}
		})
	}
}

// TestRanking: glue is not given to clients, and does not take the place of what a server with authority said (RFC 2181 5.4.1).
func TestRanking(t *testing.T) {
	w := textbook(t, 1)
	w.run("dns.poly.edu", func(*stack.Stack) {
		w.local.Resolve("gaia.cs.umass.edu.", miekg.TypeA)
		rank := func(name string, qtype uint16) string {
			for _, e := range w.local.Cache() {
				if e.Name == name && e.Type == qtype {
					return e.Rank.String()
				}
			}
			return "none"
		}
		got := []string{rank("dns.umass.edu.", miekg.TypeA), rank("umass.edu.", miekg.TypeNS), rank("cs.umass.edu.", miekg.TypeNS), rank("gaia.cs.umass.edu.", miekg.TypeA)}
		before := w.local.Stats().Sent
		w.local.Resolve("dns.umass.edu.", miekg.TypeA)
		got = append(got, fmt.Sprint(w.local.Stats().Sent-before), rank("dns.umass.edu.", miekg.TypeA))
		if diff := cmp.Diff([]string{"additional", "additional", "authority", "authentic", "1", "authentic"}, got); diff != "" {
			t.Error(diff)
		}
		w.liar("edu", func(*dns.Query) *dns.Answer { // glue within its bailiwick, but of a lower rank
			return &dns.Answer{Referral: true, Ns: records("poly.edu. NS dns.umass.edu."), Extra: records("dns.umass.edu. A 192.0.2.66")}
		})
		w.local.Resolve("www.poly.edu.", miekg.TypeA)
		if got, want := show(w.local.Resolve("dns.umass.edu.", miekg.TypeA)), "NOERROR | dns.umass.edu. 86400 A "+addr(w.host["umass"]).String(); got != want {
			t.Errorf("glue took the place of an answer: %s", got)
		}
	})
}

// TestBounds: no server makes a resolver work without end or keep without bound.
func TestBounds(t *testing.T) {
	n := 0
	for name, answer := range map[string]func(q *dns.Query) *dns.Answer{
		"deeper and deeper": func(q *dns.Query) *dns.Answer {
			n++
			return &dns.Answer{Ns: records(fmt.Sprintf("umass.edu. NS ns%d.umass.edu.", n)), Referral: true}
		},
		"a label deeper each time": func(q *dns.Query) *dns.Answer {
			n++
			labels := miekg.SplitDomainName(q.Name)
			zone := strings.Join(labels[max(len(labels)-2-n, 0):], ".")
			return &dns.Answer{Ns: records(zone + ". NS dns.umass.edu."), Referral: true}
		},
		"servers without addresses": func(q *dns.Query) *dns.Answer {
			n++
			var text strings.Builder
			for i := range 100 {
				fmt.Fprintf(&text, "x.umass.edu. NS ns%d.y%d.umass.edu.\n", i, n)
			}
			return &dns.Answer{Ns: records(text.String()), Referral: true}
		},
		"aliases without end": func(q *dns.Query) *dns.Answer {
			n++
			return &dns.Answer{Authoritative: true, Answer: records(fmt.Sprintf("%s CNAME a%d.umass.edu.", q.Name, n))}
		},
		"nothing": func(q *dns.Query) *dns.Answer { return &dns.Answer{} },
		"refused": func(q *dns.Query) *dns.Answer { return &dns.Answer{Rcode: miekg.RcodeRefused} },
		"failure": func(q *dns.Query) *dns.Answer { return &dns.Answer{Rcode: miekg.RcodeServerFailure} },
	} {
		w := textbook(t, 1)
		w.liar("umass", answer)
		n = 0
		w.run("dns.poly.edu", func(s *stack.Stack) {
			began := s.Now()
			a := w.local.Resolve(strings.Repeat("a.", 110)+"x.umass.edu.", miekg.TypeA)
			if st := w.local.Stats(); a.Rcode != miekg.RcodeServerFailure || st.Sent > 70 || s.Now().Sub(began) > 11*time.Second {
				t.Errorf("%s: %s after %v and %d questions", name, show(a), s.Now().Sub(began), st.Sent)
			}
		})
	}
}

// TestCacheBound fills a small cache.
func TestCacheBound(t *testing.T) {
	w := textbook(t, 1)
	w.add("small")
	r := w.recursor("small", resolver.Recursor{CacheBytes: 20_000})
	w.liar("umass", func(q *dns.Query) *dns.Answer {
		return &dns.Answer{Authoritative: true, Answer: records(q.Name + " A 192.0.2.1")}
	})
	w.run("small", func(*stack.Stack) {
		for i := range 1000 {
			if a := r.Resolve(fmt.Sprintf("n%d.umass.edu.", i), miekg.TypeA); a.Rcode != 0 {
				t.Fatal(show(a))
			}
			if n, bytes := r.CacheSize(); bytes > 20_000 || n > 100 {
				t.Fatalf("%d entries, %d bytes", n, bytes)
			}
		}
		if n, _ := r.CacheSize(); n < 20 {
			t.Errorf("only %d entries", n)
		}
	})
}

// TestMixCase: what does not repeat the letters is no answer.
func TestMixCase(t *testing.T) {
	w := textbook(t, 1)
	w.local.MixCase = true
	messages := w.messages(func() {
		w.run("dns.poly.edu", func(*stack.Stack) {
			if got := show(w.local.Resolve("gaia.cs.umass.edu.", miekg.TypeA)); got != "NOERROR | gaia.cs.umass.edu. 3600 A 128.119.245.12" {
				t.Error(got)
			}
		})
	})
	spelt := asked(messages, "cs")
	if len(spelt) != 1 || spelt[0] == strings.ToLower(spelt[0]) || !strings.EqualFold(spelt[0], "gaia.cs.umass.edu a") {
		t.Errorf("asked %q", spelt)
	}
}

// TestFastestServer: of two servers of a zone, the near one is asked far more often, and the far one now and then.
func TestFastestServer(t *testing.T) {
	w := textbook(t, 1)
	w.add("far")
	w.links["far"].SetShape(0, vnet.Shape{Delay: 300 * time.Millisecond})
	w.server["umass"].Close()
	w.serve("umass", zone("umass.edu.", "dns.umass.edu.", "dns A @umass@", "cs NS far.cs", "cs NS dns.cs", "dns.cs A @cs@", "far.cs A @far@"))
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprintf("n%d A 192.0.2.1", i)
	}
	for _, n := range []string{"cs", "far"} {
		if s := w.server[n]; s != nil {
			s.Close()
		}
		w.serve(n, zone("cs.umass.edu.", "dns.cs.umass.edu.", append(many, "@ NS far", "dns A @cs@", "far A @far@")...))
	}
	w.run("dns.poly.edu", func(s *stack.Stack) {
		for i := range many {
			if a := w.local.Resolve(fmt.Sprintf("n%d.cs.umass.edu.", i), miekg.TypeA); a.Rcode != 0 || len(a.Answer) != 1 {
				t.Fatal(show(a))
			}
		}
	})
	near, far := w.server["cs"].Stats().UDP, w.server["far"].Stats().UDP
	if near < 150 || far < 1 || near+far < 200 {
		t.Errorf("the near server got %d questions, the far one %d", near, far)
	}
}

// TestIPv6: a name with nothing but IPv6 addresses is found over servers with nothing but IPv6 addresses.
func TestIPv6(t *testing.T) {
	w := newWorld(t, 1)
	for _, n := range []string{"root", "six", "local", "client"} {
		w.add(n)
	}
	v6 := func(n string) netip.Addr { return w.host[n].V.Addrs()[1] }
	w.serve("root", zone(".", "root.", "root. AAAA "+v6("root").String(), "six. NS ns.six.", "ns.six. AAAA "+v6("six").String()))
	w.serve("six", zone("six.", "ns.six.", "ns AAAA "+v6("six").String(), "www AAAA 2001:db8::80"))
	r := &resolver.Recursor{Stack: w.host["local"].NewStack("local"), Roots: []resolver.Root{{Name: "root.", Addrs: []netip.Addr{v6("root")}}}}
	s := &dns.Server{Stack: r.Stack}
	r.Serve(s)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := w.host["client"].SetConfig(resolver.Config{Servers: []netip.AddrPort{netip.AddrPortFrom(v6("local"), 53)}, Ndots: 1, Timeout: time.Second, Attempts: 1}); err != nil {
		t.Fatal(err)
	}
	w.run("client", func(s *stack.Stack) {
		if addrs, err := s.LookupHost("www.six"); err != nil || fmt.Sprint(addrs) != "[2001:db8::80]" {
			t.Error(addrs, err)
		}
	})
}

// TestManyClients: a flood of different questions, whose servers do not answer, costs a bounded number of tasks, and who asks for what is known
// is answered all the same.
func TestManyClients(t *testing.T) {
	w := textbook(t, 1)
	w.run("cis.poly.edu", func(s *stack.Stack) {
		if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
			t.Fatal(err)
		}
		for _, d := range []vnet.Dir{vnet.AB, vnet.BA} { // packets are lost without a word
			w.links["umass"].SetShape(d, vnet.Shape{Loss: 1})
		}
		c, err := s.ListenPacket("udp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for i := range 3000 {
			b, err := resolver.NewQuery(fmt.Sprintf("n%d.umass.edu.", i), miekg.TypeA, true).Pack()
			if err != nil {
				t.Fatal(err)
			}
			c.WriteToAddrPort(b, netip.AddrPortFrom(addr(w.host["dns.poly.edu"]), 53))
			if i%100 == 0 {
				s.Sleep(time.Millisecond)
				most = max(most, w.local.Stack.Group().Len())
			}
		}
		s.Sleep(time.Second)
		if most = max(most, w.local.Stack.Group().Len()); most > 1010 || most < 900 {
			t.Errorf("%d tasks at a time", most)
		}
		if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
			t.Error(err)
		}
		s.Sleep(15 * time.Second)
		if n := w.local.Stack.Group().Len(); n > 10 {
			t.Errorf("%d tasks are left", n)
		}
	})
}

// TestLameServer: a server that has nothing to say about its zone is passed over, and left alone for a while.
func TestLameServer(t *testing.T) {
	w := textbook(t, 1)
	w.add("lame")
	w.server["umass"].Close()
	w.serve("umass", zone("umass.edu.", "dns.umass.edu.", "dns A @umass@", "cs NS lame.cs", "cs NS dns.cs", "dns.cs A @cs@", "lame.cs A @lame@"))
	lame := w.serve("lame", zone("other.", "ns.other.", "ns.other. A 192.0.2.1"))
	w.server["cs"].Close()
	w.serve("cs", zone("cs.umass.edu.", "dns.cs.umass.edu.", "@ NS lame", "dns A @cs@", "lame A @lame@", "*.x 1 A 192.0.2.1"))
	w.run("dns.poly.edu", func(s *stack.Stack) {
		asked := func(n int) uint64 {
			before := lame.Stats().UDP
			for i := range n {
				if a := w.local.Resolve(fmt.Sprintf("n%d.%d.x.cs.umass.edu.", i, s.Now().Unix()), miekg.TypeA); a.Rcode != 0 || len(a.Answer) != 1 {
					t.Error(show(a))
				}
			}
			return lame.Stats().UDP - before
		}
		first := asked(50)
		s.Sleep(5 * time.Minute)
		second := asked(50)
		s.Sleep(10 * time.Minute)
		third := asked(50)
		if first != 1 || second != 0 || third != 1 {
			t.Errorf("the lame server was asked %d, %d and %d times", first, second, third)
		}
	})
}

// TestZeroTTL: what may not be kept is answered all the same, and asked for again (RFC 1035 3.2.1).
func TestZeroTTL(t *testing.T) {
	w := textbook(t, 1)
	w.liar("umass", func(q *dns.Query) *dns.Answer {
		return &dns.Answer{Authoritative: true, Answer: records(q.Name + " 0 A 192.0.2.1")}
	})
	w.run("dns.poly.edu", func(*stack.Stack) {
		for _, want := range []uint64{3, 1, 1} {
			before := w.local.Stats().Sent
			if got := show(w.local.Resolve("zero.umass.edu.", miekg.TypeA)); got != "NOERROR | zero.umass.edu. 0 A 192.0.2.1" || w.local.Stats().Sent-before != want {
				t.Errorf("%s with %d questions, want %d", got, w.local.Stats().Sent-before, want)
			}
		}
	})
}

// TestOldServer: a server that does not understand EDNS is asked again without, and from then on at once (RFC 6891 7).
func TestOldServer(t *testing.T) {
	w := textbook(t, 1)
	w.server["umass"].Close()
	with, without := 0, 0
	w.raw("umass", func(b []byte) []byte {
		q, m := new(dns.Message), new(dns.Message)
		if err := q.Unpack(b); err != nil {
			t.Error(err)
			return nil
		}
		m.Id, m.Response, m.Authoritative, m.Question = q.Id, true, true, q.Question
		if q.IsEdns0() != nil {
			with++
			m.Rcode, m.Question = miekg.RcodeFormatError, nil
		} else {
			without++
			m.Answer = records(q.Question[0].Name + " 60 A 192.0.2.1")
		}
		out, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return out
	})
	w.run("dns.poly.edu", func(*stack.Stack) {
		for _, name := range []string{"a.umass.edu.", "b.umass.edu."} {
			if got := show(w.local.Resolve(name, miekg.TypeA)); got != "NOERROR | "+name+" 60 A 192.0.2.1" {
				t.Error(got)
			}
		}
	})
	if with != 1 || without != 2 {
		t.Errorf("%d questions with EDNS, %d without", with, without)
	}
}
