package mta_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mta"
)

// A message goes from a server of ours through Postfix to another of ours, and what that one refuses comes back as Postfix's report.
func TestPostfix(t *testing.T) {
	middle := interop.NewPostfix(t)
	interop.Run(t, func(m *interop.Machine) {
		last := &mta.Server{Domain: "lab", Local: []string{"crepes.fr"}}
		next, err := start(m, last)
		check(t, err)
		bob, err := last.Store.Create("bob")
		check(t, err)
		middle.Start(t, "myhostname = middle.lab\nmynetworks = 127.0.0.0/8\nsmtp_dns_support_level = disabled\nsmtp_host_lookup = native\nrelayhost = [127.0.0.1]:"+next+"\n")
		first := &mta.Server{Domain: "crepes.fr", Routes: map[string]string{"lab": "127.0.0.1:" + middle.Port}, Retry: time.Second}
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
