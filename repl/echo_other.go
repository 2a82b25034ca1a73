//go:build !linux && !darwin

package repl

// setEcho does nothing: what is typed ahead is shown twice here.
func setEcho(int, bool) {}

// setSignals does nothing and says so.
func setSignals(int, bool) bool { return false }
