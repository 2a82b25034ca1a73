package resolver_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

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
	dig, nslookup, host := interop.Program(t, "dig", "bind9-dnsutils"), interop.Program(t, "nslookup", "bind9-dnsutils"), interop.Program(t, "host", "bind9-host")
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

// internet starts servers of a small internet on 127.0.0.1 and ::1, and a local server for it, whose address it returns. All have ports of their own
// choice, which the root's addresses cannot say: the local server forwards to one that has all zones.
func internet(t *testing.T, s *stack.Stack) (*dns.Server, *resolver.Recursor) {
	t.Helper()
	above := &dns.Server{Stack: s, Addrs: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}}
	var long []string
	for i := range 40 {
		long = append(long, fmt.Sprintf(`long TXT "number %d of many records that do not fit a datagram together"`, i))
	}
	for _, text := range []string{labZone, zone("example.com.", "ns", "ns A 127.0.0.1", "www 60 A 192.0.2.80", strings.Join(long, "\n"))} {
		z, err := dns.ParseZone(text, dns.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		above.AddZone(z)
	}
	if err := above.Start(); err != nil {
		t.Fatal(err)
	}
	local := &dns.Server{Stack: s, Addrs: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}}
	r := &resolver.Recursor{Stack: s, Forward: []netip.AddrPort{above.Addr()}}
	r.Serve(local)
	if err := local.Start(); err != nil {
		t.Fatal(err)
	}
	return local, r
}

// TestRealClients lets dig, nslookup and host ask our local server.
func TestRealClients(t *testing.T) {
	dig, nslookup, host := interop.Program(t, "dig", "bind9-dnsutils"), interop.Program(t, "nslookup", "bind9-dnsutils"), interop.Program(t, "host", "bind9-host")
	loopback(t, func(s *stack.Stack) {
		local, r := internet(t, s)
		defer local.Close()
		port := fmt.Sprint(local.Addr().Port())
		for _, c := range []struct {
			words string
			want  []string
		}{
			{"ext.lab", []string{"status: NOERROR", "flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1", "ext.lab.\t\t3600\tIN\tCNAME\twww.example.com.", "www.example.com.\t60\tIN\tA\t192.0.2.80"}},
			{"long.example.com TXT", []string{"flags: qr rd ra;", "ANSWER: 40", "(TCP)", "\"number 39 of many"}},
			{"long.example.com TXT +ignore", []string{"flags: qr tc rd ra;"}},
			{"nobody.lab", []string{"status: NXDOMAIN", "lab.\t\t\t300\tIN\tSOA\tns.lab. root.lab."}},
			{"mail.lab MX", []string{"status: NOERROR", "ANSWER: 0, AUTHORITY: 1"}},
			{"MAIL.Lab", []string{"MAIL.Lab.\t\t3600\tIN\tA\t10.0.0.1"}},
			{"www.lab +norecurse", []string{"flags: qr ra;"}},
			{"-x 127.0.0.1 +tries=1 +time=2", []string{"status: SERVFAIL"}},
			{"www.lab +tcp +keepopen", []string{"10.0.0.1", "(TCP)"}},
			{"www.lab CH TXT", []string{"status: REFUSED"}},
		} {
			got := output(s, dig, append([]string{"@127.0.0.1", "-p", port}, strings.Fields(c.words)...)...)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("dig %s: no %q in\n%s", c.words, want, got)
				}
			}
		}
		if got := output(s, nslookup, "-port="+port, "www.lab", "127.0.0.1"); !strings.Contains(got, "Non-authoritative answer:\nwww.lab\tcanonical name = mail.lab.\nName:\tmail.lab\nAddress: 10.0.0.1\nName:\tmail.lab\nAddress: 2001:db8::1\n") {
			t.Errorf("nslookup:\n%s", got)
		}
		if got := output(s, host, "-p", port, "-t", "mx", "lab", "127.0.0.1"); !strings.Contains(got, "lab mail is handled by 10 mail.lab.") {
			t.Errorf("host:\n%s", got)
		}
		if st := r.Stats(); st.Failures > 2 || st.Questions < 10 {
			t.Errorf("%+v", st)
		}
	})
}

