package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Rand returns a new random stream that depends on the seed and the name alone. Give each host and
// each purpose its own name, so that one's use does not shift another's numbers.
func (s *Scheduler) Rand(name string) *rand.Rand { return NewRand(s.opt.Seed, name) }

// NewRand returns the random stream of a seed and a name.
func NewRand(seed uint64, name string) *rand.Rand {
	key := binary.BigEndian.AppendUint64(nil, seed)
	return rand.New(rand.NewChaCha8(sha256.Sum256(append(key, name...))))
}
