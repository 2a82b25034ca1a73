package pop3_test

import (
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/pop3"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestMaildrops runs sessions over a store: what is listed is what is sent, and what one session deletes the next does not see.
func TestMaildrops(t *testing.T) {
	s, _ := server()
	world(t, s, func(st *stack.Stack, at string) {
		store, err := maildrop.Open(st.Scheduler(), afero.NewMemMapFs(), "/var/mail", maildrop.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Open = pop3.Maildrops(store)
		box, err := store.Ensure("alice")
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range []string{text(498), "no end of line", "LF\n\n.dot\n", "", "CR\r"} {
			if _, err := box.Deliver(strings.NewReader(message), ""); err != nil {
				t.Fatal(err)
			}
		}
		c := dial(t, st, at, pop3.Options{})
		if err := c.Login("alice", "hungry"); err != nil {
			t.Fatal(err)
		}
		inbox, _ := box.Inbox()
		if _, err := inbox.Remove(1); err != maildrop.ErrLocked {
			t.Errorf("removed while the session has the lock: %v", err)
		}
		list, err := c.List()
		if err != nil || len(list) != 5 {
			t.Fatal(list, err)
		}
		for _, e := range list {
			message, err := c.Retr(e.Number)
			if int64(len(message)) != e.Size || err != nil {
				t.Errorf("message %d: %d bytes were listed, %d sent, %v", e.Number, e.Size, len(message), err)
			}
		}
		box.Deliver(strings.NewReader("later"), "")
		if n, _, _ := c.Stat(); n != 5 {
			t.Errorf("%d messages, though the session began with 5", n)
		}
		before, _ := c.UIDL()
		c.Dele(1)
		c.Dele(3)
		if err := c.Quit(); err != nil {
			t.Error(err)
		}
		c = dial(t, st, at, pop3.Options{})
		if err := c.Login("alice", "hungry"); err != nil {
			t.Fatal(err)
		}
		after, err := c.UIDL()
		if err != nil || len(after) != 4 || after[0].UID != before[1].UID || after[1].UID != before[3].UID {
			t.Errorf("ids %v, before %v, %v", after, before, err)
		}
		c.Quit()
	})
}
