package http_test

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// world runs f on a client host beside a server of site().
func world(t testing.TB, f func(st *stack.Stack, at string)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	a, _ := w.AddHost("client")
	b, _ := w.AddHost("server")
	if _, err := w.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	server := b.NewStack("server")
	_, stop, err := serve(server, b, ":80")
	if err != nil {
		t.Fatal(err)
	}
	st := a.NewStack("client")
	main := st.Go("main", func() {
		f(st, "server:80")
		stop()
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}

// say sends pieces of text, waits between them, and returns all that comes back.
func say(t testing.TB, st *stack.Stack, at string, pause time.Duration, pieces ...string) string {
	t.Helper()
	c, err := st.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, p := range pieces {
		if i > 0 {
			st.Sleep(pause)
		}
		if _, err := io.WriteString(c, p); err != nil {
			break
		}
	}
	c.SetReadDeadline(st.Now().Add(10 * time.Minute))
	b, _ := io.ReadAll(c)
	return string(b)
}

// statuses returns the statuses of the answers in a stream.
func statuses(text string) string {
	var list []string
	for line := range strings.SplitSeq(text, "\r\n") {
		if i := strings.Index(line, "HTTP/1.1 "); i >= 0 && len(line) >= i+12 {
			list = append(list, line[i+9:i+12])
		}
	}
	return strings.Join(list, " ")
}

const host = "Host: x\r\n"

// TestRefused says what a server must not understand, or not take.
func TestRefused(t *testing.T) {
	get := "GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	post := "POST /echo HTTP/1.1\r\nHost: x\r\n"
	world(t, func(st *stack.Stack, at string) {
		for _, c := range []struct{ name, request, want string }{
			{"good", get, "200"},
			{"pipelined", "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n" + get, "200 200"},
			{"empty lines before", "\r\n\r\n" + get, "200"},
			{"line ends of LF alone", "GET /a.txt HTTP/1.1\nHost: x\nConnection: close\n\n", "200"},
			{"HTTP/1.0 without Host", "GET /a.txt HTTP/1.0\r\n\r\n", "200"},
			{"HTTP/1.1 without Host", "GET /a.txt HTTP/1.1\r\n\r\n", "400"},
			{"two Hosts", "GET /a.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"},
			{"both lengths", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get, "400"},
			{"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + get, "400"},
			{"the same length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + get, "400"},
			{"a list of lengths", post + "Content-Length: 5, 5\r\n\r\nhello" + get, "400"},
			{"a signed length", post + "Content-Length: +5\r\n\r\nhello" + get, "400"},
			{"a length in hexadecimal", post + "Content-Length: 0x5\r\n\r\nhello" + get, "400"},
			{"a negative length", post + "Content-Length: -1\r\n\r\n" + get, "400"},
			{"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get, "400"},
			{"unknown coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + get, "501"},
			{"a coding with a tab", post + "Transfer-Encoding:\tchunked\r\nConnection: close\r\n\r\n0\r\n\r\n", "200"},
			{"a coding that looks like one", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + get, "501"},
			{"a coding in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get, "400"},
			{"space before the colon", post + "Content-Length : 5\r\n\r\nhello" + get, "400"},
			{"bare CR in a field", "GET /a.txt HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", "400"},
			{"bare CR in the request line", "GET /a.txt\rHTTP/1.1\r\nHost: x\r\n\r\n", "400"},
			{"NUL", "GET /a.txt HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", "400"},
			{"folded field", "GET /a.txt HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"},
			{"space before the first field", "GET /a.txt HTTP/1.1\r\n Host: x\r\n\r\n", "400"},
			{"no colon", "GET /a.txt HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", "400"},
			{"bad chunk", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", "400"},
			{"chunk with a sign", post + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "400"},
			{"chunk that is too long", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n", "400"},
			{"body over the limit", post + "Content-Length: 99999999999\r\n\r\n", "413"},
			{"chunk over the limit", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n" + strings.Repeat("x", 11<<20), "413"},
			{"length beyond all", post + "Content-Length: 99999999999999999999999999\r\n\r\n", "400"},
			{"version 2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
			{"version 0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", "505"},
			{"no version", "GET /\r\n\r\n", "400"},
			{"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
			{"a line too long", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
			{"a line without end", strings.Repeat("a", 1<<20), "414"},
			{"100,000 headers", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 100000) + "\r\n", "431"},
			{"101 headers", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 100) + "\r\n", "431"},
			{"one long header", "GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("b", 100000) + "\r\n\r\n", "431"},
			{"expectation", post + "Expect: 200-maybe\r\nContent-Length: 5\r\n\r\nhello", "417"},
			{"continue", post + "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "100 200"},
			{"continue that nobody needs", "POST /a.txt HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + get, "405"},
			{"up", "GET /../secret HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
			{"up, encoded", "GET /%2e%2e/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"},
			{"up, encoded twice", "GET /%252e%252e/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
			{"up, slash encoded", "GET /..%2fsecret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"},
			{"up, backslash", "GET /..\\secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
			{"NUL in the path", "GET /a.txt%00.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"},
			{"no path", "GET secret HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
			{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "204"},
			{"absolute form", "GET http://x/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"},
			{"file as folder", "GET /a.txt/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
			{"unknown method", "BREW /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "501"},
			{"a tunnel", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\nConnection: close\r\n\r\n", "501"},
			{"PUT without a length", "PUT /a.txt HTTP/1.1\r\nHost: x\r\n\r\n", "411"},
			{"other method", "DELETE /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405"},
		} {
			if got := statuses(say(t, st, at, 0, c.request)); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
	})
}

// TestSlowClients checks that a server does not wait for ever, whatever a client leaves out, and says why where somebody may listen.
func TestSlowClients(t *testing.T) {
	drip := func(text string) []string { return strings.Split(text, "") }
	world(t, func(st *stack.Stack, at string) {
		for _, c := range []struct {
			name   string
			pause  time.Duration
			pieces []string
			want   string
		}{
			{"says nothing", 0, []string{""}, "408"},
			{"half a line", 0, []string{"GET / HT"}, "408"},
			{"a byte every 5 s", 5 * time.Second, drip("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "408"},
			{"a body that does not come", 0, []string{"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"}, "408"},
			{"a body byte by byte", 10 * time.Second, drip("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n")[:1], "408"},
			{"nothing more", 0, []string{"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n"}, "200"},
		} {
			began := st.Now()
			got := statuses(say(t, st, at, c.pause, c.pieces...))
			if took := st.Now().Sub(began); got != c.want || took > 5*time.Minute {
				t.Errorf("%s: %s after %v, want %s", c.name, got, took, c.want)
			}
		}
	})
}

// TestManyHeadersMemory checks what a request of 100,000 headers costs a server.
func TestManyHeadersMemory(t *testing.T) {
	request := "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("Name: value\r\n", 100000) + "\r\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := http.HeadFault(strings.NewReader(request))
	runtime.ReadMemStats(&after)
	if f == nil || f.Status != 431 {
		t.Errorf("%v", f)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes were allocated for it", n)
	}
}

// TestRanges asks for parts of ten bytes.
func TestRanges(t *testing.T) {
	world(t, func(st *stack.Stack, at string) {
		for _, c := range []struct{ ranges, status, has string }{
			{"bytes=0-0", "206", "\r\n\r\n0"}, {"bytes=-3", "206", "\r\n\r\n789"}, {"bytes=8-", "206", "\r\n\r\n89"}, {"bytes=8-99999999", "206", "bytes 8-9/10"},
			{"bytes=10-", "416", "bytes */10"}, {"bytes=-0", "416", "bytes */10"}, {"bytes=5-4", "200", "0123456789"}, {"lines=1-2", "200", "0123456789"},
			{"bytes=0-1,4-5", "206", "Content-Range: bytes 4-5/10\r\n\r\n45\r\n--"}, {"bytes=0-1,,20-,", "206", "\r\n\r\n01"}, {"bytes=a-b", "200", "0123456789"},
			{"bytes=" + strings.Repeat("0-,", 300) + "0-", "200", "0123456789"}, {"bytes=" + strings.Repeat("0-0,", 20), "200", "0123456789"},
			{"bytes=0-5,1-6", "200", "0123456789"}, {"bytes=99999999999999999999-", "200", "0123456789"}, {"bytes=", "200", "0123456789"},
		} {
			got := say(t, st, at, 0, "GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: "+c.ranges+"\r\n\r\n")
			if statuses(got) != c.status || !strings.Contains(got, c.has) {
				t.Errorf("%.60s: want %s with %q, got\n%s", c.ranges, c.status, c.has, got)
			}
		}
	})
}

// TestConditions asks with conditions, of which a file of 1998 meets some (RFC 9110 13).
func TestConditions(t *testing.T) {
	world(t, func(st *stack.Stack, at string) {
		head := say(t, st, at, 0, "HEAD /a.txt HTTP/1.0\r\n\r\n")
		_, rest, _ := strings.Cut(head, "Etag: ")
		tag, _, _ := strings.Cut(rest, "\r\n")
		then, later := "Mon, 22 Jun 1998 09:23:24 GMT", "Tue, 23 Jun 1998 09:23:24 GMT"
		for _, c := range []struct{ method, fields, want string }{
			{"GET", "If-Modified-Since: " + then, "304"}, {"GET", "If-Modified-Since: " + later, "304"}, {"GET", "If-Modified-Since: Sun, 21 Jun 1998 09:23:24 GMT", "200"},
			{"GET", "If-Modified-Since: yesterday", "200"}, {"HEAD", "If-None-Match: " + tag, "304"}, {"GET", "If-None-Match: \"x\", W/" + tag, "304"}, {"GET", "If-None-Match: *", "304"}, {"GET", "If-None-Match: \"a, " + tag + ", b\"", "200"},
			{"GET", "If-None-Match: \"x\"", "200"}, {"GET", "If-None-Match: \"x\"\r\nIf-Modified-Since: " + then, "200"}, {"GET", "If-Match: \"x\"", "412"}, {"GET", "If-Match: " + tag, "200"},
			{"GET", "If-Unmodified-Since: " + then, "200"}, {"GET", "If-Unmodified-Since: Sun, 21 Jun 1998 09:23:24 GMT", "412"},
			{"GET", "Range: bytes=0-1\r\nIf-Range: " + tag, "206"}, {"GET", "Range: bytes=0-1\r\nIf-Range: \"x\"", "200"}, {"GET", "Range: bytes=0-1\r\nIf-Range: " + then, "206"},
		} {
			if got := statuses(say(t, st, at, 0, c.method+" /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+c.fields+"\r\n\r\n")); got != c.want {
				t.Errorf("%s with %s: %s, want %s", c.method, c.fields, got, c.want)
			}
		}
	})
}
