package webcache

import (
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Answer is the handler of the cache.
func (c *Cache) Answer(r *http.Request) *http.Response {
	c.stats.Requests++
	if a := c.target(r); a != nil {
		c.stats.Failures++
		return a
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		return c.pass(r)
	}
	if r.Header["If-Match"] != nil || r.Header["If-Unmodified-Since"] != nil { // not for a cache to judge (RFC 9111 4.3.2)
		return c.fetch(r, r.Header, "fwd=bypass")
	}
	v := c.find(r)
	if v != nil && c.judge(r, v, c.Stack.Now()) == fresh {
		c.stats.Hits++
		return c.serve(r, v, "hit")
	}
	if parseDirectives(r.Header).has("only-if-cached") {
		c.stats.Failures++
		return http.Status(504)
	}
	if v != nil {
		return c.revalidate(r, v)
	}
	return c.fetchOnce(r)
}

// fetchOnce gets what is not kept. Others who want the same meanwhile wait for it (RFC 9111 4): for a while, since the client that gets it may be slow,
// and once, since it may turn out that each needs its own.
func (c *Cache) fetchOnce(r *http.Request) *http.Response {
	k := key(r.URL)
	plain := r.Method == "GET" && r.Header["Range"] == nil && r.Header["Authorization"] == nil && !parseDirectives(r.Header).has("no-store")
	if q := c.coming[k]; q != nil && plain {
		for until := c.Stack.Now().Add(waiting); c.coming[k] == q && c.Stack.Now().Before(until); {
			c.Stack.Scheduler().Wait(sim.Wait{Call: "another request for " + k}, until, q)
		}
		if v := c.find(r); v != nil && c.judge(r, v, c.Stack.Now()) == fresh {
			c.stats.Hits++
			return c.serve(r, v, "hit; collapsed")
		}
		return c.fetch(r, r.Header, "fwd=uri-miss")
	}
	if !plain {
		return c.fetch(r, r.Header, "fwd=uri-miss")
	}
	if c.coming == nil {
		c.coming = map[string]*sim.Queue{}
	}
	q := &sim.Queue{}
	c.coming[k] = q
	arrived := func() {
		if c.coming[k] == q {
			delete(c.coming, k)
			q.Wake()
		}
	}
	a := c.fetch(r, r.Header, "fwd=uri-miss")
	if t, ok := a.Body.(*teller); ok && t.keep != nil {
		t.arrived = arrived
	} else {
		arrived()
	}
	return a
}

// target finds out which URL is meant, or refuses the request.
func (c *Cache) target(r *http.Request) *http.Response {
	if c.Origin != "" {
		r.URL.Scheme, r.URL.Host = "http", r.Host
		if r.Host == "" {
			r.URL.Host = c.Origin
		}
	}
	switch {
	case r.URL.Scheme == "" || r.URL.Host == "":
		return http.Text(400, "400 Bad Request: a proxy wants the whole URL, as in GET http://host/path")
	case r.URL.Scheme != "http":
		return http.Text(501, fmt.Sprintf("501 Not Implemented: scheme %.20q", r.URL.Scheme))
	}
	for _, item := range http.List(r.Header["Via"]) {
		if f := strings.Fields(item); len(f) > 1 && f[1] == c.name() {
			return http.Text(508, "508 Loop Detected: the request has come by here before")
		}
	}
	return nil
}

// pass sends a request on whose answer is not kept. What it may have changed is forgotten (RFC 9111 4.4).
func (c *Cache) pass(r *http.Request) *http.Response {
	a := c.fetch(r, r.Header, "fwd=method")
	if a.StatusCode < 400 && !slices.Contains([]string{"OPTIONS", "TRACE"}, r.Method) {
		c.Purge(r.URL.String())
		for _, name := range []string{"Location", "Content-Location"} {
			if u, err := r.URL.Parse(a.Header.Get(name)); err == nil && u.Host == r.URL.Host {
				c.Purge(u.String())
			}
		}
	}
	return a
}

// ask sends a request to the origin, or the server before which this is a gateway, with other fields.
func (c *Cache) ask(r *http.Request, fields http.Header) (*http.Response, error) {
	if c.Client == nil {
		c.Client = &http.Client{Stack: c.Stack, Limits: http.Limits{Body: http.NoLimit}}
	}
	u := *r.URL
	out := &http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: endToEnd(fields), ProtoMajor: 1, ProtoMinor: 1, Proto: "HTTP/1.1",
		Body: r.Body, ContentLength: r.ContentLength, TransferEncoding: r.TransferEncoding}
	if c.Origin != "" {
		u.Host = c.Origin
	} else {
		out.Host = u.Host
	}
	out.Header.Add("Via", fmt.Sprintf("1.%d %s", r.ProtoMinor, c.name()))
	if out.Header["User-Agent"] == nil {
		out.Header["User-Agent"] = []string{""} // none is none
	}
	return c.Client.Do(out)
}

