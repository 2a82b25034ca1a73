package dns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

func TestRecordText(t *testing.T) {
	for _, c := range []struct{ record, want string }{
		{"www.lab. 60 A 192.0.2.1", "www.lab.\t\t60\tIN\tA\t192.0.2.1"},
		{". 518400 NS a.root-servers.net.", ".\t\t\t518400\tIN\tNS\ta.root-servers.net."},
		{"a23-bytes-long-name.lab. 60 A 192.0.2.1", "a23-bytes-long-name.lab. 60\tIN\tA\t192.0.2.1"},
		{"a-name-of-22-bytes.lab. 60 A 192.0.2.1", "a-name-of-22-bytes.lab.\t60\tIN\tA\t192.0.2.1"},
		{"a-very-long-name-that-goes-beyond-the-column.lab. 3600 A 10.0.0.5", "a-very-long-name-that-goes-beyond-the-column.lab. 3600 IN A 10.0.0.5"},
		{"lab. 60 SOA ns.lab. root.lab. 1 2 3 4 5", "lab.\t\t\t60\tIN\tSOA\tns.lab. root.lab. 1 2 3 4 5"},
		{`lab. 60 TXT "a;b" "c\"d"`, "lab.\t\t\t60\tIN\tTXT\t\"a;b\" \"c\\\"d\""},
		{`lab. 60 TYPE65280 \# 4 0a000001`, "lab.\t\t\t60\tIN\tTYPE65280 \\# 4 0A000001"},
		{"lab. 60 LOC 38 39 40.5 S 9 12 0 W -10.25m 2m", "lab.\t\t\t60\tIN\tLOC\t38 39 40.500 S 9 12 0.000 W -10.25m 2m 10000m 10m"},
	} {
		rrs, err := dns.ParseRecords(c.record, dns.ParseOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.record, err)
			continue
		}
		if got := dns.RecordText(rrs[0]); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestDigText(t *testing.T) {
	m := question("www.lab.")
	m.Id, m.Response, m.RecursionDesired, m.Truncated, m.Zero = 7, true, true, true, true
	m.SetEdns0(4096, true)
	want := `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7
;; flags: qr tc rd; MBZ: 0x4; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1
;; WARNING: recursion requested but not available

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags: do; udp: 4096
;; QUESTION SECTION:
;www.lab.			IN	A

`
	if diff := cmp.Diff(want, dns.DigText(m, dns.WholeView())); diff != "" {
		t.Error(diff)
	}
}

// FuzzDigText prints whatever can be read as a message: neither may fail.
func FuzzDigText(f *testing.F) {
	for _, text := range []string{"a. A 1.2.3.4\na. TXT \"x\"", "a. LOC 1 N 2 E 3m", "a. NAPTR 1 2 \"s\" \"t\" \"u\" b.", "a. SVCB 1 . alpn=h2", "a. RRSIG A 8 2 3600 20260101000000 20260101000000 1 a. AAAA", "a. CAA 0 issue \"x\"", "a. TYPE999 \\# 0"} {
		rrs, err := dns.ParseRecords(text, dns.ParseOptions{})
		if err != nil {
			f.Fatal(err)
		}
		m := question("a.")
		m.Response, m.Answer = true, rrs
		b, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	m := question("a.")
	m.SetEdns0(512, false)
	b, _ := m.Pack()
	f.Add(append(b[:len(b)-2:len(b)-2], 0, 8, 0, 10, 0, 4, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := new(dns.Message)
		if m.Unpack(data) != nil {
			return
		}
		for _, text := range []string{dns.DigText(m, dns.WholeView()), dns.Describe(m)} {
			if text == "" || strings.ContainsRune(text, 0) {
				t.Errorf("%q", text)
			}
		}
	})
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		want    string
		records []string
	}{
		{"answer www.lab A 10.0.0.1 10.0.0.2", []string{"www.lab. A 10.0.0.1", "www.lab. A 10.0.0.2"}},
		{"answer www.lab CNAME web.lab A 10.0.0.1", []string{"www.lab. CNAME web.lab.", "web.lab. A 10.0.0.1"}},
		{"answer www.lab A 10.0.0.1 10.0.0.1 10.0.0.1 10.0.0.1 …",
			[]string{"www.lab. A 10.0.0.1", "www.lab. A 10.0.0.1", "www.lab. A 10.0.0.1", "www.lab. A 10.0.0.1", "www.lab. A 10.0.0.1"}},
		{"no data www.lab A", nil},
	} {
		m := question("www.lab.")
		m.Response = true
		for _, text := range c.records {
			rr, err := miekg.NewRR(text)
			if err != nil {
				t.Fatal(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		if got := dns.Describe(m); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestLongestName(t *testing.T) {
	four := strings.Repeat("."+strings.Repeat("x", 45), 4) // 184 bytes
	for last, fits := range map[int]bool{62: true, 63: false} {
		// On the wire each label has its length before it, and the root's zero ends the name.
		name := strings.Repeat("y", last) + four + ".xxxxxx." // 255 or 256
		if _, err := dns.Fqdn(name); (err == nil) != fits {
			t.Errorf("a name of %d bytes: %v", len(name)+1, err)
		}
	}
}
