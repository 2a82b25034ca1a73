package dns_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// records parses records with whole names.
func records(t testing.TB, text string) []dns.RR {
	t.Helper()
	rrs, err := dns.ParseRecords(text, dns.ParseOptions{Origin: "lab.", TTL: 60})
	if err != nil {
		t.Fatal(err)
	}
	return rrs
}

// edit adds records.
func edit(t testing.TB, z *dns.Zone, text string) {
	t.Helper()
	e := z.Edit()
	for _, rr := range records(t, text) {
		if err := e.Add(rr); err != nil {
			t.Error(err)
		}
	}
	if _, err := e.Commit(); err != nil {
		t.Error(err)
	}
}

func newKey(t testing.TB, name, algorithm string) *dns.Key {
	t.Helper()
	k, err := dns.NewKey(name, algorithm, "c2VjcmV0IG9mIHRoZSBsYWI=")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const small = "@ SOA ns h 1 600 60 3600 60\n@ NS ns\nns A 10.0.0.1\n"

func smallZone(t testing.TB) *dns.Zone {
	z, err := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// secondary starts a second server on the client host, whose zone follows the first's.
func (w *world) secondary(t testing.TB, c *dns.Secondary) *dns.Server {
	t.Helper()
	z, err := dns.NewZone("lab")
	if err != nil {
		t.Fatal(err)
	}
	c.Zone, c.Primaries = z, []netip.AddrPort{w.addr}
	s := &dns.Server{Stack: w.client}
	s.AddSecondary(c)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func clientAddr(w *world) netip.AddrPort {
	return netip.AddrPortFrom(w.Find("client").V.Addrs()[0], dns.Port)
}

func TestReplication(t *testing.T) {
	for _, key := range []*dns.Key{nil, newKey(t, "rep", "hmac-sha512")} {
		w := newWorld(t)
		z := smallZone(t)
		p := dns.Primary{Transfer: dns.Anybody(), Notify: []netip.AddrPort{clientAddr(w)}, NotifyKey: key}
		first := &dns.Server{Stack: w.server}
		if key != nil {
			p.Transfer, first.Keys = dns.Access{Keys: []string{"rep."}}, []*dns.Key{key}
		}
		first.AddPrimary(z, p)
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		c := &dns.Secondary{Key: key}
		second := w.secondary(t, c)
		if key != nil {
			second.Keys = []*dns.Key{key}
		}
		w.run(t, func() {
			w.client.Sleep(10 * time.Second)
			if c.Zone.Serial() != 1 || c.Status().Transfers != 1 {
				t.Fatalf("first copy: %+v", c.Status())
			}
			for i := range 5 { // each change is told and comes as a difference within a second
				edit(t, z, fmt.Sprintf("h%d A 10.0.1.%d\n", i, i))
				w.client.Sleep(time.Second)
				if c.Zone.Serial() != z.Serial() {
					t.Errorf("after change %d the copy has serial %d", i, c.Zone.Serial())
				}
			}
			e := z.Edit()
			e.RemoveSet("h3.lab.", miekg.TypeA)
			e.Commit()
			w.client.Sleep(time.Second)
			if st := c.Status(); st.Transfers != 1 || st.Increments != 6 || c.Zone.Text() != z.Text() {
				t.Errorf("%+v\n%s", st, c.Zone.Text())
			}
		})
		if first.Stats().Transfers != 7 || second.Stats().Notifies != 7 {
			t.Errorf("%+v\n%+v", first.Stats(), second.Stats())
		}
	}
}

// TestSecondaryTimers lets the primary be away: the copy is asked for again after the retry time, given up after the expire time, and fetched when
// the primary is back.
func TestSecondaryTimers(t *testing.T) {
	w := newWorld(t)
	z := smallZone(t)
	first := &dns.Server{Stack: w.server}
	first.AddPrimary(z, dns.Primary{Transfer: dns.Anybody()})
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	c := &dns.Secondary{}
	second := w.secondary(t, c)
	w.run(t, func() {
		w.client.Sleep(time.Minute)
		edit(t, z, "www A 10.0.0.2\n") // nobody is told
		w.client.Sleep(400 * time.Second)
		if c.Zone.Serial() != 1 {
			t.Errorf("the copy changed before the refresh time")
		}
		w.client.Sleep(300 * time.Second)
		if c.Zone.Serial() != 2 {
			t.Errorf("the copy did not change after the refresh time: %+v", c.Status())
		}
		first.Close()
		w.client.Sleep(30 * time.Minute)
		st := c.Status()
		if c.Zone.Serial() != 2 || st.Failures < 15 || st.Failures > 25 || st.LastFailure == nil {
			t.Errorf("half an hour without primary: %+v", st)
		}
		w.client.Sleep(31 * time.Minute)
		if c.Zone.SOA() != nil {
			t.Errorf("the data did not expire: %+v", c.Status())
		}
		again := &dns.Server{Stack: w.server}
		again.AddPrimary(z, dns.Primary{Transfer: dns.Anybody()})
		if err := again.Start(); err != nil {
			t.Error(err)
		}
		w.client.Sleep(2 * time.Minute)
		if c.Zone.Serial() != 2 {
			t.Errorf("the primary is back: %+v", c.Status())
		}
	})
	second.Close()
	w.run(t, func() {})
	if n := w.client.Group().Len(); n != 0 {
		t.Errorf("%d tasks are left", n)
	}
}

func TestExpiredZoneIsServfail(t *testing.T) {
	w := newWorld(t)
	z, _ := dns.NewZone("lab")
	w.serve(t, &dns.Server{}, z)
	w.run(t, func() {
		if r := w.ask(t, query("www.lab.", miekg.TypeA)); r == nil || r.Rcode != miekg.RcodeServerFailure || r.Authoritative {
			t.Errorf("%v", r)
		}
	})
}

func TestTransfers(t *testing.T) {
	w := newWorld(t)
	z := bigZone(t, 900)
	s := &dns.Server{Stack: w.server}
	s.AddPrimary(z, dns.Primary{Transfer: dns.Anybody()})
	private := smallZone(t)
	hidden, _ := dns.ParseZone("@ SOA ns.lab. h 1 2 3 4 5\n@ NS ns.lab.\n", dns.ParseOptions{Origin: "hidden."})
	s.AddZone(hidden)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	_ = private
	q := &dns.Request{Stack: w.client, Server: w.addr}
	w.run(t, func() {
		d, err := q.Transfer("lab.", nil)
		if err != nil || !d.Whole || len(d.Records) != z.Len() || fmt.Sprint(d.Records) != fmt.Sprint(z.Records()) {
			t.Fatalf("AXFR: %v", err)
		}
		old := z.SOA()
		if d, err := q.Transfer("lab.", old); err != nil || d.Whole || len(d.Changes) != 0 {
			t.Errorf("IXFR without a change: %+v, %v", d, err)
		}
		edit(t, z, "a A 10.0.0.9\n")
		edit(t, z, "b A 10.0.0.9\n")
		d, err = q.Transfer("lab.", old)
		if err != nil || d.Whole || len(d.Changes) != 2 || len(d.Changes[1].Added) != 1 || d.SOA.Serial != 3 {
			t.Errorf("IXFR: %+v, %v", d, err)
		}
		ancient := miekg.Copy(old).(*miekg.SOA)
		ancient.Serial = 0
		if d, err := q.Transfer("lab.", ancient); err != nil || !d.Whole {
			t.Errorf("IXFR from what nobody remembers: %v", err)
		}
		small := *q
		small.Records = 10
		if _, err := small.Transfer("lab.", nil); err == nil || !strings.Contains(err.Error(), "more records") {
			t.Errorf("more than asked for: %v", err)
		}
		var refused *dns.Error
		if _, err := q.Transfer("hidden.", nil); !errors.As(err, &refused) || refused.Rcode != miekg.RcodeRefused || refused.Code() != "denied" {
			t.Errorf("AXFR of a zone that is not given: %v", err)
		}
		if _, err := q.Transfer("none.", nil); !errors.As(err, &refused) || refused.Rcode != miekg.RcodeNotAuth {
			t.Errorf("AXFR of no zone: %v", err)
		}
		over := query("lab.", miekg.TypeIXFR) // over UDP
		over.Ns = []dns.RR{old}
		if r := w.ask(t, over); r == nil || len(r.Answer) != 8 || r.Truncated {
			t.Errorf("IXFR over UDP: %v", r)
		}
		over.Ns = []dns.RR{ancient}
		if r := w.ask(t, over); r == nil || len(r.Answer) != 1 || r.Truncated {
			t.Errorf("IXFR over UDP that does not fit: %v", r)
		}
		if r := w.ask(t, query("lab.", miekg.TypeAXFR)); r == nil || r.Rcode != miekg.RcodeFormatError {
			t.Errorf("AXFR over UDP: %v", r)
		}
	})
}

// TestTSIG signs with keys that are right and wrong, and with clocks that are.
func TestTSIG(t *testing.T) {
	for _, algorithm := range []string{"", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "HMAC-SHA512."} {
		w := newWorld(t)
		key := newKey(t, "k.lab", algorithm)
		w.serve(t, &dns.Server{Keys: []*dns.Key{key}, Answer: func(q *dns.Query) *dns.Answer {
			return &dns.Answer{Answer: records(t, fmt.Sprintf("x.lab. TXT %q", q.Key))}
		}})
		w.run(t, func() {
			q := &dns.Request{Stack: w.client, Server: w.addr, Key: key, Tries: 1}
			r, err := q.Do(query("x.lab.", miekg.TypeTXT))
			if err != nil || len(r.Answer) != 1 || r.Answer[0].(*miekg.TXT).Txt[0] != "k.lab." {
				t.Errorf("%s: %v, %v", algorithm, r, err)
			}
			for _, c := range []struct {
				key   *dns.Key
				rcode int
			}{
				{&dns.Key{Name: "k.lab.", Algorithm: key.Algorithm, Secret: []byte("guess")}, miekg.RcodeBadSig},
				{&dns.Key{Name: "other.", Algorithm: key.Algorithm, Secret: key.Secret}, miekg.RcodeBadKey},
			} {
				var no *dns.Error
				q.Key = c.key
				if _, err := q.Do(query("x.lab.", miekg.TypeTXT)); !errors.As(err, &no) || no.Rcode != c.rcode {
					t.Errorf("%s with key %s: %v", algorithm, c.key.Name, err)
				}
			}
			if algorithm != "" {
				return
			}
			old := query("x.lab.", miekg.TypeTXT)
			old.SetTsig("k.lab.", miekg.HmacSHA256, 300, w.client.Now().Add(-301*time.Second).Unix())
			b, _, err := miekg.TsigGenerate(old, "c2VjcmV0IG9mIHRoZSBsYWI=", "", false)
			if err != nil {
				t.Error(err)
			}
			late := new(dns.Message)
			if err := late.Unpack(w.exchange(t, b)); err != nil || late.Rcode != miekg.RcodeNotAuth || late.IsTsig() == nil || late.IsTsig().Error != miekg.RcodeBadTime || late.IsTsig().OtherLen != 6 {
				t.Errorf("a clock that is late: %v", late)
			}
		})
	}
	if _, err := dns.NewKey("k", "hmac-md5", "c2Vj"); err == nil {
		t.Error("hmac-md5 is taken")
	}
	if _, err := dns.NewKey("k", "", "!"); err == nil {
		t.Error("a secret that is no base 64 is taken")
	}
}

func TestUpdate(t *testing.T) {
	const zone = small + "www A 10.0.0.2\nwww A 10.0.0.3\nalias CNAME www\n"
	rr := func(text string) []dns.RR { return records(t, text) }
	for _, c := range []struct {
		name  string
		build func(m *dns.Message)
		rcode int
		want  string // records beyond those of zone, sorted, without SOA; "same" if nothing changed
	}{
		{"add", func(m *dns.Message) { m.Insert(rr("a.lab. A 10.0.0.9")) }, 0, "+a.lab. A 10.0.0.9"},
		{"add what is there", func(m *dns.Message) { m.Insert(rr("www.lab. A 10.0.0.2")) }, 0, "same"},
		{"add beside an alias", func(m *dns.Message) { m.Insert(rr("alias.lab. A 10.0.0.2")) }, 0, "same"},
		{"add an alias beside data", func(m *dns.Message) { m.Insert(rr("www.lab. CNAME ns")) }, 0, "same"},
		{"change an alias", func(m *dns.Message) { m.Insert(rr("alias.lab. CNAME ns")) }, 0, "+alias.lab. CNAME ns.lab. -alias.lab. CNAME www.lab."},
		{"remove one", func(m *dns.Message) { m.Remove(rr("www.lab. A 10.0.0.2")) }, 0, "-www.lab. A 10.0.0.2"},
		{"remove a set", func(m *dns.Message) { m.RemoveRRset(rr("www.lab. A 10.0.0.2")) }, 0, "-www.lab. A 10.0.0.2 -www.lab. A 10.0.0.3"},
		{"remove a name", func(m *dns.Message) { m.RemoveName(rr("www.lab. A 10.0.0.2")) }, 0, "-www.lab. A 10.0.0.2 -www.lab. A 10.0.0.3"},
		{"remove the last NS", func(m *dns.Message) { m.Remove(rr("lab. NS ns")) }, 0, "same"},
		{"remove the apex", func(m *dns.Message) { m.RemoveName(rr("lab. NS ns")) }, 0, "same"},
		{"remove the SOA", func(m *dns.Message) { m.RemoveRRset(rr("lab. SOA ns h 1 2 3 4 5")) }, 0, "same"},
		{"remove what is not there", func(m *dns.Message) { m.Remove(rr("no.lab. A 10.0.0.2")) }, 0, "same"},
		{"an old SOA", func(m *dns.Message) { m.Insert(rr("lab. SOA ns h 0 600 60 3600 60")) }, 0, "same"},
		{"all or nothing", func(m *dns.Message) { m.Insert(rr("a.lab. A 10.0.0.9\nb.other. A 10.0.0.9")) }, miekg.RcodeNotZone, "same"},
		{"a name must be used", func(m *dns.Message) { m.NameUsed(rr("no.lab. A 10.0.0.1")); m.Insert(rr("a.lab. A 10.0.0.9")) }, miekg.RcodeNameError, "same"},
		{"a name is used", func(m *dns.Message) { m.NameUsed(rr("www.lab. A 10.0.0.1")); m.Insert(rr("a.lab. A 10.0.0.9")) }, 0, "+a.lab. A 10.0.0.9"},
		{"a name must be free", func(m *dns.Message) { m.NameNotUsed(rr("www.lab. A 10.0.0.1")); m.Insert(rr("a.lab. A 10.0.0.9")) }, miekg.RcodeYXDomain, "same"},
		{"a name is free", func(m *dns.Message) { m.NameNotUsed(rr("a.lab. A 10.0.0.1")); m.Insert(rr("a.lab. A 10.0.0.9")) }, 0, "+a.lab. A 10.0.0.9"},
		{"a set must be there", func(m *dns.Message) { m.RRsetUsed(rr("www.lab. TXT x")); m.Insert(rr("a.lab. A 10.0.0.9")) }, miekg.RcodeNXRrset, "same"},
		{"a set must not be there", func(m *dns.Message) { m.RRsetNotUsed(rr("www.lab. A 10.0.0.2")); m.Insert(rr("a.lab. A 10.0.0.9")) }, miekg.RcodeYXRrset, "same"},
		{"a set must be just so", func(m *dns.Message) { m.Used(rr("www.lab. A 10.0.0.2")); m.Insert(rr("a.lab. A 10.0.0.9")) }, miekg.RcodeNXRrset, "same"},
		{"a set is just so", func(m *dns.Message) {
			m.Used(rr("www.lab. A 10.0.0.3\nwww.lab. A 10.0.0.2"))
			m.Insert(rr("a.lab. A 10.0.0.9"))
		}, 0, "+a.lab. A 10.0.0.9"},
		{"prerequisite of another zone", func(m *dns.Message) { m.NameUsed(rr("x.other. A 10.0.0.1")) }, miekg.RcodeNotZone, "same"},
		{"no data", func(m *dns.Message) {
			m.Ns = []dns.RR{&miekg.A{Hdr: miekg.RR_Header{Name: "a.lab.", Rrtype: 1, Class: 1}}}
		}, miekg.RcodeFormatError, "same"},
		{"a type of messages", func(m *dns.Message) {
			m.RemoveRRset([]dns.RR{&miekg.ANY{Hdr: miekg.RR_Header{Name: "a.lab.", Rrtype: miekg.TypeAXFR}}})
		}, miekg.RcodeFormatError, "same"},
		{"not a zone", func(m *dns.Message) { m.Question[0].Qtype = miekg.TypeA }, miekg.RcodeFormatError, "same"},
		{"no such zone", func(m *dns.Message) { m.Question[0].Name = "other." }, miekg.RcodeNotAuth, "same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			z, err := dns.ParseZone(zone, dns.ParseOptions{Origin: "lab.", TTL: 60})
			if err != nil {
				t.Fatal(err)
			}
			before := z.Records()
			key := newKey(t, "up", "")
			s := &dns.Server{Stack: w.server, Keys: []*dns.Key{key}}
			s.AddPrimary(z, dns.Primary{Update: dns.Access{Keys: []string{"UP"}}})
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			w.run(t, func() {
				m := new(dns.Message)
				m.SetUpdate("lab.")
				c.build(m)
				q := &dns.Request{Stack: w.client, Server: w.addr}
				if r, err := q.Do(m); err != nil || r.Rcode != miekg.RcodeRefused && r.Rcode != miekg.RcodeNotAuth && r.Rcode != miekg.RcodeFormatError {
					t.Errorf("without a key: %v, %v", r, err)
				}
				q.Key = key
				r, err := q.Do(m)
				if err != nil || r.Rcode != c.rcode {
					t.Errorf("%v, %v", r, err)
				}
			})
			got := difference(before, z.Records())
			if got != c.want || (z.Serial() == 1) != (c.want == "same") {
				t.Errorf("%s with serial %d", got, z.Serial())
			}
		})
	}
}

// difference lists what b has more and less than a, without the SOA.
func difference(a, b []dns.RR) string {
	line := func(rr dns.RR) string {
		return rr.Header().Name + " " + dns.TypeName(rr.Header().Rrtype) + " " + strings.TrimPrefix(rr.String(), rr.Header().String())
	}
	var out []string
	for _, x := range b[1:] {
		if !slices.ContainsFunc(a, func(y dns.RR) bool { return line(x) == line(y) }) {
			out = append(out, "+"+line(x))
		}
	}
	for _, x := range a[1:] {
		if !slices.ContainsFunc(b, func(y dns.RR) bool { return line(x) == line(y) }) {
			out = append(out, "-"+line(x))
		}
	}
	if len(out) == 0 {
		return "same"
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
