package webcache_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// TestClocks: what a clock that is far off says makes nothing fresh (RFC 9111 4.2.3, 5.3).
func TestClocks(t *testing.T) {
	for _, fields := range []string{"Expires: Mon, 01 Jan 0001 00:00:00 GMT", "Date: Mon, 01 Jan 0001 00:00:00 GMT|Cache-Control: max-age=60", "Date: Fri, 31 Dec 9999 23:59:59 GMT|Expires: Mon, 01 Jan 0001 00:00:00 GMT"} {
		world(t, func(b *bench) {
			for f := range strings.SplitSeq(fields, "|") {
				name, value, _ := strings.Cut(f, ": ")
				b.fields.Set(name, value)
			}
			b.do("GET", "/")
			b.st.Sleep(5 * time.Second)
			if _, _, state := b.do("GET", "/"); !strings.HasPrefix(state, "fwd=stale") {
				t.Errorf("%s: %s", fields, state)
			}
		})
	}
}

// TestOnlyForOne: what the origin says to the ranges or conditions of one client is not told to others, and conditions that only it can judge go to it.
func TestOnlyForOne(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "max-age=60")
		for _, status := range []int{206, 412, 416, 431} {
			b.status = status
			b.do("GET", "/", "Range: bytes=99-")
			if _, _, state := b.do("GET", "/"); state != "fwd=uri-miss" {
				t.Errorf("after %d: %s", status, state)
			}
		}
		b.status = 200
		b.do("GET", "/")
		for _, field := range []string{"If-Match: \"other\"", "If-Unmodified-Since: Thu, 01 Jan 1998 00:00:00 GMT"} {
			if status, _, state := b.do("GET", "/", field); status != 200 || !strings.HasPrefix(state, "fwd=bypass") {
				t.Errorf("%s: %d %s", field, status, state)
			}
		}
	})
}

// TestPending: answers that come have no more room than those that are kept, and one that a slow client reads makes nobody else wait for long.
func TestPending(t *testing.T) {
	world(t, func(b *bench) {
		b.cache.MaxBytes = 8 << 20
		b.body = strings.Repeat("x", 8<<20-2000)
		b.fields.Set("Cache-Control", "max-age=60")
		var slow []io.Closer
		for i := range 3 {
			c, err := b.st.Dial("tcp", "localhost:3128")
			if err != nil {
				t.Fatal(err)
			}
			slow = append(slow, c)
			fmt.Fprintf(c, "GET http://localhost/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i)
			io.ReadFull(c, make([]byte, 3<<20))
			b.st.Sleep(time.Second)
			if n := b.cache.Stats().Pending; n > b.cache.MaxBytes || n < 3<<20 {
				t.Errorf("%d bytes are held for %d clients", n, i+1)
			}
		}
		began := b.st.Now()
		status, body, _ := b.do("GET", "/0")
		if took := b.st.Now().Sub(began); status != 200 || len(body) != len(b.body) || took > 10*time.Second {
			t.Errorf("behind a slow client: %d, %d bytes after %v", status, len(body), took)
		}
		for _, c := range slow {
			c.Close()
		}
		b.st.Sleep(5 * time.Minute)
		if n := b.cache.Stats().Pending; n != 0 {
			t.Errorf("%d bytes are held for nobody", n)
		}
	})
}

// TestManyVariants: of too many answers to one URL the oldest goes.
func TestManyVariants(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "max-age=60")
		b.fields.Set("Vary", "Accept-Language")
		for i := range 17 {
			b.do("GET", "/", fmt.Sprintf("Accept-Language: %d", i))
		}
		for _, i := range []int{16, 15, 1, 0} {
			want := "hit"
			if i == 0 {
				want = "fwd=uri-miss; stored"
			}
			if _, _, state := b.do("GET", "/", fmt.Sprintf("Accept-Language: %d", i)); state != want {
				t.Errorf("language %d: %s, want %s", i, state, want)
			}
		}
		if s := b.cache.Stats(); s.Evicted != 2 {
			t.Errorf("%+v", s)
		}
	})
}

// TestMaxBytes: whatever the answers are that fill it, a cache keeps no more than it may.
func TestMaxBytes(t *testing.T) {
	fill := func(name string, most int64, f func(b *bench, i int)) {
		world(t, func(b *bench) {
			b.cache.MaxBytes = most
			b.fields.Set("Cache-Control", "max-age=60")
			for i := range 15 {
				f(b, i)
				if s := b.cache.Stats(); s.Bytes > most || s.Bytes < 0 {
					t.Fatalf("%s: %+v after %d answers", name, s, i+1)
				}
			}
			if s := b.cache.Stats(); s.Evicted == 0 {
				t.Errorf("%s: %+v", name, s)
			}
		})
	}
	fill("variants", 10_000, func(b *bench, i int) {
		b.fields.Set("Vary", "Accept-Language")
		b.body = strings.Repeat("x", 2000)
		b.do("GET", "/", fmt.Sprintf("Accept-Language: %d", i))
	})
	fill("fields of requests", 20_000, func(b *bench, i int) {
		b.fields.Set("Vary", "Cookie")
		b.do("GET", fmt.Sprintf("/%d", i), "Cookie: "+strings.Repeat("x", 3000))
	})
	fill("long URLs", 20_000, func(b *bench, i int) { b.do("GET", "/"+strings.Repeat("x", 3000)+fmt.Sprint(i)) })
	fill("fields of 304", 20_000, func(b *bench, i int) {
		b.fields.Set("Cache-Control", "no-cache")
		b.fields.Set("Etag", `"1"`)
		b.fields.Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 200*i))
		b.do("GET", "/")
	})
}

// TestReplaced: an answer in place of another takes no more room than that.
func TestReplaced(t *testing.T) {
	world(t, func(b *bench) {
		b.body = strings.Repeat("x", 1000)
		b.fields.Set("Cache-Control", "no-cache")
		b.do("GET", "/")
		before := b.cache.Stats()
		for range 3 {
			b.do("GET", "/")
		}
		if s := b.cache.Stats(); s.Bytes != before.Bytes || s.Bytes < 1000 || s.Objects != 1 || s.Misses != 4 {
			t.Errorf("%+v, before %+v", s, before)
		}
	})
}

// TestPurgedMeanwhile: an answer that is forgotten while the origin is asked about it does not count when the origin has answered.
func TestPurgedMeanwhile(t *testing.T) {
	world(t, func(b *bench) {
		b.fields.Set("Cache-Control", "no-cache")
		b.fields.Set("Etag", `"1"`)
		b.do("GET", "/")
		b.during = func() {
			b.cache.Purge("http://localhost/")
			b.fields.Set("X-More", strings.Repeat("x", 1000))
		}
		if status, _, state := b.do("GET", "/"); status != 200 || state != "fwd=stale; fwd-status=304" {
			t.Errorf("%d %s", status, state)
		}
		if s := b.cache.Stats(); s.Objects != 0 || s.Bytes != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestLong: a cache hands on what is longer than a client would take for itself.
func TestLong(t *testing.T) {
	world(t, func(b *bench) {
		b.body = strings.Repeat("x", 65<<20)
		b.client.Limits.Body = http.NoLimit
		a, err := b.client.Get("http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, a.Body); n != int64(len(b.body)) || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}
