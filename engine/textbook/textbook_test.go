package textbook_test

import (
	"fmt"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/textbook"
)

// build returns a world with the textbook internet.
func build(t testing.TB, o engine.Options, parts ...string) (*engine.World, *textbook.Internet) {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	n, err := textbook.Build(w, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return w, n
}

func TestDig(t *testing.T) {
	w, n := build(t, engine.Options{Seed: 1})
	h := n.Host("cis.poly.edu")
	st := h.NewStack("dig")
	task := st.Go("dig", func() {
		config, _ := h.Config()
		out, _, err := resolver.Tool{Stack: st, Config: config}.Dig([]string{"gaia.cs.umass.edu", "+trace"})
		fmt.Println(out, err)
		out, _, err = resolver.Tool{Stack: st, Config: config}.Dig([]string{"gaia.cs.umass.edu"})
		fmt.Println(out, err)
		out, _, err = resolver.Tool{Stack: st, Config: config}.Dig([]string{"-x", "192.34.67.34"})
		fmt.Println(out, err)
	})
	if err := w.Sched.RunTask(task, 0); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		w, err := engine.New(engine.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := textbook.Build(w); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
}
