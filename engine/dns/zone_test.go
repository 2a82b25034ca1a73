package dns_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// lab is a zone with all that a look-up can meet.
const lab = `
$ORIGIN lab.
$TTL 300
@       IN SOA ns.lab. hostmaster.lab. 7 3600 600 86400 60
        IN NS  ns
        IN NS  ns.elsewhere.
        IN MX  10 mail
ns      IN A   10.0.0.1
        IN AAAA fd00::1
mail    IN A   10.0.0.2
www     IN A   10.0.0.3
        IN A   10.0.0.4
        IN A   10.0.0.5
        IN TXT "hello"
web     IN CNAME www
far     IN CNAME www.elsewhere.
gone    IN CNAME nobody
loop1   IN CNAME loop2
loop2   IN CNAME loop1
WIDE.Case IN A 10.0.0.6
a.b.c   IN A   10.0.0.7
*.wild  IN A   10.0.0.8
        IN MX  5 mail
x.wild  IN TXT "no address here"
*.alias IN CNAME www
sub     IN NS  ns.sub
        IN NS  ns.other
ns.sub  IN A   10.0.1.1
other   IN NS  ns.other
ns.other IN A  10.0.2.1
old     IN DNAME new
h.new   IN A   10.0.0.9
_sip._udp IN SRV 1 2 5060 mail
host    IN HINFO "pdp-11" "unix"
`

func zone(t testing.TB, text string) *dns.Zone {
	t.Helper()
	z, err := dns.ParseZone(text, dns.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// show writes an answer in few words.
func show(a *dns.Answer) string {
	var b strings.Builder
	b.WriteString(dns.RcodeName(a.Rcode))
	if a.Authoritative {
		b.WriteString(" aa")
	}
	for _, s := range []struct {
		name string
		rrs  []dns.RR
	}{{"", a.Answer}, {"ns:", a.Ns}, {"extra:", a.Extra}} {
		for i, rr := range s.rrs {
			if i == 0 {
				b.WriteString(" | " + s.name)
			}
			h := rr.Header()
			fmt.Fprintf(&b, " %s %d %s %s", h.Name, h.Ttl, dns.TypeName(h.Rrtype), strings.TrimPrefix(rr.String(), h.String()))
		}
	}
	return strings.ReplaceAll(b.String(), "|  ", "| ")
}

func TestLookup(t *testing.T) {
	z := zone(t, lab)
	const ns = " | ns: lab. 300 NS ns.lab. lab. 300 NS ns.elsewhere."
	const soa = " | ns: lab. 60 SOA ns.lab. hostmaster.lab. 7 3600 600 86400 60"
	const extra = " | extra: ns.lab. 300 A 10.0.0.1 ns.lab. 300 AAAA fd00::1"
	for _, c := range []struct{ name, typ, want string }{
		{"ns.lab.", "A", "NOERROR aa | ns.lab. 300 A 10.0.0.1" + ns + " | extra: ns.lab. 300 AAAA fd00::1"},
		{"www.lab.", "A", "NOERROR aa | www.lab. 300 A 10.0.0.3 www.lab. 300 A 10.0.0.4 www.lab. 300 A 10.0.0.5" + ns + extra},
		{"www.lab.", "AAAA", "NOERROR aa" + soa},
		{"nobody.lab.", "A", "NXDOMAIN aa" + soa},
		{"nobody.www.lab.", "A", "NXDOMAIN aa" + soa},
		{"lab.", "SOA", "NOERROR aa | lab. 300 SOA ns.lab. hostmaster.lab. 7 3600 600 86400 60" + ns + extra},
		{"lab.", "NS", "NOERROR aa | lab. 300 NS ns.lab. lab. 300 NS ns.elsewhere." + extra},
		{"lab.", "MX", "NOERROR aa | lab. 300 MX 10 mail.lab." + ns + " | extra: mail.lab. 300 A 10.0.0.2 ns.lab. 300 A 10.0.0.1 ns.lab. 300 AAAA fd00::1"},
		{"_sip._udp.lab.", "SRV", "NOERROR aa | _sip._udp.lab. 300 SRV 1 2 5060 mail.lab." + ns + " | extra: mail.lab. 300 A 10.0.0.2 ns.lab. 300 A 10.0.0.1 ns.lab. 300 AAAA fd00::1"},
		{"web.lab.", "TXT", `NOERROR aa | web.lab. 300 CNAME www.lab. www.lab. 300 TXT "hello"` + ns + extra},
		{"web.lab.", "CNAME", "NOERROR aa | web.lab. 300 CNAME www.lab." + ns + extra},
		{"web.lab.", "AAAA", "NOERROR aa | web.lab. 300 CNAME www.lab." + soa},
		{"far.lab.", "A", "NOERROR aa | far.lab. 300 CNAME www.elsewhere."},
		{"gone.lab.", "A", "NXDOMAIN aa | gone.lab. 300 CNAME nobody.lab." + soa},
		{"wide.case.lab.", "A", "NOERROR aa | WIDE.Case.lab. 300 A 10.0.0.6" + ns + extra},
		{"b.c.lab.", "A", "NOERROR aa" + soa},    // an empty non-terminal
		{"c.lab.", "A", "NOERROR aa" + soa},      // another
		{"z.b.c.lab.", "A", "NXDOMAIN aa" + soa}, // below one
		{"_udp.lab.", "SRV", "NOERROR aa" + soa}, // one more
		{"y.wild.lab.", "A", "NOERROR aa | y.wild.lab. 300 A 10.0.0.8" + ns + extra},
		{"Y.z.WILD.lab.", "A", "NOERROR aa | Y.z.WILD.lab. 300 A 10.0.0.8" + ns + extra},
		{"y.wild.lab.", "TXT", "NOERROR aa" + soa},
		{"x.wild.lab.", "A", "NOERROR aa" + soa},    // a name that is there hides the wildcard
		{"y.x.wild.lab.", "A", "NXDOMAIN aa" + soa}, // and what is below it
		{"wild.lab.", "A", "NOERROR aa" + soa},
		{"*.wild.lab.", "A", "NOERROR aa | *.wild.lab. 300 A 10.0.0.8" + ns + extra},
		{"q.alias.lab.", "TXT", `NOERROR aa | q.alias.lab. 300 CNAME www.lab. www.lab. 300 TXT "hello"` + ns + extra},
		{"sub.lab.", "A", "NOERROR | ns: sub.lab. 300 NS ns.sub.lab. sub.lab. 300 NS ns.other.lab. | extra: ns.sub.lab. 300 A 10.0.1.1 ns.other.lab. 300 A 10.0.2.1"},
		{"q.sub.lab.", "NS", "NOERROR | ns: sub.lab. 300 NS ns.sub.lab. sub.lab. 300 NS ns.other.lab. | extra: ns.sub.lab. 300 A 10.0.1.1 ns.other.lab. 300 A 10.0.2.1"},
		{"ns.sub.lab.", "A", "NOERROR | ns: sub.lab. 300 NS ns.sub.lab. sub.lab. 300 NS ns.other.lab. | extra: ns.sub.lab. 300 A 10.0.1.1 ns.other.lab. 300 A 10.0.2.1"},
		{"sub.lab.", "DS", "NOERROR aa" + soa}, // the parent's
		{"h.old.lab.", "A", "NOERROR aa | old.lab. 300 DNAME new.lab. h.old.lab. 300 CNAME h.new.lab. h.new.lab. 300 A 10.0.0.9" + ns + extra},
		{"old.lab.", "DNAME", "NOERROR aa | old.lab. 300 DNAME new.lab." + ns + extra},
		{"lab.", "ANY", "NOERROR aa | lab. 300 NS ns.lab. lab. 300 NS ns.elsewhere." + extra},
		{"host.lab.", "HINFO", `NOERROR aa | host.lab. 300 HINFO "pdp-11" "unix"` + ns + extra},
		{"www.elsewhere.", "A", "REFUSED"},
		{".", "A", "REFUSED"},
	} {
		if got := show(z.Lookup(c.name, miekg.StringToType[c.typ])); got != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.name, c.typ, got, c.want)
		}
	}
	if a := z.Lookup("loop1.lab.", miekg.TypeA); a.Rcode != 0 || len(a.Answer) != 16 {
		t.Errorf("a loop of aliases: %s", show(a))
	}
}

