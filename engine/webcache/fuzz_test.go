package webcache

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// FuzzParseDirectives checks that parsing ends, and that no argument is less than zero seconds or more than about 68 years.
func FuzzParseDirectives(f *testing.F) {
	for _, s := range []string{"max-age=60, private=\"Set-Cookie, X\"", "no-cache", "max-age=\"9\",,=,x=", "max-stale"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := parseDirectives(http.Header{"Cache-Control": {text}})
		for name := range d {
			if s, ok := d.seconds(name); !ok || s < 0 || s.Hours() > 69*366*24 {
				t.Fatalf("%q: %s is %v", text, name, s)
			}
		}
	})
}
