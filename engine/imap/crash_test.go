package imap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// TestCrashAtAnyMoment switches the server's host off at every 2 ms of a session that appends and moves messages. What the server said
// was done is done when it is back, and a message that was moved is in one folder and not in two.
func TestCrashAtAnyMoment(t *testing.T) {
	finished := 0
	for moment := 0; finished < 3 && moment < 1000; moment++ {
		e, err := engine.New(engine.Options{Seed: uint64(moment)})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := e.AddHost("server")
		b, _ := e.AddHost("pc")
		if _, err := e.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 5 * time.Millisecond, Rate: 1_000_000}}); err != nil {
			t.Fatal(err)
		}
		start := func() *maildrop.Store {
			st := a.NewStack("imap")
			s := server(t, e.Sched, a.FS)
			l, err := st.Listen("tcp", ":143")
			if err != nil {
				t.Fatal(err)
			}
			st.Go("accept", func() { s.Serve(st, l) })
			return s.Store
		}
		start()
		e.Sched.After(time.Duration(moment)*2*time.Millisecond, func() { a.Crash() })
		var appended, moved int
		st := b.NewStack("client")
		err = e.Sched.Run(b.Group.Go("main", func() {
			if appended, moved = work(st); moved == 3 {
				finished++
			}
			st.Sleep(time.Second)
			a.V.Restart()
		}))
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		box, err := start().Ensure("alice")
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range box.Folders() {
			f, err := box.Folder(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range f.Messages() {
				text, err := f.Read(m.UID)
				if err != nil || int64(len(text)) != m.Size || len(text) < 2000 {
					t.Errorf("moment %d: a message of %d bytes, %v", moment, len(text), err)
				}
				subject, _, _ := strings.Cut(strings.TrimPrefix(string(text), "Subject: "), "\r\n")
				counts[subject]++
				counts[info.Name+" "+subject]++
			}
		}
		for i := range 3 {
			if n := counts[fmt.Sprint(i)]; n > 1 || n == 0 && i < appended {
				t.Errorf("moment %d: message %d is there %d times; %d were acknowledged", moment, i, n, appended)
			}
			if i < moved && counts[fmt.Sprint("done ", i)] != 1 {
				t.Errorf("moment %d: message %d is not where it was moved to", moment, i)
			}
		}
		e.Close()
	}
	if finished < 3 {
		t.Error("no session came to its end")
	}
}

// work appends three messages, one after another, and moves them; it returns how many of each the server has acknowledged.
func work(st *stack.Stack) (appended, moved int) {
	c, err := imap.Dial(st, "server:143", imap.Options{Timeout: 5 * time.Second})
	if err != nil {
		return
	}
	defer c.Disconnect()
	if c.Login("alice", "hungry") != nil || c.Create("done") != nil {
		return
	}
	for i := range 3 {
		if _, err := c.Append("INBOX", []byte(fmt.Sprintf("Subject: %d\r\n\r\n%s", i, strings.Repeat("x", 2000))), nil, time.Time{}); err != nil {
			return
		}
		appended++
	}
	if _, err := c.Select("INBOX"); err != nil {
		return
	}
	for range 3 {
		copied, err := c.Move(numbers(1), "done")
		if err != nil || !slices.Equal(copied.From, copied.To) {
			return
		}
		moved++
	}
	return
}
