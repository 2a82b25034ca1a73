package cdn_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/cdn"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// TestMap: the longest prefix that has the node counts.
func TestMap(t *testing.T) {
	var m cdn.Map
	m.Set(netip.MustParsePrefix("10.0.0.0/8"), "a", 10)
	m.Set(netip.MustParsePrefix("10.1.2.3/16"), "a", 1)
	m.Set(netip.MustParsePrefix("10.1.0.0/16"), "a", 2)
	m.Set(netip.MustParsePrefix("10.1.1.0/24"), "b", 3)
	m.Set(netip.MustParsePrefix("2001:db8::/32"), "a", 4)
	for _, c := range []struct {
		from, node string
		want       float64
		ok         bool
	}{
		{"10.2.0.1", "a", 10, true}, {"10.1.0.1", "a", 2, true}, {"10.1.1.1", "a", 2, true}, {"10.1.1.1", "b", 3, true}, {"10.1.0.1", "b", 0, false},
		{"2001:db8::1", "a", 4, true}, {"::ffff:10.1.0.1", "a", 2, true}, {"192.0.2.1", "a", 0, false},
	} {
		if d, ok := m.Distance(addr(c.from), c.node); d != c.want || ok != c.ok {
			t.Errorf("%s to %s: %v, %v", c.from, c.node, d, ok)
		}
	}
}

// router has nodes near and far of 10.1/16, and one that the map does not have.
func router() *cdn.Router {
	r := &cdn.Router{Zone: "CDN.example", Map: new(cdn.Map), TTL: 30 * time.Second, Nodes: []*cdn.Node{
		{Name: "unknown", Addrs: []netip.Addr{addr("192.0.2.9")}}, {Name: "far", Addrs: []netip.Addr{addr("192.0.2.1")}},
		{Name: "near", Addrs: []netip.Addr{addr("192.0.2.2"), addr("2001:db8::2")}}, {Name: "as near", Addrs: []netip.Addr{addr("192.0.2.3")}},
	}, Infrastructure: func(name string) bool { return name == "ns1.cdn.example." }}
	for name, d := range map[string]float64{"far": 9, "near": 1, "as near": 1} {
		r.Map.Set(netip.MustParsePrefix("10.1.0.0/16"), name, d)
	}
	return r
}

func TestNearest(t *testing.T) {
	r := router()
	from := addr("10.1.0.1")
	next := func(want string) {
		t.Helper()
		n := r.Nearest(from)
		if n == nil && want == "" {
			return
		}
		if n == nil || n.Name != want {
			t.Fatalf("%v, want %s", n, want)
		}
		n.Sent++
	}
	next("near")
	next("as near") // they share the clients
	next("near")
	r.Node("near").Down = true
	next("as near")
	next("as near")
	r.Node("as near").Down = true
	next("far")
	r.Node("far").Down = true
	next("unknown")
	r.Node("unknown").Down = true
	next("")
	if r.Node("nowhere") != nil {
		t.Error("a node that is not there")
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		name, subnet string
		typ          uint16
		want         string // addresses, the answer's rcode, or "zone"
	}{
		{"www.cdn.example.", "", miekg.TypeA, "192.0.2.2"}, {"WWW.cdn.EXAMPLE.", "", miekg.TypeAAAA, "2001:db8::2"}, {"cdn.example.", "", miekg.TypeA, "192.0.2.2"},
		{"www.cdn.example.", "", miekg.TypeTXT, "zone"}, {"ns1.cdn.example.", "", miekg.TypeA, "zone"}, {"www.example.", "", miekg.TypeA, "zone"},
		{"www.cdn.example.", "203.0.113.0/24", miekg.TypeA, "192.0.2.9"}, // where the client is counts, not the resolver
	} {
		q := &dns.Query{From: netip.AddrPortFrom(addr("10.1.0.1"), 5353), Name: c.name, Type: c.typ, Class: miekg.ClassINET}
		if c.subnet != "" {
			q.Subnet = netip.MustParsePrefix(c.subnet)
		}
		a := router().Answer(q)
		got := "zone"
		if a != nil {
			got = ""
			for _, rr := range a.Answer {
				got += strings.Fields(rr.String())[4]
				if rr.Header().Ttl != 30 || rr.Header().Name != c.name {
					t.Errorf("%s", rr)
				}
			}
		}
		if got != c.want || a != nil && (a.Subnet != q.Subnet || !a.Authoritative) {
			t.Errorf("%s %d: %+v, want %s", c.name, c.typ, a, c.want)
		}
	}
	r := router()
	r.Nodes = nil
	if a := r.Answer(&dns.Query{Name: "x.cdn.example.", Type: miekg.TypeA, Class: miekg.ClassINET}); a.Rcode != miekg.RcodeServerFailure {
		t.Errorf("without nodes: %+v", a)
	}
}

