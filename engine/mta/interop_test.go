package mta_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// start starts a mail server of the machine on a port that is drawn.
func start(m *interop.Machine, s *mta.Server) (port string, err error) {
	store, err := maildrop.Open(m.Scheduler(), afero.NewMemMapFs(), "/mail", maildrop.Options{})
	if err != nil {
		return "", err
	}
	if _, err := store.Create("alice"); err != nil {
		return "", err
	}
	s.Store, s.FS = store, afero.NewMemMapFs()
	l, err := m.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if err := s.Start(m.Stack); err != nil {
		return "", err
	}
	m.Go("mta", func() { s.Serve(m.Stack, l) })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, nil
}

// drained waits until the queue is empty.
func drained(m *interop.Machine, s *mta.Server) bool {
	deadline := m.Now().Add(20 * time.Second)
	for s.Len() > 0 {
		if !m.Scheduler().Wait(sim.Wait{Call: "drained"}, deadline, s.Changed()) {
			return false
		}
	}
	return true
}

// swaks sends a picture to a user of the first server, to one of the second, and to nobody.
func TestSwaks(t *testing.T) {
	swaks := interop.Program(t, "swaks", "swaks")
	picture := bytes.Repeat([]byte("\xff\xd8\xff\x00\r\n."), 5000)
	file := filepath.Join(t.TempDir(), "crepe.jpg")
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		t.Fatal(err)
	}
	interop.Run(t, func(m *interop.Machine) {
		second := &mta.Server{Domain: "hamburger.edu"}
		port2, err := start(m, second)
		check(t, err)
		first := &mta.Server{Domain: "crepes.fr", Routes: map[string]string{"hamburger.edu": "127.0.0.1:" + port2}}
		first.SMTP.Secret = func(user string) (string, bool) { return "hungry", user == "alice" }
		port1, err := start(m, first)
		check(t, err)
		defer second.Close()
		defer first.Close()
		run := func(to string, want string, args ...string) {
			args = append([]string{"--server", "127.0.0.1", "--port", port1, "--ehlo", "pc", "--from", "alice@crepes.fr", "--to", to, "--h-Subject", "Picture of yummy crepe.",
				"--body", "Dear Bob, see the picture.", "--attach-type", "image/jpeg", "--attach", "@" + file, "--timeout", "20"}, args...)
			out, _ := m.Output(exec.Command(swaks, args...))
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%.3000s", to, want, out)
			}
		}
		run("alice@hamburger.edu", "<** 550 5.7.1 Relaying denied")
		run("eve@crepes.fr", "<** 550 5.1.1 User unknown")
		run("alice@crepes.fr", "<-  250 2.0.0 Message accepted")
		run("alice@hamburger.edu", "<-  250 2.0.0 Message accepted", "--auth", "CRAM-MD5", "-au", "alice", "-ap", "hungry")
		if !drained(m, first) || !drained(m, second) {
			t.Error("something is left in a queue")
		}
		for _, s := range []*mta.Server{first, second} {
			box, err := s.Store.Mailbox("alice")
			check(t, err)
			inbox, err := box.Inbox()
			check(t, err)
			text, err := inbox.Read(1)
			check(t, err)
			p := mail.Parse(text)
			if len(p.AllProblems()) > 0 || inbox.Len() != 1 || p.Header.Get("Subject") != "Picture of yummy crepe." {
				t.Errorf("%d messages, %v", inbox.Len(), p.AllProblems())
			}
			found := false
			p.Walk(func(_ []int, p *mail.Part) bool {
				if b, err := p.Bytes(); p.Type == "image/jpeg" {
					found = err == nil && bytes.Equal(b, picture) && p.FileName() == "crepe.jpg"
				}
				return true
			})
			if !found {
				t.Errorf("%s: the picture is not in\n%.2000s", s.Domain, text)
			}
		}
	})
}

// inboxOf returns a mailbox's INBOX.
func inboxOf(t *testing.T, box *maildrop.Mailbox) *maildrop.Folder {
	t.Helper()
	f, err := box.Inbox()
	check(t, err)
	return f
}
