package osnet

import (
	"crypto/rand"
	"encoding/binary"
)

// Entropy returns a number that nobody can guess, for secrets of a run on the machine's network.
func Entropy() uint64 {
	var b [8]byte
	rand.Read(b[:]) // which never fails
	return binary.NativeEndian.Uint64(b[:])
}
