package mta_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Alice's message goes through her server and Bob's into his mailbox, and each server leaves its line.
func TestTwoServers(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, everybody)
	hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
	w.run(func(st *stack.Stack) {
		if err := send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu"); err != nil {
			t.Error(err)
		}
		if !w.settled(time.Minute) {
			t.Error("the message is still in a queue")
		}
	})
	got := hamburger.inbox("bob")
	if len(got) != 1 {
		t.Fatalf("Bob has %d messages; %s%s", len(got), crepes.story(), hamburger.story())
	}
	ids := regexp.MustCompile(`id\s+[0-9A-Z]+ for`).ReplaceAllString(got[0], "id ID for")
	want := "Return-Path: <alice@crepes.fr>\r\nDelivered-To: bob@hamburger.edu\r\n" +
		"Received: from crepes.fr ([10.0.2.1]) by hamburger.edu with ESMTP id ID for <bob@hamburger.edu>; Thu, 01 Jan 2026 00:00:00 +0000\r\n" +
		"Received: from pc.crepes.fr ([10.0.1.1]) by crepes.fr with ESMTP id ID for <bob@hamburger.edu>; Thu, 01 Jan 2026 00:00:00 +0000\r\n" + text
	if ids != want {
		t.Errorf("got\n%s\nwant\n%s", ids, want)
	}
	if story := crepes.story(); story != "queued <alice@crepes.fr> bob@hamburger.edu\nsent <alice@crepes.fr> bob@hamburger.edu | hamburger.edu | 250 2.0.0 Message accepted for delivery\n" {
		t.Error(story)
	}
	if story := hamburger.story(); story != "queued <alice@crepes.fr> bob@hamburger.edu\ndelivered <alice@crepes.fr> bob@hamburger.edu\n" {
		t.Error(story)
	}
}

// The three rules of the well configured server, and what falls under none.
func TestRelayRules(t *testing.T) {
	w := newWorld(t, 1)
	inside := w.host("inside")
	w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
		s.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.2.0/24")} // that of the host inside
		s.RelayFor = []string{"partner.lab"}
		s.SMTP.Secret = func(user string) (string, bool) { return "hungry", user == "alice" }
		s.SMTP.Insecure = true
	})
	w.site("hamburger.edu", []string{"bob"}, nil)
	for _, c := range []struct {
		where, user, from, to, want string
	}{
		{"outside", "", "bob@hamburger.edu", "alice@crepes.fr", ""},
		{"outside", "", "", "alice@CREPES.FR", ""},
		{"outside", "", "bob@hamburger.edu", "alice+lists@crepes.fr", ""},
		{"outside", "", "bob@hamburger.edu", "alice@[10.0.3.1]", ""},
		{"outside", "", "bob@hamburger.edu", "postmaster@crepes.fr", ""},
		{"outside", "", "bob@hamburger.edu", "Postmaster", ""},
		{"outside", "", "bob@hamburger.edu", "eve@crepes.fr", "550 5.1.1 User unknown"},
		{"outside", "", "eve@lab", "bob@hamburger.edu", "550 5.7.1 Relaying denied"},
		{"outside", "", "alice@crepes.fr", "bob@hamburger.edu", "550 5.7.1 Relaying denied"},
		{"outside", "", "", "bob@hamburger.edu", "550 5.7.1 Relaying denied"},
		{"outside", "", "eve@lab", "x@partner.lab", ""},
		{"outside", "alice", "alice@crepes.fr", "bob@hamburger.edu", ""},
		{"outside", "alice@crepes.fr", "alice@crepes.fr", "bob@hamburger.edu", ""},
		{"outside", "alice", "eve@lab", "bob@hamburger.edu", "550 5.7.1 Sender is not of this domain"},
		{"outside", "alice", "", "bob@hamburger.edu", ""},
		{"inside", "", "eve@lab", "bob@hamburger.edu", ""},
		{"inside", "", "eve@lab", "nobody@crepes.fr", "550 5.1.1 User unknown"},
	} {
		w.run(func(st *stack.Stack) {
			if c.where == "inside" {
				st = inside.NewStack("client")
			}
			client, err := smtp.Dial(st, "crepes.fr", smtp.ClientOptions{})
			check(t, err)
			defer client.Close()
			client.Ehlo("pc")
			if c.user != "" {
				if _, err := client.Auth("PLAIN", c.user, "hungry"); err != nil {
					t.Error(err)
				}
			}
			if _, err := client.Mail(c.from, smtp.MailOptions{}); err != nil {
				t.Error(err)
			}
			r, _ := client.Rcpt(c.to)
			if got := r.String(); c.want != "" && got != c.want || c.want == "" && r.Code != 250 {
				t.Errorf("%s %s <%s> to %s: %s, want %q", c.where, c.user, c.from, c.to, got, c.want)
			}
		})
	}
}

