//go:build !unix

package repl

import "os"

// windowSignals is empty: a size that changes is noticed by nobody here.
var windowSignals []os.Signal
