package check_test

import (
	"context"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

// BenchmarkTrial tries each test of the UDP pinger with its solution.
func BenchmarkTrial(b *testing.B) {
	files, _ := scripts.Exercise("udp_pinger")
	ex := &grade.Exercise{Name: "udp_pinger", Files: files}
	checker := bindings.Checker()
	if err := checker.Declare(ex); err != nil {
		b.Fatal(err)
	}
	sub, err := ex.Solution()
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range ex.Tests {
		b.Run(t.Name, func(b *testing.B) {
			b.ReportAllocs()
			for seed := range b.N {
				if a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: t.Name, Seed: uint64(seed)}, grade.Limits{}); a.Verdict != grade.Passed {
					b.Fatalf("%+v", a)
				}
			}
		})
	}
}
