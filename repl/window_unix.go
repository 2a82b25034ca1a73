//go:build unix

package repl

import (
	"os"
	"syscall"
)

// windowSignals tell that the terminal has another size.
var windowSignals = []os.Signal{syscall.SIGWINCH}
