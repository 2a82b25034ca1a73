package pop3_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// FuzzSession says anything to a server after the login. Whatever it is, the maildrop is free for the next client, and nothing is gone
// unless QUIT was said.
func FuzzSession(f *testing.F) {
	for _, s := range []string{"LIST\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nQUIT\r\n", "UIDL 2\r\nRSET\r\nDELE 2\r\n", "AUTH PLAIN\r\n*\r\nCAPA\r\nSTLS\r\n", "DELE 1\nDELE 1\nquit\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		s, b := server(text(498), text(912))
		world(t, s, func(st *stack.Stack, at string) {
			got := say(st, at, "USER alice", "PASS hungry", said)
			if !strings.Contains(got, "+OK user successfully logged on") || b.locked {
				t.Errorf("said %q, locked %v", got, b.locked)
			}
			if !strings.Contains(strings.ToUpper(said), "QUIT") && len(b.texts) != 2 {
				t.Errorf("%d messages are left without QUIT", len(b.texts))
			}
		})
	})
}
