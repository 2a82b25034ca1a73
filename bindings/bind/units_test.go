package bind

import (
	"strings"
	"testing"
	"time"
)

func TestUnits(t *testing.T) {
	duration := func(s string) (int64, error) { d, err := ParseDuration(s); return int64(d), err }
	rate := func(s string) (int64, error) { r, err := ParseRate(s); return int64(r), err }
	size := func(s string) (int64, error) { n, err := ParseSize(s); return int64(n), err }
	for _, c := range []struct {
		parse func(string) (int64, error)
		text  string
		want  int64
		err   string // a part of it
	}{
		{duration, "10 ms", int64(10 * time.Millisecond), ""},
		{duration, "10ms", int64(10 * time.Millisecond), ""},
		{duration, " 1.5 s ", int64(1500 * time.Millisecond), ""},
		{duration, "0.1 s", int64(100 * time.Millisecond), ""},
		{duration, "30", int64(30 * time.Second), ""},
		{duration, "7 ns", 7, ""},
		{duration, "3 us", 3000, ""},
		{duration, "2 min", int64(2 * time.Minute), ""},
		{duration, "1 h", int64(time.Hour), ""},
		{duration, "0", 0, ""},
		{duration, "", 0, `want a duration such as "10 ms", got ""`},
		{duration, "-1 s", 0, `got "-1 s"`},
		{duration, "ms", 0, `got "ms"`},
		{duration, "1.2.3 s", 0, `got "1.2.3 s"`},
		{duration, "1 S", 0, `write "s", not "S"`},
		{duration, "1 day", 0, "the units are ns, us, ms, s, min, h"},
		{duration, "1 s s", 0, "the units are"},
		{duration, "300000000 h", 0, "too large"},
		{duration, strings.Repeat("9", 400), 0, "got"},
		{rate, "10 Mbps", 10e6, ""},
		{rate, "1.5Mbps", 15e5, ""},
		{rate, "56.6 kbps", 56600, ""},
		{rate, "2 Gbps", 2e9, ""},
		{rate, "0", 0, ""},
		{rate, "0.4 bps", 0, `want a rate such as "10 Mbps", got "0.4 bps", which is less than 1 bps`},
		{rate, "8 bps", 8, ""},
		{rate, "64", 64, ""},
		{rate, "10 MB", 0, "the units are bps, kbps, Mbps, Gbps"},
		{size, "256 KiB", 256 << 10, ""},
		{size, "1 MB", 1e6, ""},
		{size, "1 MiB", 1 << 20, ""},
		{size, "3 KB", 3000, ""},
		{size, "3 B", 3, ""},
		{size, "3 kb", 0, `write "KB", not "kb"`},
	} {
		got, err := c.parse(c.text)
		if c.err == "" && (err != nil || got != c.want) {
			t.Errorf("%q: got %d, %v, want %d", c.text, got, err, c.want)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%q: got error %v, want %s", c.text, err, c.err)
		}
	}
}

func FuzzUnits(f *testing.F) {
	for _, s := range []string{"10 ms", "1.5 Mbps", "256 KiB", "-1", "1e9 s", "٣ s", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err1 := ParseDuration(s)
		r, err2 := ParseRate(s)
		n, err3 := ParseSize(s)
		if d < 0 || r < 0 || n < 0 {
			t.Errorf("%q gives a negative number", s)
		}
		for _, err := range []error{err1, err2, err3} {
			if err != nil && !strings.HasPrefix(err.Error(), "want a ") {
				t.Errorf("%q: error does not say what is wanted: %v", s, err)
			}
		}
	})
}
