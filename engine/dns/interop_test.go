package dns_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

const secret = "c2VjcmV0IG9mIHRoZSBsYWI="

var loopback = netip.MustParseAddr("127.0.0.1")

// tool runs a program of BIND's against a server.
type tool struct {
	t    testing.TB
	m    *interop.Machine
	at   netip.AddrPort
	path string
}

func (x tool) run(args ...string) string {
	x.t.Helper()
	out, err := x.m.Output(exec.Command(x.path, append([]string{"@127.0.0.1", "-p", fmt.Sprint(x.at.Port()), "+tries=1", "+time=5"}, args...)...))
	if err != nil {
		x.t.Errorf("%s %q: %v\n%s", x.path, args, err, out)
	}
	return out
}

// update feeds lines to nsupdate.
func update(t testing.TB, m *interop.Machine, path string, at netip.AddrPort, lines string) (string, error) {
	cmd := exec.Command(path)
	cmd.Stdin = strings.NewReader(fmt.Sprintf("server 127.0.0.1 %d\n%s", at.Port(), lines))
	return m.Output(cmd)
}

// start serves a zone on the machine.
func start(t testing.TB, m *interop.Machine, z *dns.Zone, p dns.Primary) *dns.Server {
	s := &dns.Server{Stack: m.Stack, Addrs: []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, Keys: []*dns.Key{newKey(t, "key.lab", "")}}
	s.AddPrimary(z, p)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDig(t *testing.T) {
	dig := interop.Program(t, "dig", "bind9-dnsutils")
	interop.Run(t, func(m *interop.Machine) {
		z := zone(t, lab)
		s := start(t, m, z, dns.Primary{Transfer: dns.Access{Keys: []string{"key.lab"}}})
		x := tool{t, m, s.Addr(), dig}
		for _, c := range []struct{ args, want string }{
			{"+short www.lab A", "10.0.0.3\n10.0.0.4\n10.0.0.5\n"},
			{"+short www.lab A", "10.0.0.4\n10.0.0.5\n10.0.0.3\n"},
			{"+short +tcp mail.lab A", "10.0.0.2\n"},
			{"+short +noedns lab MX", "10 mail.lab.\n"},
			{"+short +bufsize=4096 +dnssec web.lab A", "www.lab.\n10.0.0.5\n10.0.0.3\n10.0.0.4\n"},
			{"+short host.lab HINFO", "\"pdp-11\" \"unix\"\n"},
			{"+short _sip._udp.lab SRV", "1 2 5060 mail.lab.\n"},
			{"+short *.wild.lab A", "10.0.0.8\n"},
			{"+short any.thing.wild.lab A", "10.0.0.8\n"},
			{"+noall +comments nobody.lab", "status: NXDOMAIN"},
			{"+noall +comments +norec sub.lab", "flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 2, ADDITIONAL: 3"},
			{"+noall +comments +edns=3 +noednsneg lab", "status: BADVERS"},
			{"+noall +comments +opcode=status lab", "status: NOTIMP"},
			{"+noall +comments -c CH version.bind TXT", "status: REFUSED"},
			{"+noall +comments -y hmac-sha256:key.lab:" + secret + " lab SOA", "status: NOERROR"},
			{"+noall +comments -y hmac-sha256:other.lab:" + secret + " lab SOA", "status: NOTAUTH"},
		} {
			if got := x.run(strings.Fields(c.args)...); got != c.want && (strings.HasSuffix(c.want, "\n") || !strings.Contains(got, c.want)) {
				t.Errorf("dig %s:\n%swant\n%s", c.args, got, c.want)
			}
		}
		if got := x.run("lab", "AXFR"); !strings.Contains(got, "Transfer failed") {
			t.Errorf("AXFR without the key:\n%s", got)
		}
		key := []string{"-y", "hmac-sha256:key.lab:" + secret}
		if got := x.run(append(key, "+noall", "+answer", "lab", "AXFR")...); strings.Count(got, "\n") != z.Len()+1 {
			t.Errorf("AXFR of %d records:\n%s", z.Len(), got)
		}
		edit(t, z, "new A 10.0.0.99\n")
		if got := x.run(append(key, "+noall", "+answer", "lab", "IXFR=7")...); strings.Count(got, "SOA") != 4 || !strings.Contains(got, "10.0.0.99") || strings.Count(got, "\n") > 8 {
			t.Errorf("IXFR:\n%s", got)
		}
	})
}

func TestNsupdate(t *testing.T) {
	path := interop.Program(t, "nsupdate", "bind9-dnsutils")
	interop.Run(t, func(m *interop.Machine) {
		z := smallZone(t)
		s := start(t, m, z, dns.Primary{Update: dns.Access{Keys: []string{"key.lab"}}})
		out, err := update(t, m, path, s.Addr(), "zone lab\nupdate add a.lab 60 A 10.0.0.7\nsend\n")
		if err == nil || !strings.Contains(out, "REFUSED") {
			t.Errorf("without a key: %v\n%s", err, out)
		}
		key := "key hmac-sha256:key.lab " + secret + "\nzone lab\n"
		out, err = update(t, m, path, s.Addr(), key+"prereq nxdomain a.lab\nupdate add a.lab 60 A 10.0.0.7\nupdate add a.lab 60 TXT \"hello\"\nsend\n")
		if err != nil || z.Serial() != 2 || len(z.Lookup("a.lab.", miekg.TypeA).Answer) != 1 {
			t.Errorf("add: %v\n%s\n%s", err, out, z.Text())
		}
		out, err = update(t, m, path, s.Addr(), key+"prereq nxdomain a.lab\nupdate add a.lab 60 A 10.0.0.8\nsend\n")
		if err == nil || !strings.Contains(out, "YXDOMAIN") || z.Serial() != 2 {
			t.Errorf("a prerequisite that does not hold: %v\n%s", err, out)
		}
		if out, err = update(t, m, path, s.Addr(), key+"update delete a.lab\nsend\n"); err != nil || z.Lookup("a.lab.", miekg.TypeA).Rcode != miekg.RcodeNameError {
			t.Errorf("delete: %v\n%s\n%s", err, out, z.Text())
		}
		var many strings.Builder
		for i := range 300 { // more than fits a datagram
			fmt.Fprintf(&many, "update add h%d.lab 60 A 10.1.%d.%d\n", i, i/250, i%250)
		}
		if out, err = update(t, m, path, s.Addr(), key+many.String()+"send\n"); err != nil || z.Len() != 303 {
			t.Errorf("many: %v\n%s, %d records", err, out, z.Len())
		}
	})
}

// dnsperf asks what is in a file again and again.
func TestDnsperf(t *testing.T) {
	path := interop.Program(t, "dnsperf", "dnsperf")
	interop.Run(t, func(m *interop.Machine) {
		s := start(t, m, zone(t, lab), dns.Primary{})
		file := filepath.Join(t.TempDir(), "queries")
		os.WriteFile(file, []byte("www.lab A\nmail.lab A\nnobody.lab A\nlab MX\nq.wild.lab A\nsub.lab NS\n"), 0o644)
		for _, mode := range []string{"udp", "tcp"} {
			out, err := m.Output(exec.Command(path, "-s", "127.0.0.1", "-p", fmt.Sprint(s.Addr().Port()), "-d", file, "-n", "100", "-m", mode))
			if err != nil || !strings.Contains(out, "Queries completed:    600 (100.00%)") || !strings.Contains(out, "NOERROR 500 (83.33%), NXDOMAIN 100 (16.67%)") {
				t.Errorf("%v\n%s", err, out)
			}
		}
	})
}

// daemon starts a program for the time of the test.
func daemon(t testing.TB, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", path, log.String())
		}
	})
}

