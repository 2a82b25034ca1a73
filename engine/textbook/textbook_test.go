package textbook_test

import (
	"errors"
	"image/gif"
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/textbook"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// An internet is a world with the textbook internet under test.
type internet struct {
	testing.TB
	*textbook.Internet
	world *engine.World
}

// build returns a world with the textbook internet, or parts of it.
func build(t testing.TB, o engine.Options, parts ...string) *internet {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	n, err := textbook.Build(w, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return &internet{t, n, w}
}

// at runs f as a process of a host until it has returned.
func (n *internet) at(host string, f func(h *engine.Host, s *stack.Stack)) {
	n.Helper()
	h := n.Host(host)
	if h == nil {
		n.Fatalf("there is no host %s", host)
	}
	s := h.NewStack("test")
	if err := n.world.Sched.RunTask(s.Go("main", func() { f(h, s) }), 0); err != nil {
		n.Fatalf("at %s: %v", host, err)
	}
}

// TestNothingRuns: after Build no packet has been sent, no task runs, no timer is set; and what it took is bounded.
func TestNothingRuns(t *testing.T) {
	n := build(t, engine.Options{Hash: true})
	empty, err := engine.New(engine.Options{Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if n.world.Hash() != empty.Hash() {
		t.Error("packets were sent")
	}
	if at, pending := n.world.Sched.Next(); pending {
		t.Errorf("something is to happen at %v", at)
	}
	for _, h := range n.world.Hosts() {
		if h.Group.Len() > 0 {
			t.Errorf("%d tasks run on %s", h.Group.Len(), h.Name)
		}
	}
}

// measure returns what f allocates, and how much of it is still held.
func measure(f func()) (bytes, objects, held uint64) {
	var before, after, end runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	runtime.GC()
	runtime.ReadMemStats(&end)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs, max(end.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
}

// TestCostOfBuilding bounds allocation, as a measure of time that does not depend on the machine: 3 million bytes take about 7 ms of a processor.
func TestCostOfBuilding(t *testing.T) {
	var n *internet
	bytes, objects, held := measure(func() { n = build(t, engine.Options{}) })
	t.Logf("%d hosts and routers: %d bytes in %d objects, %d held", len(n.world.Net.Hosts()), bytes, objects, held)
	if bytes > 6<<20 || objects > 60_000 || held > 4<<20 {
		t.Errorf("%d bytes in %d objects, %d held; want at most 6 MiB in 60,000 and 4 MiB", bytes, objects, held)
	}
}

// TestDeadlock: who waits for ever reads of himself, and not of sixty servers.
func TestDeadlock(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	s := n.Host("cis.poly.edu").NewStack("test")
	main := s.Go("main", func() {
		if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
			t.Error(err)
		}
		l, err := s.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		l.Accept()
	})
	var dead *sim.DeadlockError
	if err := n.world.Sched.Run(main); !errors.As(err, &dead) || len(dead.Blocked) != 1 || dead.Idle == 0 {
		t.Errorf("%v; want a deadlock of one task beside idle servers", err)
	}
}

// TestReachable pings a sample of hosts from every host: there is a way, and it takes the same time in both directions.
func TestReachable(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	rng := n.world.Sched.Rand("sample")
	for _, from := range n.Hosts {
		for range 5 {
			to := n.Hosts[rng.IntN(len(n.Hosts))]
			rtt, back := n.ping(from, to), n.ping(to, from)
			if rtt != back || rtt > 500*time.Millisecond {
				t.Errorf("%s to %s takes %v, back %v", from.Name, to.Name, rtt, back)
			}
		}
	}
}

// ping returns the round-trip time between two hosts.
func (n *internet) ping(from, to *engine.Host) (rtt time.Duration) {
	n.at(from.Name, func(h *engine.Host, _ *stack.Stack) {
		reply, err := h.V.Ping(to.V.Addrs()[0], vnet.PingOptions{})
		if err != nil {
			n.Errorf("%s does not reach %s: %v", from.Name, to.Name, err)
		}
		rtt = reply.RTT
	})
	return rtt
}

// TestDistances: round trips take what they take between such places.
func TestDistances(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	for _, c := range []struct {
		from, to string
		min, max time.Duration
	}{
		{"cis.poly.edu", "dns.poly.edu", 10 * time.Microsecond, time.Millisecond},
		{"cis.poly.edu", "gaia.cs.umass.edu", 3 * time.Millisecond, 10 * time.Millisecond},
		{"pc2.in.di.fct.unl.pt", "ns.di.fct.unl.pt", 100 * time.Microsecond, 2 * time.Millisecond},
		{"surf.eurecom.fr", "a.nic.fr", 8 * time.Millisecond, 20 * time.Millisecond},
		{"alpha.tap.pt", "www.mat.unical.it", 25 * time.Millisecond, 60 * time.Millisecond},
		{"cis.poly.edu", "www.amazon.com", 40 * time.Millisecond, 80 * time.Millisecond},
		{"surf.eurecom.fr", "gaia.cs.umass.edu", 70 * time.Millisecond, 110 * time.Millisecond},
		{"ns.unl.pt", "cis.poly.edu", 75 * time.Millisecond, 110 * time.Millisecond},
		{"ns.unl.pt", "dns.virtua.com.br", 85 * time.Millisecond, 130 * time.Millisecond},
		{"m.root-servers.net", "www.amazon.com", 75 * time.Millisecond, 120 * time.Millisecond},
		{"k.root-servers.net", "m.root-servers.net", 180 * time.Millisecond, 280 * time.Millisecond},
		{"a.nic.au", "pc.escuela.edu", 250 * time.Millisecond, 350 * time.Millisecond},
	} {
		if rtt := n.ping(n.Host(c.from), n.Host(c.to)); rtt < c.min || rtt > c.max {
			t.Errorf("from %s to %s: %v; want %v to %v", c.from, c.to, rtt, c.min, c.max)
		}
	}
}

// TestParts builds each part alone: its hosts are there, with their names, and find each other from the root on.
func TestParts(t *testing.T) {
	sites, err := textbook.Sites()
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]netip.Addr{}
	for _, name := range build(t, engine.Options{}).Names() {
		if name.Main {
			whole[name.Name] = name.Addr
		}
	}
	for _, site := range sites {
		n := build(t, engine.Options{Seed: 1}, site.Name)
		for _, host := range site.Hosts {
			n.at(host, func(_ *engine.Host, s *stack.Stack) {
				for _, name := range n.Names() {
					got, err := s.LookupHost(name.Name)
					if err != nil || got[0] != whole[name.Name] {
						t.Errorf("in %s alone: %s is %v, %v; in the whole %v", site.Name, name.Name, got, err, whole[name.Name])
					}
				}
			})
		}
	}
}

func TestChoice(t *testing.T) {
	for _, c := range []struct {
		parts     string
		has, lack string
	}{
		{"cis.poly.edu", "cis.poly.edu dns.poly.edu mail.poly.edu a.root-servers.net m.root-servers.net a.edu-servers.net dns.backbone.net", "gaia.cs.umass.edu a.nic.fr"},
		{"gaia.cs.umass.edu", "gaia.cs.umass.edu dns.cs.umass.edu dns.umass.edu", "manic.cs.umass.edu"},
		{"PT.", "ns.di.fct.unl.pt pc1.in.di.fct.unl.pt gatekeeper.rccn.net alpha.tap.pt a.dns.pt a.gtld-servers.net", "a.nic.es cis.poly.edu"},
		{"in.di.fct.unl.pt", "ns.di.fct.unl.pt gatekeeper.rccn.net ns.unl.pt ns.fct.unl.pt", "alpha.tap.pt"},
		{"crepes.fr hamburger.edu", "alice.crepes.fr bob.hamburger.edu", "surf.eurecom.fr"},
		{"", "cis.poly.edu alice.crepes.fr bb424df3.virtua.com.br", ""},
	} {
		n := build(t, engine.Options{}, strings.Fields(c.parts)...)
		for _, name := range strings.Fields(c.has) {
			if n.Host(name) == nil {
				t.Errorf("the part %q has no %s", c.parts, name)
			}
		}
		for _, name := range strings.Fields(c.lack) {
			if n.Host(name) != nil {
				t.Errorf("the part %q has %s", c.parts, name)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	w, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var part *textbook.PartError
	if _, err := textbook.Build(w, "us", "nowhere"); !errors.As(err, &part) || part.Part != "nowhere" || stack.Code(err) != "not-found" {
		t.Errorf("an unknown part: %v", err)
	}
	if len(w.Net.Hosts()) > 0 {
		t.Error("hosts were added in spite of an error")
	}
	if _, err := w.AddHost("gaia.cs.umass.edu"); err != nil {
		t.Fatal(err)
	}
	var taken *textbook.TakenError
	if _, err := textbook.Build(w); !errors.As(err, &taken) || taken.Name != "gaia.cs.umass.edu" || stack.Code(err) != "exists" {
		t.Errorf("a name that is taken: %v", err)
	}
	w.Net.MaxHosts = 20
	var many *vnet.HostsError
	if _, err := textbook.Build(w, "fr"); !errors.As(err, &many) {
		t.Errorf("too many hosts: %v", err)
	}
}

func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	began := usage.Processor()
	for b.Loop() {
		w, err := engine.New(engine.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := textbook.Build(w); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
	usage.Report(b, began, float64(b.N))
}

// TestFiles: what is below files is on its host, and the page of www.escuela.edu has the ten images that it names.
func TestFiles(t *testing.T) {
	n := build(t, engine.Options{}, "es", "pt")
	www := n.Host("www.escuela.edu")
	const folder = "/srv/www/departamento/"
	page, err := afero.ReadFile(www.FS, folder+"home.index")
	if err != nil {
		t.Fatal(err)
	}
	images := regexp.MustCompile(`src="(.*?)"`).FindAllSubmatch(page, -1)
	if len(images) != 10 {
		t.Errorf("%d images", len(images))
	}
	for _, m := range images {
		f, err := www.FS.Open(folder + string(m[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := gif.Decode(f); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
		f.Close()
	}
	for _, name := range []string{"/srv/ftp/README", "/srv/ftp/pub/zone.txt", "/srv/ftp/pub/numbers.txt"} {
		if ok, _ := afero.Exists(n.Host("ftp.di.fct.unl.pt").FS, name); !ok {
			t.Errorf("ftp.di.fct.unl.pt has no %s", name)
		}
	}
}