func TestMX(t *testing.T) {
	mx := records{
		"lab":         {{Host: "second", Preference: 30}, {Host: "gate.", Preference: 100}, {Host: "first", Preference: 20}},
		"null.lab":    {{Host: ""}},
		"gone.lab":    {{Host: "no.such.host", Preference: 1}},
		"ours.lab":    {{Host: "pc", Preference: 5}, {Host: "crepes.fr", Preference: 5}},
		"backup.lab":  {{Host: "first", Preference: 10}, {Host: "crepes.fr", Preference: 20}, {Host: "second", Preference: 30}},
		"refuses.lab": {{Host: "refuses", Preference: 10}, {Host: "second", Preference: 20}},
	}
	for _, c := range []struct {
		name, to, down, want string
	}{
		{"first", "a@lab", "", "sent a@lab | first"},
		{"second", "a@lab", "first", "sent a@lab | second"},
		{"third", "a@lab", "first second", "sent a@lab | gate"},
		{"none", "a@lab", "first second gate", "deferred a@lab | gate | dial tcp 10.0.5.1:25: i/o timeout"},
		{"no records", "a@second", "", "sent a@second | second"},
		{"no domain", "a@nowhere.lab", "", "bounced a@nowhere.lab | there is no domain nowhere.lab"},
		{"no name server", "a@later.lab", "", "deferred a@later.lab | the servers of later.lab cannot be looked up now: no name server answers"},
		{"null", "a@null.lab", "", "bounced a@null.lab | null.lab takes no mail"},
		{"no address", "a@gone.lab", "", "bounced a@gone.lab | no server of gone.lab has an address"},
		{"the server itself", "a@ours.lab", "", "bounced a@ours.lab | mail for ours.lab comes back here: this server is its first MX"},
		{"backup", "a@backup.lab", "first", "deferred a@backup.lab | first | dial tcp 10.0.3.1:25: i/o timeout"},
		{"literal", "a@[10.0.4.1]", "", "sent a@[10.0.4.1] | 10.0.4.1"},
		{"route", "a@routed.lab", "", "sent a@routed.lab | second"},
		{"refused for ever", "refused@lab", "", "bounced refused@lab | first | 550 5.1.1 User unknown"},
		{"a greeting that refuses", "a@refuses.lab", "", "sent a@refuses.lab | second"},
	} {
		w := newWorld(t, 1)
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.MX = mx
			s.Routes = map[string]string{"routed.lab": "second:25"}
		})
		for _, name := range []string{"first", "second", "gate"} {
			w.site(name, []string{"a"}, func(s *mta.Server) {
				s.Local = []string{"lab", "backup.lab", "routed.lab", "refuses.lab"}
				s.User = func(user string) bool { return user != "refused" }
			})
		}
		refuses := w.host("refuses").NewStack("refuses")
		l, err := refuses.Listen("tcp", ":25")
		check(t, err)
		refuses.Go("refuses", func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Write([]byte("554 no mail today\r\n"))
				conn.Close()
			}
		})
		w.run(func(st *stack.Stack) {
			for _, name := range strings.Fields(c.down) {
				check(t, w.sites[name].host.Crash())
			}
			check(t, send(st, "crepes.fr", "alice@crepes.fr", c.to))
			st.Sleep(4 * time.Minute)
		})
		var last string
		for line := range strings.Lines(crepes.story()) {
			if kind, _, _ := strings.Cut(line, " "); kind == "sent" || kind == "deferred" || kind == "bounced" {
				last = strings.Replace(strings.TrimSpace(line), "<alice@crepes.fr> ", "", 1)
				last, _, _ = strings.Cut(last, " | 250 ")
			}
		}
		if last != c.want {
			t.Errorf("%s: %s, want %s", c.name, last, c.want)
		}
		switch got := crepes.inbox("alice"); {
		case strings.HasPrefix(c.want, "bounced") && reports(got, c.to) != 1:
			t.Errorf("%s: Alice has %d messages, no report on %s", c.name, len(got), c.to)
		case !strings.HasPrefix(c.want, "bounced") && len(got) != 0:
			t.Errorf("%s: Alice has %q", c.name, got)
		}
	}
}

