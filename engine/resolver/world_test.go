package resolver_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A world is the internet of the textbook's example: hosts around one router, each 10 ms away from every other.
type world struct {
	t testing.TB
	*engine.World
	router *engine.Host
	host   map[string]*engine.Host
	links  map[string]*vnet.Link
	server map[string]*dns.Server
	local  *resolver.Recursor
	number int
}

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	v, err := w.Net.Router("router")
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, World: w, router: w.Adopt(v), host: map[string]*engine.Host{}, links: map[string]*vnet.Link{}, server: map[string]*dns.Server{}}
}

// add adds a host, 5 ms away from the router, with the address 192.0.2.N.
func (w *world) add(name string) *engine.Host {
	w.t.Helper()
	h, err := w.AddHost(name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.number++
	half := vnet.LinkOptions{Shape: vnet.Shape{Delay: 5 * time.Millisecond}}
	l, err := w.Net.Link(h.V, w.router.V, half)
	if err != nil {
		w.t.Fatal(err)
	}
	w.host[name], w.links[name] = h, l
	return h
}

func addr(h *engine.Host) netip.Addr { return h.V.Addrs()[0] }

// serve starts a server with authority on a host. "@name" in a zone's text stands for the address of a host.
func (w *world) serve(name string, zones ...string) *dns.Server {
	w.t.Helper()
	h := w.host[name]
	s := &dns.Server{Stack: h.NewStack("named")}
	for _, text := range zones {
		for n, other := range w.host {
			text = strings.ReplaceAll(text, "@"+n+"@", addr(other).String())
		}
		z, err := dns.ParseZone(text, dns.ParseOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		s.AddZone(z)
	}
	if err := s.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.server[name] = s
	return s
}

func zone(origin, ns string, records ...string) string {
	return fmt.Sprintf("$ORIGIN %s\n$TTL 86400\n@ IN SOA %s root.%s 1 7200 900 604800 3600\n@ IN NS %s\n%s\n", origin, ns, strings.TrimPrefix(origin, "."), ns, strings.Join(records, "\n"))
}

// textbook builds root, TLD, authoritative and local servers, and the client cis.poly.edu.
func textbook(t testing.TB, seed uint64) *world {
	w := newWorld(t, seed)
	for _, n := range []string{"cis.poly.edu", "dns.poly.edu", "root", "edu", "umass", "cs", "com", "example"} {
		w.add(n)
	}
	w.serve("root", zone(".", "a.root-servers.net.", "a.root-servers.net. A @root@",
		"edu. NS a.edu-servers.net.", "a.edu-servers.net. A @edu@", "com. NS ns.com.", "ns.com. A @com@"))
	w.serve("edu", zone("edu.", "a.edu-servers.net.", "umass NS dns.umass.edu.", "dns.umass.edu. A @umass@"))
	w.serve("umass", zone("umass.edu.", "dns.umass.edu.", "dns A @umass@", "cs NS dns.cs", "dns.cs A @cs@", "www CNAME www.example.com.", "loop CNAME pool", "pool CNAME loop"))
	w.serve("cs", zone("cs.umass.edu.", "dns.cs.umass.edu.", "dns A @cs@", "gaia 3600 A 128.119.245.12", "gaia 3600 MX 10 gaia", "short 5 A 128.119.240.1", "gaia AAAA 2001:db8::12",
		"many TXT \""+strings.Repeat("x", 250)+"\"", "many TXT \""+strings.Repeat("y", 250)+"\"", "many TXT \""+strings.Repeat("z", 250)+"\"", "many TXT \""+strings.Repeat("w", 250)+"\"", "many TXT \""+strings.Repeat("v", 250)+"\"", "many TXT \""+strings.Repeat("u", 250)+"\""))
	w.serve("com", zone("com.", "ns.com.", "ns A @com@", "example NS ns.example.com.", "ns.example.com. A @example@", "glueless NS dns.cs.umass.edu."))
	w.serve("example", zone("example.com.", "ns.example.com.", "ns A @example@", "www A 192.0.2.80"))
	w.local = w.recursor("dns.poly.edu", resolver.Recursor{})
	w.use("cis.poly.edu", "dns.poly.edu")
	return w
}

// recursor starts a local server on a host.
func (w *world) recursor(name string, r resolver.Recursor) *resolver.Recursor {
	w.t.Helper()
	r.Stack = w.host[name].NewStack("resolver")
	if len(r.Forward) == 0 {
		r.Roots = []resolver.Root{{Name: "a.root-servers.net.", Addrs: []netip.Addr{addr(w.host["root"])}}}
	}
	s := w.server[name]
	if s == nil {
		s = &dns.Server{Stack: r.Stack}
		defer func() {
			if err := s.Start(); err != nil {
				w.t.Fatal(err)
			}
		}()
	}
	r.Serve(s)
	w.server[name] = s
	return &r
}

// use writes the resolv.conf of a host.
func (w *world) use(client, server string) {
	c := resolver.ParseConfig("options no-aaaa\nsearch poly.edu\n")
	c.Servers = []netip.AddrPort{netip.AddrPortFrom(addr(w.host[server]), 53)}
	if err := w.host[client].SetConfig(c); err != nil {
		w.t.Fatal(err)
	}
}

// run runs f as a process of a host to its end.
func (w *world) run(name string, f func(s *stack.Stack)) {
	w.t.Helper()
	s := w.host[name].NewStack("test")
	done := false
	task := s.Go("main", func() { f(s); done = true })
	if err := w.Sched.Run(task); err != nil {
		w.t.Fatal(err)
	}
	if !done {
		w.t.Fatal("the test's task did not end")
	}
}

// messages records what DNS messages are sent from now on: "from>to text".
func (w *world) messages(f func()) []string {
	var out []string
	stop := w.Watch.Observe(func(e stack.Event) {
		if e.Op == stack.OpMessage && !e.Received {
			to := e.Remote.Addr().String()
			for n, h := range w.host {
				if addr(h) == e.Remote.Addr() {
					to = n
				}
			}
			out = append(out, fmt.Sprintf("%s>%s %s", e.Process.HostName(), to, e.Text))
		}
	})
	f()
	stop()
	return out
}
