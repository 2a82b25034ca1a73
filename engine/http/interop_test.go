package http_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
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