// What cannot be delivered is tried again after 15 and 30 minutes, one, two and then every four hours, for as long as it may, and then
// reported; a server that comes back gets it with the next attempt.
func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name string
		back time.Duration
		want []string
	}{
		{"never back", 0, []string{"0s", "15m0s", "45m0s", "1h45m0s", "3h45m0s", "7h45m0s", "11h45m0s", "12h0m0s bounced"}},
		{"back", 2 * time.Hour, []string{"0s", "15m0s", "45m0s", "1h45m0s", "3h45m0s sent"}},
	} {
		w := newWorld(t, 1)
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.Expire = 12 * time.Hour
		})
		hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
		w.run(func(st *stack.Stack) {
			hamburger.Close()
			check(t, send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu"))
			if c.back > 0 {
				st.Sleep(c.back)
				hamburger.boot()
			}
			w.settled(100 * time.Hour)
		})
		var got []string
		for _, e := range crepes.events {
			at := e.Time.Sub(crepes.events[0].Time).Truncate(time.Minute).String()
			switch {
			case e.Kind == mta.Deferred:
				got = append(got, at)
			case e.Kind == mta.Bounced, e.Kind == mta.Sent:
				got = append(got, at+" "+string(e.Kind))
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: attempts %q, want %q", c.name, got, c.want)
		}
		if n := reports(crepes.inbox("alice"), "bob@hamburger.edu"); n != 1 && c.back == 0 || n != 0 && c.back > 0 {
			t.Errorf("%s: %d reports", c.name, n)
		}
	}
}

