package imap_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/pki"
)

// serving runs f beside a server on the machine's network, with alice's mailbox.
func serving(t *testing.T, f func(m *interop.Machine, port string, box *maildrop.Mailbox)) {
	t.Helper()
	interop.Run(t, func(m *interop.Machine) {
		s := server(t, m.Scheduler(), m.Host.FS)
		box, err := s.Store.Ensure("alice")
		check(t, err)
		authority, err := pki.New(1)
		check(t, err)
		s.TLS, err = authority.Server(m.Stack, "127.0.0.1")
		check(t, err)
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("imap", func() { s.Serve(m.Stack, l) })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		f(m, port, box)
		s.Close()
	})
}

// command runs a program and wants it to succeed.
func command(t *testing.T, m *interop.Machine, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir()) // and not what this user has set up
	out, err := m.Output(cmd)
	if err != nil {
		t.Errorf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

func deliver(t *testing.T, box *maildrop.Mailbox, texts ...string) *maildrop.Folder {
	t.Helper()
	for _, text := range texts {
		_, err := box.Deliver(strings.NewReader(text), "")
		check(t, err)
	}
	f, err := box.Inbox()
	check(t, err)
	return f
}

// TestDovecotAgrees takes the same tour of Dovecot and of our server, and wants to see the same.
func TestDovecotAgrees(t *testing.T) {
	d := interop.StartDovecot(t)
	tourOf := func(m *interop.Machine, address string, logins ...func(c *imap.Client) error) (seen []string) {
		for i, login := range logins {
			c, err := imap.Dial(m.Stack, address, imap.Options{TLS: d.Authority.Client(m.Stack, "127.0.0.1")})
			if err != nil {
				t.Error(err)
				return
			}
			if err := login(c); err != nil {
				t.Errorf("login %d: %v", i, err)
				return
			}
			entries, err := c.List("", "")
			if err != nil || len(entries) != 1 {
				t.Error(entries, err)
				return
			}
			var refused *imap.Error
			if err := c.Rename(strings.Repeat("long", 300), strings.Repeat("longer", 300)); !errors.As(err, &refused) || refused.Status != "NO" {
				t.Errorf("a command with two literals: %v", err)
			}
			seen = append(seen, tour(t, c, entries[0].Separator))
			check(t, c.Delete("kept & seen"))
			check(t, c.Logout())
		}
		return seen
	}
	serving(t, func(m *interop.Machine, port string, _ *maildrop.Mailbox) {
		logins := []func(c *imap.Client) error{
			func(c *imap.Client) error { return c.Login(d.User, d.Password) },
			func(c *imap.Client) error { return c.Plain(d.User, d.Password) },
			func(c *imap.Client) error { return c.CRAMMD5(d.User, d.Password) },
			func(c *imap.Client) error {
				if err := c.StartTLS(); err != nil {
					return err
				}
				return c.Login(d.User, d.Password)
			},
		}
		theirs, ours := tourOf(m, d.IMAP, logins...), tourOf(m, "127.0.0.1:"+port, logins...)
		if diff := cmp.Diff(theirs, ours); diff != "" || len(ours) != len(logins) {
			t.Errorf("(-Dovecot +ours)\n%s", diff)
		}
	})
}

// TestDovecotIdle lets the client idle at Dovecot while a message comes.
func TestDovecotIdle(t *testing.T) {
	d := interop.StartDovecot(t)
	interop.Run(t, func(m *interop.Machine) {
		c, err := imap.Dial(m.Stack, d.IMAP, imap.Options{})
		if err == nil {
			err = c.Login(d.User, d.Password)
		}
		if err == nil {
			_, err = c.Select("INBOX")
		}
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("later", func() {
			other, err := imap.Dial(m.Stack, d.IMAP, imap.Options{})
			check(t, err)
			check(t, other.Login(d.User, d.Password))
			_, err = other.Append("INBOX", []byte(plain), nil, time.Time{})
			check(t, err)
			check(t, other.Logout())
		})
		updates, err := c.Idle(20 * time.Second)
		check(t, err)
		if len(updates) == 0 || updates[0].Kind != "exists" || updates[0].Number != 1 {
			t.Errorf("updates %+v", updates)
		}
		check(t, c.Logout())
	})
}

func TestCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	for _, options := range [][]string{{}, {"--ssl-reqd", "-k"}, {"--login-options", "AUTH=CRAM-MD5"}, {"--login-options", "AUTH=PLAIN"}} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			serving(t, func(m *interop.Machine, port string, box *maildrop.Mailbox) {
				inbox := deliver(t, box, plain, nested)
				check(t, box.CreateFolder("lists/go"))
				base := "imap://127.0.0.1:" + port
				get := func(args ...string) string {
					t.Helper()
					return command(t, m, curl, append(append([]string{"-s", "-S", "-m", "20", "-u", "alice:hungry"}, options...), args...)...)
				}
				if out := get(base + "/"); !strings.Contains(out, "lists/go") || !strings.Contains(out, "INBOX") {
					t.Errorf("LIST: %q", out)
				}
				if out := get(base + "/INBOX;UID=2"); out != nested {
					t.Errorf("message: %q", out)
				}
				if out := get(base + "/INBOX;MAILINDEX=1;SECTION=TEXT"); out != "How about pickles?\r\n" {
					t.Errorf("section: %q", out)
				}
				if out := get(base + "/INBOX?SUBJECT%20mtg"); out != "* SEARCH 1\r\n" {
					t.Errorf("SEARCH: %q", out)
				}
				get(base+"/INBOX", "-X", `STORE 1 +Flags \Deleted`)
				get(base+"/INBOX", "-X", "EXPUNGE")
				if inbox.Len() != 1 {
					t.Errorf("after EXPUNGE there are %d messages", inbox.Len())
				}
				file := filepath.Join(t.TempDir(), "new")
				check(t, os.WriteFile(file, []byte(plain), 0o600))
				get(base+"/lists%2Fgo", "-T", file)
				f, err := box.Folder("lists/go")
				check(t, err)
				if text, err := f.Read(1); string(text) != plain {
					t.Errorf("appended %q, %v", text, err)
				}
			})
		})
	}
}

