package mta_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/faultfs"
	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// said returns what reports say, one line for each recipient: action, address and the hours for which it is still tried.
func said(t *testing.T, messages []string) string {
	t.Helper()
	var lines []string
	for _, m := range messages {
		p := mail.Parse([]byte(m))
		r, ok := mail.ParseReport(p)
		if !ok || len(p.AllProblems()) > 0 {
			t.Errorf("not a report, or %v:\n%s", p.AllProblems(), m)
			continue
		}
		for _, x := range r.Recipients {
			line := x.Action + " " + x.Final
			if !x.RetryUntil.IsZero() {
				line += fmt.Sprintf(" until %s", x.RetryUntil.Sub(r.Arrived))
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// Who sends is told once that a message is late, by the first attempt that fails after the time for it, and later how it ended.
func TestLate(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   string
		to     []string
		warn   time.Duration
		back   time.Duration // when the next server is there
		want   string        // in Alice's mailbox
		events string        // "delayed" ones: minutes and recipient
	}{
		{"usual time", "alice@crepes.fr", []string{"bob@hamburger.edu"}, 0, 0, "delayed bob@hamburger.edu until 12h0m0s; failed bob@hamburger.edu", "465 bob@hamburger.edu"},
		{"an hour, then delivered", "alice@crepes.fr", []string{"bob@hamburger.edu"}, time.Hour, 2 * time.Hour, "delayed bob@hamburger.edu until 12h0m0s", "105 bob@hamburger.edu"},
		{"in time", "alice@crepes.fr", []string{"bob@hamburger.edu"}, time.Hour, 50 * time.Minute, "", ""},
		{"several", "alice@crepes.fr", []string{"bob@hamburger.edu", "eve@hamburger.edu", "zoe@later.lab"}, time.Hour, 2 * time.Hour,
			"delayed zoe@later.lab until 12h0m0s; delayed bob@hamburger.edu until 12h0m0s; delayed eve@hamburger.edu until 12h0m0s; failed eve@hamburger.edu; failed zoe@later.lab",
			"105 zoe@later.lab, 105 bob@hamburger.edu, 105 eve@hamburger.edu"},
		{"an alias", "alice@crepes.fr", []string{"friends@crepes.fr"}, time.Hour, 2 * time.Hour, "delayed bob@hamburger.edu until 12h0m0s", "105 bob@hamburger.edu"},
		{"never", "alice@crepes.fr", []string{"bob@hamburger.edu"}, -1, 0, "failed bob@hamburger.edu", ""},
		{"from nobody", "", []string{"bob@hamburger.edu"}, time.Hour, 0, "", ""},
		{"from who is not there", "nobody@crepes.fr", []string{"bob@hamburger.edu"}, time.Hour, 0, "", "105 bob@hamburger.edu"},
	} {
		w := newWorld(t, 1)
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.Expire, s.Warn, s.MX = 12*time.Hour, c.warn, records{}
			s.Aliases = map[string][]string{"friends": {"bob@hamburger.edu"}}
		})
		hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
		hamburger.Close()
		w.run(func(st *stack.Stack) {
			check(t, send(st, "crepes.fr", c.from, c.to...))
			if c.back > 0 {
				st.Sleep(c.back)
				hamburger.boot()
			}
			if !w.settled(100 * time.Hour) {
				t.Errorf("%s: something is left in a queue", c.name)
			}
		})
		var events []string
		for _, e := range crepes.events {
			if e.Kind == mta.Delayed {
				events = append(events, fmt.Sprintf("%.0f %s", e.Time.Sub(crepes.events[0].Time).Truncate(time.Minute).Minutes(), e.To))
			}
		}
		inbox := crepes.inbox("alice")
		if got := said(t, inbox); got != c.want {
			t.Errorf("%s: Alice is told %q, want %q", c.name, got, c.want)
		}
		if got := strings.Join(events, ", "); got != c.events {
			t.Errorf("%s: events %q, want %q", c.name, got, c.events)
		}
		if c.name == "an alias" && !strings.Contains(inbox[0], "Original-Recipient: rfc822; friends@crepes.fr") {
			t.Error(inbox[0])
		}
		for _, m := range inbox {
			if strings.Contains(m, "Action: delayed") && (strings.Contains(m, "Do you like ketchup?") || !strings.Contains(m, "Subject: lunch") || !strings.Contains(m, "You need not send it again") || !strings.Contains(m, "\r\nStatus: 4.")) {
				t.Errorf("%s: a report of a delay is\n%s", c.name, m)
			}
		}
	}
}

// Power fails at any operation of the file system while a message is late: its sender is told once all the same.
func TestLateAndCrash(t *testing.T) {
	operations := 0
	for n := 0; n == 0 || n <= operations; n++ {
		w := newWorld(t, 1)
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.Retry, s.RetryMax, s.Warn = 20*time.Minute, 20*time.Minute, time.Second
		})
		hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
		hamburger.Close()
		crepes.Close()
		fs := faultfs.New()
		begin := 0
		w.run(func(st *stack.Stack) {
			st.Sleep(time.Second)
			crepes.fs = fs
			crepes.boot()
			check(t, send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu"))
			st.Sleep(time.Minute)
			begin = fs.Count
			if n > 0 {
				fs.Die = begin + n
			}
			fs.Crash = func() {
				w.Sched.After(time.Minute, func() {
					crepes.host.V.Restart()
					crepes.fs = fs.Restart()
					crepes.boot()
				})
				check(t, crepes.host.Crash())
			}
			st.Sleep(30 * time.Minute)
			if n == 0 {
				operations = fs.Count - begin
			}
			hamburger.boot()
			if !w.settled(24 * time.Hour) {
				t.Error("something is left in a queue")
			}
		})
		told, bob := said(t, crepes.inbox("alice")), copies(hamburger.inbox("bob"), "ketchup")
		if told != "delayed bob@hamburger.edu until 120h0m0s" || bob != 1 {
			t.Fatalf("crash at operation %d of %d: Alice is told %q, Bob has %d\n%s", n, operations, told, bob, crepes.story())
		}
	}
	if operations < 10 {
		t.Error("operations", operations)
	}
	t.Log(operations, "operations")
}
