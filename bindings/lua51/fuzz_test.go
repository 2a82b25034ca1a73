package lua51

import (
	"strings"
	"testing"
)

// Any source is either refused or runs within its fuel, and the VM is never led astray by its code.
func FuzzLoad(f *testing.F) {
	for _, source := range benchmarks {
		f.Add(source)
	}
	for seed := range uint64(20) {
		f.Add(generateProgram(seed))
	}
	for _, test := range hostile {
		f.Add(test.source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		L := NewState(Options{Meter: NewMeter(200_000)})
		defer L.Close()
		_, err := runText(L, source)
		if err != nil && strings.Contains(err.Error(), "internal error") && !strings.Contains(source, "internal error") {
			t.Errorf("%v", err)
		}
	})
}