// A report comes from nobody, tells which recipient failed and why, and has the message; a report that fails is dropped.
func TestReport(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, everybody)
	hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
	w.run(func(st *stack.Stack) {
		check(t, send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu", "eve@hamburger.edu", "mallory@hamburger.edu"))
		check(t, send(st, "crepes.fr", "nobody@hamburger.edu", "eve@hamburger.edu"))
		check(t, send(st, "crepes.fr", "", "eve@hamburger.edu"))
		if !w.settled(time.Minute) {
			t.Error("something is left in a queue")
		}
	})
	if got := hamburger.inbox("bob"); copies(got, "ketchup") != 1 || len(got) != 1 {
		t.Errorf("Bob has %q", got)
	}
	inbox := crepes.inbox("alice")
	if len(inbox) != 1 {
		t.Fatalf("Alice has %q", inbox)
	}
	p := mail.Parse([]byte(inbox[0]))
	r, ok := mail.ParseReport(p)
	if !ok || len(p.AllProblems()) > 0 {
		t.Fatalf("not a report, or %v:\n%s", p.AllProblems(), inbox[0])
	}
	r.Arrived = time.Time{}
	want := mail.Report{ReportingMTA: "crepes.fr", Recipients: []mail.ReportedRecipient{
		{Final: "eve@hamburger.edu", Action: "failed", Status: "5.1.1", RemoteMTA: "hamburger.edu", Diagnostic: "550 5.1.1 User unknown"},
		{Final: "mallory@hamburger.edu", Action: "failed", Status: "5.1.1", RemoteMTA: "hamburger.edu", Diagnostic: "550 5.1.1 User unknown"}}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("report %+v, want %+v", r, want)
	}
	if p.Header.Get("Return-Path") != "<>" || p.Header.Get("Auto-Submitted") != "auto-replied" || p.Header.Get("From") != "Mail Delivery System <mailer-daemon@crepes.fr>" ||
		!strings.Contains(string(p.Parts[2].Body), "ketchup") || p.Parts[2].Type != "message/rfc822" {
		t.Error(inbox[0])
	}
	for _, want := range []string{"dropped <> nobody@hamburger.edu | hamburger.edu | 550 5.1.1 User unknown\n", "dropped <> eve@hamburger.edu | hamburger.edu | 550 5.1.1 User unknown\n"} {
		if !strings.Contains(crepes.story(), want) {
			t.Errorf("%q is not in\n%s", want, crepes.story())
		}
	}
}

func TestAliases(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice", "bob", "carol", "catch"}, func(s *mta.Server) {
		everybody(s)
		s.Aliases = map[string][]string{
			"chefs":       {"alice", "bob@crepes.fr", "cooks", "dave@hamburger.edu"},
			"cooks":       {"Carol", "alice"},
			"owner-cooks": {"bob"},
			"loop":        {"pool"}, "pool": {"loop"},
			"alice": {"alice", "carol"},
			"lost":  {"nobody"},
		}
	})
	hamburger := w.site("hamburger.edu", []string{"dave"}, func(s *mta.Server) { s.CatchAll = "dave" })
	w.run(func(st *stack.Stack) {
		c, err := smtp.Dial(st, "crepes.fr", smtp.ClientOptions{})
		check(t, err)
		c.Hello()
		for command, want := range map[string]string{
			"EXPN chefs":              "250-2.1.5 <alice@crepes.fr>\n250-2.1.5 <bob@crepes.fr>\n250-2.1.5 <cooks@crepes.fr>\n250 2.1.5 <dave@hamburger.edu>",
			"EXPN carol":              "550 5.1.1 carol... is not a list of this server",
			"VRFY carol":              "250 2.1.5 <carol@crepes.fr>",
			"VRFY chefs":              "250 2.1.5 <chefs@crepes.fr>",
			"VRFY eve":                "550 5.1.1 User unknown",
			"VRFY dave@hamburger.edu": "550 5.7.1 dave@hamburger.edu... is not a user of this server",
		} {
			if r, err := c.Cmd(command); err != nil || r.String() != want {
				t.Errorf("%s: %v %v, want %s", command, r, err, want)
			}
		}
		c.Quit()
		for to, want := range map[string]string{"loop@crepes.fr": "5.4.6", "lost@crepes.fr": "5.1.1"} {
			if err := send(st, "crepes.fr", "x@lab", to); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", to, err)
			}
		}
		check(t, send(st, "crepes.fr", "x@lab", "chefs@crepes.fr", "bob@crepes.fr"))
		check(t, send(st, "hamburger.edu", "x@lab", "nobody@hamburger.edu"))
		if !w.settled(time.Minute) {
			t.Error("something is left in a queue")
		}
	})
	for user, want := range map[string]int{"alice": 2, "bob": 1, "carol": 2} { // alice and carol also as cooks, with another sender
		got := crepes.inbox(user)
		if len(got) != want {
			t.Errorf("%s has %d messages, want %d\n%s", user, len(got), want, crepes.story())
		}
	}
	if owned := copies(crepes.inbox("carol"), "Return-Path: <owner-cooks@crepes.fr>"); owned != 1 {
		t.Errorf("%d messages to Carol have the list's owner as sender", owned)
	}
	if got := hamburger.inbox("dave"); len(got) != 2 {
		t.Errorf("dave has %d messages, want that to the list and that to nobody", len(got))
	}
}

