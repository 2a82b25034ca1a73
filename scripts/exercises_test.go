package scripts_test

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

// mustFail reads the header of a mutant or a skeleton: the names of the tests that must fail.
func mustFail(source string) ([]string, error) {
	for line := range strings.Lines(source) {
		text, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		if names, ok := strings.CutPrefix(strings.TrimSpace(text), "fails:"); ok {
			return strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }), nil
		}
	}
	return nil, fmt.Errorf("no line \"-- fails: TEST, TEST\" among the comments at its beginning")
}

// TestExercises grades the solution, the skeleton and the mutants of each exercise under a few seeds.
func TestExercises(t *testing.T) {
	for _, name := range scripts.Exercises() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, _ := scripts.Exercise(name)
			ex := &grade.Exercise{Name: name, Files: files}
			checker := bindings.Checker()
			if err := checker.Declare(ex); err != nil {
				t.Fatal(err)
			}
			solution, err := ex.Solution()
			if err != nil {
				t.Fatal(err)
			}
			judge(t, checker, ex, solution, nil)
			mutants, err := fs.Glob(files, "mutants/*.lua")
			if err != nil || len(mutants) == 0 {
				t.Fatalf("no mutants: %v", err)
			}
			for _, file := range append(mutants, "skeleton.lua") {
				sub, err := ex.Single(file)
				if err != nil {
					t.Fatal(err)
				}
				source, err := fs.ReadFile(files, file)
				if err != nil {
					t.Fatal(err)
				}
				fails, err := mustFail(string(source))
				if err != nil {
					t.Errorf("%s: %v", file, err)
				}
				sub.Name = path.Base(file)
				judge(t, checker, ex, sub, fails)
			}
		})
	}
}

// judge grades a submission and compares which tests fail under some seed with those that must.
func judge(t *testing.T, checker grade.Checker, ex *grade.Exercise, sub *grade.Submission, fails []string) {
	t.Helper()
	passed := map[string]bool{}
	for _, test := range ex.Tests {
		if slices.ContainsFunc(test.Needs, func(n string) bool { return !passed[n] }) {
			continue
		}
		passed[test.Name] = true
		for seed := range uint64(max(test.Seeds, 2)) {
			a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: test.Name, Seed: seed + 1}, grade.Limits{})
			passed[test.Name] = passed[test.Name] && a.Verdict == grade.Passed
			if !passed[test.Name] && a.Verdict != grade.Fault && slices.Contains(fails, test.Name) {
				break // as it must
			}
			if a.Verdict == grade.Fault || a.Verdict != grade.Passed && !slices.Contains(fails, test.Name) {
				t.Errorf("%s, test %s, seed %d: %s\n%+v\n%s", sub.Name, test.Name, seed+1, a.Verdict, a.Findings, a.Report)
			}
		}
		if passed[test.Name] && slices.Contains(fails, test.Name) {
			t.Errorf("%s passes test %s, which it must fail", sub.Name, test.Name)
		}
	}
	for _, name := range fails {
		if !slices.ContainsFunc(ex.Tests, func(x grade.Test) bool { return x.Name == name }) {
			t.Errorf("%s must fail %s, which is no test", sub.Name, name)
		}
	}
}
