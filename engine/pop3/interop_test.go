package pop3_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/pop3"
)

// serving runs f beside a server with two messages for alice on the machine's network.
func serving(t *testing.T, change func(*pop3.Server), f func(m *interop.Machine, port string, inbox *maildrop.Folder)) {
	t.Helper()
	interop.Run(t, func(m *interop.Machine) {
		store, err := maildrop.Open(m.Scheduler(), m.Host.FS, "/var/mail", maildrop.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		box, err := store.Ensure("alice")
		if err != nil {
			t.Error(err)
			return
		}
		for _, n := range []int{498, 912} {
			if _, err := box.Deliver(strings.NewReader(text(n)), ""); err != nil {
				t.Error(err)
			}
		}
		s, _ := server()
		s.Open = pop3.Maildrops(store)
		change(s)
		if s.Implicit {
			authority, _ := pki.New(1)
			s.TLS, err = authority.Server(m.Stack, "127.0.0.1")
			s.Implicit = !s.RequireTLS
		}
		l, lerr := m.Listen("tcp", "127.0.0.1:0")
		if err != nil || lerr != nil {
			t.Error(err, lerr)
			return
		}
		m.Go("pop3", func() { s.Serve(m.Stack, l) })
		inbox, _ := box.Inbox()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		f(m, port, inbox)
		s.Close()
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
	for name, change := range map[string]func(*pop3.Server){
		"plain": func(*pop3.Server) {}, "apop": func(s *pop3.Server) { s.APOP = true }, "stls": func(s *pop3.Server) { s.Implicit, s.RequireTLS = true, true }, "pop3s": func(s *pop3.Server) { s.Implicit = true },
	} {
		t.Run(name, func(t *testing.T) {
			serving(t, change, func(m *interop.Machine, port string, inbox *maildrop.Folder) {
				options := []string{"-s", "-S", "-m", "20", "-u", "alice:hungry"}
				switch name {
				case "stls":
					options = append(options, "--ssl-reqd", "-k")
				case "pop3s":
					options = append(options, "-k")
				case "apop":
					options = append(options, "--login-options", "AUTH=+APOP")
				}
				url := "pop3://127.0.0.1:" + port + "/"
				if name == "pop3s" {
					url = "pop3s" + url[4:]
				}
				if out := command(t, m, curl, append(options, url)...); out != "1 498\r\n2 912\r\n" {
					t.Errorf("LIST: %q", out)
				}
				if out := command(t, m, curl, append(options, url+"2")...); out != text(912) {
					t.Errorf("RETR 2: %q", out)
				}
				command(t, m, curl, append(options, "-X", "DELE 1", "-I", url)...)
				if inbox.Len() != 1 {
					t.Errorf("after DELE there are %d messages", inbox.Len())
				}
				options[5] = "alice:wrong"
				if out, err := m.Output(exec.Command(curl, append(options, url)...)); err == nil {
					t.Errorf("a wrong password was taken: %q", out)
				}
			})
		})
	}
}

// TestFetchmail fetches and keeps, then fetches and deletes, as the slides tell the two modes.
func TestFetchmail(t *testing.T) {
	fetchmail := interop.Program(t, "fetchmail", "fetchmail")
	for _, auth := range []string{"password", "cram-md5"} {
		t.Run(auth, func(t *testing.T) {
			dir := t.TempDir()
			serving(t, func(*pop3.Server) {}, func(m *interop.Machine, port string, inbox *maildrop.Folder) {
				fetch := func(keep string) string {
					file, box := filepath.Join(dir, "rc"), filepath.Join(dir, "box")
					os.Remove(box)
					rc := fmt.Sprintf("set no bouncemail\npoll 127.0.0.1 protocol pop3 service %s auth %s uidl username alice password hungry sslproto \"\" %s mda \"cat >> '%s'; echo =END= >> '%s'\"\n", port, auth, keep, box, box)
					if err := os.WriteFile(file, []byte(rc), 0o600); err != nil {
						t.Error(err)
					}
					cmd := exec.Command(fetchmail, "-f", file, "-i", filepath.Join(dir, "ids"), "--nosyslog", "-v", "--pidfile", filepath.Join(dir, "pid"))
					cmd.Env = append(os.Environ(), "HOME="+dir, "FETCHMAILHOME="+dir)
					if out, err := m.Output(cmd); err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: no mail
						t.Errorf("%v\n%s", err, out)
					}
					got, _ := os.ReadFile(box)
					return string(got)
				}
				if got := fetch("keep"); strings.Count(got, "=END=") != 2 || !strings.Contains(got, ".a line with a dot\n") || inbox.Len() != 2 {
					t.Errorf("kept: %d messages left, fetched\n%s", inbox.Len(), got)
				}
				if got := fetch("keep"); got != "" {
					t.Errorf("what was fetched before was fetched again:\n%s", got)
				}
				os.Remove(filepath.Join(dir, "ids"))
				if got := fetch("nokeep"); strings.Count(got, "=END=") != 2 || inbox.Len() != 0 {
					t.Errorf("deleted: %d messages left, fetched\n%s", inbox.Len(), got)
				}
			})
		})
	}
}

// TestDovecot runs the client against Dovecot.
func TestDovecot(t *testing.T) {
	d := interop.StartDovecot(t)
	d.Deliver(t, strings.ReplaceAll(text(498), "\r\n", "\n"))
	d.Deliver(t, strings.ReplaceAll(text(912), "\r\n", "\n"))
	interop.Run(t, func(m *interop.Machine) {
		for i, login := range []func(*pop3.Client) error{
			func(c *pop3.Client) error { return c.Login(d.User, d.Password) },
			func(c *pop3.Client) error { return c.APOP(d.User, d.Password) },
			func(c *pop3.Client) error { return c.CRAMMD5(d.User, d.Password) },
			func(c *pop3.Client) error {
				if err := c.STLS(); err != nil {
					return err
				}
				return c.Login(d.User, d.Password)
			},
		} {
			c, err := pop3.Dial(m.Stack, d.POP3, pop3.Options{TLS: d.Authority.Client(m.Stack, "127.0.0.1")})
			if err != nil {
				t.Error(err)
				return
			}
			if i == 0 { // Dovecot answers more slowly each time
				if err := c.Login(d.User, "wrong"); err == nil || !strings.Contains(err.Error(), "AUTH") {
					t.Errorf("wrong password: %v", err)
				}
			}
			if err := login(c); err != nil {
				t.Errorf("login %d: %v", i, err)
				continue
			}
			n, size, err := c.Stat()
			list, lerr := c.List()
			ids, uerr := c.UIDL()
			if n != 2 || size != 1410 || len(list) != 2 || list[0].Size+list[1].Size != 1410 || len(ids) != 2 || ids[0].UID == ids[1].UID {
				t.Error(n, size, list, ids, err, lerr, uerr)
			}
			message, err := c.Retr(1)
			top, terr := c.Top(1, 0)
			if string(message) != text(int(list[0].Size)) || !strings.HasSuffix(string(top), "pickles\r\n\r\n") {
				t.Errorf("%q %v, %q %v", message, err, top, terr)
			}
			if _, err := c.Capa(); err != nil {
				t.Error(err)
			}
			if _, err := c.Retr(3); err == nil {
				t.Error("a message that is not there")
			}
			if err := c.Dele(1); err != nil {
				t.Error(err)
			}
			if i < 3 {
				err = c.Rset()
			}
			if qerr := c.Quit(); err != nil || qerr != nil {
				t.Error(err, qerr)
			}
		}
		c, err := pop3.Dial(m.Stack, d.POP3, pop3.Options{})
		if err == nil {
			err = c.Login(d.User, d.Password)
		}
		if err != nil {
			t.Error(err)
			return
		}
		if n, _, err := c.Stat(); n != 1 || err != nil {
			t.Errorf("after DELE and QUIT there are %d messages, %v", n, err)
		}
		c.Quit()
	})
}
