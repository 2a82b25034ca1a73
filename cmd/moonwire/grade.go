package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

type gradeCommand struct {
	Seed       uint64 `default:"1" placeholder:"N" help:"The first seed of each test (default: ${default})."`
	Exercise   string `arg:"" name:"exercise" help:"The folder of an exercise, or the name of one that is built in."`
	Submission string `arg:"" name:"submission" help:"The file or folder that was handed in."`
}

// Run grades one submission in this process.
func (g *gradeCommand) Run(c *console) error {
	ex, err := openExercise(g.Exercise)
	if err != nil {
		return err
	}
	checker := bindings.Checker()
	checker.Stdout = c.err
	if err := checker.Declare(ex); err != nil {
		return err
	}
	sub, err := openSubmission(g.Submission, ex)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(c)
	defer stop()
	score, most, passed := 0.0, 0.0, map[string]bool{}
	for _, t := range ex.Tests {
		most += t.Points
		score += g.test(ctx, c, checker, ex, sub, t, passed)
	}
	fmt.Fprintf(c.out, "%g of %g points\n", score, most)
	if len(passed) < len(ex.Tests) {
		return statusError(statusFailed)
	}
	return nil
}

// test runs a test under its seeds, prints what came of it and returns the points.
func (g *gradeCommand) test(ctx context.Context, c *console, checker grade.Checker, ex *grade.Exercise, sub *grade.Submission, t grade.Test, passed map[string]bool) float64 {
	for _, n := range t.Needs {
		if !passed[n] {
			fmt.Fprintf(c.out, "%-12s %s: it needs %s\n", grade.Skipped, t.Title, n)
			return 0
		}
	}
	for i := range t.Seeds {
		a := checker.Try(ctx, ex, sub, grade.Trial{Test: t.Name, Seed: g.Seed + uint64(i)}, grade.Limits{})
		if a.Verdict == grade.Passed {
			continue
		}
		fmt.Fprintf(c.out, "%-12s %s (%g of %g points, seed %d)\n", a.Verdict, t.Title, a.Earned, t.Points, a.Seed)
		for _, f := range a.Findings {
			fmt.Fprintf(c.out, "             %s\n", f.Message)
		}
		if a.Report != "" {
			fmt.Fprintf(c.out, "             %s\n", strings.ReplaceAll(a.Report, "\n", "\n             "))
		}
		return a.Earned
	}
	passed[t.Name] = true
	fmt.Fprintf(c.out, "%-12s %s (%g points)\n", grade.Passed, t.Title, t.Points)
	return t.Points
}

// openExercise finds the folder of an exercise: on the machine, or built in.
func openExercise(target string) (*grade.Exercise, error) {
	if _, err := os.Stat(filepath.Join(target, "check.lua")); err == nil {
		return &grade.Exercise{Name: filepath.Base(filepath.Clean(target)), Files: os.DirFS(target)}, nil
	}
	files, ok := scripts.Exercise(target)
	if !ok {
		return nil, usagef("%s is neither a folder with a check.lua nor an exercise that is built in.\nThese are: %s", target, strings.Join(scripts.Exercises(), ", "))
	}
	return &grade.Exercise{Name: target, Files: files}, nil
}

// openSubmission opens what was handed in. A file alone gets the name that the exercise wants.
func openSubmission(target string, ex *grade.Exercise) (*grade.Submission, error) {
	info, err := os.Stat(target)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("there is no file or folder %s", target)
		}
		return nil, cannotRead(target, err)
	}
	if info.IsDir() {
		return &grade.Submission{Name: filepath.Base(filepath.Clean(target)), Files: os.DirFS(target)}, nil
	}
	source, err := os.ReadFile(target)
	if err != nil {
		return nil, cannotRead(target, err)
	}
	return grade.OneFile(strings.TrimSuffix(filepath.Base(target), ".lua"), ex.Main, source)
}
