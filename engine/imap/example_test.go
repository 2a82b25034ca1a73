package imap_test

import (
	"fmt"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

func Example() {
	world, err := engine.New(engine.Options{})
	if err != nil {
		panic(err)
	}
	defer world.Close()
	host, err := world.Local()
	if err != nil {
		panic(err)
	}
	st := host.NewStack("mail")
	store, err := maildrop.Open(world.Sched, host.FS, "/var/mail", maildrop.Options{})
	if err != nil {
		panic(err)
	}
	server := &imap.Server{Store: store, Secret: func(user string) (string, bool) { return "hungry", user == "alice" }}
	l, err := st.Listen("tcp", ":143")
	if err != nil {
		panic(err)
	}
	st.Go("imap", func() { server.Serve(st, l) })

	err = world.Sched.Run(st.Go("main", func() {
		defer server.Close()
		c, err := imap.Dial(st, "localhost:143", imap.Options{})
		if err == nil {
			err = c.Login("alice", "hungry")
		}
		if err == nil {
			_, err = c.Append("INBOX", []byte("Subject: pickles\r\n\r\nHow about pickles?\r\n"), nil, time.Time{})
		}
		if err == nil {
			_, err = c.Select("INBOX")
		}
		if err != nil {
			panic(err)
		}
		list, err := c.Fetch(imap.Messages{Set: imap.Nums(1)}, "(FLAGS ENVELOPE BODY[TEXT])")
		if err != nil {
			panic(err)
		}
		for _, m := range list {
			fmt.Printf("%d %s: %q\n", m.Number, m.Envelope.Subject, m.Section("BODY[TEXT]"))
		}
		c.Logout()
	}))
	if err != nil {
		panic(err)
	}
	// Output: 1 pickles: "How about pickles?\r\n"
}
