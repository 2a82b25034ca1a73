package webcache_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// An origin answers with fields that the test sets, and counts.
type origin struct {
	fields http.Header
	status int
	body   string
	asked  []string // method and conditions of each request
	during func()   // what happens when a request comes; or nil
}

func (o *origin) answer(r *http.Request) *http.Response {
	o.asked = append(o.asked, strings.TrimSpace(r.Method+" "+r.Header.Get("If-None-Match")+" "+r.Header.Get("If-Modified-Since")))
	if o.during != nil {
		o.during()
	}
	if tag := o.fields.Get("Etag"); tag != "" && r.Header.Get("If-None-Match") == tag {
		a := http.Empty(304)
		a.Header = o.fields.Clone()
		return a
	}
	body := o.body
	if body == "" {
		body = fmt.Sprintf("%d %s", len(o.asked), r.Header.Get("Accept-Language"))
	}
	a := http.Bytes(o.status, "text/plain", []byte(body))
	for name, values := range o.fields {
		a.Header[name] = values
	}
	return a
}

// A bench is a client, a cache and an origin in one world.
type bench struct {
	t     *testing.T
	st    *stack.Stack
	cache *webcache.Cache
	*origin
	client *http.Client
	down   func() // switches the origin off
	log    *[]http.Entry
}

