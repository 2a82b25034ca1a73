package textbook_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// TestBindTakesTheZones: BIND finds nothing to complain about in the zones.
func TestBindTakesTheZones(t *testing.T) {
	check := interop.Program(t, "named-checkzone", "bind9-utils")
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
