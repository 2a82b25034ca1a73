package textbook_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
)

// program returns the path of a program written by others. Without it the test is skipped, or fails if the environment says
// MOONWIRE_INTEROP=require.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		text := fmt.Sprintf("no %s (Debian: apt-get install %s)", name, debian)
		if os.Getenv("MOONWIRE_INTEROP") == "require" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	return path
}

// TestBindTakesTheZones: BIND finds nothing to complain about in the zones.
func TestBindTakesTheZones(t *testing.T) {
	check := program(t, "named-checkzone", "bind9-utils")
	n := build(t, engine.Options{})
	file := filepath.Join(t.TempDir(), "zone")
	for _, name := range slices.Sorted(maps.Keys(n.Zones())) {
		if err := os.WriteFile(file, []byte(n.Zones()[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		// full-sibling would ask the machine's own name servers.
		out, err := exec.Command(check, "-q", "-i", "local-sibling", "-k", "fail", "-m", "fail", "-M", "fail", "-n", "fail", "-r", "fail", "-S", "fail", name, file).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("zone %s: %v\n%s", name, err, out)
		}
	}
}
