// Package grade runs submissions against exercises, keeps them apart from each other and from the machine, and says what came of it.
//
// An [Exercise] is a folder: README.md (the handout), skeleton.lua, check.lua (worlds and checks), solution.lua and mutants/*.lua. A
// [Submission] is the files somebody handed in. The package knows no Lua: a [Checker] runs one test of check.lua in one fresh world, and
// bindings/check has it. What a trial gave is an [Attempt]; the attempts of a test under all its seeds make its [Outcome]; the outcomes of
// all tests make the [Result].
//
// Everything in a Result but Isolation, Warnings, Took and Resident depends on the exercise, the submission, the seeds and the limits only,
// unless a verdict is Machine.
package grade

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// An Exercise is a folder with a check.lua, and what that declares.
type Exercise struct {
	Name  string // of the folder
	Title string // what reports call it
	Files fs.FS  // the folder
	Main  string // the file that a submission must have, and that is run; "submission.lua" unless check.lua says otherwise
	Tests []Test // in the order of their declaration
}

// Visibility says who may see the outcome of a test, and when; the words are Gradescope's.
type Visibility string

// The visibilities.
const (
	Visible        Visibility = "visible"
	Hidden         Visibility = "hidden"
	AfterDueDate   Visibility = "after_due_date"
	AfterPublished Visibility = "after_published"
)

// A Test is what check.lua declares of one test.
type Test struct {
	Name       string     `json:"name"`       // unique in the exercise
	Title      string     `json:"title"`      // one line for people; Name if it has none
	Points     float64    `json:"points"`     // what passing earns, 0 or more
	Needs      []string   `json:"needs"`      // names of earlier tests that must have passed; else it is skipped
	Visibility Visibility `json:"visibility"` // "" is Visible
	Tags       []string   `json:"tags"`
	Hint       string     `json:"hint"`  // what to look at when it fails
	Seeds      int        `json:"seeds"` // under how many seeds it runs, at least 1; chaos asks for more
	Chaos      bool       `json:"chaos"` // its network misbehaves, differently under each seed
}

// A Submission is what somebody handed in.
type Submission struct {
	Name  string // who or what: the file's or the folder's name
	Files fs.FS
}

// Solution returns the reference solution as if it had been handed in: the folder solution, or solution.lua alone under the name Main.
func (ex *Exercise) Solution() (*Submission, error) {
	const name = "solution"
	if info, err := fs.Stat(ex.Files, name); err == nil && info.IsDir() {
		files, err := fs.Sub(ex.Files, name)
		return &Submission{name, files}, err
	}
	return ex.Single(name + ".lua")
}

// Single returns a file of the exercise as if it had been handed in under the name Main.
func (ex *Exercise) Single(file string) (*Submission, error) {
	source, err := fs.ReadFile(ex.Files, file)
	if err != nil {
		return nil, fmt.Errorf("exercise %s: %w", ex.Name, err)
	}
	return OneFile(strings.TrimSuffix(path.Base(file), ".lua"), ex.Main, source)
}

// OneFile returns a submission of one file, called main.
func OneFile(name, main string, source []byte) (*Submission, error) {
	files := afero.NewMemMapFs()
	if err := afero.WriteFile(files, main, source, 0o444); err != nil {
		return nil, fmt.Errorf("submission %s: %w", name, err)
	}
	return &Submission{name, afero.NewIOFS(files)}, nil
}

// Verdict is how a test ended. Each has one cause and its own words.
type Verdict string

// The verdicts.
const (
	Passed      Verdict = "passed"
	Failed      Verdict = "failed"       // an expectation was not met
	Skipped     Verdict = "skipped"      // a test that it needs has not passed
	Deadlock    Verdict = "deadlock"     // everything waits for everything
	TimeOut     Verdict = "time"         // the limit on the world's clock
	Fuel        Verdict = "fuel"         // the submission computed more than it may
	Memory      Verdict = "memory"       // it holds more memory than it may
	OutputLimit Verdict = "output"       // it printed more than it may
	Limit       Verdict = "limit"        // another limit: sockets, tasks, processes, packets, files …
	Crash       Verdict = "crash"        // it ended with an error of its own
	CannotLoad  Verdict = "cannot load"  // it is not Lua, or the file is not there
	Machine     Verdict = "machine"      // a limit of the machine, not of the world: wall clock or resident memory; try again
	Fault       Verdict = "grader fault" // check.lua or moonwire is wrong; whoever grades has to look, the points are not earned
	Interrupted Verdict = "interrupted"  // grading was stopped before it ended
)

