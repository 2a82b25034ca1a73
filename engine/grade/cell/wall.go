package cell

import (
	"fmt"
	"slices"
	"strings"
)

// A Wall is one of the things that keep a cell's program in.
type Wall string

// The walls.
const (
	Namespaces   Wall = "namespaces"   // for users, processes, mounts, network, System V objects and names
	Root         Wall = "empty root"   // a file system with nothing in it
	Capabilities Wall = "capabilities" // has none
	Landlock     Wall = "landlock"
	Seccomp      Wall = "seccomp"
	Memory       Wall = "memory limit"
)

// A Missing is a wall that is not there.
type Missing struct {
	Wall Wall   `json:"wall"`
	Why  string `json:"why"`
}

// A Report says which walls a cell has.
type Report struct {
	Holds   []Wall    `json:"holds"`
	Missing []Missing `json:"missing"`
}

// note adds the outcome of putting up a wall.
func (r *Report) note(w Wall, err error) {
	if err != nil {
		r.Missing = append(r.Missing, Missing{w, err.Error()})
		return
	}
	r.Holds = append(r.Holds, w)
}

// with returns what two reports about the same cell say together, in the order of walls.
func (r Report) with(other Report) (all Report) {
	holds, missing := slices.Concat(r.Holds, other.Holds), slices.Concat(r.Missing, other.Missing)
	for _, w := range []Wall{Namespaces, Root, Capabilities, Landlock, Seccomp, Memory} {
		if i := slices.IndexFunc(missing, func(m Missing) bool { return m.Wall == w }); i >= 0 {
			all.Missing = append(all.Missing, missing[i])
		} else if slices.Contains(holds, w) {
			all.Holds = append(all.Holds, w)
		}
	}
	return all
}

// Lacks returns an error if a wall is missing here that holds there.
func (r Report) Lacks(there Report) error {
	for _, m := range r.Missing {
		if slices.Contains(there.Holds, m.Wall) {
			return fmt.Errorf("there is no %s any more: %s", m.Wall, m.Why)
		}
	}
	return nil
}

// String lists the walls that hold.
func (r Report) String() string {
	words := []string{"process"}
	for _, w := range r.Holds {
		words = append(words, string(w))
	}
	return strings.Join(words, ", ")
}
