package maildrop_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// BenchmarkDeliver delivers to a folder that has 10,000 messages.
func BenchmarkDeliver(b *testing.B) {
	world := must(engine.New(engine.Options{}))(b)
	defer world.Close()
	m := must(open(b, must(world.AddHost("mail"))(b).FS, maildrop.Options{MaxMessages: 10_000_000}).Create("bob"))(b)
	text := strings.Repeat("x", 1000)
	for range 10_000 {
		must(m.Deliver(strings.NewReader(text), ""))(b)
	}
	b.ReportAllocs()
	for b.Loop() {
		must(m.Deliver(strings.NewReader(text), ""))(b)
	}
}
