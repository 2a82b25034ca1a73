package smtp_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// settings are of a Postfix with mailboxes, TLS and passwords: folder, user and group of the mailboxes.
const settings = `
myhostname = hamburger.edu
smtputf8_enable = yes
mynetworks =
virtual_mailbox_domains = hamburger.edu
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{ bob@hamburger.edu=bob/, eve@hamburger.edu=eve/, { bøb@hamburger.edu = bob/ } }
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[3]d
virtual_minimum_uid = 1
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = %[1]s/cert.pem
smtpd_tls_key_file = %[1]s/key.pem
smtpd_tls_loglevel = 0
smtpd_discard_ehlo_keywords = dsn
message_size_limit = 100000
disable_vrfy_command = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = %[1]s/sasl
smtpd_sasl_local_domain = hamburger.edu
`

// postfix starts Postfix with folders of its own. It returns the port of its server and the folder of its mailboxes.
func postfix(t *testing.T) (port, mailboxes string) {
	t.Helper()
	p := interop.NewPostfix(t)
	passwords := interop.Program(t, "saslpasswd2", "sasl2-bin libsasl2-modules")
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := keyFiles(t, authority, "hamburger.edu")
	// The mailboxes are the tester's, but Postfix gives nothing to root.
	user, group := os.Getuid(), os.Getgid()
	if user == 0 {
		user, group = 65534, 65534
	}
	script := fmt.Sprintf(`set -e
mkdir -p %[1]s/mail %[1]s/sasl
printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %[1]s/sasl/users\nmech_list: PLAIN LOGIN CRAM-MD5\n' >%[1]s/sasl/smtpd.conf
printf hungry | %[4]s -c -p -f %[1]s/sasl/users -u hamburger.edu alice
chmod 644 %[1]s/sasl/users
cp %[2]s %[1]s/cert.pem; cp %[3]s %[1]s/key.pem
chown %[5]d:%[6]d %[1]s/mail`, p.Dir, cert, key, passwords, user, group)
	if out, err := interop.AsRoot("sh", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.Start(t, fmt.Sprintf(settings, p.Dir, user, group))
	return p.Port, filepath.Join(p.Dir, "mail")
}

// TestClientOfPostfix hands messages to Postfix in each way and finds them in its mailboxes.
func TestClientOfPostfix(t *testing.T) {
	port, mailboxes := postfix(t)
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	interop.Run(t, func(m *interop.Machine) {
		secure := authority.Client(m.Stack, "hamburger.edu")
		for name, o := range map[string]smtp.ClientOptions{
			"pipelined": {}, "stepwise": {NoPipelining: true}, "chunks": {Chunking: true}, "chunks-stepwise": {Chunking: true, NoPipelining: true}, "secure": {TLS: secure},
		} {
			o.Helo, o.Timeout = "crepes.fr", 20*time.Second
			if err := toPostfix(m, "127.0.0.1:"+port, name, o); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		got := map[string]string{}
		for range 200 {
			if got = received(t, filepath.Join(mailboxes, "bob/new")); len(got) >= 5 {
				break
			}
			m.Sleep(50 * time.Millisecond)
		}
		for _, name := range []string{"pipelined", "stepwise", "chunks", "chunks-stepwise", "secure"} {
			message := got[name]
			if !strings.HasSuffix(message, "\n\n.\n..two\nçedilla\n") || !strings.HasPrefix(message, "Return-Path: <ålice@crepes.fr>\n") ||
				strings.Contains(message, "with UTF8SMTPS") != (name == "secure") || !strings.Contains(message, "from crepes.fr") {
				t.Errorf("%s: the mailbox has %q", name, message)
			}
		}
	})
}

// TestAuthAtPostfix says to Postfix, with Cyrus SASL behind it, who the client is.
func TestAuthAtPostfix(t *testing.T) {
	port, _ := postfix(t)
	interop.Run(t, func(m *interop.Machine) {
		for mechanism, want := range map[string]string{"PLAIN": "PLAIN", "LOGIN": "LOGIN", "CRAM-MD5": "CRAM-MD5", "": "CRAM-MD5"} {
			c, err := smtp.Dial(m.Stack, "127.0.0.1:"+port, smtp.ClientOptions{Helo: "crepes.fr", Timeout: 20 * time.Second})
			if err != nil {
				t.Error(err)
				return
			}
			c.Hello()
			offered, _ := c.Extension("AUTH")
			var refusal *smtp.Error
			if _, err := c.Auth(mechanism, "alice@hamburger.edu", "wrong"); !errors.As(err, &refusal) || refusal.Code != 535 || !strings.Contains(offered, want) {
				t.Errorf("%s with a wrong password: %v; offered %s", mechanism, err, offered)
			}
			if r, err := c.Auth(mechanism, "alice@hamburger.edu", "hungry"); err != nil || r.Code != 235 {
				t.Errorf("%s: %v, %v", mechanism, r, err)
			}
			c.Quit()
		}
	})
}

// received reads a folder of a maildir, by subject.
func received(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, _ := os.ReadDir(folder)
	got := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "Subject: ")
		subject, _, _ := strings.Cut(rest, "\n")
		got[subject] = string(text)
	}
	return got
}

