package http_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// site is a file system with a few files, the last of which is a megabyte.
func site() afero.Fs {
	fs := afero.NewMemMapFs()
	then := time.Date(1998, 6, 22, 9, 23, 24, 0, time.UTC)
	for name, text := range map[string]string{"/www/index.html": "<h1>Home</h1>\n", "/www/a.txt": "0123456789", "/www/empty": "", "/www/dir/page.html": "page\n",
		"/secret": "secret", "/www/big": strings.Repeat("0123456789abcdef", 1<<16)} {
		afero.WriteFile(fs, name, []byte(text), 0o644)
		fs.Chtimes(name, then, then)
	}
	return fs
}

// serve starts a server of files, and of a few paths that a function answers.
func serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	files := &http.Files{FS: site(), Root: "/www"}
	s := &http.Server{Handler: func(r *http.Request) *http.Response {
		switch r.URL.Path {
		case "/echo":
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil
			}
			return http.Bytes(200, "text/plain", body)
		case "/stream":
			a := http.Empty(200)
			a.Body, a.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("stream ", 3000))), -1
			return a
		}
		return files.Answer(r)
	}}
	st.Go("accept", func() { s.Serve(st, l) })
	return l.Addr().String(), s.Close, nil
}

// talk asks for a file, a part of one, nothing, an echo and a stream of unknown length.
func talk(st *stack.Stack, address string) (string, error) {
	c := &http.Client{Stack: st}
	defer c.Close()
	var b strings.Builder
	for _, ask := range []struct{ method, path, body, ranges string }{
		{"GET", "/", "", ""}, {"GET", "/a.txt", "", "bytes=2-4"}, {"HEAD", "/big", "", ""}, {"GET", "/nothing", "", ""}, {"POST", "/echo", strings.Repeat("echo ", 900), ""}, {"GET", "/stream", "", ""},
	} {
		var body []byte
		if ask.body != "" {
			body = []byte(ask.body)
		}
		r, err := http.NewRequest(ask.method, "http://"+address+ask.path, body)
		if err != nil {
			return "", err
		}
		if ask.ranges != "" {
			r.Header.Set("Range", ask.ranges)
		}
		a, err := c.Do(r)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(a.Body)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %s: %s %d %q\n", ask.method, ask.path, a.Status, a.ContentLength, text)
	}
	fmt.Fprintf(&b, "%d connections\n", c.Opened)
	return b.String(), nil
}

func TestConformance(t *testing.T) {
	var garbage [][]byte
	for _, s := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
		"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 20000),
		"PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n", "GET / HTTP/1.1\r\nHost"} {
		garbage = append(garbage, []byte(s))
	}
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 80, Patience: time.Hour, Garbage: garbage})
}
