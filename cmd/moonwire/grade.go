package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

const gradeHelp = `Exit status: 0 everything was passed, 1 something was not, 2 nothing was graded: wrong usage, or a mistake in check.lua, 3 a limit of the machine fired: grade again, 4 a fault of check.lua or of moonwire, 130 interrupted. Reports are written in each case but 2.`

// trialFlags say how trials are run.
type trialFlags struct {
	Seed      uint64   `default:"1" placeholder:"N" help:"The first seed of each test (default: ${default})."`
	Seeds     *int     `placeholder:"N" help:"Under how many seeds each test runs (default: what the test asks for; 20 with --self-test)."`
	Only      []string `placeholder:"TEST" help:"Run this test alone; may be repeated. Tests that it needs are not run."`
	Timeout   *span    `placeholder:"TIME" help:"What one trial may take of a processor's time (default: 20 s); no other limit depends on the machine."`
	Memory    *size    `placeholder:"SIZE" help:"What the values of a submission may take in a trial (default: what the exercise says, or 64 MiB)."`
	Fuel      *count   `placeholder:"N" help:"VM instructions that a submission may spend in a trial (default: what the exercise says, or 50 million)."`
	Isolation string   `enum:"walls,require,none" default:"walls" placeholder:"walls|require|none" help:"A process of its own for each submission, behind the walls that this machine allows, with a warning for those it does not; require refuses to run then; none runs submissions in this process (default: ${default})."`
	Jobs      *int     `short:"j" placeholder:"N" help:"Submissions graded at a time (default: as many as the machine has processors)."`
}

type gradeCommand struct {
	reportFlags
	trialFlags
	Replay      string   `placeholder:"TOKEN" help:"Run a single trial again that a report names by its token."`
	Journal     string   `placeholder:"FOLDER" help:"Keep finished results in this folder, and do not grade again what is in it: so a run that was stopped goes on."`
	SelfTest    bool     `help:"Grade the exercise's own solution, skeleton and mutants, and compare with what their headers say."`
	Exercise    string   `arg:"" name:"exercise" help:"The folder of an exercise, or the name of one that is built in."`
	Submissions []string `arg:"" optional:"" name:"submission" help:"Files, folders and zip archives that were handed in, each by one student or group."`
}

// Help is shown by --help.
func (*gradeCommand) Help() string { return gradeHelp }

// Run grades the submissions and writes the reports.
func (g *gradeCommand) Run(c *console) error {
	ex, err := openExercise(g.Exercise)
	if err != nil {
		return err
	}
	o, err := g.options(c)
	if err != nil {
		return err
	}
	o.Replay, o.Journal = g.Replay, g.Journal
	ctx, stop := stoppable()
	defer stop()
	if g.SelfTest {
		if len(g.Submissions) > 0 || g.Replay != "" {
			return usagef("--self-test grades what the exercise brings along: leave %s out", slices.Concat(g.Submissions, []string{"--replay"})[0])
		}
		if len(g.Format) > 0 || g.Output != "" || g.Student {
			return usagef("--self-test prints a table: leave --format, --output and --student out, or grade the solution and the mutants like others")
		}
		return g.selfTest(ctx, c, ex, o)
	}
	if len(g.Submissions) == 0 {
		return usagef("grade what? Give files, folders or zip archives: moonwire grade %s SUBMISSION…\nor --self-test to test the exercise itself.", g.Exercise)
	}
	targets, err := g.targets(len(g.Submissions), c)
	if err != nil {
		return err
	}
	if err := bindings.Checker().Declare(ex); err != nil { // so that the name of the file to hand in is known
		return usagef("exercise %s: %v", ex.Name, err)
	}
	subs, err := openSubmissions(g.Submissions, ex)
	if err != nil {
		return err
	}
	show := newProgress(c, len(subs))
	o.Progress, o.Warn = show.tell, show.warn
	results, err := grade.All(ctx, ex, subs, o)
	show.end()
	if results == nil && err != nil {
		return usagef("%v", err)
	}
	if werr := g.write(targets, results, c); werr != nil {
		return werr
	}
	if err != nil {
		return err
	}
	return c.concludeGrading(ctx, results)
}

// options turns the flags into options of grade.
func (f *trialFlags) options(c *console) (grade.Options, error) {
	o := grade.Options{Program: c.program, Seed: f.Seed, Seeds: value(f.Seeds), Only: f.Only, Parallel: value(f.Jobs), Timeout: time.Duration(value(f.Timeout)),
		Limits: grade.Limits{Memory: int64(value(f.Memory)), Fuel: int64(value(f.Fuel))}}
	switch {
	case f.Seed == 0:
		return o, usagef("--seed 0: seeds begin with 1")
	case f.Seeds != nil && *f.Seeds < 1, f.Jobs != nil && *f.Jobs < 1:
		return o, usagef("--seeds and --jobs want a number of 1 or more")
	case f.Timeout != nil && *f.Timeout == 0, f.Memory != nil && *f.Memory == 0, f.Fuel != nil && *f.Fuel == 0:
		return o, usagef("--timeout, --memory and --fuel cannot be lifted in grading; want more than 0")
	}
	for _, l := range process.AllLimits() {
		given := map[string]int64{"fuel": o.Limits.Fuel, "memory": o.Limits.Memory}[l.Name]
		if given > l.Most {
			return o, tooMuch(&l, given)
		}
	}
	if f.Isolation != "walls" {
		o.Isolation = grade.Isolation(f.Isolation)
	}
	return o, nil
}

// value returns what a flag was given, or 0.
func value[T any](v *T) (zero T) {
	if v == nil {
		return zero
	}
	return *v
}

// stoppable returns a context that ends at the first Ctrl-C or request to end, so that reports can be written; the second ends moonwire.
func stoppable() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), append(endRequests(), os.Interrupt)...)
	forget := context.AfterFunc(ctx, stop)
	return ctx, func() { forget(); stop() }
}

// concludeGrading returns the exit status that results ask for, and says why it is none of the submissions' doing.
func (c *console) concludeGrading(ctx context.Context, results []grade.Result) error {
	whole, bad := 0, false
	found := map[grade.Verdict]bool{}
	for _, r := range results {
		if r.Complete {
			whole++
		}
		for _, o := range r.Outcomes {
			found[o.Verdict] = true
			bad = bad || o.Verdict != grade.Passed
		}
	}
	switch {
	case found[grade.Interrupted] || ctx.Err() != nil:
		fmt.Fprintf(c.err, "moonwire: interrupted: %d of %d submissions were graded to their end, and the reports have what there is\n", whole, len(results))
		return statusError(statusInterrupted)
	case found[grade.Fault]:
		fmt.Fprintln(c.err, "moonwire: check.lua or moonwire is at fault in a test; see the report")
		return statusError(statusDefect)
	case found[grade.Machine]:
		fmt.Fprintln(c.err, "moonwire: a limit of this machine ended a test, not one of its world: grade again, or give --timeout")
		return statusError(statusLimit)
	case bad:
		return statusError(statusFailed)
	}
	return nil
}
