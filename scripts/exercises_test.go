package scripts_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

// TestExercises grades the solution, the skeleton and the mutants of each exercise under as many seeds as each test asks for. The checks of the
// repository do it under 20, with moonwire grade --self-test.
func TestExercises(t *testing.T) {
	program := grade.Begin(bindings.Checker())
	for _, name := range scripts.Exercises() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, _ := scripts.Exercise(name)
			proofs, err := grade.SelfTest(t.Context(), &grade.Exercise{Name: name, Files: files}, grade.Options{Program: program, Isolation: grade.None, Parallel: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(proofs) < 7 {
				t.Errorf("it has %d mutants; want 5 or more", len(proofs)-2)
			}
			for _, p := range proofs {
				for _, problem := range p.Problems {
					t.Errorf("%s: %s", p.File, problem.Text)
				}
			}
		})
	}
}
