package grade

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Isolation says how submissions are kept apart from the machine.
type Isolation string

// The isolations.
const (
	// Walls gives each submission a process of its own behind every wall that the machine allows, and warns of those it does not.
	Walls Isolation = ""
	// Require is Walls, but nothing is run where a wall is missing.
	Require Isolation = "require"
	// None runs submissions in the calling program: what Go's runtime does not survive ends that, and its memory is shared.
	None Isolation = "none"
)

// The defaults of Options.
const (
	DefaultSeed    = 1
	DefaultTimeout = 20 * time.Second
)

// Options say how to grade. Program must be there; the zero value of everything else is the default.
type Options struct {
	Program   *Program // what Begin returned
	Seed      uint64   // the first seed of each test; 0 is DefaultSeed
	Seeds     int      // under how many seeds each test runs; 0 is what the test asks for
	Only      []string // the names of the tests to run; none is all. What they need is not looked at
	Replay    string   // a token: run that test under that seed alone
	Limits    Limits   // of each trial
	Isolation Isolation
	Parallel  int    // how many submissions are graded at a time; 0 is GOMAXPROCS
	Journal   string // a folder of the machine where finished results are kept, and found again; "" is none

	// Timeout is what one trial may take of a processor's time, and a sixth of what it may take on the clock; 0 is DefaultTimeout. It is there
	// for what no other limit ends, and depends on the machine.
	Timeout time.Duration

	// Progress is called, one call at a time, when a test of a submission has its outcome and when a submission has its result.
	Progress func(Progress)

	// Warn is called once for each thing that the person who grades should know, such as a missing wall. It is in Result.Warnings too.
	Warn func(string)
}

// Progress tells how far grading has come.
type Progress struct {
	Submission string
	Outcome    *Outcome // of a test, or nil
	Result     *Result  // of the submission, or nil
	Kept       bool     // the result is from the journal
	Done, All  int      // submissions
}

// leastTimeout is the shortest timeout: as long as the kernel's count of processor's time can tell apart, a few times.
const leastTimeout = 50 * time.Millisecond

// patience is how much longer than its processor's time a trial may take on the clock: other programs want the processor too.
const patience = 6

// settle fills in the defaults.
func (o Options) settle() (Options, error) {
	switch {
	case o.Program == nil:
		return o, fmt.Errorf("grade: no program to run submissions: set Options.Program to what grade.Begin returned")
	case o.Seeds < 0 || o.Parallel < 0:
		return o, fmt.Errorf("grade: seeds and parallel must be 0 or more, got %d and %d", o.Seeds, o.Parallel)
	case o.Timeout < 0 || o.Timeout > 0 && o.Timeout < leastTimeout:
		return o, fmt.Errorf("grade: want a timeout of %v or more, or 0 for %v, got %v: processor's time is counted in hundredths of a second", leastTimeout, DefaultTimeout, o.Timeout)
	case !slices.Contains([]Isolation{Walls, Require, None}, o.Isolation):
		return o, fmt.Errorf("grade: no isolation %q; there are %q and %q, and without a word whatever the machine allows", o.Isolation, Require, None)
	}
	if o.Seed == 0 {
		o.Seed = DefaultSeed
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	return o, nil
}

// A plan is one test and the seeds it is to run under.
type plan struct {
	test  Test
	seeds []uint64
	alone bool // what it needs is not looked at
}

// plans says which tests of the exercise are to be run, in their order. The errors name what is not there.
func plans(ex *Exercise, o Options) ([]plan, error) {
	if err := declared(ex); err != nil {
		return nil, err
	}
	if o.Replay != "" {
		trial, err := ParseToken(ex, o.Replay)
		if err != nil {
			return nil, err
		}
		o.Only, o.Seed, o.Seeds = []string{trial.Test}, trial.Seed, 1
	}
	for _, name := range o.Only {
		if ex.test(name) == nil {
			return nil, fmt.Errorf("grade: exercise %s has no test %q; it has: %s", ex.Name, name, strings.Join(ex.names(), ", "))
		}
	}
	var list []plan
	for _, t := range ex.Tests {
		if len(o.Only) > 0 && !slices.Contains(o.Only, t.Name) {
			continue
		}
		n := max(t.Seeds, 1)
		if o.Seeds > 0 {
			n = o.Seeds
		}
		if o.Seed > math.MaxUint64-uint64(n-1) {
			return nil, fmt.Errorf("grade: test %s runs under %d seeds, and there are not so many from %d on; begin with a smaller one", t.Name, n, o.Seed)
		}
		p := plan{test: t, alone: len(o.Only) > 0}
		for i := range n {
			p.seeds = append(p.seeds, o.Seed+uint64(i))
		}
		list = append(list, p)
	}
	return list, nil
}

// declared checks what everything else relies on: names are unique, and needs point backwards.
func declared(ex *Exercise) error {
	if len(ex.Tests) == 0 {
		return fmt.Errorf("grade: exercise %s declares no test", ex.Name)
	}
	seen := map[string]bool{}
	for _, t := range ex.Tests {
		switch {
		case t.Name == "" || seen[t.Name]:
			return fmt.Errorf("grade: exercise %s: each test needs a name of its own, got %q twice or empty", ex.Name, t.Name)
		case !(t.Points >= 0 && t.Points <= 1e9):
			return fmt.Errorf("grade: exercise %s: test %s: want 0 points or more, got %v", ex.Name, t.Name, t.Points)
		}
		for _, need := range t.Needs {
			if !seen[need] {
				return fmt.Errorf("grade: exercise %s: test %s needs %q, which is no earlier test", ex.Name, t.Name, need)
			}
		}
		seen[t.Name] = true
	}
	return nil
}

func (ex *Exercise) test(name string) *Test {
	for i := range ex.Tests {
		if ex.Tests[i].Name == name {
			return &ex.Tests[i]
		}
	}
	return nil
}

func (ex *Exercise) names() []string {
	var names []string
	for _, t := range ex.Tests {
		names = append(names, t.Name)
	}
	return names
}
