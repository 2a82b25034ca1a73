package mta_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mta"
)

// A Postfix that passes everything on to one server.
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
myhostname = middle.lab
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
relayhost = [127.0.0.1]:%[2]s
smtp_dns_support_level = disabled
smtp_host_lookup = native
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
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// asRoot is a command that runs as root, which Postfix wants to be started by.
func asRoot(name string, args ...string) *exec.Cmd {
	if os.Getuid() == 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("sudo", append([]string{"-n", name}, args...)...)
}

// postfix starts Postfix, which passes everything on to a port, and returns its own port and what stops it.
func postfix(t *testing.T, m *interop.Machine, program, next string) (port string, stop func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "postfix") // not t.TempDir: other users have to get in
	check(t, err)
	l, err := net.Listen("tcp4", "127.0.0.1:0") // Postfix cannot inherit a socket, nor say which port the kernel gave
	check(t, err)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	for name, text := range map[string]string{"main.cf": fmt.Sprintf(postfixMain, dir, next), "master.cf": fmt.Sprintf(postfixMaster, port)} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	run := func(cmd *exec.Cmd) {
		if out, err := m.Output(cmd); err != nil {
			t.Errorf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	run(asRoot("sh", "-c", "chmod 755 "+dir+" && mkdir -p "+dir+"/queue "+dir+"/data && chown postfix "+dir+"/data"))
	run(asRoot(program, "-c", dir, "start"))
	return port, func() {
		run(asRoot(program, "-c", dir, "stop"))
		if log, _ := os.ReadFile(filepath.Join(dir, "log")); t.Failed() {
			t.Logf("%s", log)
		}
		asRoot("rm", "-rf", dir).Run()
	}
}

// A message goes from a server of ours through Postfix to another of ours, and what that one refuses comes back as Postfix's report.
func TestPostfix(t *testing.T) {
	program := interop.Program(t, "postfix", "postfix")
	interop.Run(t, func(m *interop.Machine) {
		last := &mta.Server{Domain: "lab", Local: []string{"crepes.fr"}}
		next, err := start(m, last)
		check(t, err)
		bob, err := last.Store.Create("bob")
		check(t, err)
		port, stop := postfix(t, m, program, next)
		defer stop()
		first := &mta.Server{Domain: "crepes.fr", Routes: map[string]string{"lab": "127.0.0.1:" + port}, Retry: time.Second}
		_, err = start(m, first)
		check(t, err)
		defer first.Close()
		defer last.Close()
		_, err = first.Submit("alice@crepes.fr", []string{"bob@lab", "eve@lab"}, []byte(text))
		check(t, err)
		if !drained(m, first) {
			t.Error(first.Entries())
		}
		alice, err := last.Store.Mailbox("alice")
		check(t, err)
		var got []string
		for _, f := range []*maildrop.Folder{inboxOf(t, bob), inboxOf(t, alice)} {
			for range 200 {
				if b, err := f.Read(1); err == nil {
					got = append(got, string(b))
					break
				}
				m.Sleep(100 * time.Millisecond)
			}
		}
		if len(got) != 2 {
			t.Errorf("%d messages came", len(got))
			return
		}
		if !strings.HasSuffix(got[0], text) || strings.Count(got[0], "Received: ") != 3 {
			t.Errorf("Bob has\n%s", got[0])
		}
		r, ok := mail.ParseReport(mail.Parse([]byte(got[1])))
		if !ok || r.ReportingMTA != "middle.lab" || len(r.Recipients) != 1 || r.Recipients[0].Final != "eve@lab" || r.Recipients[0].Status != "5.1.1" || r.Recipients[0].Action != "failed" {
			t.Errorf("%+v from\n%s", r, got[1])
		}
	})
}
