package webcache_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// TestCurlThroughTheCacheToNginx fetches files that nginx lets be kept, or not, with curl -x.
func TestCurlThroughTheCacheToNginx(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	dir := t.TempDir()
	for _, name := range []string{"page.html", "always.html", "never.html"} {
		os.WriteFile(filepath.Join(dir, name), []byte("0123456789"), 0o644)
	}
	origin := interop.StartNginx(t, dir, `location /page.html { expires 1h; } location /always.html { add_header Cache-Control no-cache; } location /never.html { add_header Cache-Control no-store; }`)
	interop.Run(t, func(m *interop.Machine) {
		cache := &webcache.Cache{Stack: m.Stack, Client: &http.Client{Stack: m.Stack}, Name: "cache"}
		s := &http.Server{Handler: cache.Answer}
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("cache", func() { s.Serve(m.Stack, l) })
		get := func(args ...string) (fields, body string) {
			args = append([]string{"-s", "-S", "-i", "-m", "20", "-x", "http://" + l.Addr().String()}, args...)
			out, err := m.Output(exec.Command(curl, args...))
			if err != nil {
				t.Errorf("curl %q: %v\n%s", args, err, out)
			}
			fields, body, _ = strings.Cut(out, "\r\n\r\n")
			return fields, body
		}
		for _, c := range []struct{ path, option, status, state, body string }{
			{"/page.html", "", "200", "fwd=uri-miss; stored", "0123456789"}, {"/page.html", "", "200", "hit; ttl=3", "0123456789"}, {"/page.html", "Range: bytes=2-3", "206", "hit; ttl=3", "23"},
			{"/page.html", "Cache-Control: no-cache", "200", "fwd=stale; fwd-status=304", "0123456789"}, {"/always.html", "", "200", "fwd=uri-miss; stored", "0123456789"},
			{"/always.html", "", "200", "fwd=stale; fwd-status=304", "0123456789"}, {"/never.html", "", "200", "fwd=uri-miss", "0123456789"}, {"/never.html", "", "200", "fwd=uri-miss", "0123456789"},
			{"/nothing", "", "404", "fwd=uri-miss; stored", ""},
		} {
			args := []string{"http://" + origin + c.path}
			if c.option != "" {
				args = append(args, "-H", c.option)
			}
			fields, body := get(args...)
			if !strings.HasPrefix(fields, "HTTP/1.1 "+c.status) || !strings.Contains(fields, "Cache-Status: cache; "+c.state) || c.body != "" && body != c.body {
				t.Errorf("%s %s: want %s with %s, got\n%s\n\n%s", c.path, c.option, c.status, c.state, fields, body)
			}
		}
		if s := cache.Stats(); s.Hits != 2 || s.Validations != 2 || s.Misses != 5 {
			t.Errorf("%+v", s)
		}
		s.Close()
		cache.Client.Close()
	})
}
