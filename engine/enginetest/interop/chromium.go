package interop

import (
	"os"
	"os/exec"
	"testing"
)

// Chromium returns the command with which a browser goes to an address, runs what scripts there do within 20 s of their time, and prints the
// page that it then shows.
func Chromium(t testing.TB, url string) *exec.Cmd {
	t.Helper()
	program := Program(t, "chromium", "chromium")
	dir, err := os.MkdirTemp("", "chromium") // not t.TempDir: processes of the browser still write to it when the first has ended
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir, "--virtual-time-budget=20000", "--dump-dom", url)
}
