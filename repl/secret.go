package repl

import (
	"sync"
	"unicode"

	"github.com/chzyer/readline"
)

// An echo says what a terminal shows of a line that is typed for what runs.
type echo int

const (
	echoed echo = iota // all of it
	hidden             // its end alone, as of a password
	byPeer             // nothing: who gets it shows it
)

// A secret is a line that is typed and not shown. Its keys are taken away before readline has them: what it never had it neither draws nor remembers.
type secret struct {
	mu   sync.Mutex
	echo echo
	text []rune
}

// show sets what is shown of what is typed from now on.
func (s *secret) show(e echo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.echo = e
}

// shows returns what is shown now.
func (s *secret) shows() echo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.echo
}

// take takes a key if nothing is to be shown of it, and returns the one that readline gets: one that does nothing in place of those that it took.
// n is how long the line has become.
func (s *secret) take(r rune) (key rune, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.echo == echoed, r == 0, r == readline.CharEnter, r == readline.CharCtrlJ, r == readline.CharInterrupt:
		return r, len(s.text)
	case r == readline.CharDelete && len(s.text) == 0: // Ctrl-D
		return r, 0
	case r == readline.CharBackspace || r == readline.CharCtrlH:
		s.text = s.text[:max(len(s.text)-1, 0)]
	case r == readline.CharCtrlU:
		s.text = nil
	case r >= ' ' && r != unicode.ReplacementChar:
		s.text = append(s.text, r)
	}
	return readline.CharBell, len(s.text)
}

// taken returns what was taken, and forgets it.
func (s *secret) taken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := string(s.text)
	s.text = nil
	return text
}