// Two servers that send a domain's mail to each other find out.
func TestLoop(t *testing.T) {
	w := newWorld(t, 1)
	for i, name := range []string{"one.lab", "two.lab"} {
		w.site(name, []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.MaxHops = 10
			s.Routes = map[string]string{"lost.lab": []string{"two.lab", "one.lab"}[i]}
		})
	}
	w.run(func(st *stack.Stack) {
		check(t, send(st, "one.lab", "alice@one.lab", "x@lost.lab"))
		if !w.settled(time.Hour) {
			t.Error("the message goes round for ever")
		}
	})
	hops := strings.Count(w.sites["one.lab"].story()+w.sites["two.lab"].story(), "sent <alice@one.lab>")
	if n := reports(w.sites["one.lab"].inbox("alice"), "x@lost.lab"); n != 1 || hops != 9 {
		t.Errorf("%d reports after %d hops", n, hops)
	}
	// An alias of another server that leads back is found by the field Delivered-To.
	w = newWorld(t, 1)
	w.site("one.lab", []string{"alice"}, func(s *mta.Server) {
		everybody(s)
		s.Aliases = map[string][]string{"alice": {"alice", "a@two.lab"}}
	})
	w.site("two.lab", nil, func(s *mta.Server) { s.Aliases = map[string][]string{"a": {"alice@one.lab"}} })
	w.run(func(st *stack.Stack) {
		check(t, send(st, "one.lab", "x@one.lab", "alice@one.lab"))
		if !w.settled(time.Hour) {
			t.Error("the message goes round for ever")
		}
	})
	if n := copies(w.sites["one.lab"].inbox("alice"), "ketchup"); n != 1 {
		t.Errorf("Alice has %d copies\n%s", n, w.sites["one.lab"].story())
	}
}

// A mailbox that is full is tried again until there is room, or reported.
func TestFullMailbox(t *testing.T) {
	w := newWorld(t, 1)
	w.bounds.MaxMessages = 1
	crepes := w.site("crepes.fr", []string{"alice", "bob"}, func(s *mta.Server) { s.Expire = time.Hour })
	w.run(func(st *stack.Stack) {
		for _, user := range []string{"alice", "bob"} {
			check(t, send(st, "crepes.fr", "", user+"@crepes.fr"))
			check(t, send(st, "crepes.fr", "carol@crepes.fr", user+"@crepes.fr"))
		}
		st.Sleep(20 * time.Minute)
		alice, err := crepes.Store.Mailbox("alice")
		check(t, err)
		inbox, err := alice.Inbox()
		check(t, err)
		_, err = inbox.Remove(1)
		check(t, err)
		w.settled(2 * time.Hour)
	})
	for _, want := range []string{"deferred <carol@crepes.fr> alice@crepes.fr | the mailbox is full\n", "delivered <carol@crepes.fr> alice@crepes.fr\n",
		"bounced <carol@crepes.fr> bob@crepes.fr | it was tried for 1h0m0s; the last problem: the mailbox is full\n", "dropped <> carol@crepes.fr"} {
		if !strings.Contains(crepes.story(), want) {
			t.Errorf("%q is not in\n%s", want, crepes.story())
		}
	}
}

