package interop

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/pki"
)

// A Dovecot is Dovecot's POP3 and IMAP server for one test.
type Dovecot struct {
	POP3, IMAP string // addresses
	User       string // has the password Password
	Password   string
	Authority  *pki.Authority // that made its certificate for 127.0.0.1

	maildir string
}

const dovecotConf = `
protocols = pop3 imap
listen = 127.0.0.1
base_dir = %[1]s/base
state_dir = %[1]s/state
log_path = %[1]s/log
auth_mechanisms = plain login cram-md5 apop
auth_failure_delay = 0 secs
disable_plaintext_auth = no
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
mail_location = maildir:%[1]s/mail/%%u
first_valid_uid = 1
first_valid_gid = 0
mail_max_userip_connections = 50
%[4]s
passdb {
  driver = passwd-file
  args = scheme=PLAIN %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
service pop3-login {
  inet_listener pop3 {
    port = %[2]s
  }
  inet_listener pop3s {
    port = 0
  }
}
service imap-login {
  inet_listener imap {
    port = %[3]s
  }
  inet_listener imaps {
    port = 0
  }
}
`

// unprivileged lets Dovecot run as the user that runs the test.
const unprivileged = `
default_internal_user = %[1]s
default_login_user = %[1]s
default_internal_group = %[2]s
service anvil {
  chroot =
}
service imap-login {
  chroot =
}
service pop3-login {
  chroot =
}
`

// StartDovecot starts a server with one user and an empty mailbox on ports that the kernel gives; it inherits the listening sockets.
func StartDovecot(t testing.TB) *Dovecot {
	t.Helper()
	program := Program(t, "dovecot", "dovecot-imapd dovecot-pop3d")
	dir, err := os.MkdirTemp("", "dovecot") // not t.TempDir: other users have to get in
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	authority, err := pki.New(1)
	must(t, err)
	d := &Dovecot{User: "alice", Password: "hungry", Authority: authority, maildir: filepath.Join(dir, "mail", "alice")}
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Mkdir(filepath.Join(dir, "mail"), 0o755))
	uid, gid, extra := os.Getuid(), os.Getgid(), ""
	if uid == 0 {
		uid, gid = 65534, 65534
		must(t, os.Chown(filepath.Join(dir, "mail"), uid, gid))
	} else {
		extra = fmt.Sprintf(unprivileged, names(t)...)
	}
	var files []*os.File
	var ports []string
	for range 2 {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(t, err)
		f, err := l.File()
		must(t, err)
		files, ports = append(files, f), append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
		l.Close()
	}
	d.POP3, d.IMAP = net.JoinHostPort("127.0.0.1", ports[0]), net.JoinHostPort("127.0.0.1", ports[1])
	d.certificate(t, dir)
	write(t, dir, "users", fmt.Sprintf("%s:{PLAIN}%s:%d:%d::%s::\n", d.User, d.Password, uid, gid, d.maildir))
	write(t, dir, "conf", fmt.Sprintf(dovecotConf, dir, ports[0], ports[1], extra))
	// A process is given sockets by a manager that knows its number: sd_listen_fds(3).
	cmd := exec.Command("sh", "-c", `LISTEN_FDS=2 LISTEN_PID=$$ exec "$0" -F -c "$1"`, program, filepath.Join(dir, "conf"))
	cmd.ExtraFiles, cmd.Stderr = files, os.Stderr
	must(t, cmd.Start())
	for _, f := range files {
		f.Close()
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("dovecot:\n%s", log)
		}
	})
	return d
}

// names returns what the user that runs the test and the group are called: Dovecot takes no numbers.
func names(t testing.TB) []any {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		Missing(t, "Dovecot runs as a user with a name: %v", err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		Missing(t, "Dovecot runs as a group with a name: %v", err)
	}
	return []any{u.Username, g.Name}
}

// certificate writes a certificate and its key.
func (d *Dovecot) certificate(t testing.TB, dir string) {
	t.Helper()
	cert, err := d.Authority.Issue("127.0.0.1")
	must(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	must(t, err)
	write(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})))
	write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
}

// Deliver puts a message into the user's INBOX.
func (d *Dovecot) Deliver(t testing.TB, message string) {
	t.Helper()
	for _, sub := range []string{"cur", "new", "tmp"} {
		must(t, os.MkdirAll(filepath.Join(d.maildir, sub), 0o777))
	}
	entries, err := os.ReadDir(filepath.Join(d.maildir, "new"))
	must(t, err)
	write(t, d.maildir, fmt.Sprintf("new/%d.%d.test", time.Now().Unix(), len(entries)), message)
	if os.Getuid() == 0 {
		must(t, filepath.Walk(d.maildir, func(path string, _ os.FileInfo, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, 65534, 65534)
		}))
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
