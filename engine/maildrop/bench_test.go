package maildrop_test

import (
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// BenchmarkDeliver delivers to a folder that has 10,000 messages.
func BenchmarkDeliver(b *testing.B) {
	m := must(open(b, afero.NewMemMapFs(), maildrop.Options{MaxMessages: 10_000_000}).Create("bob"))(b)
	text := strings.Repeat("x", 1000)
	for range 10_000 {
		must(m.Deliver(strings.NewReader(text), ""))(b)
	}
	b.ReportAllocs()
	for b.Loop() {
		must(m.Deliver(strings.NewReader(text), ""))(b)
	}
}
