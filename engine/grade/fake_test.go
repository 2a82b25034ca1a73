package grade

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

var program *Program

// TestMain lets the test binary be the worker too.
func TestMain(m *testing.M) {
	program = Begin(fake{})
	os.Exit(m.Run())
}

// fake is a Checker whose exercises are lines "test NAME POINTS SEEDS NEED…", and whose submissions are lines "TEST DEED…": what a hostile
// submission would do if it got out of Lua.
type fake struct{}

func (fake) Declare(ex *Exercise) error {
	ex.Main, ex.Title, ex.Tests = "main.txt", "Fake", nil
	data, err := fs.ReadFile(ex.Files, "check.lua")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		points, err := strconv.ParseFloat(f[2], 64)
		seeds, err2 := strconv.Atoi(f[3])
		if err = errors.Join(err, err2); err != nil {
			return err
		}
		ex.Tests = append(ex.Tests, Test{Name: f[1], Points: points, Seeds: seeds, Needs: f[4:]})
	}
	return nil
}

func (fake) Try(ctx context.Context, ex *Exercise, sub *Submission, t Trial, l Limits) Attempt {
	a := Attempt{Test: t.Test, Seed: t.Seed, Verdict: Failed, Findings: []Finding{{Message: "does nothing"}}}
	f, err := sub.Files.Open(ex.Main)
	if err != nil {
		a.Verdict = CannotLoad
		return a
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if w := strings.Fields(lines.Text()); len(w) > 1 && w[0] == t.Test {
			deeds[w[1]](ctx, &a, ex.test(t.Test), w[2:])
		}
	}
	return a
}

// deeds are what submissions of fake do.
var deeds = map[string]func(ctx context.Context, a *Attempt, t *Test, args []string){
	"pass": func(_ context.Context, a *Attempt, t *Test, _ []string) {
		a.Verdict, a.Earned, a.Findings = Passed, t.Points, nil
	},
	"earn": func(_ context.Context, a *Attempt, _ *Test, args []string) {
		a.Earned, _ = strconv.ParseFloat(args[0], 64)
	},
	"fail-on": func(_ context.Context, a *Attempt, t *Test, args []string) {
		if a.Verdict, a.Earned = Passed, t.Points; strings.Contains(" "+strings.Join(args, " ")+" ", fmt.Sprintf(" %d ", a.Seed)) {
			a.Verdict, a.Earned = Failed, t.Points/2
		}
	},
	"verdict": func(_ context.Context, a *Attempt, _ *Test, args []string) { a.Verdict = Verdict(args[0]) },
	"test":    func(_ context.Context, a *Attempt, _ *Test, args []string) { a.Test = args[0] },
	"loop": func(ctx context.Context, a *Attempt, _ *Test, _ []string) {
		for ctx.Err() == nil {
		}
		a.Verdict = Interrupted
	},
	"sleep": func(ctx context.Context, a *Attempt, _ *Test, _ []string) {
		for ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		a.Verdict = Interrupted
	},
	"recurse": func(context.Context, *Attempt, *Test, []string) { recurse(new(int)) },
	"fill": func(context.Context, *Attempt, *Test, []string) {
		for kept := [][]byte{}; ; {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	},
	"ask":   func(_ context.Context, a *Attempt, _ *Test, _ []string) { a.Output = string(make([]byte, 1<<33)) },
	"panic": func(context.Context, *Attempt, *Test, []string) { panic("no") },
	"exit":  func(context.Context, *Attempt, *Test, []string) { os.Exit(0) },
	"race": func(context.Context, *Attempt, *Test, []string) {
		var wg sync.WaitGroup
		wg.Go(func() { panic("in a goroutine") })
		wg.Wait()
		time.Sleep(time.Hour)
	},
	"output": func(_ context.Context, a *Attempt, _ *Test, args []string) {
		n, _ := strconv.Atoi(args[0])
		a.Output = strings.Repeat("x\n", n/2)
	},
}

// recurse calls itself until the stack is full.
func recurse(n *int) {
	if *n++; *n > 0 {
		recurse(n)
	}
	*n--
}

// exercise makes an exercise of fake.
func exercise(lines ...string) *Exercise {
	return &Exercise{Name: "fake", Files: fstest.MapFS{"check.lua": {Data: []byte(strings.Join(lines, "\n"))}}}
}

// handed makes a submission to fake.
func handed(lines ...string) *Submission {
	return &Submission{Name: "somebody", Files: fstest.MapFS{"main.txt": {Data: []byte(strings.Join(lines, "\n"))}}}
}

// graded runs a submission and fails the test if it cannot be run.
func graded(t *testing.T, ex *Exercise, s *Submission, o Options) Result {
	t.Helper()
	o.Program = program
	r, err := Run(t.Context(), ex, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// said puts a result into one line: each test's verdict and points.
func said(r Result) string {
	var words []string
	for _, o := range r.Outcomes {
		words = append(words, fmt.Sprintf("%s: %s %g", o.Name, o.Verdict, o.Earned))
	}
	return strings.Join(words, ", ")
}
