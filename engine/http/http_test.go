package http_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"encoding/pem"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestDigest computes the examples of RFC 7616 3.9.1.
func TestDigest(t *testing.T) {
	for algorithm, want := range map[string]string{"MD5": "8ca523f5e9506fed4657c9700eebdbec", "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"} {
		if got := http.Proof(algorithm); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

// TestDigestIsNotReplayed: what a listener has seen does not let it in, and an old nonce is answered with a new one.
func TestDigestIsNotReplayed(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		g := &http.Guard{Stack: st, Realm: "r", Digest: true, Secret: func(string) (string, bool) { return "hungry", true }}
		var seen string
		l, err := st.Listen("tcp", ":8080")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: func(r *http.Request) *http.Response {
			if _, refused := g.Check(r); refused != nil {
				return refused
			}
			seen = r.Header.Get("Authorization")
			return http.Text(200, "in")
		}}
		st.Go("server", func() { s.Serve(st, l) })
		c := &http.Client{Stack: st, User: "bob", Password: "hungry"}
		status := func(c *http.Client, field string) int {
			r, _ := http.NewRequest("GET", "http://client:8080/", nil)
			if field != "" {
				r.Header.Set("Authorization", field)
			}
			a, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			return a.StatusCode
		}
		if n := status(c, ""); n != 200 {
			t.Errorf("first: %d", n)
		}
		if n := status(&http.Client{Stack: st}, seen); n != 401 {
			t.Errorf("replayed: %d", n)
		}
		st.Sleep(time.Hour)
		if n := status(c, ""); n != 200 {
			t.Errorf("with an old nonce: %d", n)
		}
		s.Close()
	})
}