// world runs f on a host beside another that serves; both are linked.
func world(t *testing.T, f func(server, client *stack.Stack, serverHost *engine.Host)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	a, err := w.AddHost("a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.AddHost("b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	server, client := a.NewStack("server"), b.NewStack("client")
	if err := w.Sched.Run(client.Go("main", func() { f(server, client, a) })); err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, st *stack.Stack, port string, h http.Handler) *http.Server {
	t.Helper()
	l, err := st.Listen("tcp", ":"+port)
	if err != nil {
		t.Error(err)
		return nil
	}
	s := &http.Server{Handler: h}
	st.Go("http", func() { s.Serve(st, l) })
	return s
}

// TestReplica fetches content of two customers, each once, refuses others, and fetches again what was purged.
func TestReplica(t *testing.T) {
	world(t, func(server, client *stack.Stack, _ *engine.Host) {
		var asked []string
		serve(t, server, "8080", func(r *http.Request) *http.Response {
			asked = append(asked, r.Host+r.URL.RequestURI())
			a := http.Text(200, r.URL.Path)
			a.Header.Set("Cache-Control", "max-age=60")
			return a
		})
		r := &cdn.Replica{Cache: &webcache.Cache{Stack: server, Client: &http.Client{Stack: server}}}
		for at, origin := range map[string]string{"/www.foo.com": "http://a:8080", "video.netcinema.com": "http://a:8080/films/"} {
			c, err := cdn.NewCustomer(at, origin)
			if err != nil {
				t.Error(err)
			}
			r.Customers = append(r.Customers, c)
		}
		serve(t, server, "80", r.Answer)
		c := &http.Client{Stack: client}
		get := func(host, path string) string {
			q, err := http.NewRequest("GET", "http://a"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			q.Host = host
			a, err := c.Do(q)
			if err != nil {
				t.Error(err)
				return ""
			}
			text, _ := io.ReadAll(a.Body)
			return strings.TrimSpace(a.Status[:3] + " " + string(text))
		}
		for range 2 {
			for _, c := range []struct{ host, path, want string }{
				{"www.cdn.com", "/www.foo.com/sports/ruth.gif?x=1", "200 /sports/ruth.gif"}, {"video.netcinema.com:80", "/6Y7B23V", "200 /films/6Y7B23V"}, {"www.cdn.com", "/www.foo.com", "200 /"}, {"video.netcinema.com", "/a%2Fb%20c", "200 /films/a/b c"},
			} {
				if got := get(c.host, c.path); got != c.want {
					t.Errorf("%s%s: %q, want %q", c.host, c.path, got, c.want)
				}
			}
		}
		for _, path := range []string{"/www.foo.community/x", "/", "/else/x"} {
			if got := get("www.cdn.com", path); !strings.HasPrefix(got, "403 ") {
				t.Errorf("%s: %q", path, got)
			}
		}
		for _, path := range []string{"/../secret", "/x/../../secret", "/%2e%2e/secret", "/..%2fsecret"} {
			if got := get("video.netcinema.com", path); !strings.HasPrefix(got, "400 ") {
				t.Errorf("%s leads out of the customer's folder: %q", path, got)
			}
		}
		if got := strings.Join(asked, " "); got != "a:8080/sports/ruth.gif?x=1 a:8080/films/6Y7B23V a:8080/ a:8080/films/a%2Fb%20c" {
			t.Errorf("the origin was asked for %s", got)
		}
		if !r.Purge("http://a:8080/films/6Y7B23V") || r.Purge("http://a:8080/films/none") {
			t.Error("purge")
		}
		get("video.netcinema.com", "/6Y7B23V")
		if len(asked) != 5 {
			t.Errorf("after the purge the origin was asked %d times", len(asked))
		}
	})
	for _, bad := range [][2]string{{"", "http://x"}, {"/", "http://x"}, {"/a/b", "http://x"}, {"a b", "http://x"}, {"a", "x"}, {"a", "https://x"}, {"a", "http://x/?q"}, {"a", "http://%zz"}} {
		_, err := cdn.NewCustomer(bad[0], bad[1])
		var wrong *cdn.CustomerError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestWatch: a node goes down after so many failures, and comes back with one answer.
func TestWatch(t *testing.T) {
	world(t, func(server, client *stack.Stack, host *engine.Host) {
		status := 200
		serve(t, server, "80", func(r *http.Request) *http.Response {
			if r.Method != "HEAD" || r.URL.Path != "/health" {
				t.Errorf("%s %s", r.Method, r.URL.Path)
			}
			return http.Status(status)
		})
		n := &cdn.Node{Name: "a", Addrs: host.V.Addrs()}
		r := &cdn.Router{Nodes: []*cdn.Node{n}}
		client.Go("watch", func() { r.Watch(client, n, cdn.Check{Every: time.Second, Fails: 2, Path: "health"}) })
		for _, step := range []struct {
			status int
			down   bool
		}{{200, false}, {404, false}, {500, false}, {503, true}, {503, true}, {200, false}} {
			status = step.status
			client.Sleep(time.Second)
			if n.Down != step.down {
				t.Errorf("after %d: down is %v", step.status, n.Down)
			}
		}
		host.Crash()
		client.Sleep(10 * time.Second)
		if !n.Down {
			t.Error("a host that is off works")
		}
	})
}

func TestRewrite(t *testing.T) {
	const from, to = "http://www.foo.com/", "http://www.cdn.com/www.foo.com/"
	for _, c := range []struct {
		page, want string
		changed    int
	}{
		{`<img src="/a.gif">`, `<img src="http://www.cdn.com/www.foo.com/a.gif">`, 1},
		{`<IMG alt='x' SRC=b.gif>`, `<img alt="x" src="http://www.cdn.com/www.foo.com/sports/b.gif">`, 1},
		{`<img src="http://other.com/a.gif"> <a href="/a.gif">x</a>`, `<img src="http://other.com/a.gif"> <a href="/a.gif">x</a>`, 0},
		{`<video src="/v.gif" poster="/p.gif"/>`, `<video src="http://www.cdn.com/www.foo.com/v.gif" poster="http://www.cdn.com/www.foo.com/p.gif"/>`, 2},
		{`<img src="/a.png"><script>"<img src='/a.gif'>"</script><!-- <img src="/a.gif"> -->`, `<img src="/a.png"><script>"<img src='/a.gif'>"</script><!-- <img src="/a.gif"> -->`, 0},
		{`<link rel="canonical" href="/a.gif"><link rel="shortcut icon" href="/i.gif">`, `<link rel="canonical" href="/a.gif"><link rel="shortcut icon" href="http://www.cdn.com/www.foo.com/i.gif">`, 1},
		{`<p>1 &lt; 2 <img src="%zz">`, `<p>1 &lt; 2 <img src="%zz">`, 0},
	} {
		got, n, err := cdn.Rewrite([]byte(c.page), "http://www.foo.com/sports/x.html", from, to, []string{".gif"})
		if string(got) != c.want || n != c.changed || err != nil {
			t.Errorf("%s\nbecomes %s (%d, %v)\n   want %s", c.page, got, n, err, c.want)
		}
	}
}

// FuzzRewrite: with nothing to change the page stays as it is; what was changed is not changed again.
func FuzzRewrite(f *testing.F) {
	f.Add(`<img src="/a.gif"><a href=x>`)
	f.Add(`<img src='http://www.foo.com/"&amp;'><video poster=/ src=//x>`)
	f.Fuzz(func(t *testing.T, page string) {
		if same, n, err := cdn.Rewrite([]byte(page), "http://www.foo.com/", "no:", "x:", nil); err == nil && (n != 0 || string(same) != page) {
			t.Errorf("%q becomes %q", page, same)
		}
		once, _, err := cdn.Rewrite([]byte(page), "http://www.foo.com/", "http://www.foo.com/", "http://c/", nil)
		if err != nil {
			return
		}
		if twice, n, err := cdn.Rewrite(once, "http://www.foo.com/", "http://www.foo.com/", "http://c/", nil); err != nil || n != 0 {
			t.Errorf("%q becomes %q, then %q: %v", page, once, twice, err)
		}
	})
}
