package repl

import (
	"testing"

	"github.com/chzyer/readline"
)

// TestSecret types keys into a line that is not shown: readline gets none of its characters.
func TestSecret(t *testing.T) {
	const bell = readline.CharBell
	for _, test := range []struct {
		echo echo
		keys string
		want string // what was taken
		left string // what readline gets, but for the bells
	}{
		{echoed, "abc\r", "", "abc\r"},
		{hidden, "abc\r", "abc", "\r"},
		{byPeer, "abc\r", "abc", "\r"},
		{hidden, "é\x7f\x7fxy\bz\r", "xz", "\r"},
		{hidden, "wrong\x15right\n", "right", "\n"},
		{hidden, "\x04", "", "\x04"},
		{hidden, "a\x04b\t\x01\x10\x12\x19\r", "ab", "\r"}, // neither the history, nor a search, nor what was cut
		{hidden, "a\x03", "a", "\x03"},
	} {
		var s secret
		s.show(test.echo)
		left := ""
		for _, r := range test.keys {
			if key, _ := s.take(r); key != bell {
				left += string(key)
			}
		}
		if got := s.taken(); got != test.want || left != test.left {
			t.Errorf("%q: took %q and left %q, want %q and %q", test.keys, got, left, test.want, test.left)
		}
		if s.taken() != "" {
			t.Error("it is not forgotten")
		}
	}
}