// toPostfix has a session with the commands in between that Postfix knows.
func toPostfix(m *interop.Machine, address, subject string, o smtp.ClientOptions) error {
	c, err := smtp.Dial(m.Stack, address, o)
	if err != nil {
		return err
	}
	defer c.Close()
	if c.Greeting.String() != "220 hamburger.edu ESMTP Postfix" {
		return fmt.Errorf("greeting %v", c.Greeting)
	}
	if _, err := c.Hello(); err != nil {
		return err
	}
	if o.TLS != nil {
		if _, err := c.StartTLS(); err != nil {
			return err
		}
		if _, err := c.Hello(); err != nil {
			return err
		}
	}
	if size, ok := c.Extension("SIZE"); size != "100000" || !ok {
		return fmt.Errorf("SIZE %q, %v", size, ok)
	}
	if r, err := c.Verify("bob@hamburger.edu"); err != nil || r.Code != 252 {
		return fmt.Errorf("VRFY: %v, %v", r, err)
	}
	if r, err := c.Cmd("EXPN all"); err != nil || r.Code != 500 {
		return fmt.Errorf("EXPN: %v, %v", r, err)
	}
	for _, step := range []func() (smtp.Reply, error){c.Noop, c.Reset} {
		if r, err := step(); err != nil || r.Enhanced != "2.0.0" {
			return fmt.Errorf("%v, %v", r, err)
		}
	}
	message := []byte("Subject: " + subject + "\n\n.\n..two\nçedilla\n")
	to := []string{"bob@hamburger.edu", "nobody@hamburger.edu", "eve@example.org", "eve@hamburger.edu"}
	d, err := c.Send("ålice@crepes.fr", to, message)
	if err != nil || len(d.Refused) != 2 || d.Reply.Code != 250 {
		return fmt.Errorf("%+v, %w", d, err)
	}
	var refusal *smtp.Error
	if !errors.As(d.Refused[1].Err, &refusal) || refusal.Enhanced != "4.7.1" || d.Refused[1].To != "eve@example.org" {
		return fmt.Errorf("refused %+v", d.Refused)
	}
	if _, err := c.Send("a@crepes.fr", []string{"nobody@hamburger.edu"}, message); !errors.As(err, &refusal) || refusal.Code != 550 {
		return fmt.Errorf("to nobody: %v", err)
	}
	if _, err := c.Send("a@crepes.fr", to[:1], make([]byte, 200_000)); !errors.As(err, &refusal) || refusal.Code != 552 {
		return fmt.Errorf("too large: %v", err)
	}
	_, err = c.Quit()
	return err
}