// TestFetchmail fetches by IMAP and leaves the messages marked as read, then fetches no more.
func TestFetchmail(t *testing.T) {
	fetchmail := interop.Program(t, "fetchmail", "fetchmail")
	serving(t, func(m *interop.Machine, port string, box *maildrop.Mailbox) {
		inbox := deliver(t, box, plain, nested)
		dir := t.TempDir()
		rc, out := filepath.Join(dir, "rc"), filepath.Join(dir, "out")
		conf := fmt.Sprintf("set no bouncemail\npoll 127.0.0.1 protocol imap service %s auth password username alice password hungry sslproto \"\" keep mda \"cat >> %s; echo =END= >> %[2]s\"\n", port, out)
		check(t, os.WriteFile(rc, []byte(conf), 0o600))
		for range 2 {
			cmd := exec.Command(fetchmail, "-f", rc, "--nosyslog", "-v", "--pidfile", filepath.Join(dir, "pid"))
			cmd.Env = append(os.Environ(), "HOME="+dir, "FETCHMAILHOME="+dir)
			if text, err := m.Output(cmd); err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: no mail
				t.Errorf("%v\n%s", err, text)
			}
		}
		text, err := os.ReadFile(out)
		check(t, err)
		first, err := inbox.Message(1)
		check(t, err)
		if strings.Count(string(text), "=END=") != 2 || !strings.Contains(string(text), "How about pickles?") || inbox.Len() != 2 || first.Flags&maildrop.Seen == 0 {
			t.Errorf("%d messages left, flags %v, fetched\n%s", inbox.Len(), inbox.FlagNames(first.Flags), text)
		}
	})
}