// A Finding is one expectation of a test that was not met.
type Finding struct {
	At       time.Duration `json:"at"`                 // on the world's clock, since the test began
	Message  string        `json:"message"`            // one sentence
	Expected string        `json:"expected,omitempty"` // shown beside Actual
	Actual   string        `json:"actual,omitempty"`
	Where    string        `json:"where,omitempty"` // file and line in the submission, or rule and RFC section
}

// An Attempt is what came of one test under one seed.
type Attempt struct {
	Test     string        `json:"test"`
	Seed     uint64        `json:"seed"`
	Verdict  Verdict       `json:"verdict"`
	Earned   float64       `json:"earned"`             // of the test's points; Points when passed
	Findings []Finding     `json:"findings,omitempty"` // the first is the reason
	Report   string        `json:"report,omitempty"`   // the deadlock report, the error with its traceback, the limit's words
	Output   string        `json:"output,omitempty"`   // what the submission printed, cut in the middle
	Notes    string        `json:"notes,omitempty"`    // what check.lua printed, for its author; cut in the middle
	Dialogue []Line        `json:"dialogue,omitempty"` // what was said on the network until it ended, cut at the front
	Elapsed  time.Duration `json:"elapsed"`            // on the world's clock
}

// A Line is one line of a dialogue on the network: see [capture.Trace.Steps].
type Line = capture.Step

// An Outcome is what came of one test under all its seeds.
type Outcome struct {
	Test
	Verdict Verdict  `json:"verdict"`
	Earned  float64  `json:"earned"`           // the least of its attempts
	Tried   int      `json:"tried"`            // how many seeds it ran under
	Bad     int      `json:"bad"`              // under how many it did not pass
	Shown   *Attempt `json:"shown,omitempty"`  // that of the smallest seed that did not pass, or else of the first
	Replay  string   `json:"replay,omitempty"` // the token that --replay takes to see Shown again
}

// A Result is what came of one submission.
type Result struct {
	Exercise   string        `json:"exercise"`
	Title      string        `json:"title"`
	Submission string        `json:"submission"`
	Seed       uint64        `json:"seed"`
	Score      float64       `json:"score"`
	Max        float64       `json:"max"`
	Outcomes   []Outcome     `json:"tests"`
	Complete   bool          `json:"complete"`  // false when grading was interrupted
	Isolation  string        `json:"isolation"` // what kept the submission in: the walls, or "none"
	Warnings   []string      `json:"warnings,omitempty"`
	Took       time.Duration `json:"took"`     // on the machine's clock
	Resident   int64         `json:"resident"` // bytes of the machine's memory that its process had at most; 0 without one
}

// A Trial is one test to be run under one seed.
type Trial struct {
	Test string `json:"test"`
	Seed uint64 `json:"seed"`
}

// Limits are what a submission may use in one trial; 0 is the default of the exercise, then of moonwire.
type Limits struct {
	Fuel   int64         `json:"fuel"`   // steps
	Memory int64         `json:"memory"` // bytes that its Lua values hold
	Output int64         `json:"output"` // bytes
	Time   time.Duration `json:"time"`   // on the world's clock
}

// A Checker runs check.lua. Its methods must be safe to call from several goroutines at a time, and never panic.
type Checker interface {
	// Declare fills in what check.lua says of the exercise: Title, Main, Tests. An error says what is wrong and where.
	Declare(ex *Exercise) error

	// Try runs one test in a fresh world made from the trial's seed. The end of ctx ends it with the verdict Interrupted.
	Try(ctx context.Context, ex *Exercise, sub *Submission, t Trial, l Limits) Attempt
}

// A Warmer is a Checker that can do beforehand what it does for every submission anew. Warm is called once, before all trials, in the process of which
// those that run submissions are copies. It must start no goroutines. An error is not told: the trials will meet what is wrong again.
type Warmer interface {
	Warm() error
}
