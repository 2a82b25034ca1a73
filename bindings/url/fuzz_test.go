package url

import (
	"strings"
	"testing"
)

// FuzzParse checks that any text can be parsed, that its parts stand in it, that it can be put together again, and that dots
// are taken out to the last one that can be.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"http://u:p@h:80/a/b;c?d#e", "//@:/", "a/../../b/./c/..", "http://[::1]/", "", "::", "/..//../x", "a\x01/..", "%41%zz%"} {
		f.Add(seed, "../x")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		p := parse(text)
		for name, part := range p {
			if !strings.Contains(text, part) {
				t.Errorf("%s %q of %q is not in it", name, part, text)
			}
		}
		flat := split(text)
		if got := flat.join(); got != text {
			t.Errorf("%q put together again is %q", text, got)
		}
		if got := unescape(escapeAll(text)); got != text {
			t.Errorf("%q escaped and unescaped is %q", text, got)
		}
		if got := unescape(escapeSegment(text)); got != text {
			t.Errorf("%q escaped as a segment and unescaped is %q", text, got)
		}
		rel := parse(other)
		if _, complete := rel[scheme]; !complete {
			clean := withoutDots(resolve(p, rel))
			if len(clean) > len(text)+len(other)+8 {
				t.Errorf("%q at %q is %q", other, text, clean)
			}
		}
		for segment := range strings.SplitSeq(withoutDots("/"+strings.ReplaceAll(text, empty, "")), "/") {
			if segment == "." {
				t.Errorf("without dots %q is %q", text, withoutDots("/"+text))
			}
		}
	})
}