// named starts BIND with a configuration, in a folder of its own with the zone file lab.zone.
func named(t testing.TB, port, zoneText, zoneConfig string) {
	t.Helper()
	path := interop.Program(t, "named", "bind9")
	dir := t.TempDir()
	config := fmt.Sprintf(`options { directory %q; pid-file none; session-keyfile none; listen-on port %s { 127.0.0.1; }; listen-on-v6 { none; };
 recursion no; notify explicit; dnssec-validation no; empty-zones-enable no; lock-file none; minimal-responses no; max-ixfr-ratio unlimited; notify-delay 0; };
controls { };
key "key.lab" { algorithm hmac-sha256; secret %q; };
%s
`, dir, port, secret, zoneConfig)
	os.WriteFile(filepath.Join(dir, "named.conf"), []byte(config), 0o644)
	os.WriteFile(filepath.Join(dir, "lab.zone"), []byte(zoneText), 0o644)
	daemon(t, path, "-g", "-4", "-n", "1", "-c", filepath.Join(dir, "named.conf"))
}

// eventually waits up to 20 seconds until f is true.
func eventually(m *interop.Machine, f func() bool) bool {
	for range 200 {
		if f() {
			return true
		}
		m.Sleep(100 * time.Millisecond)
	}
	return false
}

func TestNamedIsPrimary(t *testing.T) {
	nsupdate := interop.Program(t, "nsupdate", "bind9-dnsutils")
	interop.Run(t, func(m *interop.Machine) {
		port := interop.Port(t)
		primary := netip.MustParseAddrPort("127.0.0.1:" + port)
		z, _ := dns.NewZone("lab")
		c := &dns.Secondary{Zone: z, Primaries: []netip.AddrPort{primary}, Key: newKey(t, "key.lab", "")}
		s := &dns.Server{Stack: m.Stack, Addrs: []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, Keys: []*dns.Key{c.Key}}
		s.AddSecondary(c)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		named(t, port, "$TTL 300\n"+small+"www A 10.0.0.2\nbig TXT \"x\"\n", fmt.Sprintf(
			`zone "lab" { type primary; file "lab.zone"; allow-transfer { key "key.lab"; }; allow-update { key "key.lab"; }; also-notify { 127.0.0.1 port %d key "key.lab"; }; };`, s.Addr().Port()))
		if !eventually(m, func() bool { return z.Serial() == 1 }) {
			t.Fatalf("AXFR from named: %+v", c.Status())
		}
		out, err := update(t, m, nsupdate, primary, "key hmac-sha256:key.lab "+secret+"\nzone lab\nupdate add new.lab 60 A 10.0.0.7\nupdate delete www.lab A\nsend\n")
		if err != nil {
			t.Errorf("nsupdate: %v\n%s", err, out)
		}
		if !eventually(m, func() bool { return z.Serial() > 1 }) {
			t.Fatalf("no change came from named: %+v", c.Status())
		}
		st := c.Status()
		if len(z.Lookup("new.lab.", miekg.TypeA).Answer) != 1 || z.Lookup("www.lab.", miekg.TypeA).Rcode != miekg.RcodeNameError || st.Increments != 1 || s.Stats().Notifies == 0 {
			t.Errorf("%+v\n%s", st, z.Text())
		}
	})
}

