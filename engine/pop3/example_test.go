package pop3_test

import (
	"fmt"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/pop3"
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
	mailbox := &box{texts: []string{text(498), text(912)}}
	server := &pop3.Server{
		Secret: func(user string) (string, bool) { return "hungry", user == "alice" },
		Open:   func(string) (pop3.Drop, error) { return mailbox, nil },
	}
	l, err := st.Listen("tcp", ":110")
	if err != nil {
		panic(err)
	}
	st.Go("pop3", func() { server.Serve(st, l) })

	err = world.Sched.Run(st.Go("main", func() {
		defer server.Close()
		c, err := pop3.Dial(st, "localhost:110", pop3.Options{})
		if err != nil {
			panic(err)
		}
		fmt.Println(c.Greeting)
		if err := c.Login("alice", "hungry"); err != nil {
			panic(err)
		}
		list, err := c.List()
		if err != nil {
			panic(err)
		}
		for _, e := range list {
			fmt.Println(e.Number, e.Size)
			c.Dele(e.Number)
		}
		c.Quit()
		fmt.Println(len(mailbox.texts), "messages are left")
	}))
	if err != nil {
		panic(err)
	}
	// Output:
	// POP3 server ready
	// 1 498
	// 2 912
	// 0 messages are left
}
