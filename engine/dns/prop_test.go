package dns_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	miekg "github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// label is one of few, so that names meet.
func label() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a", "b", "B", "c", "*", "ns"})
}

// owner is a name of the zone lab.
func owner() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		labels := rapid.SliceOfN(label(), 0, 4).Draw(t, "labels")
		return strings.Join(append(labels, "lab."), ".")
	})
}

// record is one of the zone lab.
func record() *rapid.Generator[dns.RR] {
	return rapid.Custom(func(t *rapid.T) dns.RR {
		data := rapid.SampledFrom([]string{"A 10.0.0.1", "A 10.0.0.2", "AAAA fd00::1", "NS ns.lab.", "NS a.b.lab.", "CNAME a.lab.", "CNAME b.a.lab.", "TXT x", "MX 1 a.lab."}).Draw(t, "data")
		ttl := rapid.SampledFrom([]string{"60", "90"}).Draw(t, "ttl")
		rr, err := miekg.NewRR(owner().Draw(t, "owner") + " " + ttl + " " + data)
		if err != nil {
			t.Fatal(err)
		}
		return rr
	})
}

// TestEdits makes random changes and checks that a copy that gets only the changes stays the same, that a change that is rolled back leaves nothing, and that
// the counts are right.
func TestEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, _ := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."})
		copied, _ := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."})
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			before := z.Text()
			e := z.Edit()
			for range rapid.IntRange(1, 5).Draw(t, "steps") {
				rr := record().Draw(t, "record")
				switch rapid.IntRange(0, 3).Draw(t, "what") {
				case 0, 1:
					e.Add(rr)
				case 2:
					e.Remove(rr)
				case 3:
					e.RemoveSet(rr.Header().Name, rr.Header().Rrtype)
				}
			}
			if rapid.Bool().Draw(t, "undo") {
				e.Rollback()
				if z.Text() != before && sorted(z.Text()) != sorted(before) {
					t.Fatalf("undone, but\n%s\nwas\n%s", z.Text(), before)
				}
				continue
			}
			c, err := e.Commit()
			if err != nil {
				if sorted(z.Text()) != sorted(before) {
					t.Fatalf("refused, but\n%s\nwas\n%s", z.Text(), before)
				}
				continue
			}
			if c == nil {
				if sorted(z.Text()) != sorted(before) {
					t.Fatalf("no change, but\n%s\nwas\n%s", z.Text(), before)
				}
				continue
			}
			if err := copied.Apply([]dns.Change{*c}); err != nil || sorted(copied.Text()) != sorted(z.Text()) {
				t.Fatalf("the copy: %v\n%s\nwant\n%s", err, copied.Text(), z.Text())
			}
			if len(z.Records()) != z.Len() {
				t.Fatalf("%d records are counted as %d", len(z.Records()), z.Len())
			}
		}
		if changes, ok := z.Since(1); !ok {
			t.Fatal("the journal is not whole")
		} else if fresh, _ := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."}); fresh.Apply(changes) != nil || sorted(fresh.Text()) != sorted(z.Text()) {
			t.Fatalf("all changes at once:\n%s\nwant\n%s", fresh.Text(), z.Text())
		}
	})
}

// sorted is a text with its lines in order: sets have none, and names are the same in any case.
func sorted(text string) string {
	lines := strings.Split(strings.ToLower(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestLookupAgainstTheRules compares the look-up in random zones with RFC 1034 4.3.2 and RFC 4592 done in the plainest way: over a list of all records.
func TestLookupAgainstTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, _ := dns.ParseZone(small, dns.ParseOptions{Origin: "lab."})
		e := z.Edit()
		for _, rr := range rapid.SliceOfN(record(), 0, 15).Draw(t, "records") {
			e.Add(rr)
		}
		if _, err := e.Commit(); err != nil {
			t.Fatal(err)
		}
		name := owner().Draw(t, "name")
		typ := rapid.SampledFrom([]uint16{miekg.TypeA, miekg.TypeTXT, miekg.TypeNS, miekg.TypeCNAME}).Draw(t, "type")
		a := z.Lookup(name, typ)
		want := plainLookup(z.Records(), strings.ToLower(name), typ)
		var got string
		switch {
		case a.Rcode == miekg.RcodeNameError && len(a.Answer) == 0:
			got = "no name"
		case a.Referral && len(a.Answer) == 0:
			got = "referral to " + strings.ToLower(a.Ns[0].Header().Name)
		case len(a.Answer) == 0:
			got = "no data"
		case a.Answer[0].Header().Rrtype == miekg.TypeCNAME && typ != miekg.TypeCNAME:
			got = "alias " + a.Answer[0].(*miekg.CNAME).Target
		default:
			got = fmt.Sprintf("%d records", len(a.Answer))
		}
		if got != want {
			t.Fatalf("%s %s: %s, want %s\n%s", name, dns.TypeName(typ), got, want, z.Text())
		}
	})
}

// plainLookup answers from a list of records.
func plainLookup(rrs []dns.RR, name string, typ uint16) string {
	at := func(name string) (out []dns.RR) {
		for _, rr := range rrs {
			if strings.EqualFold(rr.Header().Name, name) {
				out = append(out, rr)
			}
		}
		return out
	}
	exists := func(name string) bool {
		for _, rr := range rrs {
			owner := strings.ToLower(rr.Header().Name)
			if owner == name || strings.HasSuffix(owner, "."+name) {
				return true
			}
		}
		return false
	}
	of := func(rrs []dns.RR, typ uint16) (out []dns.RR) {
		for _, rr := range rrs {
			if rr.Header().Rrtype == typ {
				out = append(out, rr)
			}
		}
		return out
	}
	labels := miekg.SplitDomainName(name)
	for i := len(labels) - 2; i >= 0; i-- { // from below the apex down
		above := strings.Join(labels[i:], ".") + "."
		if !exists(above) {
			star := "*." + strings.Join(labels[i+1:], ".") + "."
			if !exists(star) {
				return "no name"
			}
			name = star
			break
		}
		if len(of(at(above), miekg.TypeNS)) > 0 {
			return "referral to " + above
		}
	}
	data := at(name)
	if alias := of(data, miekg.TypeCNAME); len(alias) > 0 && typ != miekg.TypeCNAME {
		return "alias " + alias[0].(*miekg.CNAME).Target
	}
	if set := of(data, typ); len(set) > 0 {
		return fmt.Sprintf("%d records", len(set))
	}
	return "no data"
}
