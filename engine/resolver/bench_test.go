//go:build unix

package resolver_test

import (
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// BenchmarkLookup measures look-ups through the whole chain with warm caches: the resolver routines of a host, its local server, the answer.
func BenchmarkLookup(b *testing.B) {
	w := textbook(b, 1)
	w.run("cis.poly.edu", func(s *stack.Stack) {
		if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
			b.Fatal(err)
		}
		w.local.MaxTTL = time.Hour
	})
	b.ReportAllocs()
	b.ResetTimer()
	began := usage.Processor()
	w.run("cis.poly.edu", func(s *stack.Stack) {
		for range b.N {
			if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
				b.Fatal(err)
			}
		}
	})
	usage.Report(b, began, float64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
	st := w.local.Stats()
	b.ReportMetric(float64(st.Hits)/float64(st.Questions), "hits")
}

// BenchmarkLookups is the same with a hundred tasks that look names up at a time.
func BenchmarkLookups(b *testing.B) {
	w := textbook(b, 1)
	b.ReportAllocs()
	w.run("cis.poly.edu", func(s *stack.Stack) {
		s.LookupHost("gaia.cs.umass.edu")
		const tasks = 100
		left := b.N
		b.ResetTimer()
		var last interface{ Join() }
		for range tasks {
			last = s.Go("client", func() {
				for left > 0 {
					left--
					if _, err := s.LookupHost("gaia.cs.umass.edu"); err != nil {
						b.Error(err)
					}
				}
			})
		}
		last.Join()
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}
