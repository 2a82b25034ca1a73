package http_test

import (
	"bufio"
	"bytes"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// FuzzSession says anything to a server. Whatever it is, the server answers with statuses that it may have, and the next client is served.
func FuzzSession(f *testing.F) {
	for _, s := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"GET /a.txt HTTP/1.0\r\nRange: bytes=1-2,4-5\r\n\r\n", "GET /dir HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n", "HEAD /big HTTP/1.1\nHost: x\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		world(t, func(st *stack.Stack, at string) {
			r := bufio.NewReader(strings.NewReader(say(t, st, at, 0, string(said))))
			for {
				if _, err := r.Peek(1); err != nil {
					break
				}
				a, err := nethttp.ReadResponse(r, nil)
				if err != nil {
					break // the answer to HEAD has no body, which nobody here knows
				}
				if a.StatusCode < 100 || a.StatusCode > 599 {
					t.Errorf("status %d", a.StatusCode)
				}
				a.Body.Close()
			}
			c := &http.Client{Stack: st}
			defer c.Close()
			if a, err := c.Get("http://" + at + "/a.txt"); err != nil || a.StatusCode != 200 {
				t.Errorf("the next client: %v %v", a, err)
			}
		})
	})
}

// FuzzHead reads heads that net/http reads too: what we take it takes, and both see as many fields.
func FuzzHead(f *testing.F) {
	for _, s := range []string{"Host: x\r\nA: b\r\n\r\n", "A : b\r\n\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", " a: b\r\n\r\n", "a: b\n c\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, fields []byte) {
		end := http.HeadEnd(append([]byte("GET / HTTP/1.1\r\n"), fields...))
		if end == 0 {
			return
		}
		fields = fields[:end-len("GET / HTTP/1.1\r\n")]
		if http.CheckFields(fields) != nil {
			return
		}
		r, err := nethttp.ReadRequest(bufio.NewReader(bytes.NewReader(append([]byte("GET / HTTP/1.1\r\n"), fields...))))
		if err != nil && !strings.Contains(err.Error(), "Host") {
			t.Fatalf("%q was taken, but %v", fields, err)
		}
		if err == nil && r.Header.Get("Transfer-Encoding") != "" {
			t.Fatalf("%q: %v", fields, r.Header)
		}
	})
}

// FuzzParseRange checks that what is parsed lies within the content.
func FuzzParseRange(f *testing.F) {
	f.Add("bytes=0-1,-5,7-", int64(10))
	f.Fuzz(func(t *testing.T, text string, size int64) {
		if size < 0 || size > 1<<60 {
			return
		}
		list, _ := http.ParseRange(text, size)
		for _, r := range list {
			if r[0] < 0 || r[1] <= 0 || r[0]+r[1] > size {
				t.Fatalf("%q of %d: %v", text, size, list)
			}
		}
	})
}

// FuzzParseChallenges checks that parsing ends.
func FuzzParseChallenges(f *testing.F) {
	for _, s := range []string{`Basic realm="a"`, `Digest realm="a, b", nonce="c\"", qop=auth, Basic realm=x`, "Basic QWxhZGRpbjpvcGVu", "Negotiate, Digest a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { http.ParseChallenges(text) })
}

// FuzzJar reads a cookie file; what is written of it reads as the same.
func FuzzJar(f *testing.F) {
	f.Add("# Netscape HTTP Cookie File\nebay.com\tFALSE\t/\tFALSE\t1800000000\tid\t8734\n")
	f.Add("#HttpOnly_.x.lab\tTRUE\t/a\tTRUE\t0\tb\tc\n")
	f.Add("..\t\t/\t\t0\t\t")
	f.Add(".#\t\t/\t\t0\t\t")
	f.Fuzz(func(t *testing.T, text string) {
		once, ok := http.Rewrite(text)
		if !ok {
			return
		}
		if twice, ok := http.Rewrite(once); !ok || twice != once {
			t.Fatalf("%q became %q", once, twice)
		}
	})
}
