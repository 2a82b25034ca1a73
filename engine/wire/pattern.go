package wire

import (
	"regexp"
	"sync"
)

// Pattern returns what gives a regular expression, which is compiled when it is first asked for: a program that begins compiles none.
func Pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