// endToEnd leaves out the fields that are for one connection (RFC 9110 7.6.1).
func endToEnd(h http.Header) http.Header {
	out := h.Clone()
	for _, name := range http.List(h["Connection"]) {
		out.Del(name)
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Authorization", "Proxy-Authenticate", "Content-Length", "Expect"} {
		out.Del(name)
	}
	return out
}

// fetch gets the answer from the origin, and keeps it if it may be kept. fields are those of the request.
func (c *Cache) fetch(r *http.Request, fields http.Header, status string) *http.Response {
	asked := c.Stack.Now()
	a, err := c.ask(r, fields)
	if err != nil {
		c.stats.Failures++
		return failure(err)
	}
	c.stats.Misses++
	return c.take(r, a, asked, status)
}

// failure is the answer for a server that gave none.
func failure(err error) *http.Response {
	status := 502
	if stack.Code(err) == "timeout" {
		status = 504
	}
	return http.Text(status, fmt.Sprintf("%d %s: %v", status, nethttp.StatusText(status), err))
}

// take makes the origin's answer that to the client, and keeps what goes by.
func (c *Cache) take(r *http.Request, a *http.Response, asked time.Time, status string) *http.Response {
	out := http.Empty(a.StatusCode)
	out.Status, out.Header, out.Body, out.ContentLength = a.Status, endToEnd(a.Header), a.Body, a.ContentLength
	if out.Header["Date"] == nil {
		out.Header.Set("Date", http.Date(c.Stack.Now()))
	}
	t := &teller{ReadCloser: a.Body, c: c, left: c.maxObject()}
	if storable(r, a) && a.ContentLength <= c.maxObject() {
		t.keep = &variant{status: a.StatusCode, reason: a.Status, header: out.Header.Clone(), said: parseDirectives(a.Header), chooses: varying(r, a.Header),
			asked: asked, received: c.Stack.Now()}
		t.keep.date = t.keep.when()
		t.request, t.expect = r, a.ContentLength
		status += "; stored"
	}
	out.Body = t
	if a.ContentLength == 0 || r.Method == "HEAD" || a.StatusCode == 304 || a.StatusCode == 204 {
		t.finish()
	}
	c.mark(out, r, status)
	return out
}

// when reads the Date of an answer; one without has come when it was made.
func (v *variant) when() time.Time {
	if t, err := nethttp.ParseTime(v.header.Get("Date")); err == nil {
		return t
	}
	return v.received
}

// mark adds the fields of an intermediary (RFC 9110 7.6.3, RFC 9211).
func (c *Cache) mark(a *http.Response, r *http.Request, status string) {
	a.Header.Add("Via", "1.1 "+c.name())
	a.Header.Add("Cache-Status", c.name()+"; "+status)
}

// A teller is the body of an answer on its way to the client: it counts, and keeps a copy.
type teller struct {
	io.ReadCloser
	c       *Cache
	request *http.Request
	keep    *variant // nil if nothing is to be kept
	expect  int64    // bytes that have to come; -1 if nobody knows
	left    int64    // that may be kept yet
	arrived func()   // called when it is known whether it is kept; or nil
}

// settled tells those who wait for the answer.
func (t *teller) settled() {
	if t.arrived != nil {
		t.arrived()
		t.arrived = nil
	}
}

// Close implements io.Closer.
func (t *teller) Close() error {
	t.drop()
	return t.ReadCloser.Close()
}

// drop has nothing more to do with what is kept of the answer.
func (t *teller) drop() {
	if t.keep != nil {
		t.c.pending -= int64(len(t.keep.body))
		t.keep = nil
	}
	t.settled()
}