// The bounds hold: deliveries at a time, also to one domain, messages in the queue.
func TestBounds(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
		everybody(s)
		s.Workers, s.PerDomain, s.MaxQueue = 5, 2, 40
		s.Client.Timeout = time.Minute
	})
	// Servers that take connections and say nothing count how many there are at a time.
	open, most := map[string]int{}, map[string]int{}
	total, mostAtAll := 0, 0
	for i := range 6 {
		name := fmt.Sprintf("mute%d.lab", i)
		st := w.host(name).NewStack("mute")
		l, err := st.Listen("tcp", ":25")
		check(t, err)
		st.Go("mute", func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				open[name]++
				total++
				most[name], mostAtAll = max(most[name], open[name]), max(mostAtAll, total)
				st.Go("conn", func() {
					conn.Read(make([]byte, 100))
					open[name]--
					total--
					conn.Close()
				})
			}
		})
	}
	w.run(func(st *stack.Stack) {
		for i := range 40 {
			check(t, send(st, "crepes.fr", "alice@crepes.fr", fmt.Sprintf("x@mute%d.lab", i/7)))
		}
		if err := send(st, "crepes.fr", "alice@crepes.fr", "x@mute0.lab"); err == nil || !strings.Contains(err.Error(), "452") {
			t.Error("a message beyond the bound of the queue:", err)
		}
		st.Sleep(10 * time.Minute)
		if crepes.Len() != 40 {
			t.Error("queue", crepes.Len())
		}
	})
	for name, n := range most {
		if n != 2 {
			t.Errorf("%s had %d connections at a time, want 2", name, n)
		}
	}
	if mostAtAll != 5 {
		t.Errorf("%d connections at a time, want 5", mostAtAll)
	}
}

// Flush tries at once what waits, Remove takes a message out, and a restart reads the queue again.
func TestQueue(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, everybody)
	hamburger := w.site("hamburger.edu", []string{"bob"}, nil)
	w.run(func(st *stack.Stack) {
		check(t, hamburger.host.Crash())
		for range 3 {
			check(t, send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu"))
		}
		st.Sleep(10 * time.Minute)
		before := crepes.Entries()
		if len(before) != 3 || before[0].To[0].Attempts != 1 || before[0].To[0].Problem == "" || before[0].From != "alice@crepes.fr" || before[0].Size < int64(len(text)) {
			t.Fatalf("queue %+v", before)
		}
		check(t, crepes.Remove(before[1].ID))
		if err := crepes.Remove(before[1].ID); err != mta.ErrNoEntry {
			t.Error("removed twice:", err)
		}
		if m, err := crepes.Message(before[0].ID); err != nil || !strings.HasSuffix(string(m), text) {
			t.Errorf("%v %s", err, m)
		}
		check(t, crepes.host.Crash())
		crepes.host.V.Restart()
		crepes.boot()
		after := crepes.Entries()
		if len(after) != 2 || after[0].ID != before[0].ID || after[1].ID != before[2].ID || !reflect.DeepEqual(after[0].To, before[0].To) {
			t.Fatalf("after a restart %+v, before %+v", after, before)
		}
		hamburger.host.V.Restart()
		hamburger.boot()
		crepes.Flush()
		began := st.Now()
		if !w.settled(time.Hour) || st.Now().Sub(began) > time.Minute {
			t.Error("flushed after", st.Now().Sub(began))
		}
	})
	if n := len(hamburger.inbox("bob")); n != 2 {
		t.Errorf("Bob has %d messages, want 2", n)
	}
}

// Submit takes what a program of the host sends, and nothing that would break an envelope.
func TestSubmit(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, nil)
	w.run(func(st *stack.Stack) {
		if _, err := crepes.Submit("cron@crepes.fr", []string{"alice"}, []byte("Subject: backup\n\ndone\n")); err != nil {
			t.Error(err)
		}
		for _, bad := range [][]string{{"a\r\nb@x"}, {"<a@b>"}, {}, {strings.Repeat("a", 600)}, {"nobody"}} {
			if _, err := crepes.Submit("cron@crepes.fr", bad, []byte("x")); err == nil {
				t.Errorf("submitted to %q", bad)
			}
		}
		w.settled(time.Minute)
	})
	got := crepes.inbox("alice")
	if len(got) != 1 || !strings.Contains(got[0], "Message-ID: <20260101") || !strings.Contains(got[0], "Date: Thu, 01 Jan") {
		t.Errorf("%q", got)
	}
}

