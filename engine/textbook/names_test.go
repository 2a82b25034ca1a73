package textbook_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/textbook"
)

// TestEveryName asks at every local name server for every name of the internet, and for the name of every address.
func TestEveryName(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	locals := n.LocalServers()
	for i, local := range slices.Sorted(maps.Keys(locals)) {
		if testing.Short() && i%5 > 0 {
			continue
		}
		n.at(locals[local], func(_ *engine.Host, s *stack.Stack) {
			for _, name := range n.Names() {
				if name.Main {
					got, err := s.LookupHost(name.Name)
					if err != nil || !slices.Equal(got, []netip.Addr{name.Addr}) {
						t.Errorf("%s says that %s is %v, %v; want %v", local, name.Name, got, err, name.Addr)
					}
				}
				got, err := s.LookupAddr(name.Addr)
				if err != nil || !slices.Equal(got, []string{name.Name}) {
					t.Errorf("%s says that %v is %v, %v; want %s", local, name.Addr, got, err, name.Name)
				}
			}
		})
	}
}

// TestNamesOfTheSlides: what the slides name is there, with the address that they give it, if they give one.
func TestNamesOfTheSlides(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	names := map[string]string{
		"cis.poly.edu": "", "dns.poly.edu": "", "gaia.cs.umass.edu": "", "manic.cs.umass.edu": "", "dns.umass.edu": "", "dns.cs.umass.edu": "",
		"surf.eurecom.fr": "", "dns.eurecom.fr": "", "www.eurecom.fr": "", "hamburger.edu": "", "crepes.fr": "", "someschool.edu": "",
		"www.escuela.edu": "", "www.amazon.com": "", "www.google.com": "", "ww.yahoo.com": "", "www.pbs.org": "", "www.ibm.com": "", "servereast.backup2.ibm.com": "",
		"ns.di.fct.unl.pt": "192.34.67.1", "ftp.di.fct.unl.pt": "192.34.67.34", "router.di.fct.unl.pt": "192.34.67.254", "mail.di.fct.unl.pt": "",
		"beta.di.fct.unl.pt": "", "pc1.in.di.fct.unl.pt": "", "pc2.in.di.fct.unl.pt": "192.34.156.56", "alpha.tap.pt": "", "gate.tap.pt": "",
		"gatekeeper.rccn.net": "", "www.mat.unical.it": "160.97.47.242", "dns1.networkutopia.com": "212.212.212.1", "www.networkutopia.com": "",
	}
	for letter := 'a'; letter <= 'm'; letter++ {
		names[string(letter)+".root-servers.net"] = ""
	}
	n.at("mal35-1-82-67-110-189.fbx.proxad.net", func(_ *engine.Host, s *stack.Stack) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			got, err := s.LookupHost(name)
			if err != nil || names[name] != "" && got[0].String() != names[name] {
				t.Errorf("%s: %v, %v; want %s", name, got, err, names[name])
			}
		}
	})
}

// TestRouters: whoever sits at a router resolves names, too.
func TestRouters(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	routers := 0
	for _, v := range n.world.Net.Hosts() {
		if !v.Forwarding() {
			continue
		}
		routers++
		h := n.world.Adopt(v)
		s := h.NewStack("test")
		main := s.Go("main", func() {
			if got, err := s.LookupHost("gaia.cs.umass.edu"); err != nil || got[0].String() != "10.1.2.70" {
				t.Errorf("at %s: %v, %v", h.Name, got, err)
			}
		})
		if err := n.world.Sched.RunTask(main, 0); err != nil {
			t.Fatal(err)
		}
	}
	if routers < 50 {
		t.Errorf("only %d routers", routers)
	}
}

// TestZones: the zones say what the slides say, beside the addresses.
func TestZones(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	n.at("surf.eurecom.fr", func(h *engine.Host, s *stack.Stack) {
		config, _ := h.Config()
		tool := resolver.Tool{Stack: s, Config: config}
		for _, c := range [][2]string{
			{"www.ibm.com A", "servereast.backup2.ibm.com.\n10.1.9.80"},
			{"mail.di.fct.unl.pt CNAME", "beta.di.fct.unl.pt."},
			{"di.fct.unl.pt MX", "20 beta.di.fct.unl.pt.\n30 ftp.di.fct.unl.pt.\n100 gatekeeper.rccn.net."},
			{"di.fct.unl.pt TXT", `"DI - FCT/UNL Portugal"`},
			{"ana.pt TXT", `"a zone that others look after"`},
			{"networkutopia.com NS", "dns1.networkutopia.com.\ndns2.networkutopia.com."},
			{"dns1.networkutopia.com A", "212.212.212.1"},
			{"nosuch.umass.edu A", ""},
			{"@dns.poly.edu www.yahoo.com A", ""}, // resolves for its own site only
			{"@dns.poly.edu cis.poly.edu A", "10.1.1.10"},
			{"@dns.umass.edu +norecurse umass.edu MX", "10 mail.umass.edu."},
			{"gov SOA", "a.gtld-servers.net. root.gov. 2026010100 28800 7200 604800 86400"},
		} {
			got, _, err := tool.Dig(append(strings.Fields(c[0]), "+short"))
			if strings.TrimSpace(got) != c[1] || err != nil {
				t.Errorf("dig %s: %q, %v; want %q", c[0], got, err, c[1])
			}
		}
	})
}

// TestZonesAreClean parses the zone files: they are complete, and nothing in them looks like a mistake.
func TestZonesAreClean(t *testing.T) {
	n := build(t, engine.Options{})
	for _, name := range slices.Sorted(maps.Keys(n.Zones())) {
		origin, err := dns.Fqdn(name)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := dns.ParseZone(n.Zones()[name], dns.ParseOptions{Origin: origin, File: name})
		if err != nil {
			t.Error(err)
			continue
		}
		for _, remark := range zone.Remarks() {
			t.Errorf("zone %s: %s", name, remark)
		}
	}
}

// TestZoneOfALab: a name server serves what a lab has written into its zone file, and is a closed port if that is nonsense.
func TestZoneOfALab(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "umass.edu")
	server := n.Host("dns.cs.umass.edu")
	file := textbook.ZoneDir + "/cs.umass.edu"
	write := func(text string) {
		f, err := server.Written.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString(text)
	}
	ask := func() (got []netip.Addr, err error) {
		n.at("manic.cs.umass.edu", func(_ *engine.Host, s *stack.Stack) { got, err = s.LookupHost("new.cs.umass.edu") })
		return got, err
	}
	write("no zone\n")
	if got, err := ask(); err == nil {
		t.Errorf("with nonsense for a zone: %v", got)
	}
	write(n.Zones()["cs.umass.edu"] + "new A 10.1.2.99\n")
	n.world.Sched.RunTask(n.world.Sched.Root().Go("wait", func() { n.world.Sched.Sleep(time.Hour) }), 0)
	if got, err := ask(); err != nil || fmt.Sprint(got) != "[10.1.2.99]" {
		t.Errorf("after a change: %v, %v", got, err)
	}
}
