package textbook_test

import (
	"fmt"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/textbook"
)

func ExampleBuild() {
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	defer w.Close()
	internet, err := textbook.Build(w, "cis.poly.edu", "gaia.cs.umass.edu")
	if err != nil {
		panic(err)
	}
	s := internet.Host("cis.poly.edu").NewStack("look up")
	main := s.Go("main", func() {
		fmt.Println(s.LookupHost("gaia.cs.umass.edu"))
	})
	if err := w.Sched.Run(main); err != nil {
		panic(err)
	}
	// Output: [10.1.2.70] <nil>
}