// A message with bytes above 127 is converted for a server that takes none, if that can be done.
func TestSevenBitServer(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, everybody)
	old := w.site("old.lab", []string{"bob"}, func(s *mta.Server) { s.SMTP.Without = []string{"8BITMIME"} })
	w.run(func(st *stack.Stack) {
		for _, message := range []string{"Subject: one\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncrêpe\r\n", "Subject: crêpe\r\n\r\nx\r\n"} {
			_, err := crepes.Submit("alice@crepes.fr", []string{"bob@old.lab"}, []byte(message))
			check(t, err)
		}
		w.settled(time.Minute)
	})
	got := old.inbox("bob")
	if len(got) != 1 || !strings.Contains(got[0], "cr=C3=AApe") {
		t.Errorf("%q", got)
	}
	if text, err := mail.Parse([]byte(strings.Join(got, ""))).Text(); err != nil || text != "crêpe\r\n" {
		t.Errorf("%q %v", text, err)
	}
	if reports(crepes.inbox("alice"), "bob@old.lab") != 1 {
		t.Error(crepes.story())
	}
}

// A header in UTF-8 goes on with SMTPUTF8, and not at all to a server without it (RFC 6531 3.2). Where only the body has other bytes, all take it.
func TestUTF8(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, everybody)
	modern := w.site("modern.lab", []string{"bob"}, nil)
	old := w.site("old.lab", []string{"bob"}, func(s *mta.Server) { s.SMTP.Without = []string{"SMTPUTF8"} })
	w.run(func(st *stack.Stack) {
		for _, message := range []string{"Subject: crêpe\r\n\r\nx\r\n", "Subject: body\r\n\r\ncrêpe\r\n"} {
			_, err := smtp.SendMail(st, "crepes.fr", "alice@crepes.fr", []string{"bob@modern.lab", "bob@old.lab"}, []byte(message), smtp.ClientOptions{})
			check(t, err)
		}
		w.settled(time.Minute)
	})
	inbox := strings.Join(modern.inbox("bob"), "")
	if strings.Count(inbox, "with UTF8SMTP id") != 2 || strings.Count(inbox, "with ESMTP id") != 2 || strings.Count(inbox, "crêpe") != 2 {
		t.Errorf("%q", inbox)
	}
	if got := old.inbox("bob"); len(got) != 1 || !strings.Contains(got[0], "Subject: body") {
		t.Errorf("%q", got)
	}
	if got := crepes.inbox("alice"); reports(got, "bob@old.lab") != 1 || !strings.Contains(got[0], "Status: 5.6.7") || len(mail.Parse([]byte(got[0])).AllProblems()) > 0 {
		t.Errorf("%q", got)
	}
}

// What is no entry in the queue's folder is told before anything is done, and the server starts when it is gone.
func TestBrokenEntry(t *testing.T) {
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, nil)
	w.run(func(st *stack.Stack) {
		crepes.Close()
		const broken = "/var/spool/mail/X1.env"
		check(t, afero.WriteFile(crepes.fs, broken, []byte("moonwire queue 1\nend\n"), 0o600))
		s := &mta.Server{Store: crepes.Store, FS: crepes.fs}
		for range 2 { // a second Start does not pass over it
			if err := s.Start(crepes.host.NewStack("again")); err == nil || !strings.Contains(err.Error(), broken+" is not the entry of a message: repair it, or remove it with /var/spool/mail/X1.msg") {
				t.Fatal(err)
			}
		}
		check(t, crepes.fs.Remove(broken))
		check(t, s.Start(crepes.host.NewStack("again")))
		_, err := s.Submit("alice@crepes.fr", []string{"alice"}, []byte(text))
		check(t, err)
		st.Sleep(time.Second)
	})
	if got := crepes.inbox("alice"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
