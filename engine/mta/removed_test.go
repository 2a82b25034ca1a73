package mta_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestRemovedMeanwhile: a message that is taken out of the queue, or whose server closes, while one of the next servers does not answer is not given to another.
func TestRemovedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s *site) error
		sent bool
	}{
		{"nothing", func(*site) error { return nil }, true},
		{"removed", func(s *site) error { return s.Remove(s.events[0].ID) }, false},
		{"closed", func(s *site) error { s.Server.Close(); return nil }, false},
	} {
		w := newWorld(t, 1)
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
			everybody(s)
			s.MX = records{"lab": {{Host: "first", Preference: 1}, {Host: "second", Preference: 2}}}
		})
		for _, name := range []string{"first", "second"} {
			w.site(name, []string{"a"}, func(s *mta.Server) { s.Local = []string{"lab"} })
		}
		w.run(func(st *stack.Stack) {
			check(t, w.sites["first"].host.Crash())
			check(t, send(st, "crepes.fr", "alice@crepes.fr", "a@lab"))
			st.Sleep(30 * time.Second) // the connection to the first is being tried
			check(t, c.do(crepes))
			st.Sleep(4 * time.Minute)
		})
		if got := len(w.sites["second"].inbox("a")) == 1; got != c.sent || c.sent != strings.Contains(crepes.story(), "sent <alice@crepes.fr> a@lab | second") {
			t.Errorf("%s: the second server has it: %v\n%s", c.name, got, crepes.story())
		}
	}
}
