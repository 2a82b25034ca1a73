//go:build !linux && !darwin

package repl

// setEcho does nothing: what is typed ahead is shown twice here.
func setEcho(int, bool) {}
