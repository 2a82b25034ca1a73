package ftp_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestRepliesUnread: a client that asks and asks and reads no answer makes the server hold a few of them, and refusals between good commands are
// nobody's fault.
func TestRepliesUnread(t *testing.T) {
	fs := files(t)
	for i := range 1000 {
		afero.WriteFile(fs, fmt.Sprintf("/srv/many/%04d", i), nil, 0o644)
	}
	s, listed := server(fs), 0
	s.Charge = func(units int) {
		if units == 10*1000 {
			listed++
		}
	}
	lab(t, s, func(_ *engine.World, st *stack.Stack) {
		x := dialTyped(t, st)
		x.say("USER alice", "331 ", "PASS hungry", "230 ")
		for range 150 {
			x.say("SIZE none", "550 ", "NOOP", "200 ")
		}
		io.WriteString(x.Conn, strings.Repeat("STAT many\r\n", 5000))
		st.Sleep(time.Minute)
		if listed == 0 || listed > 100 { // 65 KB each
			t.Errorf("%d listings were made that nobody reads", listed)
		}
		x.Close()
	})
}

// TestNoSecondCommand: a name with the end of a line in it is no second command.
func TestNoSecondCommand(t *testing.T) {
	lab(t, server(files(t)), func(_ *engine.World, st *stack.Stack) {
		c, err := ftp.Dial(st, "server:21", ftp.Options{})
		if err != nil || c.Login("alice", "hungry", "") != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"pub\r\nDELE pub/note.txt", "pub\nDELE pub/note.txt", "pub\rDELE pub/note.txt"} {
			if err := c.Cwd(name); stack.Code(err) != "invalid" {
				t.Errorf("%q: %v", name, err)
			}
		}
		if n, err := c.Size("pub/note.txt"); n == 0 || err != nil {
			t.Error(n, err)
		}
		c.Quit()
	})
}
