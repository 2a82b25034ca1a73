package dns_test

import (
	"encoding/binary"
	"strings"
	"testing"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// FuzzParseZone gives the parser any text. What it takes is a zone that can be written, read again, asked and transferred.
func FuzzParseZone(f *testing.F) {
	f.Add(lab)
	f.Add(small)
	f.Add("$GENERATE 1-9 h$ A 10.0.0.$\n" + small)
	f.Add("@ SOA ns h 1 2 3 4 5\n@ NS ns\n\\097\\.b TXT \"\\200\\\"\" \"\"\nx TYPE65280 \\# 2 abcd\n*.*.y CNAME *.z\nz DNAME .\n")
	f.Add("$ORIGIN a.\n$TTL 1w2d\n@ ( SOA ns h ; note\n 1 2 3\n 4 5 )\n@ NS ns")
	f.Fuzz(func(t *testing.T, text string) {
		z, err := dns.ParseZone(text, dns.ParseOptions{Origin: "lab.", Records: 1000, Bytes: 1 << 16})
		if err != nil {
			var parse *dns.ParseError
			if !errorsAs(err, &parse) || parse.File == "" {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if err := z.Complete(); err != nil || z.Len() > 1000 || len(z.Records()) != z.Len() {
			t.Fatalf("%v with %d records", err, z.Len())
		}
		z.Remarks()
		copied, _ := dns.NewZone("lab.")
		if err := copied.Replace(z.Records()); err != nil || copied.Text() != z.Text() {
			t.Fatalf("a copy: %v\n%s\n%s", err, z.Text(), copied.Text())
		}
		for _, rr := range z.Records() {
			if a := z.Lookup(rr.Header().Name, rr.Header().Rrtype); a.Rcode == miekg.RcodeNameError {
				t.Fatalf("%s is not found", rr)
			}
		}
	})
}

func errorsAs(err error, target **dns.ParseError) bool {
	parse, ok := err.(*dns.ParseError)
	*target = parse
	return ok
}

// messages are seeds for fuzzing.
func messages(f *testing.F) {
	for _, name := range []string{"www.lab.", "nobody.lab.", "q.wild.lab.", "x.sub.lab.", "h.old.lab.", ".", "loop1.lab."} {
		for _, typ := range []uint16{miekg.TypeA, miekg.TypeANY, miekg.TypeIXFR, miekg.TypeDS, miekg.TypeOPT} {
			q := query(name, typ)
			b, _ := q.Pack()
			f.Add(b)
			q.SetEdns0(4096, true)
			b, _ = q.Pack()
			f.Add(b)
		}
	}
	u := new(dns.Message)
	u.SetUpdate("lab.")
	u.Insert(records(f, "a.lab. A 10.0.0.1\nwww.lab. CNAME a\n"))
	u.RemoveName(records(f, "www.lab. A 10.0.0.1"))
	u.Remove(records(f, "mail.lab. A 10.0.0.2"))
	u.NameUsed(records(f, "ns.lab. A 10.0.0.1"))
	u.Used(records(f, "ns.lab. A 10.0.0.1"))
	b, _ := u.Pack()
	f.Add(b)
	u.SetTsig("key.lab.", miekg.HmacSHA256, 300, 1767225600)
	b, _, _ = miekg.TsigGenerate(u, secret, "", false)
	f.Add(b)
	n := new(dns.Message)
	n.SetNotify("lab.")
	b, _ = n.Pack()
	f.Add(b)
}

// FuzzServer gives a server any datagram. What it answers is a message with the same id that fits, and the zone stays whole.
func FuzzServer(f *testing.F) {
	messages(f)
	w := newWorld(f)
	key := newKey(f, "key.lab", "")
	f.Fuzz(func(t *testing.T, raw []byte) {
		z := zone(t, lab)
		s := &dns.Server{Stack: w.server, Keys: []*dns.Key{key}}
		s.AddPrimary(z, dns.Primary{Transfer: dns.Anybody(), Update: dns.Anybody()})
		for range 2 { // the second may come from the cache
			out := dns.Respond(s, raw)
			if len(out) == 0 {
				if len(raw) >= 12 && raw[2]&0x80 == 0 {
					t.Fatalf("no reply")
				}
				continue
			}
			if len(out) > dns.DefaultUDPSize || binary.BigEndian.Uint16(out) != binary.BigEndian.Uint16(raw) || out[2]&0x80 == 0 {
				t.Fatalf("reply %x", out)
			}
			if err := new(dns.Message).Unpack(out); err != nil {
				t.Fatalf("reply %x: %v", out, err)
			}
		}
		if err := z.Complete(); err != nil {
			t.Fatal(err)
		}
		if n := len(z.Records()); n != z.Len() {
			t.Fatalf("%d records are counted as %d", n, z.Len())
		}
	})
}

// FuzzTransfer gives the reader of transfers any messages. What it takes is applied to a zone or refused.
func FuzzTransfer(f *testing.F) {
	f.Add(small + "@ SOA ns h 1 600 60 3600 60\n")
	f.Add("@ SOA ns h 3 2 3 4 5\n@ SOA ns h 1 2 3 4 5\nns A 10.0.0.1\n@ SOA ns h 2 2 3 4 5\nns A 10.0.0.2\n@ SOA ns h 2 2 3 4 5\n@ SOA ns h 3 2 3 4 5\n@ SOA ns h 3 2 3 4 5\n")
	f.Add("@ SOA ns h 1 2 3 4 5\n")
	f.Fuzz(func(t *testing.T, text string) {
		rrs, err := dns.ParseRecords(text, dns.ParseOptions{Origin: "lab.", Records: 1000, Bytes: 1 << 16})
		if err != nil {
			return
		}
		z, _ := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."})
		before := z.Text()
		for _, have := range []*miekg.SOA{nil, z.SOA()} {
			d, err := dns.ReadTransfer("lab.", have, rrs)
			if err != nil || d == nil {
				continue
			}
			if d.Whole {
				fresh, _ := dns.NewZone("lab.")
				fresh.Replace(d.Records)
				continue
			}
			if err := z.Apply(d.Changes); err != nil && len(d.Changes) == 1 && z.Text() != before {
				t.Fatalf("a change that failed left\n%s", z.Text())
			}
			if err := z.Complete(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzJournal gives a store any journal.
func FuzzJournal(f *testing.F) {
	f.Add("-@ SOA ns h 1 600 60 3600 60\n+@ SOA ns h 2 600 60 3600 60\n+a A 10.0.0.1\n.\n-@ SOA")
	f.Add("nonsense\n.\n.\n")
	f.Fuzz(func(t *testing.T, journal string) {
		files := memory(map[string]string{"/lab": "$ORIGIN lab.\n$TTL 3600\n" + small, "/lab.journal": journal})
		z, err := dns.OpenStore(files, "/lab", dns.ParseOptions{Bytes: 1 << 16})
		if err != nil {
			return
		}
		again, err := dns.OpenStore(files, "/lab", dns.ParseOptions{})
		if err != nil || again.Text() != z.Text() {
			t.Fatalf("%v\n%s", err, strings.TrimSpace(z.Text()))
		}
	})
}
