package textbook_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/pop3"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

const letter = "Subject: lunch\r\n\r\nDo you like ketchup?\r\n"

// exchangers returns the MX of a domain, the first one first, as a host sees them.
func exchangers(t *testing.T, h *engine.Host, s *stack.Stack, domain string) (hosts []string) {
	config, _ := h.Config()
	list, err := (&resolver.Stub{Stack: s, Config: config}).LookupMX(domain)
	if err != nil {
		t.Errorf("MX of %s: %v", domain, err)
	}
	slices.SortFunc(list, func(a, b *mx) int { return int(a.Preference) - int(b.Preference) })
	for _, r := range list {
		hosts = append(hosts, strings.TrimSuffix(r.Mx, "."))
	}
	return hosts
}

// inbox returns how many messages a user of a mail server has.
func (n *internet) inbox(host, user string) int {
	n.Helper()
	store, err := mailstore.Of(n.Host(host), mailstore.Dir)
	if err != nil {
		n.Fatal(err)
	}
	box, err := store.Mailbox(user)
	if err != nil {
		n.Fatal(err)
	}
	folder, err := box.Inbox()
	if err != nil {
		n.Fatal(err)
	}
	return folder.Len()
}

// TestEveryMailDomain: each domain has exchangers, each takes mail for it from a stranger but not for others, and what the first takes
// is in the mailbox.
func TestEveryMailDomain(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	servers := n.MailServers()
	if len(servers) < 8 {
		t.Fatalf("only %d mail servers", len(servers))
	}
	for _, m := range servers {
		for _, domain := range m.Domains {
			before := 0
			n.at("bb424df3.virtua.com.br", func(h *engine.Host, s *stack.Stack) {
				hosts := exchangers(t, h, s, domain)
				if len(hosts) == 0 {
					t.Errorf("%s has no exchanger", domain)
				}
				for _, host := range hosts {
					c, err := smtp.Dial(s, host, smtp.ClientOptions{})
					if err != nil {
						t.Errorf("%s, for %s: %v", host, domain, err)
						continue
					}
					c.Hello()
					_, err = c.Mail("stranger@virtua.com.br", smtp.MailOptions{})
					_, err1 := c.Rcpt(m.User + "@" + domain)
					_, err2 := c.Rcpt("someone@elsewhere.org")
					var refused *smtp.Error
					if err != nil || err1 != nil || !errors.As(err2, &refused) {
						t.Errorf("%s, for %s: %v, %v, for another: %v", host, domain, err, err1, err2)
					}
					c.Quit()
				}
				before = n.inbox(m.Host, m.User)
				if _, err := smtp.SendMail(s, hosts[0], "stranger@virtua.com.br", []string{m.User + "@" + domain}, []byte(letter), smtp.ClientOptions{}); err != nil {
					t.Errorf("to %s@%s: %v", m.User, domain, err)
				}
				s.Sleep(time.Minute)
			})
			if got := n.inbox(m.Host, m.User); got != before+1 {
				t.Errorf("%s@%s has %d messages, want %d", m.User, domain, got, before+1)
			}
		}
	}
}

// TestAliceToBob: Alice's server takes her letter without a password, and Bob reads it by POP3, and again by IMAP's port.
func TestAliceToBob(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "alice.crepes.fr", "bob.hamburger.edu")
	n.at("alice.crepes.fr", func(_ *engine.Host, s *stack.Stack) {
		if _, err := smtp.SendMail(s, "crepes.fr", "alice@crepes.fr", []string{"bob@hamburger.edu"}, []byte(letter), smtp.ClientOptions{}); err != nil {
			t.Error(err)
		}
		s.Sleep(10 * time.Second)
	})
	n.at("bob.hamburger.edu", func(_ *engine.Host, s *stack.Stack) {
		c, err := pop3.Dial(s, "hamburger.edu:110", pop3.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login("bob", "hungry"); err != nil {
			t.Error(err)
		}
		message, err := c.Retr(1)
		if err != nil || !strings.Contains(string(message), "ketchup") {
			t.Errorf("%q, %v", message, err)
		}
		imap, err := s.Dial("tcp", "hamburger.edu:143")
		if err != nil {
			t.Fatal(err)
		}
		defer imap.Close()
		io.WriteString(imap, "a LOGIN bob hungry\r\nb SELECT INBOX\r\nc LOGOUT\r\n")
		text, err := io.ReadAll(imap)
		if err != nil || !strings.Contains(string(text), "* 1 EXISTS") {
			t.Errorf("%s, %v", text, err)
		}
	})
}

