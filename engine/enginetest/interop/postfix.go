package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A Postfix is Postfix's mail server for one test, on 127.0.0.1.
type Postfix struct {
	Port string
	Dir  string // of its configuration; its queue, data and log are below

	program string
}

const postfixMain = `
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
mail_owner = postfix
setgid_group = postdrop
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
smtpd_error_sleep_time = 0
`

const postfixMaster = `
127.0.0.1:%[1]s inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// AsRoot is a command that runs as root, by sudo where the test does not.
func AsRoot(name string, args ...string) *exec.Cmd {
	if os.Getuid() == 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("sudo", append([]string{"-n", name}, args...)...)
}

// NewPostfix makes a folder and draws a port for a Postfix that is not started yet; the test may put files into the folder.
func NewPostfix(t testing.TB) *Postfix {
	t.Helper()
	p := &Postfix{program: Program(t, "postfix", "postfix"), Port: Port(t)} // it cannot inherit a socket
	err := AsRoot("true").Run()
	if err != nil {
		Missing(t, "only root can start Postfix, and sudo -n does not make this user root: %v", err)
	}
	p.Dir, err = os.MkdirTemp("", "postfix") // not t.TempDir: other users have to get in
	must(t, err)
	t.Cleanup(func() { AsRoot("rm", "-rf", p.Dir).Run() })
	must(t, os.Chmod(p.Dir, 0o755))
	return p
}

// Start starts it with lines of main.cf beside those that say where it is, and stops it when the test is over.
func (p *Postfix) Start(t testing.TB, settings string) {
	t.Helper()
	write(t, p.Dir, "main.cf", fmt.Sprintf(postfixMain, p.Dir)+settings)
	write(t, p.Dir, "master.cf", fmt.Sprintf(postfixMaster, p.Port))
	p.root(t, "sh", "-c", fmt.Sprintf("mkdir -p %[1]s/queue %[1]s/data && chown postfix %[1]s/data", p.Dir))
	p.root(t, p.program, "-c", p.Dir, "start")
	t.Cleanup(func() {
		out, err := AsRoot(p.program, "-c", p.Dir, "stop").CombinedOutput()
		if log, _ := os.ReadFile(filepath.Join(p.Dir, "log")); t.Failed() || err != nil {
			t.Logf("postfix stop: %v\n%s\n%s", err, out, log)
		}
	})
}

func (p *Postfix) root(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := AsRoot(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