// world runs f in a world whose clock shows 2026.
func world(t *testing.T, f func(b *bench)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	host, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	st := host.NewStack("test")
	main := st.Go("main", func() {
		o := &origin{fields: http.Header{}, status: 200}
		site := &http.Server{Handler: o.answer}
		l, err := st.Listen("tcp", "localhost:80")
		if err != nil {
			t.Error(err)
			return
		}
		st.Go("origin", func() { site.Serve(st, l) })
		c := &webcache.Cache{Stack: st, Name: "cache"}
		var entries []http.Entry
		proxy := &http.Server{Handler: c.Answer, Connect: c.Connect, Log: func(e http.Entry) { entries = append(entries, e) }}
		l2, err := st.Listen("tcp", "localhost:3128")
		if err != nil {
			t.Error(err)
			return
		}
		st.Go("cache", func() { proxy.Serve(st, l2) })
		f(&bench{t, st, c, o, &http.Client{Stack: st, Proxy: "localhost:3128"}, site.Close, &entries})
		site.Close()
		proxy.Close()
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}

// do makes a request through the cache and returns status, body and what the cache says of itself.
func (b *bench) do(method, path string, fields ...string) (status int, body, state string) {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://localhost"+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	a, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(a.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	state, _, _ = strings.Cut(a.Header.Get("Cache-Status"), "; ttl")
	return a.StatusCode, string(text), strings.TrimPrefix(state, "cache; ")
}

// TestFreshness asks twice with a pause, and looks whether the second answer came from the store (RFC 9111 3, 4.2, 5.2).
func TestFreshness(t *testing.T) {
	const old, soon = "Last-Modified: Mon, 01 Dec 2025 00:00:00 GMT", "Expires: Thu, 01 Jan 2026 00:10:00 GMT"
	for _, c := range []struct {
		answer, request string // fields, separated by |
		pause           time.Duration
		want            string
	}{
		{"Cache-Control: max-age=60", "", 59 * time.Second, "hit"},
		{"Cache-Control: max-age=60", "", 61 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60|Age: 50", "", 20 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60, s-maxage=10", "", 20 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=1|" + soon, "", 5 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{soon, "", 9 * time.Minute, "hit"},
		{soon, "", 11 * time.Minute, "fwd=stale; fwd-status=200; stored"},
		{"Expires: 0", "", time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: no-store", "", 0, "fwd=uri-miss"},
		{"Cache-Control: private, max-age=60", "", 0, "fwd=uri-miss"},
		{"Cache-Control: no-cache, max-age=60", "", 0, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=\"60\"", "", 30 * time.Second, "hit"},
		{"Cache-Control: max-age=x", "", time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60|Vary: *", "", 0, "fwd=uri-miss"},
		{"", "", 0, "fwd=stale; fwd-status=200; stored"},
		{old, "", 23 * time.Hour, "hit"}, // a tenth of 31 days, but no more than a day
		{old, "", 25 * time.Hour, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Cache-Control: no-cache", 0, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Pragma: no-cache", 0, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Cache-Control: max-age=10", 20 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Cache-Control: min-fresh=50", 20 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Cache-Control: max-stale=50", 90 * time.Second, "hit"},
		{"Cache-Control: max-age=60", "Cache-Control: max-stale", 9000 * time.Second, "hit"},
		{"Cache-Control: max-age=60, must-revalidate", "Cache-Control: max-stale", 90 * time.Second, "fwd=stale; fwd-status=200; stored"},
		{"Cache-Control: max-age=60", "Authorization: Basic YQ==", 0, "hit"},
		{"Cache-Control: max-age=60|Etag: \"a\"", "", 90 * time.Second, "fwd=stale; fwd-status=304"},
	} {
		world(t, func(b *bench) {
			for f := range strings.SplitSeq(c.answer, "|") {
				if name, value, ok := strings.Cut(f, ": "); ok {
					b.fields.Set(name, value)
				}
			}
			if _, _, state := b.do("GET", "/"); !strings.HasPrefix(state, "fwd=uri-miss") {
				t.Errorf("first: %s", state)
			}
			b.st.Sleep(c.pause)
			var fields []string
			if c.request != "" {
				fields = []string{c.request}
			}
			if _, _, state := b.do("GET", "/", fields...); state != c.want {
				t.Errorf("answer with %q, request with %q after %v: %s, want %s", c.answer, c.request, c.pause, state, c.want)
			}
		})
	}
}

// TestStored makes answers to other requests of a stored one.
func TestStored(t *testing.T) {
	world(t, func(b *bench) {
		b.body = "0123456789"
		b.fields.Set("Cache-Control", "max-age=60")
		b.fields.Set("Etag", `"v1"`)
		b.do("GET", "/")
		for _, c := range []struct {
			method, field string
			status        int
			body          string
		}{
			{"GET", "A: b", 200, "0123456789"}, {"HEAD", "A: b", 200, ""}, {"GET", "Range: bytes=2-4", 206, "234"}, {"GET", "If-None-Match: \"v1\"", 304, ""}, {"GET", "If-None-Match: \"v2\"", 200, "0123456789"},
		} {
			status, body, state := b.do(c.method, "/", c.field)
			if status != c.status || body != c.body || state != "hit" {
				t.Errorf("%s %s: %d %q %s", c.method, c.field, status, body, state)
			}
		}
		if s := b.cache.Stats(); len(b.asked) != 1 || s.Hits != 5 || s.Misses != 1 || s.Requests != 6 || s.FromOrigin != 10 || s.FromStore != 23 {
			t.Errorf("%q %+v", b.asked, s)
		}
		if status, _, _ := b.do("GET", "/other", "Cache-Control: only-if-cached"); status != 504 {
			t.Errorf("only-if-cached: %d", status)
		}
	})
}

// TestVary keeps an answer for each language, and answers none of them with another.
func TestVary(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "max-age=60")
		b.fields.Set("Vary", "Accept-Language")
		var got []string
		for _, language := range []string{"fr", "es", "fr", "es", "it"} {
			_, body, _ := b.do("GET", "/", "Accept-Language: "+language)
			got = append(got, body)
		}
		if want := "1 fr,2 es,1 fr,2 es,3 it"; strings.Join(got, ",") != want {
			t.Errorf("%q, want %s", got, want)
		}
	})
}

// TestInvalidation: what a POST may have changed is asked for anew (RFC 9111 4.4).
func TestInvalidation(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "max-age=60")
		b.do("GET", "/")
		b.do("POST", "/")
		if _, body, state := b.do("GET", "/"); body != "3 " || state != "fwd=uri-miss; stored" {
			t.Errorf("%q %s", body, state)
		}
	})
}

