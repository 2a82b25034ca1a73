package mta_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A server that takes mail for its own mailboxes and passes nothing on; the session sends a message to a user, a list and nobody.
func TestConformance(t *testing.T) {
	enginetest.Run(t, enginetest.Protocol{
		Serve: func(st *stack.Stack, host *engine.Host, address string) (string, func(), error) {
			store, err := maildrop.Open(host.World.Sched, host.FS, "/var/mail", maildrop.Options{})
			if err != nil {
				return "", nil, err
			}
			s := &mta.Server{Domain: "hamburger.edu", Store: store, FS: host.FS, User: func(user string) bool { return user == "bob" },
				Aliases: map[string][]string{"all": {"bob", "postmaster"}}, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
			l, err := st.Listen("tcp", address)
			if err != nil {
				return "", nil, err
			}
			if err := s.Start(st); err != nil {
				return "", nil, err
			}
			st.Go("mta", func() { s.Serve(st, l) })
			return l.Addr().String(), s.Close, nil
		},
		Talk: func(st *stack.Stack, address string) (string, error) {
			d, err := smtp.SendMail(st, address, "alice@crepes.fr", []string{"bob@hamburger.edu", "all@hamburger.edu", "eve@hamburger.edu", "eve@lab"}, []byte(text), smtp.ClientOptions{})
			if err != nil {
				return "", err
			}
			transcript := d.Reply.String()
			for _, r := range d.Refused {
				transcript += fmt.Sprintf("\n%s: %v", r.To, r.Err)
			}
			return transcript, nil
		},
		Stream: true,
		Garbage: [][]byte{
			[]byte("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<bob@hamburger.edu>\r\nDATA\r\n" + strings.Repeat("Received: x\r\n", 1000) + "\r\n.\r\n"),
			[]byte("EHLO x\r\nVRFY " + strings.Repeat("a", 1000) + "\r\nEXPN all\r\nEXPN \x00\r\n"),
			[]byte("EHLO x\r\nMAIL FROM:<\"\\\n\"@b>\r\nRCPT TO:<@@@>\r\nRCPT TO:<bob@[10.0.0.256]>\r\n"),
		},
	})
}

func Example() {
	world, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	defer world.Close()
	host, _ := world.AddHost("hamburger.edu")
	store, _ := maildrop.Open(world.Sched, host.FS, "/var/mail", maildrop.Options{})
	store.Create("bob")
	st := host.NewStack("mail")
	server := &mta.Server{Store: store, FS: host.FS, Told: func(e mta.Event) { fmt.Println(e.Kind, e.To) }}
	world.Sched.Run(host.Group.Go("main", func() {
		l, _ := st.Listen("tcp", ":25")
		st.Go("server", func() { server.Serve(st, l) })
		smtp.SendMail(st, "hamburger.edu", "alice@crepes.fr", []string{"bob@hamburger.edu"}, []byte("Subject: lunch\r\n\r\nketchup?\r\n"), smtp.ClientOptions{})
	}))
	// Output:
	// queued bob@hamburger.edu
	// delivered bob@hamburger.edu
}