// TestJar keeps cookies in the world's time, for those whose they are.
func TestJar(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	files := afero.NewMemMapFs()
	open := func() *http.Jar {
		j, err := http.OpenJar(func() time.Time { return now }, files, "/jar")
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	at := func(text string) *url.URL { u, _ := url.Parse(text); return u }
	j := open()
	set := func(where string, lines ...string) {
		h := nethttp.Header{"Set-Cookie": lines}
		j.SetCookies(at(where), (&nethttp.Response{Header: h}).Cookies())
	}
	set("http://www.shop.com/cart/add", "id=1678; Max-Age=3600", "site=1; Domain=shop.com; Path=/", "bad=1; Domain=com", "other=1; Domain=ebay.com", "safe=1; Secure; HttpOnly; Path=/", "gone=1; Max-Age=0")
	get := func(where string) string {
		var list []string
		for _, c := range j.Cookies(at(where)) {
			list = append(list, c.Name)
		}
		return strings.Join(list, " ")
	}
	for range 2 { // the second time from the file
		for where, want := range map[string]string{"http://www.shop.com/cart/": "id site", "http://www.shop.com/": "site", "http://shop.com/": "site", "http://a.shop.com/": "site",
			"https://www.shop.com/": "site safe", "http://ebay.com/": "", "http://x.com/": "", "http://www.shop.com/cartoon": "site"} {
			if got := get(where); got != want {
				t.Errorf("%s gets %q, want %q", where, got, want)
			}
		}
		j = open()
	}
	now = now.Add(2 * time.Hour)
	if got := get("http://www.shop.com/cart/"); got != "site" {
		t.Errorf("two hours later: %q", got)
	}
	set("http://shop.com/", "site=2; Domain=shop.com; Path=/")
	if all := j.All(); len(all) != 2 || all[0].Name != "site" || all[0].Value != "2" {
		t.Errorf("%v", all)
	}
	set("http://shop.com/", "site=; Domain=shop.com; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
	for i := range 400 {
		set("http://many.com/", "n"+strings.Repeat("x", i)+"=1")
	}
	if n := len(j.All()); n != 181 {
		t.Errorf("%d cookies; one host may have 180", n)
	}
	afero.WriteFile(files, "/jar", []byte("nonsense\n"), 0o600)
	if _, err := http.OpenJar(time.Now, files, "/jar"); err == nil || !strings.Contains(err.Error(), "line 1: want domain") {
		t.Error(err)
	}
}

// puppet is a server that sends what the test says, whatever is asked, one text for each connection.
func puppet(t *testing.T, st *stack.Stack, port string, texts ...string) {
	l, err := st.Listen("tcp", ":"+port)
	if err != nil {
		t.Fatal(err)
	}
	st.Go("puppet", func() {
		for _, text := range texts {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			for _, answer := range strings.Split(text, "|") {
				if answer == "close" {
					break
				}
				if _, err := nethttp.ReadRequest(r); err != nil {
					break
				}
				io.WriteString(c, answer)
			}
			c.Close()
		}
		l.Close()
	})
}

// TestClient makes requests to servers that behave in ways of their own.
func TestClient(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for _, c := range []struct {
		name   string
		texts  []string
		want   string // statuses and bodies of two GETs, or the code of the error
		opened int
	}{
		{"kept", []string{ok + "|" + ok}, "200 ok 200 ok", 1},
		{"closed while it waited", []string{ok, ok}, "200 ok 200 ok", 2},
		{"until the end", []string{"HTTP/1.1 200 OK\r\n\r\nall", ok}, "200 all 200 ok", 2},
		{"of HTTP/1.0", []string{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", ok}, "200 ok 200 ok", 2},
		{"chunked", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n|" + ok}, "200 abc 200 ok", 1},
		{"interim", []string{"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok + "|" + ok}, "200 ok 200 ok", 1},
		{"no body", []string{"HTTP/1.1 204 No Content\r\n\r\n|" + ok}, "204  200 ok", 1},
		{"cut off", []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"}, "closed", 1},
		{"cut off in a chunk", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"}, "closed", 1},
		{"bad chunk", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok"}, "protocol", 1},
		{"both lengths", []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}, "protocol", 1},
		{"two lengths", []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"}, "protocol", 1},
		{"another protocol", []string{"220 hamburger.edu\r\n\r\n"}, "protocol", 1},
		{"version 2", []string{"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}, "protocol", 1},
		{"endless head", []string{"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 50000)}, "too-long", 1},
		{"too long", []string{"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + strings.Repeat("x", 3000)}, "too-long", 1},
		{"nothing", []string{"close"}, "closed", 1},
		{"one interim answer after the other", []string{strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 200)}, "protocol", 1},
	} {
		world(t, func(st *stack.Stack, _ string) {
			puppet(t, st, "8080", c.texts...)
			k := &http.Client{Stack: st, Limits: http.Limits{Body: 2000}}
			var got []string
			for range 2 {
				a, err := k.Get("http://client:8080/")
				var text []byte
				if err == nil {
					text, err = io.ReadAll(a.Body)
				}
				if err != nil {
					got = []string{stack.Code(err)}
					break
				}
				got = append(got, a.Status[:3], string(text))
			}
			if text := strings.Join(got, " "); text != c.want || k.Opened != c.opened {
				t.Errorf("%s: %q over %d connections, want %q over %d", c.name, text, k.Opened, c.want, c.opened)
			}
			k.Close()
		})
	}
}

// TestContinue sends a body when the server wants it, and keeps it where the server refuses.
func TestContinue(t *testing.T) {
	world(t, func(st *stack.Stack, at string) {
		for path, want := range map[string]int{"/echo": 200, "/a.txt": 405} {
			c := &http.Client{Stack: st}
			r, _ := http.NewRequest("POST", "http://"+at+path, []byte("hello"))
			r.Header.Set("Expect", "100-continue")
			a, err := c.Do(r)
			if err != nil || a.StatusCode != want {
				t.Errorf("%s: %v, %v", path, a, err)
				continue
			}
			text, _ := io.ReadAll(a.Body)
			if path == "/echo" && string(text) != "hello" {
				t.Errorf("%q", text)
			}
			c.Close()
		}
	})
}

// TestRedirects follows some, and not for ever.
func TestRedirects(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		l, err := st.Listen("tcp", ":8080")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: func(r *http.Request) *http.Response {
			body, _ := io.ReadAll(r.Body)
			switch r.URL.Path {
			case "/303":
				return http.Redirect(303, "/end")
			case "/307":
				return http.Redirect(307, "end")
			case "/loop":
				return http.Redirect(302, "/loop")
			case "/away":
				return http.Redirect(301, "mailto:bob@hamburger.edu")
			}
			return http.Text(200, r.Method+string(body))
		}}
		st.Go("server", func() { s.Serve(st, l) })
		for path, want := range map[string]string{"/303": "200 GET\n", "/307": "200 POSTbody\n", "/loop": "302 302 Found\n", "/away": "301 301 Moved Permanently\n"} {
			c := &http.Client{Stack: st, Redirects: 5}
			r, _ := http.NewRequest("POST", "http://client:8080"+path, []byte("body"))
			a, err := c.Do(r)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			text, _ := io.ReadAll(a.Body)
			if got := a.Status[:4] + string(text); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
			c.Close()
		}
		s.Close()
	})
}

// TestTraceUnderTLS: observers, who cannot read what is encrypted, are told what is said.
func TestTraceUnderTLS(t *testing.T) {
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	trace := w.Trace(capture.TraceOptions{})
	host, _ := w.Local()
	st := host.NewStack("test")
	authority, err := w.Authority()
	if err != nil {
		t.Fatal(err)
	}
	main := st.Go("main", func() {
		config, err := authority.Server(st, "localhost")
		l, lerr := st.Listen("tcp", "localhost:443")
		if err != nil || lerr != nil {
			t.Error(err, lerr)
			return
		}
		s := &http.Server{TLS: config, Handler: func(*http.Request) *http.Response { return http.Bytes(200, "image/gif", []byte("GIF89a\x00")) }}
		st.Go("server", func() { s.Serve(st, l) })
		c := &http.Client{Stack: st, TLS: func(name string) (*tls.Config, error) { return authority.Client(st, name), nil }}
		if a, err := c.Get("https://localhost/picture?n=1"); err != nil || a.TLS != nil && a.StatusCode != 200 {
			t.Error(a, err)
		}
		c.Close()
		s.Close()
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	trace.Dialogue(&text, capture.Filter{}, capture.DialogueOptions{})
	for _, want := range []string{"C: [TLS: GET /picture?n=1 HTTP/1.1]", "S: [TLS: HTTP/1.1 200 OK, 7 bytes of image/gif]"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
}

// TestCurlTLS lets curl check the certificate.
func TestCurlTLS(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}), 0o600)
	interop.Run(t, func(m *interop.Machine) {
		s := &http.Server{Handler: (&http.Files{FS: site(), Root: "/www"}).Answer}
		if s.TLS, err = authority.Server(m.Stack, "127.0.0.1"); err != nil {
			t.Error(err)
			return
		}
		at, stop := listen(t, m, s)
		out := command(t, m, curl, "-s", "-S", "-m", "20", "--cacert", ca, "https://"+at+"/a.txt", "https://"+at+"/big")
		if len(out) != 10+1<<20 {
			t.Errorf("%d bytes", len(out))
		}
		if out, err := m.Output(exec.Command(curl, "-s", "-m", "20", "https://"+at+"/a.txt")); err == nil {
			t.Errorf("curl trusts an authority that it does not know: %s", out)
		}
		stop()
	})
}

// TestServerLimits: connections and requests are counted.
func TestServerLimits(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		l, err := st.Listen("tcp", ":8080")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Sessions: 1, Requests: 2, Handler: func(*http.Request) *http.Response { return nil }}
		st.Go("server", func() { s.Serve(st, l) })
		first := say(t, st, "client:8080", 0, strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 3))
		if got := statuses(first); got != "500 500" {
			t.Errorf("two requests for each connection: %s", got)
		}
		var c net.Conn
		if c, err = st.Dial("tcp", "client:8080"); err != nil {
			t.Fatal(err)
		}
		st.Sleep(time.Second)
		if got := statuses(say(t, st, "client:8080", 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")); got != "503" {
			t.Errorf("one connection at a time: %s", got)
		}
		c.Close()
		s.Close()
	})
}
