package resolver_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// program returns the path of a program written by others. Without it the test is skipped, or fails if the environment says
// MOONWIRE_INTEROP=require.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		text := fmt.Sprintf("no %s (Debian: apt-get install %s)", name, debian)
		if os.Getenv("MOONWIRE_INTEROP") == "require" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	return path
}

// loopback runs f as a process on the machine's network, which it may use on 127.0.0.1.
func loopback(t *testing.T, f func(s *stack.Stack)) {
	t.Helper()
	allow, err := osnet.ParseAllow("127.0.0.1:*", "[::1]:*")
	if err != nil {
		t.Fatal(err)
	}
	w, err := engine.New(engine.Options{Real: true, Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	s := h.NewStack("test")
	main := s.Go("main", func() {
		defer s.Close()
		f(s)
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}

// output runs a program without holding the baton, and returns what it prints.
func output(s *stack.Stack, path string, args ...string) string {
	var out []byte
	s.Scheduler().Block(sim.Wait{Call: "run"}, func() { out, _ = exec.Command(path, args...).Output() })
	return string(out)
}

const labZone = `$ORIGIN lab.
$TTL 3600
@ IN SOA ns root 1 7200 900 604800 300
@ NS ns
@ NS ns.elsewhere.example.
@ MX 10 mail
@ MX 20 ns
@ TXT "hello world" "second \"string\"" "semi;colon \200"
ns A 127.0.0.1
mail A 10.0.0.1
mail AAAA 2001:db8::1
www CNAME mail
ext CNAME www.example.com.
sub NS ns.sub
ns.sub A 10.0.0.9
host HINFO "PC" "Linux"
_sip._tcp SRV 1 2 5060 mail
a-very-long-name-that-goes-beyond-the-column A 10.0.0.5
exactly-twenty-chars A 10.0.0.6
caa CAA 0 issue "ca.example.net"
rp RP root mail
loc LOC 38 39 40.000 N 9 12 0.000 W 100.00m 1m 10000m 10m
naptr NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.lab.
ptr PTR mail
odd TYPE65280 \# 4 0A000001
1.0.0.127 PTR ns
`

// TestTools compares what our commands print with what dig, nslookup and host print of the same server.
func TestTools(t *testing.T) {
	dig, nslookup, host := program(t, "dig", "bind9-dnsutils"), program(t, "nslookup", "bind9-dnsutils"), program(t, "host", "bind9-host")
	loopback(t, func(s *stack.Stack) {
		z, err := dns.ParseZone(labZone, dns.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		server := &dns.Server{Stack: s, Addrs: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}}
		reverse, _ := dns.ParseZone("$ORIGIN 0.0.127.in-addr.arpa.\n@ 60 SOA ns.lab. root.lab. 1 2 3 4 5\n@ 60 NS ns.lab.\n1 60 PTR ns.lab.\n", dns.ParseOptions{})
		server.Answer = func(q *dns.Query) *dns.Answer { // in the same order each time
			if strings.HasSuffix(q.Name, "arpa.") {
				return reverse.Lookup(q.Name, q.Type)
			}
			return z.Lookup(q.Name, q.Type)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		port := fmt.Sprint(server.Addr().Port())
		tool := resolver.Tool{Stack: s, Config: resolver.ParseConfig("")}
		for _, words := range []string{"www.lab", "lab MX +norecurse", "lab TXT", "lab TXT +short", "nope.lab", "x.sub.lab +noedns", "lab SOA +tcp", "-x 127.0.0.1",
			"a-very-long-name-that-goes-beyond-the-column.lab", "exactly-twenty-chars.lab", "_sip._tcp.lab SRV", "host.lab HINFO", "caa.lab CAA", "rp.lab RP", "loc.lab LOC", "naptr.lab NAPTR", "ptr.lab PTR",
			"odd.lab TYPE65280", "lab NS +noall +answer", "lab MX +noall +answer +authority", "lab MX +nocomments", "lab MX +nostats", "lab MX +nocmd +noquestion", "www.lab +short", "lab ANY", "other.example",
			"lab A +cdflag +noadflag", "lab A +dnssec", "mail.lab AAAA +bufsize=4096", "MX -q lab", "-t mx lab"} {
			args := append([]string{"@127.0.0.1", "-p", port}, strings.Fields(words)...)
			want := output(s, dig, append(args, "+nocookie")...)
			got, _, err := tool.Dig(args)
			if err != nil {
				t.Errorf("dig %s: %v", words, err)
			}
			if diff := cmp.Diff(same(want), same(got)); diff != "" {
				t.Errorf("dig %s (-dig +ours):\n%s", words, diff)
			}
		}
		for _, words := range []string{"www.lab", "-type=mx lab", "-type=txt lab", "-type=soa lab", "-type=ns lab", "nope.lab", "-type=mx ns.lab", "ext.lab", "mail.lab", "-type=hinfo host.lab",
			"-type=srv _sip._tcp.lab", "-type=aaaa mail.lab", "x.sub.lab", "-type=mx x.sub.lab", "127.0.0.1", "-type=cname www.lab", "-type=caa caa.lab", "-type=a lab", "lab", "other.example", "-vc www.lab"} {
			args := append([]string{"-port=" + port}, append(strings.Fields(words), "127.0.0.1")...)
			want := output(s, nslookup, args...)
			got, err := tool.NSLookup(args)
			compareTool(t, "nslookup "+words, want, got, err)
		}
		for _, words := range []string{"www.lab", "-t mx lab", "-t txt lab", "-t soa lab", "-t ns lab", "nope.lab", "-t mx ns.lab", "ext.lab", "mail.lab", "lab", "-t hinfo host.lab",
			"-t srv _sip._tcp.lab", "x.sub.lab", "127.0.0.1", "-t cname www.lab", "-t a nope.lab", "-t caa caa.lab", "-t rp rp.lab", "-t loc loc.lab", "-T -t txt lab", "other.example"} {
			args := append([]string{"-p", port}, append(strings.Fields(words), "127.0.0.1")...)
			want := output(s, host, args...)
			got, err := tool.Host(args)
			compareTool(t, "host "+words, want, got, err)
		}
	})
}

func compareTool(t *testing.T, name, want, got string, err error) {
	t.Helper()
	if err != nil {
		var failed *resolver.ToolError
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v", name, err)
		}
		got = failed.Output
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-theirs +ours):\n%s", name, diff)
	}
}

var (
	varies  = regexp.MustCompile(`(; <<>> DiG) \S+ |(, id:) \d+|(;; Query time:) \d+|(;; WHEN:) .*`)
	noTurns = strings.NewReplacer(" +nocookie", "")
)

// same takes out what differs from run to run.
func same(text string) string {
	return noTurns.Replace(varies.ReplaceAllString(text, "$1$2$3$4 "))
}