// TestMbsync keeps a Maildir of the machine and a mailbox of ours the same, in both directions.
func TestMbsync(t *testing.T) {
	mbsync := interop.Program(t, "mbsync", "isync")
	serving(t, func(m *interop.Machine, port string, box *maildrop.Mailbox) {
		dir := t.TempDir()
		conf := fmt.Sprintf(`IMAPAccount moonwire
Host 127.0.0.1
Port %s
User alice
Pass hungry
SSLType None
AuthMechs LOGIN

IMAPStore far
Account moonwire

MaildirStore near
Path "%[2]s/mail/"
Inbox "%[2]s/mail/INBOX"
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
`, port, dir)
		check(t, os.MkdirAll(filepath.Join(dir, "mail"), 0o700))
		rc := filepath.Join(dir, "rc")
		check(t, os.WriteFile(rc, []byte(conf), 0o600))
		sync := func() string { return command(t, m, mbsync, "-V", "-c", rc, "-a") }
		count := func(folder string) int {
			a, _ := filepath.Glob(filepath.Join(dir, "mail", folder, "cur", "*"))
			b, _ := filepath.Glob(filepath.Join(dir, "mail", folder, "new", "*"))
			return len(a) + len(b)
		}
		inbox := deliver(t, box, plain, nested)
		check(t, box.CreateFolder("lists"))
		sync()
		if count("INBOX") != 2 {
			t.Fatalf("%d messages came down", count("INBOX"))
		}
		// Up: a new message, a flag, a folder; down: a removal.
		check(t, os.WriteFile(filepath.Join(dir, "mail", "lists", "new", "1.2.3"), []byte("Subject: up\n\nhello\n"), 0o600))
		names, _ := filepath.Glob(filepath.Join(dir, "mail", "INBOX", "*", "*"))
		for _, name := range names {
			if strings.Contains(name, "U=1") {
				base, _, _ := strings.Cut(filepath.Base(name), ":")
				check(t, os.Rename(name, filepath.Join(dir, "mail", "INBOX", "cur", base+":2,FS")))
			}
		}
		_, err := inbox.Remove(2)
		check(t, err)
		sync()
		first, err := inbox.Message(1)
		check(t, err)
		lists, err := box.Folder("lists")
		check(t, err)
		if count("INBOX") != 1 || lists.Len() != 1 || first.Flags != maildrop.Seen|maildrop.Flagged {
			t.Errorf("after the second run: %d below, %d in lists, flags %s", count("INBOX"), lists.Len(), inbox.FlagNames(first.Flags))
		}
		if out := sync(); strings.Contains(out, "error") {
			t.Errorf("a third run with nothing to do:\n%s", out)
		}
	})
}

// TestMutt lets mutt, without a terminal, read a message, mark it, copy it to a folder and remove it.
func TestMutt(t *testing.T) {
	mutt := interop.Program(t, "mutt", "mutt")
	script := interop.Program(t, "script", "bsdutils")
	serving(t, func(m *interop.Machine, port string, box *maildrop.Mailbox) {
		inbox := deliver(t, box, plain, nested)
		check(t, box.CreateFolder("kept"))
		dir := t.TempDir()
		saved := filepath.Join(dir, "saved")
		rc := fmt.Sprintf(`set folder="imap://alice@127.0.0.1:%s/"
set imap_user=alice imap_pass=hungry ssl_starttls=no ssl_force_tls=no
set spoolfile="=INBOX" header_cache="" message_cachedir="" sleep_time=0 wait_key=no confirmappend=no confirmcreate=no delete=yes quit=yes move=no copy=no timeout=1 mail_check=1
push "<first-entry><copy-message>%s<enter><flag-message><next-entry><save-message>=kept<enter><sync-mailbox><quit>"
`, port, filepath.Base(saved))
		check(t, os.WriteFile(filepath.Join(dir, "rc"), []byte(rc), 0o600))
		cmd := exec.Command("timeout", "10", script, "-qec", mutt+" -n -F rc", "/dev/null")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TERM=vt100", "HOME="+dir, "LC_ALL=C")
		out, err := m.Output(cmd)
		if err != nil {
			t.Errorf("%v\n%q", err, out)
		}
		text, err := os.ReadFile(saved)
		if err != nil || !strings.Contains(string(text), "How about pickles?") {
			t.Errorf("saved %q, %v\n%q", text, err, out)
		}
		kept, err := box.Folder("kept")
		check(t, err)
		first, err := inbox.Message(1)
		check(t, err)
		if inbox.Len() != 1 || kept.Len() != 1 || first.Flags&maildrop.Flagged == 0 {
			t.Errorf("inbox %d, kept %d, flags %v", inbox.Len(), kept.Len(), inbox.FlagNames(first.Flags))
		}
	})
}