// TestDNSPerf lets dnsperf ask many questions at a time.
func TestDNSPerf(t *testing.T) {
	dnsperf := interop.Program(t, "dnsperf", "dnsperf")
	file := filepath.Join(t.TempDir(), "questions")
	var questions strings.Builder
	for i := range 200 {
		fmt.Fprintf(&questions, "n%d.lab A\nmail.lab AAAA\nwww.example.com A\n", i)
	}
	if err := os.WriteFile(file, []byte(questions.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	loopback(t, func(s *stack.Stack) {
		local, _ := internet(t, s)
		defer local.Close()
		got := output(s, dnsperf, "-s", "127.0.0.1", "-p", fmt.Sprint(local.Addr().Port()), "-d", file, "-n", "5", "-q", "50")
		if !strings.Contains(got, "Queries completed:    3000 (100.00%)") || !strings.Contains(got, "NOERROR 2000 (66.67%), NXDOMAIN 1000 (33.33%)") {
			t.Errorf("dnsperf:\n%s", got)
		}
	})
}

// TestRealServers lets our client and resolver routines ask named and nsd.
func TestRealServers(t *testing.T) {
	text := labZone + "long TXT \"" + strings.Repeat("x", 255) + "\" \"" + strings.Repeat("y", 255) + "\" \"" + strings.Repeat("z", 255) + "\"\n"
	for _, server := range []struct {
		name, debian string
		config       func(dir, port string) (file, text string, args []string)
	}{
		{"named", "bind9", func(dir, port string) (string, string, []string) {
			return "named.conf", fmt.Sprintf("options { directory %q; listen-on port %s { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; recursion no; };\ncontrols { };\nzone \"lab\" { type primary; file \"zone\"; };\n", dir, port),
				[]string{"-g", "-n", "1", "-c", filepath.Join(dir, "named.conf")}
		}},
		{"nsd", "nsd", func(dir, port string) (string, string, []string) {
			return "nsd.conf", fmt.Sprintf("server:\n  ip-address: 127.0.0.1@%s\n  zonesdir: %q\n  database: \"\"\n  pidfile: \"\"\n  xfrdfile: \"\"\n  zonelistfile: %q\n  xfrdir: %q\n  username: \"\"\n  server-count: 1\nremote-control:\n  control-enable: no\nzone:\n  name: lab\n  zonefile: zone\n", port, dir, filepath.Join(dir, "zonelist"), dir),
				[]string{"-d", "-c", filepath.Join(dir, "nsd.conf")}
		}},
	} {
		t.Run(server.name, func(t *testing.T) {
			path := interop.Program(t, server.name, server.debian)
			dir, port := t.TempDir(), interop.Port(t)
			file, config, args := server.config(dir, port)
			for name, content := range map[string]string{file: config, "zone": text} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), path, args...)
			var log bytes.Buffer
			cmd.Stdout, cmd.Stderr = &log, &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
				if t.Failed() {
					t.Log(log.String())
				}
			}()
			loopback(t, func(s *stack.Stack) { askServer(t, s, netip.MustParseAddrPort("127.0.0.1:"+port)) })
		})
	}
}

// askServer asks a server of the zone lab, which may still be starting.
func askServer(t *testing.T, s *stack.Stack, at netip.AddrPort) {
	c := &dns.Client{Stack: s, Timeout: 2 * time.Second}
	var reply *dns.Reply
	err := error(nil)
	for range 100 {
		if reply, err = c.Exchange(resolver.NewQuery("mail.lab.", miekg.TypeA, false), at); err == nil && reply.Rcode == miekg.RcodeSuccess {
			break
		}
		s.Sleep(100 * time.Millisecond)
	}
	if err != nil || len(reply.Answer) != 1 || !reply.Authoritative || dns.DataText(reply.Answer[0]) != "10.0.0.1" {
		t.Fatalf("%v, %v", reply, err)
	}
	long, err := c.Exchange(resolver.NewQuery("long.lab.", miekg.TypeTXT, false), at)
	if err != nil || !long.TCP || len(long.Answer) != 1 || long.Size < 765 {
		t.Errorf("TCP after truncation: %v, %v", long, err)
	}
	exact := &dns.Client{Stack: s, ExactCase: true}
	if r, err := exact.Exchange(resolver.NewQuery("mAiL.LAb.", miekg.TypeA, false), at); err != nil || r.Question[0].Name != "mAiL.LAb." {
		t.Errorf("0x20: %v, %v", r, err)
	}
	stub := &resolver.Stub{Stack: s, Config: resolver.ParseConfig("search lab\noptions edns0 timeout:2")}
	stub.Config.Servers = []netip.AddrPort{at}
	if addrs, err := stub.LookupHost("www"); err != nil || fmt.Sprint(addrs) != "[10.0.0.1 2001:db8::1]" {
		t.Errorf("LookupHost = %v, %v", addrs, err)
	}
	if addrs, err := stub.LookupHost("nobody.lab"); !errors.Is(err, stack.ErrHostNotFound) {
		t.Errorf("LookupHost = %v, %v", addrs, err)
	}
	r := &resolver.Recursor{Stack: s, Forward: []netip.AddrPort{at}}
	if a := r.Resolve("www.lab.", miekg.TypeA); a.Rcode != 0 || len(a.Answer) != 2 {
		t.Errorf("forwarding: %+v", a)
	}
}