// otherSecondary lets a server of others be a secondary of ours: it has to get the zone, and each change after a NOTIFY.
func otherSecondary(t *testing.T, start2 func(port string, primary netip.AddrPort)) {
	dig := interop.Program(t, "dig", "bind9-dnsutils")
	interop.Run(t, func(m *interop.Machine) {
		z := smallZone(t)
		port := interop.Port(t)
		key := newKey(t, "key.lab", "")
		s := start(t, m, z, dns.Primary{Transfer: dns.Access{Keys: []string{"key.lab"}}, Notify: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:" + port)}, NotifyKey: key})
		start2(port, s.Addr())
		x := tool{t, m, netip.MustParseAddrPort("127.0.0.1:" + port), dig}
		serial := func(want string) bool {
			return eventually(m, func() bool {
				out, _ := m.Output(exec.Command(dig, "@127.0.0.1", "-p", port, "+tries=1", "+time=1", "+short", "lab", "SOA"))
				return strings.Contains(out, " "+want+" ")
			})
		}
		if !serial("1") {
			t.Fatalf("no copy: %+v", s.Stats())
		}
		for i := range 3 {
			edit(t, z, fmt.Sprintf("n%d A 10.0.3.%d\n", i, i))
			if !serial(fmt.Sprint(i + 2)) {
				t.Fatalf("change %d did not arrive: %+v", i, s.Stats())
			}
			if got := x.run("+short", fmt.Sprintf("n%d.lab", i)); got != fmt.Sprintf("10.0.3.%d\n", i) {
				t.Errorf("change %d: %s", i, got)
			}
		}
		if st := s.Stats(); st.Transfers < 4 || st.Increments < 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestNamedIsSecondary(t *testing.T) {
	otherSecondary(t, func(port string, primary netip.AddrPort) {
		named(t, port, "", fmt.Sprintf(
			`zone "lab" { type secondary; file "copy"; primaries { 127.0.0.1 port %d key "key.lab"; }; allow-notify { key "key.lab"; }; };`, primary.Port()))
	})
}

func TestNsdIsSecondary(t *testing.T) {
	nsd := interop.Program(t, "nsd", "nsd")
	otherSecondary(t, func(port string, primary netip.AddrPort) {
		dir := t.TempDir()
		config := fmt.Sprintf(`server:
  ip-address: 127.0.0.1@%s
  username: ""
  chroot: ""
  zonesdir: %q
  pidfile: ""
  zonelistfile: %q
  xfrdfile: %q
  xfrdir: %q
  server-count: 1
  database: ""
remote-control:
  control-enable: no
key:
  name: "key.lab"
  algorithm: hmac-sha256
  secret: %q
zone:
  name: "lab"
  zonefile: "copy"
  allow-notify: 127.0.0.1 key.lab
  request-xfr: 127.0.0.1@%d key.lab
`, port, dir, filepath.Join(dir, "zones"), filepath.Join(dir, "xfrd"), dir, secret, primary.Port())
		file := filepath.Join(dir, "nsd.conf")
		os.WriteFile(file, []byte(config), 0o644)
		daemon(t, nsd, "-d", "-c", file)
	})
}
