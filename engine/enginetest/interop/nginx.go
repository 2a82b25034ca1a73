package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// StartNginx starts nginx with a folder as its root on a port that the kernel gives, and more directives for its server; it inherits the
// listening socket.
func StartNginx(t testing.TB, root, more string) (at string) {
	t.Helper()
	nginx := Program(t, "nginx", "nginx-light")
	dir := t.TempDir()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	at = l.Addr().String()
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	conf := fmt.Sprintf(`%[4]s daemon off; pid %[1]s/pid; error_log %[1]s/log crit; events {}
http { access_log off; keepalive_requests 1000000; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
sendfile on; types { text/html html; text/plain txt; }
server { listen %[2]s; root %[3]s; %[5]s } }`, dir, at, root, user, more)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "conf"))
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), "NGINX=3;"), []*os.File{f}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("nginx:\n%s", log)
		}
	})
	return at
}