// Read implements io.Reader.
func (t *teller) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.c.stats.FromOrigin += int64(n)
	if t.keep != nil {
		if t.left -= int64(n); t.left < 0 || t.c.pending+int64(n) > t.c.maxBytes() {
			t.drop()
		} else {
			t.keep.body = append(t.keep.body, p[:n]...)
			t.c.pending += int64(n)
		}
	}
	if err == io.EOF {
		t.finish()
	}
	return n, err
}

// finish keeps what has come in whole (RFC 9111 3.3).
func (t *teller) finish() {
	if v := t.keep; v != nil && (t.expect < 0 || int64(len(v.body)) == t.expect) {
		t.c.keep(t.request, v)
	}
	t.drop()
}

// serve answers from the store: with all of it, with ranges of it, or with 304 where the client has it already.
func (c *Cache) serve(r *http.Request, v *variant, status string) *http.Response {
	now := c.Stack.Now()
	a := http.Empty(v.status)
	if v.status == 200 {
		changed, _ := nethttp.ParseTime(v.header.Get("Last-Modified"))
		a = http.Content(r, readCloser{bytes.NewReader(v.body)}, http.Entity{Type: v.header.Get("Content-Type"), Size: int64(len(v.body)), Modified: changed, Tag: v.header.Get("Etag")}, c.stats.Requests)
	} else {
		a.Body, a.ContentLength = io.NopCloser(bytes.NewReader(v.body)), int64(len(v.body))
	}
	if a.StatusCode == v.status {
		a.Status = v.reason
	}
	for name, values := range v.header { // into another map: the order does not matter
		if a.Header[name] == nil && (a.StatusCode == v.status || a.StatusCode == 206 || !strings.HasPrefix(name, "Content-")) {
			a.Header[name] = slices.Clone(values)
		}
	}
	a.Header.Set("Age", strconv.Itoa(int(v.age(now).Seconds())))
	if r.Method != "HEAD" {
		c.stats.FromStore += a.ContentLength
	}
	c.mark(a, r, fmt.Sprintf("%s; ttl=%d", status, int((c.lifetime(v)-v.age(now)).Seconds())))
	return a
}

type readCloser struct{ *bytes.Reader }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

// revalidate asks the origin whether a stored answer is still right (RFC 9111 4.3).
func (c *Cache) revalidate(r *http.Request, v *variant) *http.Response {
	fields := r.Header.Clone()
	for _, name := range []string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		fields.Del(name)
	}
	tag, changed := v.header.Get("Etag"), v.header.Get("Last-Modified")
	if tag != "" {
		fields.Set("If-None-Match", tag)
	}
	if changed != "" {
		fields.Set("If-Modified-Since", changed)
	}
	asked := c.Stack.Now()
	a, err := c.ask(r, fields)
	if err != nil || a.StatusCode >= 500 && !v.strict() {
		return c.unreachable(r, v, a, err)
	}
	if a.StatusCode != 304 {
		c.stats.Misses++
		return c.take(r, a, asked, fmt.Sprintf("fwd=stale; fwd-status=%d", a.StatusCode))
	}
	a.Body.Close()
	c.stats.Validations++
	c.freshen(v, a, asked)
	return c.serve(r, v, "fwd=stale; fwd-status=304")
}

// unreachable answers with what is stale when the origin gives no good answer, unless that is forbidden (RFC 9111 4.2.4).
func (c *Cache) unreachable(r *http.Request, v *variant, a *http.Response, err error) *http.Response {
	if v.strict() {
		c.stats.Failures++
		return failure(err)
	}
	if err == nil {
		a.Body.Close()
	}
	c.stats.Hits++
	c.stats.Stale++
	return c.serve(r, v, "hit; detail=stale")
}

// freshen takes the fields of a 304 into a stored answer (RFC 9111 3.2, 4.3.4), which another may have replaced meanwhile.
func (c *Cache) freshen(v *variant, a *http.Response, asked time.Time) {
	before := v.size()
	if a.Header["Age"] == nil {
		delete(v.header, "Age")
	}
	for name, values := range endToEnd(a.Header) { // into another map: the order does not matter
		if !strings.HasPrefix(name, "Content-") {
			v.header[name] = values
		}
	}
	v.said, v.asked, v.received = parseDirectives(v.header), asked, c.Stack.Now()
	v.date = v.when()
	if c.holds(v) {
		c.bytes += v.size() - before
		c.trim()
	}
}
