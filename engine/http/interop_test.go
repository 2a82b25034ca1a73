package http_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// serving runs f beside a server on the machine's network.
func serving(t *testing.T, f func(m *interop.Machine, at string)) {
	t.Helper()
	interop.Run(t, func(m *interop.Machine) {
		at, stop, err := serve(m.Stack, m.Host, "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		f(m, at)
		stop()
	})
}

// command runs a program and wants it to succeed.
func command(t *testing.T, m *interop.Machine, program string, args ...string) string {
	t.Helper()
	out, err := m.Output(exec.Command(program, args...))
	if err != nil {
		t.Errorf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

func TestCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	serving(t, func(m *interop.Machine, at string) {
		url := "http://" + at
		for _, c := range []struct {
			args string
			want string
		}{
			{url + "/", "<h1>Home</h1>\n"},
			{"-0 " + url + "/a.txt", "0123456789"},
			{"-r 3-5 " + url + "/a.txt", "345"},
			{"-r -2 " + url + "/a.txt", "89"},
			{"-w %{http_code} -o /dev/null " + url + "/nothing", "404"},
			{"-w %{http_code} -o /dev/null --path-as-is " + url + "/../secret", "400"},
			{"-w %{http_code} -o /dev/null --path-as-is " + url + "/%2e%2e/secret", "400"},
			{"-w %{http_code} -o /dev/null -X BREW " + url + "/", "501"},
			{"-w %{http_code} -o /dev/null -X DELETE " + url + "/", "405"},
			{"-d a=b&c=d " + url + "/echo", "a=b&c=d"},
			{"-d x=1 -H Transfer-Encoding:chunked " + url + "/echo", "x=1"},
			{"-L " + url + "/a.txt " + url + "/a.txt", "01234567890123456789"},
			{"-w %{http_code} -o /dev/null -H If-Modified-Since:\\ Mon,\\ 22\\ Jun\\ 1998\\ 09:23:24\\ GMT " + url + "/a.txt", "304"},
		} {
			args := []string{"-s", "-S", "-m", "20"}
			for _, a := range strings.Split(strings.ReplaceAll(c.args, "\\ ", "\x00"), " ") {
				args = append(args, strings.ReplaceAll(a, "\x00", " "))
			}
			if out := command(t, m, curl, args...); out != c.want {
				t.Errorf("curl %s: %q, want %q", c.args, out, c.want)
			}
		}
		if out := command(t, m, curl, "-s", url+"/stream"); out != strings.Repeat("stream ", 3000) {
			t.Errorf("stream: %d bytes", len(out))
		}
		if out := command(t, m, curl, "-s", "-H", "Expect: 100-continue", "--data-binary", strings.Repeat("x", 100000), url+"/echo"); out != strings.Repeat("x", 100000) {
			t.Errorf("100-continue: %d bytes", len(out))
		}
	})
}

func TestWget(t *testing.T) {
	wget := interop.Program(t, "wget", "wget")
	serving(t, func(m *interop.Machine, at string) {
		dir := t.TempDir()
		get := func(args ...string) string {
			return command(t, m, wget, append([]string{"-q", "-T", "20", "-t", "1", "-P", dir}, args...)...)
		}
		get("http://"+at+"/a.txt", "http://"+at+"/dir/page.html")
		for name, want := range map[string]string{"a.txt": "0123456789", "page.html": "page\n"} {
			if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != want {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
		if info, err := os.Stat(filepath.Join(dir, "a.txt")); err != nil || info.ModTime().Year() != 1998 {
			t.Errorf("the time of a.txt is not Last-Modified: %v %v", info, err)
		}
		os.WriteFile(filepath.Join(dir, "a.txt"), []byte("0123"), 0o644)
		get("-c", "http://"+at+"/a.txt") // the rest of it
		if b, _ := os.ReadFile(filepath.Join(dir, "a.txt")); string(b) != "0123456789" {
			t.Errorf("continued: %q", b)
		}
		out, _ := m.Output(exec.Command(wget, "-S", "-N", "-P", dir, "http://"+at+"/dir/page.html"))
		if !strings.Contains(out, "304 Not Modified") {
			t.Errorf("wget -N fetched what had not changed:\n%s", out)
		}
	})
}

// TestCurlAuth shows passwords and cookies to curl, and lets it keep the cookies in a file that our jar reads.
func TestCurlAuth(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	interop.Run(t, func(m *interop.Machine) {
		secret := func(user string) (string, bool) { return "hungry", user == "bob" }
		basic := &http.Guard{Stack: m.Stack, Realm: "grades", Secret: secret}
		digest := &http.Guard{Stack: m.Stack, Realm: "grades", Digest: true, Secret: secret}
		at, stop := listen(t, m, &http.Server{Handler: func(r *http.Request) *http.Response {
			guard := map[string]*http.Guard{"/basic": basic, "/digest": digest}[r.URL.Path]
			if guard != nil {
				user, refused := guard.Check(r)
				if refused != nil {
					return refused
				}
				return http.Text(200, "hello "+user)
			}
			a := http.Text(200, "cookie "+r.Header.Get("Cookie"))
			a.Header.Add("Set-Cookie", "id=1678; Path=/; Max-Age=3600")
			a.Header.Add("Set-Cookie", "theme=dark; HttpOnly")
			return a
		}})
		jar := filepath.Join(t.TempDir(), "jar")
		for _, c := range []struct{ args, want string }{
			{"--basic -u bob:hungry /basic", "hello bob\n"}, {"--digest -u bob:hungry /digest", "hello bob\n"}, {"--anyauth -u bob:hungry /digest", "hello bob\n"},
			{"--digest -u bob:hungry /digest URL/digest", "hello bob\nhello bob\n"}, {"--basic -u bob:thirsty /basic", "401 Unauthorized\n"},
			{"--digest -u bob:thirsty /digest", "401 Unauthorized\n"}, {"-c " + jar + " /cookies", "cookie \n"}, {"-b " + jar + " /cookies", "cookie theme=dark; id=1678\n"},
		} {
			args := []string{"-s", "-m", "20"}
			for _, a := range strings.Fields(c.args) {
				if strings.HasPrefix(a, "/") && a != jar {
					a = "http://" + at + a
				}
				args = append(args, strings.Replace(a, "URL", "http://"+at, 1))
			}
			if out := command(t, m, curl, args...); out != c.want && !(strings.HasPrefix(c.want, "cookie theme") && out == "cookie id=1678; theme=dark\n") {
				t.Errorf("curl %s: %q, want %q", c.args, out, c.want)
			}
		}
		stop()
		text, err := os.ReadFile(jar)
		if err != nil {
			t.Error(err)
		}
		files := afero.NewMemMapFs()
		afero.WriteFile(files, "/jar", text, 0o600)
		ours, err := http.OpenJar(m.Now, files, "/jar")
		if err != nil || len(ours.All()) != 2 {
			t.Errorf("our jar reads curl's file: %v\n%s", err, text)
			return
		}
		for _, k := range ours.All() {
			if k.Name == "id" && (k.Value != "1678" || k.Expires.Before(m.Now())) || k.Name == "theme" && !k.HttpOnly {
				t.Errorf("%+v", k)
			}
		}
	})
}

// TestNginx runs the client against nginx: pages, ranges, conditions, Basic, HEAD, errors, connections in every mode.
func TestNginx(t *testing.T) {
	dir := t.TempDir()
	var page strings.Builder
	for i := range 10 {
		fmt.Fprintf(&page, "<img src=\"%d.txt\">\n", i)
		os.WriteFile(filepath.Join(dir, fmt.Sprint(i)+".txt"), []byte(strings.Repeat("x", 1000*i)), 0o644)
	}
	os.WriteFile(filepath.Join(dir, "index.html"), []byte(page.String()), 0o644)
	os.WriteFile(filepath.Join(dir, "users"), []byte("bob:{PLAIN}hungry\n"), 0o644)
	at := interop.StartNginx(t, dir, `location /private { auth_basic "grades"; auth_basic_user_file `+dir+`/users; return 200 "private\n"; } location /old { return 302 /1.txt; }
location /auth/ { auth_basic "grades"; auth_basic_user_file `+dir+`/users; alias `+dir+`/; }`)
	interop.Run(t, func(m *interop.Machine) {
		for mode, connections := range map[http.Mode]int{http.Persistent: 1, http.Pipelined: 1, http.NonPersistent: 11, http.Parallel: 11} {
			c := &http.Client{Stack: m.Stack, Mode: mode}
			objects, err := c.Page("http://" + at + "/")
			if err != nil || len(objects) != 11 || c.Opened != connections {
				t.Errorf("mode %d: %d objects over %d connections, %v", mode, len(objects), c.Opened, err)
				continue
			}
			for i, o := range objects[1:] {
				if o.Err != nil || len(o.Body) != 1000*i {
					t.Errorf("mode %d: %s has %d bytes, %v", mode, o.URL, len(o.Body), o.Err)
				}
			}
			c.Close()
		}
		c := &http.Client{Stack: m.Stack, Redirects: 3, User: "bob", Password: "hungry"}
		ask := func(method, path, field, value string) (*http.Response, string) {
			r, err := http.NewRequest(method, "http://"+at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if field != "" {
				r.Header.Set(field, value)
			}
			a, err := c.Do(r)
			if err != nil {
				t.Errorf("%s %s: %v", method, path, err)
				return &http.Response{Header: http.Header{}}, ""
			}
			text, err := io.ReadAll(a.Body)
			if err != nil {
				t.Error(err)
			}
			return a, string(text)
		}
		first, _ := ask("GET", "/1.txt", "", "")
		for _, x := range []struct {
			method, path, field, value string
			status, size               int
		}{
			{"GET", "/1.txt", "Range", "bytes=10-19", 206, 10}, {"GET", "/1.txt", "If-None-Match", first.Header.Get("Etag"), 304, 0}, {"GET", "/1.txt", "If-Modified-Since", first.Header.Get("Last-Modified"), 304, 0},
			{"HEAD", "/1.txt", "", "", 200, 0}, {"GET", "/old", "", "", 200, 1000}, {"GET", "/auth/2.txt", "", "", 200, 2000}, {"GET", "/1.txt", "Range", "bytes=5000-", 416, -1}, {"DELETE", "/1.txt", "", "", 405, -1}, {"GET", "/nothing", "", "", 404, -1},
		} {
			if a, text := ask(x.method, x.path, x.field, x.value); a.StatusCode != x.status || x.size >= 0 && len(text) != x.size {
				t.Errorf("%s %s with %s: %s, %d bytes", x.method, x.path, x.field, a.Status, len(text))
			}
		}
		c.Close()
	})
}

// TestBehindNginx puts nginx as a proxy before our server.
func TestBehindNginx(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	serving(t, func(m *interop.Machine, at string) {
		front := interop.StartNginx(t, t.TempDir(), "location / { proxy_pass http://"+at+"; proxy_http_version 1.1; }")
		if out := command(t, m, curl, "-s", "-m", "20", "http://"+front+"/a.txt", "http://"+front+"/stream"); out != "0123456789"+strings.Repeat("stream ", 3000) {
			t.Errorf("%d bytes", len(out))
		}
		if out := command(t, m, curl, "-s", "-m", "20", "--data-binary", strings.Repeat("x", 100000), "http://"+front+"/echo"); len(out) != 100000 {
			t.Errorf("echo: %d bytes", len(out))
		}
	})
}
