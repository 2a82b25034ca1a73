package url

import (
	"slices"
	"strings"
	"testing"
)

// TestLongPaths takes dots out of paths as long as strings may be: in no more than a moment, since nothing ends a call while it works.
func TestLongPaths(t *testing.T) {
	const n = 1 << 20
	for _, c := range []struct{ path, want string }{
		{strings.Repeat("a/../", n), ""},
		{"/" + strings.Repeat("a/", n) + strings.Repeat("../", n-1) + "b", "/a/b"},
		{strings.Repeat("../", n) + "x", "x"},
	} {
		if got := withoutDots(c.path); got != c.want {
			t.Errorf("%.20q…: %.40q (%d bytes), want %q", c.path, got, len(got), c.want)
		}
	}
}

// slowDropUp says what dropUp does, a pair at a time.
func slowDropUp(segments []string) []string {
	for i := 0; i+2 < len(segments); i++ {
		if segments[i] != "" && segments[i+1] == ".." && segments[i+2] != "" {
			return slowDropUp(slices.Delete(slices.Clone(segments), i, i+2))
		}
	}
	if n := len(segments); n > 2 && segments[n-1] == "" && segments[n-2] == ".." && segments[n-3] != "" {
		return append(slices.Clone(segments[:n-3]), "")
	}
	if n := len(segments); n > 1 && segments[n-1] == ".." && segments[n-2] != "" {
		return append(slices.Clone(segments[:n-2]), "")
	}
	return segments
}

// TestDropUp compares dropUp with slowDropUp for all short paths.
func TestDropUp(t *testing.T) {
	words := []string{"", "..", "a", "b"}
	for n := range 4 * 4 * 4 * 4 * 4 * 4 {
		var path []string
		for k := n + 1; k > 0; k /= 4 {
			path = append(path, words[k%4])
		}
		want := slowDropUp(path)
		if got := dropUp(slices.Clone(path)); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", path, got, want)
		}
	}
}
