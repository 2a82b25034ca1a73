//go:build unix

package usage

import (
	"os"
	"os/exec"
	"testing"
)

// TestUsage checks that work takes processor time, and that a program which fills memory has had it.
func TestUsage(t *testing.T) {
	if os.Getenv("USAGE_TEST_FILL") != "" {
		fill := make([]byte, 64<<20)
		for i := range fill {
			fill[i] = byte(i)
		}
		os.Exit(int(fill[len(fill)-256])) // 0
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestUsage$")
	cmd.Env = append(os.Environ(), "USAGE_TEST_FILL=1")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if n := PeakMemory(cmd.ProcessState); n < 64<<20 || n > 1<<30 {
		t.Errorf("peak memory %d bytes", n)
	}
	began := Processor()
	for Processor() == began { // work
	}
	if now := Processor(); began <= 0 || now < began {
		t.Errorf("processor time %d, then %d", began, now)
	}
}
