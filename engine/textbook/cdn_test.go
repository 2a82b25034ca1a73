package textbook_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dash"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/textbook"
)

// TestFilm plays NetCinema's film in three places: each is sent to the nearest node of KingCDN, and to the next one when that is off.
func TestFilm(t *testing.T) {
	n := build(t, engine.Options{Seed: 1})
	watch := func(from, want string) {
		t.Helper()
		n.at(from, func(h *engine.Host, s *stack.Stack) {
			if found, err := s.LookupHost("video.netcinema.com"); err != nil || len(found) != 1 || found[0].String() != want {
				t.Errorf("%s is sent to %v (%v), want %s", from, found, err, want)
			}
			p := dash.Player{Stack: s, HTTP: &http.Client{Stack: s}, Segments: 3}
			if r, err := p.Play("http://video.netcinema.com/6Y7B23V/manifest.mpd"); err != nil || r.Title != "6Y7B23V" || len(r.Steps) != 3 {
				t.Errorf("%s: %+v, %v", from, r, err)
			}
		})
	}
	const paloalto, milan, saopaulo = "10.1.12.80", "10.39.2.80", "10.55.2.80"
	watch("alice.crepes.fr", milan)
	watch("bb424df3.virtua.com.br", saopaulo)
	watch("www.yahoo.com", paloalto)
	if err := n.Host("saopaulo.kingcdn.com").Crash(); err != nil {
		t.Fatal(err)
	}
	n.at("bb424df3.virtua.com.br", func(_ *engine.Host, s *stack.Stack) { s.Sleep(2 * textbook.NodeCheck) })
	watch("bb424df3.virtua.com.br", milan)
}