func TestDNAMETooLong(t *testing.T) {
	z := zone(t, "lab. SOA ns.lab. h.lab. 1 2 3 4 5\nlab. NS ns.lab.\nd.lab. DNAME "+strings.Repeat("x", 60)+".lab.\n")
	name := strings.Repeat("abcdefghijklmnopqrstuvwxyz01234.", 7) + "d.lab."
	if a := z.Lookup(name, miekg.TypeA); a.Rcode != miekg.RcodeYXDomain {
		t.Errorf("a name that becomes too long: %s", show(a))
	}
}

func TestParseZoneErrors(t *testing.T) {
	const head = "$ORIGIN lab.\n@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\n"
	long := strings.Repeat("a", 64)
	for _, c := range []struct{ text, want string }{
		{"www.lab. 60 A 1.2.3.4\n", "zone: no SOA, and no origin given"},
		{"lab. 60 SOA ns.lab. h.lab. 1 2 3 4 5\n", "zone: the zone lab. has no NS at its apex"},
		{head + "www 60 A 1.2.3\n", `zone:4: bad A A: "1.2.3"`},
		{head + "\n\nwww 60 FOO 1.2.3.4\n", `zone:6: expecting RR type or class, not this...: "FOO"`},
		{head + "www 60 CNAME a\nwww 60 A 1.2.3.4\n", "zone:5: www.lab. A: the name has a CNAME"},
		{head + "www 60 A 1.2.3.4\nwww 60 CNAME a\n", "zone:5: www.lab. CNAME: the name has other data"},
		{head + "www 60 CNAME a\nwww 60 CNAME b\n", "zone:5: www.lab. has a second CNAME"},
		{head + "@ 60 SOA ns h 2 2 3 4 5\n", "zone:4: lab. has a second SOA"},
		{head + "sub 60 SOA ns h 2 2 3 4 5\n", "zone:4: sub.lab. SOA: not at the zone's apex lab."},
		{head + "www.other. 60 A 1.2.3.4\n", "zone:4: www.other. is not in the zone lab."},
		{head + "xlab. 60 A 1.2.3.4\n", "zone:4: xlab. is not in the zone lab."},
		{head + "www 60 CH A 1.2.3.4\n", "zone:4: www.lab. has class CH; only IN is served"},
		{head + long + " 60 A 1.2.3.4\n", `zone:4: bad owner name: "` + long + `"`},
		{head + strings.Repeat("abcdefg.", 32) + " 60 A 1.2.3.4\n", "zone:4: " + strings.Repeat("abcdefg.", 32)[:77] + "...: longer than 255 bytes"},
		{head + "www 60 MX 10 " + long + "\n", `zone:4: bad MX Mx: "` + long + `"`},
		{head + "www 3000000000 A 1.2.3.4\n", "zone:4: www.lab. A: a TTL of more than 2147483647 s"},
		{head + "www 60 DNSKEY 256 3 8 !!!!\n", "zone:4: www.lab. DNSKEY: data that no message can carry"},
		{head + "$INCLUDE other\n", `zone:4: $INCLUDE directive not allowed: "other"`},
		{head + "www 60 TYPE252 \\# 0\n", "zone:4: www.lab.: type AXFR is for messages, not for zones"},
		{head + "x 60 TXT \"open\n", `zone:5: bad TXT Txt: " "`},
		{head + "$GENERATE 1-2000 h$ A 10.0.0.1\n", "zone:4: more than 1000 records"},
		{head + strings.Repeat("$generate 1-400 ; nothing\n", 100), "zone:6: more than 1000 records"},
		{head + strings.Repeat("$GENERATE 1-1 ;\n", 1001), "zone:1004: more than 1000 lines with $GENERATE"},
		{head + "$GENERATE 1-2 h$ TXT (\n" + strings.Repeat("x\n", 1000), "zone:4: $GENERATE with brackets, or quotes that do not match"},
		{head + "$GENERATE 1-2 h$ TXT \"\n" + strings.Repeat("x\n", 1000), "zone:4: $GENERATE with brackets, or quotes that do not match"},
		{head + "$GENERATE 1-2 h$ TXT " + strings.Repeat("x ", 1000), "zone:4: a line of more than 500 bytes with $GENERATE"},
		{head + "$GENERATE 9-1 h$ A 10.0.0.1\n", `zone:4: bad range in $GENERATE range: "9-1"`},
	} {
		_, err := dns.ParseZone(c.text, dns.ParseOptions{Records: 1000})
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestGenerate(t *testing.T) {
	z := zone(t, "$ORIGIN lab.\n"+small+"$GENERATE 1-30/3 h$ A 10.0.0.$\n")
	if z.Len() != 13 || len(z.Lookup("h28.lab.", miekg.TypeA).Answer) != 1 {
		t.Errorf("%d records\n%s", z.Len(), z.Text())
	}
}

func TestInclude(t *testing.T) {
	files := fstest.MapFS{
		"hosts":  {Data: []byte("www 60 A 10.0.0.1\n\nftp 60 A 10.0.0.2\n")},
		"broken": {Data: []byte("www 60 A 10.0.0.1\n\nftp 60 A 10.0.0\n")},
		"self":   {Data: []byte("$INCLUDE self\n")},
	}
	const head = "$ORIGIN lab.\n@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\n"
	z, err := dns.ParseZone(head+"$INCLUDE hosts\n", dns.ParseOptions{Include: files})
	if err != nil || z.Len() != 4 {
		t.Errorf("%v", err)
	}
	for _, c := range []struct{ text, want string }{
		{"$INCLUDE broken\n", `broken:3: bad A A: "10.0.0"`},
		{"$INCLUDE self\n", `self:1: too deeply nested $INCLUDE: "self"`},
		{"$INCLUDE none\n", "zone:4: failed to open"},
		{"$INCLUDE ../none\n", "zone:4: failed to open"},
	} {
		_, err := dns.ParseZone(head+c.text, dns.ParseOptions{Include: files})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
	if _, err := dns.ParseZone(head+"$INCLUDE hosts\n", dns.ParseOptions{Include: files, Bytes: 70}); err == nil || !strings.HasSuffix(err.Error(), "too much text") {
		t.Errorf("more text than allowed: %v", err)
	}
}

// TestRecordsRoundTrip writes a zone as text and reads it again.
func TestRecordsRoundTrip(t *testing.T) {
	z := zone(t, lab)
	var text strings.Builder
	for _, rr := range z.Records() {
		text.WriteString(rr.String() + "\n")
	}
	again := zone(t, text.String())
	if diff := cmp.Diff(fmt.Sprint(z.Records()), fmt.Sprint(again.Records())); diff != "" || z.Len() != again.Len() || len(z.Records()) != z.Len() {
		t.Errorf("%d and %d records, %s", z.Len(), again.Len(), diff)
	}
}
