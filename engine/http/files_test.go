package http_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestPutAndDelete: two clients that store the same file at once leave that of one of them, no other file is touched, and conditions count.
func TestPutAndDelete(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		fs := site()
		afero.WriteFile(fs, "/www/new.1.part", []byte("somebody's"), 0o644)
		s := &http.Server{Handler: (&http.Files{FS: fs, Root: "/www", Writable: true}).Answer}
		start(t, st, ":8080", s)
		put := func(text string) {
			c, err := st.Dial("tcp", "client:8080")
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(c, "PUT /new HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(text))
			for _, letter := range text {
				io.WriteString(c, string(letter))
				st.Sleep(time.Second)
			}
			c.Close()
		}
		a, b := st.Go("a", func() { put("aaaaaaaaaa") }), st.Go("b", func() { put("bbbbb") })
		a.Join()
		b.Join()
		if text, _ := afero.ReadFile(fs, "/www/new"); string(text) != "aaaaaaaaaa" && string(text) != "bbbbb" {
			t.Errorf("the file is %q", text)
		}
		if text, _ := afero.ReadFile(fs, "/www/new.1.part"); string(text) != "somebody's" {
			t.Errorf("another file is %q", text)
		}
		for _, c := range []struct{ request, want string }{
			{"DELETE /a.txt HTTP/1.1\r\nIf-Match: \"other\"", "412"}, {"DELETE /a.txt HTTP/1.1\r\nIf-Unmodified-Since: Sun, 21 Jun 1998 09:23:24 GMT", "412"}, {"DELETE /a.txt/ HTTP/1.1\r\nA: b", "404"},
			{"PUT /a.txt HTTP/1.1\r\nContent-Length: 0\r\nIf-None-Match: *", "412"}, {"PUT /none HTTP/1.1\r\nContent-Length: 0\r\nIf-Match: *", "412"}, {"PUT /dir HTTP/1.1\r\nContent-Length: 0", "409"},
			{"DELETE /dir HTTP/1.1\r\nA: b", "403"}, {"DELETE /a.txt HTTP/1.1\r\nIf-Match: *", "204"}, {"DELETE /a.txt HTTP/1.1\r\nA: b", "404"}, {"GET * HTTP/1.1\r\nA: b", "400"},
		} {
			if got := statuses(say(t, st, "client:8080", 0, c.request+"\r\nHost: x\r\nConnection: close\r\n\r\n")); got != c.want {
				t.Errorf("%s: %s, want %s", strings.ReplaceAll(c.request, "\r\n", " / "), got, c.want)
			}
		}
		s.Close()
	})
}
