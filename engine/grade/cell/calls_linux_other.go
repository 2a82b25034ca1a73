//go:build linux && !amd64

package cell

// oldCalls are system calls that only this machine has.
func oldCalls() []uint32 { return nil }
