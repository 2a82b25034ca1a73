package plot

import (
	"strings"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		log      bool
		n        int
		want     string
	}{
		{0, 10, false, 5, "0 2 4 6 8 10"},
		{0, 1, false, 5, "0 0.2 0.4 0.6 0.8 1.0"},
		{-1, 1, false, 4, "-1.0 -0.5 0 0.5 1.0"},
		{0, 0.0005, false, 5, "0 0.0001 0.0002 0.0003 0.0004 0.0005"},
		{0, 5e6, false, 5, "0 1e6 2e6 3e6 4e6 5e6"},
		{0, 1e-9, false, 2, "0 5e-10 1e-9"},
		{1e9, 1e9 + 2, false, 4, "1000000000.0 1000000000.5 1000000001.0 1000000001.5 1000000002.0"},
		{1767225600, 1767225800, false, 4, "1767225600 1767225650 1767225700 1767225750 1767225800"},
		{1e6, 1.0005e6, false, 5, "1000000 1000100 1000200 1000300 1000400 1000500"},
		{1, 1 + 4e-8, false, 4, "1.00000000 1.00000001 1.00000002 1.00000003 1.00000004"},
		{1e30, 1.00002e30, false, 2, "1e30 1.00001e30 1.00002e30"},
		{1e-4, 1, true, 5, "1e-4 0.001 0.01 0.1 1"},
		{1, 100, true, 5, "1 2 5 10 20 50 100"},
		{1, 1e12, true, 4, "1 1000 1e6 1e9 1e12"},
	} {
		var got []string
		for _, k := range (scale{c.min, c.max, c.log}).ticks(c.n) {
			got = append(got, k.label)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v to %v: %s, want %s", c.min, c.max, s, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12: "12", 999999: "999999", 1e6: "1e6", 1.5e7: "1.5e7", 0.25: "0.25", 1.0 / 3: "0.3333",
		-2.5: "-2.5", 1.25e-5: "1.25e-5", 85.25: "85.25", 123456.7: "1.235e5", 1e100: "1e100"} {
		if got := short(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