// TestLetters: the dialogue of the slides finds the sizes of the slides in Alice's mailbox, once and for all.
func TestLetters(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "crepes.fr")
	list := func() (sizes []int64) {
		n.at("alice.crepes.fr", func(_ *engine.Host, s *stack.Stack) {
			c, err := pop3.Dial(s, "crepes.fr:110", pop3.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login("alice", "hungry"); err != nil {
				t.Fatal(err)
			}
			entries, err := c.List()
			if err != nil {
				t.Error(err)
			}
			for _, e := range entries {
				sizes = append(sizes, e.Size)
			}
			c.Dele(1)
			c.Quit()
		})
		return sizes
	}
	if got := list(); !slices.Equal(got, []int64{498, 912}) {
		t.Errorf("sizes %v, want 498 and 912", got)
	}
	n.Host("crepes.fr").Crash()
	n.Host("crepes.fr").V.Restart()
	if got := list(); !slices.Equal(got, []int64{912}) {
		t.Errorf("sizes after the first was deleted, and the server crashed: %v, want 912", got)
	}
}

// TestBackupExchanger: while the mail server of di.fct.unl.pt is down, the next exchanger keeps its mail, even if its own power fails.
func TestBackupExchanger(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "di.fct.unl.pt", "alpha.tap.pt")
	down := n.Host("beta.di.fct.unl.pt")
	if err := down.Crash(); err != nil {
		t.Fatal(err)
	}
	n.at("alpha.tap.pt", func(_ *engine.Host, s *stack.Stack) {
		if _, err := smtp.SendMail(s, "gate.tap.pt", "silva@tap.pt", []string{"jose@di.fct.unl.pt"}, []byte(letter), smtp.ClientOptions{}); err != nil {
			t.Error(err)
		}
		s.Sleep(time.Hour)
		backup := n.Host("ftp.di.fct.unl.pt")
		if waiting, err := afero.ReadDir(backup.FS, "/var/spool/mail"); err != nil || len(waiting) == 0 {
			t.Errorf("nothing waits at ftp.di.fct.unl.pt: %v", err)
		}
		if err := backup.Crash(); err != nil {
			t.Error(err)
		}
		backup.V.Restart()
		down.V.Restart()
		s.Sleep(8 * time.Hour)
	})
	if got := n.inbox("beta.di.fct.unl.pt", "jose"); got != 1 {
		t.Errorf("jose has %d messages, want 1", got)
	}
}

// session does a little of everything and returns the hash of all packets.
func session(t *testing.T, seed uint64) string {
	n := build(t, engine.Options{Seed: seed, Hash: true})
	for _, host := range []string{"alice.crepes.fr", "pc1.in.di.fct.unl.pt", "cis.poly.edu"} {
		n.at(host, func(h *engine.Host, s *stack.Stack) {
			for _, name := range []string{"gaia.cs.umass.edu", "www.amazon.com", "nosuch.org", "www.mat.unical.it"} {
				s.LookupHost(name)
			}
			hosts := exchangers(t, h, s, "di.fct.unl.pt")
			if _, err := smtp.SendMail(s, hosts[0], "x@crepes.fr", []string{"jose@di.fct.unl.pt"}, []byte(letter), smtp.ClientOptions{}); err != nil {
				t.Error(err)
			}
			if _, err := h.V.Traceroute(n.Host("www.yahoo.com").V.Addrs()[0], 0); err != nil {
				t.Error(err)
			}
		})
	}
	return n.world.Hash()
}

func TestDeterminism(t *testing.T) {
	if a, b := session(t, 7), session(t, 7); a != b {
		t.Errorf("two runs with one seed: %s, %s", a, b)
	}
	if session(t, 7) == session(t, 8) {
		t.Error("two seeds give the same packets")
	}
}
