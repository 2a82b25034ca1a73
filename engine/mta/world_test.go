package mta_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A world is hosts around a router, on which mail servers run.
type world struct {
	*engine.World
	t      testing.TB
	hub    *vnet.Host
	links  map[string]*vnet.Link
	sites  map[string]*site
	bounds maildrop.Options
	main   *engine.Host // where the test's own task runs
}

// A site is a mail server on a host of the same name.
type site struct {
	*mta.Server
	host   *engine.Host
	world  *world
	config func(*mta.Server)
	events []mta.Event // of all its lives
	users  []string
	fs     afero.Fs // the host's
}

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: seed, Hash: true, TimeLimit: 100 * 24 * time.Hour})
	check(t, err)
	t.Cleanup(e.Close)
	w := &world{World: e, t: t, links: map[string]*vnet.Link{}, sites: map[string]*site{}}
	w.hub, err = e.Net.Router("hub")
	check(t, err)
	w.main = w.host("pc")
	return w
}

func (w *world) host(name string) *engine.Host {
	w.t.Helper()
	h, err := w.AddHost(name)
	check(w.t, err)
	w.links[name], err = w.Net.Link(h.V, w.hub, vnet.LinkOptions{Shape: vnet.Shape{Delay: 5 * time.Millisecond, Rate: 10_000_000}})
	check(w.t, err)
	return h
}

// site adds a host with a mail server for the domain of the same name, and starts it.
func (w *world) site(name string, users []string, config func(*mta.Server)) *site {
	w.t.Helper()
	s := &site{host: w.host(name), world: w, config: config, users: users}
	s.fs = s.host.FS
	w.sites[name] = s
	s.boot()
	return s
}

// boot starts the server, as at a start of the host.
func (s *site) boot() {
	t := s.world.t
	t.Helper()
	store, err := maildrop.Open(s.world.Sched, s.fs, "/var/mail", s.world.bounds)
	check(t, err)
	for _, u := range s.users {
		_, err := store.Ensure(u)
		check(t, err)
	}
	s.Server = &mta.Server{Store: store, FS: s.fs}
	s.Server.Told = func(e mta.Event) { s.events = append(s.events, e) }
	if s.config != nil {
		s.config(s.Server)
	}
	st := s.host.NewStack("mta")
	l, err := st.Listen("tcp", ":25")
	check(t, err)
	check(t, s.Start(st))
	server := s.Server
	st.Go("mta", func() { server.Serve(st, l) })
}

// inbox returns the messages of a user, read from the files of the host.
func (s *site) inbox(user string) []string {
	t := s.world.t
	t.Helper()
	store, err := maildrop.Open(s.world.Sched, s.fs, "/var/mail", maildrop.Options{})
	check(t, err)
	m, err := store.Mailbox(user)
	if err == maildrop.ErrNoMailbox {
		return nil
	}
	check(t, err)
	f, err := m.Inbox()
	check(t, err)
	var texts []string
	for _, m := range f.Messages() {
		b, err := f.Read(m.UID)
		check(t, err)
		texts = append(texts, string(b))
	}
	return texts
}

// story returns what the server told of its messages, without their names and times.
func (s *site) story() string {
	var b strings.Builder
	for _, e := range s.events {
		fmt.Fprintf(&b, "%s <%s> %s", e.Kind, e.From, e.To)
		for _, part := range []string{e.Host, e.Text} {
			if part != "" {
				b.WriteString(" | " + strings.ReplaceAll(part, e.ID, "ID"))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// run runs f as a task of the host pc until nothing more happens.
func (w *world) run(f func(st *stack.Stack)) {
	w.t.Helper()
	st := w.main.NewStack("test")
	if err := w.Sched.Run(w.main.Group.Go("test", func() { f(st) })); err != nil {
		w.t.Fatal(err)
	}
}

// settled waits until no queue has a message, or the time is over.
func (w *world) settled(limit time.Duration) bool {
	deadline := w.Sched.Now().Add(limit)
	for {
		left := 0
		var queues []*sim.Queue
		for _, s := range w.sites {
			left += s.Len()
			queues = append(queues, s.Changed())
		}
		if left == 0 {
			return true
		}
		now := w.Sched.Now()
		if !now.Before(deadline) {
			return false
		}
		again := now.Add(time.Minute) // a server that starts has another queue
		if again.After(deadline) {
			again = deadline
		}
		w.Sched.Wait(sim.Wait{Call: "settled"}, again, queues...)
	}
}

const text = "From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\nSubject: lunch\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@crepes.fr>\r\n\r\nDo you like ketchup?\r\n"

// send hands a message to a server and returns the refusals.
func send(st *stack.Stack, server, from string, to ...string) error {
	d, err := smtp.SendMail(st, server, from, to, []byte(text), smtp.ClientOptions{Helo: "pc.crepes.fr"})
	for _, r := range d.Refused {
		err = errors.Join(err, r.Err)
	}
	return err
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// everybody lets hosts of the whole world send through a server.
func everybody(s *mta.Server) { s.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }

// records are the MX records of a world.
type records map[string][]mta.MX

var errLater = errors.New("no name server answers")

func (r records) LookupMX(domain string) ([]mta.MX, error) {
	list, ok := r[domain]
	switch {
	case domain == "nowhere.lab":
		return nil, &stack.LookupError{Name: domain, Err: stack.ErrHostNotFound}
	case domain == "later.lab":
		return nil, errLater
	case ok:
		return list, nil
	}
	return nil, nil
}

// copies counts the messages that have a text.
func copies(messages []string, text string) int {
	n := 0
	for _, m := range messages {
		if strings.Contains(m, text) {
			n++
		}
	}
	return n
}

// reports counts the messages that report on a recipient.
func reports(messages []string, recipient string) int {
	n := 0
	for _, m := range messages {
		if r, ok := mail.ParseReport(mail.Parse([]byte(m))); ok {
			for _, p := range r.Recipients {
				if p.Final == recipient && p.Action == "failed" {
					n++
				}
			}
		}
	}
	return n
}
