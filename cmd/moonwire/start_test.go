package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestStartMakesLittle bounds what the variables of each of our packages allocate when moonwire begins, for every run pays for it: what only some
// runs need is made when it is needed, by sync.OnceValue, wire.Pattern or the function that bind.New takes.
func TestStartMakesLittle(t *testing.T) {
	const most = 16 << 10 // bytes; the largest table has 14,000
	c := exec.Command("moonwire", "version")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var traced bytes.Buffer
	c.Stderr = &traced
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^init (\S+) .* (\d+) bytes, \d+ allocs$`).FindAllStringSubmatch(traced.String(), -1) {
		if !strings.HasPrefix(m[1], "github.com/moonwire-lab/") {
			continue
		}
		seen[m[1]] = true
		if n, err := strconv.Atoi(m[2]); err != nil || n > most {
			t.Errorf("the variables of %s allocate %s bytes at every start, want at most %d", m[1], m[2], most)
		}
	}
	if !seen["github.com/moonwire-lab/moonwire/bindings/smtp"] {
		t.Errorf("the runtime told nothing of our packages: %.500s", traced.String())
	}
}
