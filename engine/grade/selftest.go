package grade

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Proof is what came of one submission that an exercise brings along: the solution, the skeleton or a mutant.
type Proof struct {
	File     string   // in the exercise
	Fails    []string // the tests that it must fail, as its header says
	Result   Result
	Problems []Problem
}

// A Problem is something that is not as it must be.
type Problem struct {
	Test string // that it is about; "" for none
	Text string // a sentence
}

// SelfTest grades the solution, the skeleton and the mutants of an exercise. The solution must pass every test; the skeleton and each mutant
// must not pass those that the line "-- fails: TEST, TEST" among the comments at its beginning names, and no others but those that are skipped
// because of them. A test fails if it does so under one of its seeds. The error is of what keeps the exercise from being graded at all.
func SelfTest(ctx context.Context, ex *Exercise, o Options) ([]Proof, error) {
	if o.Program == nil {
		return nil, fmt.Errorf("grade: no program to run submissions")
	}
	if err := o.Program.checker.Declare(ex); err != nil { // it says how the file of a submission is called
		return nil, fmt.Errorf("grade: exercise %s: %w", ex.Name, err)
	}
	proofs, subs, err := brought(ex)
	if err != nil {
		return nil, err
	}
	results, err := All(ctx, ex, subs, o)
	if err != nil {
		return nil, err
	}
	for i := range proofs {
		proofs[i].Result = results[i]
		proofs[i].judge(ex)
	}
	return proofs, nil
}

// brought returns the submissions that the exercise has, with what must come of them.
func brought(ex *Exercise) ([]Proof, []*Submission, error) {
	solution, err := ex.Solution()
	if err != nil {
		return nil, nil, fmt.Errorf("grade: %w", err)
	}
	proofs, subs := []Proof{{File: "solution"}}, []*Submission{solution}
	files, err := fs.Glob(ex.Files, "mutants/*")
	if err != nil {
		return nil, nil, fmt.Errorf("grade: exercise %s: %w", ex.Name, err)
	}
	skeleton := "skeleton"
	if _, err := fs.Stat(ex.Files, skeleton); err != nil {
		skeleton += ".lua"
	}
	for _, file := range append([]string{skeleton}, files...) {
		if added(file) || strings.HasSuffix(file, ".md") {
			continue
		}
		p, sub, err := ex.example(file)
		if err != nil {
			return nil, nil, err
		}
		proofs, subs = append(proofs, p), append(subs, sub)
	}
	if len(proofs) < 3 {
		proofs[0].Problems = append(proofs[0].Problems, Problem{"", "the exercise has no mutants, so nothing shows that its tests find mistakes: put wrong submissions into mutants/"})
	}
	return proofs, subs, nil
}

// example returns a file or folder of the exercise as if it had been handed in, with what its header says.
func (ex *Exercise) example(file string) (Proof, *Submission, error) {
	p, head := Proof{File: file}, file
	sub, err := ex.Single(file)
	if info, no := fs.Stat(ex.Files, file); no == nil && info.IsDir() {
		sub, head = &Submission{}, path.Join(file, ex.Main)
		sub.Files, err = fs.Sub(ex.Files, file)
	}
	if err != nil {
		return p, nil, fmt.Errorf("grade: %w", err)
	}
	sub.Name = strings.TrimSuffix(path.Base(file), ".lua")
	source, err := fs.ReadFile(ex.Files, head)
	if err != nil {
		return p, nil, fmt.Errorf("grade: exercise %s: %w", ex.Name, err)
	}
	var found bool
	if p.Fails, found = header(string(source)); !found {
		p.Problems = append(p.Problems, Problem{"", `it has no line "-- fails: TEST, TEST" among the comments at its beginning`})
	} else if len(p.Fails) == 0 {
		p.Problems = append(p.Problems, Problem{"", "its header names no test that it fails, so it shows nothing"})
	}
	return p, sub, nil
}

// header reads which tests a submission says to fail.
func header(source string) (tests []string, found bool) {
	for line := range strings.Lines(source) {
		text, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		if names, ok := strings.CutPrefix(strings.TrimSpace(text), "fails:"); ok {
			found = true
			tests = append(tests, strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })...)
		}
	}
	return tests, found
}

// judge compares what came with what must come.
func (p *Proof) judge(ex *Exercise) {
	say := func(test, format string, args ...any) {
		p.Problems = append(p.Problems, Problem{test, fmt.Sprintf(format, args...)})
	}
	for _, name := range p.Fails {
		if ex.test(name) == nil {
			say("", "its header names test %s, which the exercise has not; it has %s", name, strings.Join(ex.names(), ", "))
		}
	}
	for i := range p.Result.Outcomes {
		o := &p.Result.Outcomes[i]
		must := slices.Contains(p.Fails, o.Name)
		switch {
		case o.Verdict == Fault || o.Verdict == Machine || o.Verdict == Interrupted:
			say(o.Name, "test %s was not judged: %s%s", o.Name, o.Verdict, because(o))
		case o.Verdict == Passed && must:
			say(o.Name, "it passes test %s, which it must fail", o.Name)
		case o.Verdict == Skipped && len(p.Fails) > 0: // because of one that fails
		case o.Verdict != Passed && !must:
			say(o.Name, "it does not pass test %s, which it must: %s under %d of %d seeds%s", o.Name, o.Verdict, o.Bad, o.Tried, because(o))
		}
	}
}

// because returns the reason that an outcome gives, with a colon before it.
func because(o *Outcome) string {
	switch a := o.Shown; {
	case a == nil:
	case len(a.Findings) > 0 && a.Findings[0].Message != "":
		return ": " + a.Findings[0].Message
	case a.Report != "":
		first, _, _ := strings.Cut(a.Report, "\n")
		return ": " + first
	}
	return ""
}