// TestOriginDown: stale answers are better than none, unless their origin has forbidden it.
func TestOriginDown(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "max-age=1")
		b.do("GET", "/loose")
		b.fields.Set("Cache-Control", "max-age=1, must-revalidate")
		b.do("GET", "/strict")
		b.down()
		b.st.Sleep(time.Minute)
		if status, _, state := b.do("GET", "/loose"); status != 200 || state != "hit; detail=stale" {
			t.Errorf("loose: %d %s", status, state)
		}
		for _, path := range []string{"/strict", "/unknown"} {
			if status, _, _ := b.do("GET", path); status != 502 {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
}

// TestBounded: what was not used for longest makes room.
func TestBounded(t *testing.T) {
	world(t, func(b *bench) {
		b.cache.MaxBytes = 20000
		b.cache.MaxObject = 5000
		b.body = strings.Repeat("x", 4000)
		b.fields.Set("Cache-Control", "max-age=60")
		for i := range 10 {
			b.do("GET", fmt.Sprintf("/%d", i))
			b.do("GET", "/0")
		}
		s := b.cache.Stats()
		if s.Bytes > 20000 || s.Objects != 4 || s.Evicted != 6 {
			t.Errorf("%+v", s)
		}
		if _, _, state := b.do("GET", "/0"); state != "hit" {
			t.Errorf("what was used all the time: %s", state)
		}
		b.body = strings.Repeat("x", 6000)
		for range 2 {
			if _, body, state := b.do("GET", "/long"); state != "fwd=uri-miss" || len(body) != 6000 {
				t.Errorf("too long to be kept: %s", state)
			}
		}
	})
}

// TestRefused: a proxy is no server, and does not run in circles.
func TestRefused(t *testing.T) {
	world(t, func(b *bench) {
		if status, _, _ := b.do("GET", "/", "Via: 1.1 other, 1.1 cache"); status != 508 {
			t.Errorf("loop: %d", status)
		}
		b.client.Proxy = ""
		r, _ := http.NewRequest("GET", "http://localhost:3128/", nil)
		if a, err := b.client.Do(r); err != nil || a.StatusCode != 400 {
			t.Errorf("no whole URL: %v %v", a, err)
		}
	})
}

// TestAbandoned: when a client goes away in the middle of an answer, the connection to the origin is not left open, and half an answer is not kept.
func TestAbandoned(t *testing.T) {
	world(t, func(b *bench) {
		b.body = strings.Repeat("x", 4<<20)
		b.fields.Set("Cache-Control", "max-age=60")
		before := b.st.OpenSockets()
		c, err := b.st.Dial("tcp", "localhost:3128")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
		io.ReadFull(c, make([]byte, 1000))
		c.Close()
		b.st.Sleep(5 * time.Minute)
		if n := b.st.OpenSockets(); n > before {
			t.Errorf("%d sockets are open, before %d", n, before)
		}
		if s := b.cache.Stats(); s.Objects != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestTogether: of requests that come while the first is under way one goes to the origin, if its answer may be kept.
func TestTogether(t *testing.T) {
	for fields, want := range map[string]int{"max-age=60": 1, "no-store": 5} {
		world(t, func(b *bench) {
			b.body = "page"
			b.fields.Set("Cache-Control", fields)
			var tasks []*sim.Task
			for range 5 {
				tasks = append(tasks, b.st.Go("client", func() {
					c := &http.Client{Stack: b.st, Proxy: "localhost:3128"}
					a, err := c.Get("http://localhost/")
					if err != nil {
						t.Error(err)
						return
					}
					if text, _ := io.ReadAll(a.Body); string(text) != "page" {
						t.Errorf("%q", text)
					}
					c.Close()
				}))
			}
			for _, task := range tasks {
				task.Join()
			}
			if len(b.asked) != want {
				t.Errorf("%s: the origin was asked %d times, want %d", fields, len(b.asked), want)
			}
		})
	}
}

// serve starts a cache as a gateway with an origin of its own behind it.
func serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	o := &origin{fields: http.Header{"Cache-Control": {"max-age=60"}}, status: 200, body: "page"}
	site := &http.Server{Handler: o.answer}
	back, err := st.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	l, err := st.Listen("tcp", address)
	if err != nil {
		back.Close()
		return "", nil, err
	}
	c := &webcache.Cache{Stack: st, Client: &http.Client{Stack: st}, Name: "cache", Origin: back.Addr().String()}
	s := &http.Server{Handler: c.Answer, Connect: c.Connect}
	st.Go("origin", func() { site.Serve(st, back) })
	st.Go("accept", func() { s.Serve(st, l) })
	return l.Addr().String(), func() { s.Close(); site.Close(); c.Client.Close() }, nil
}

func talk(st *stack.Stack, address string) (string, error) {
	c := &http.Client{Stack: st}
	defer c.Close()
	var b strings.Builder
	for range 2 {
		a, err := c.Get("http://" + address + "/page")
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(a.Body)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %q\n", a.Status, text)
		if a.StatusCode != 200 {
			return "", &http.Fault{Status: a.StatusCode, Text: "the cache failed"}
		}
	}
	return b.String(), nil
}

func TestConformance(t *testing.T) {
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 3128, Patience: time.Hour,
		Garbage: [][]byte{[]byte("GET http:///x HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("GET gopher://x/ HTTP/1.1\r\nHost: x\r\n\r\n")}})
}
