package grade

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/moonwire-lab/moonwire/engine/grade/cell"
)

// Run grades one submission. The Result is there also when ctx ends before everything was run: it has what was earned until then. The error is of
// the exercise, the options or the machine, and not of the submission.
func Run(ctx context.Context, ex *Exercise, sub *Submission, o Options) (Result, error) {
	results, err := All(ctx, ex, []*Submission{sub}, o)
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// All grades submissions, several at a time, and returns their results in the order of the submissions. What is finished goes to the journal at
// once. A submission that breaks whatever it can harms neither the others nor the calling program, as far as the walls hold that the result
// tells of.
func All(ctx context.Context, ex *Exercise, subs []*Submission, o Options) ([]Result, error) {
	o, err := o.settle()
	if err != nil {
		return nil, err
	}
	if ex == nil || ex.Files == nil {
		return nil, fmt.Errorf("grade: no exercise: set Exercise.Files to its folder, such as os.DirFS(…)")
	}
	for i, s := range subs {
		if s == nil || s.Files == nil {
			return nil, fmt.Errorf("grade: submission %d has no files: set Submission.Files to what was handed in, such as os.DirFS(…)", i+1)
		}
	}
	if err := o.Program.checker.Declare(ex); err != nil {
		return nil, fmt.Errorf("grade: exercise %s: %w", ex.Name, err)
	}
	r := &round{ex: ex, o: o, all: len(subs)}
	if r.plans, err = plans(ex, o); err != nil {
		return nil, err
	}
	if r.pack, err = packExercise(ex); err != nil {
		return nil, err
	}
	if r.journal, err = openJournal(o.Journal, ex, r.pack, r.plans, o); err != nil {
		return nil, err
	}
	if r.site, r.warnings, err = site(o); err != nil {
		return nil, err
	}
	if r.site != nil {
		defer r.site.Close()
	}
	if o.Warn != nil {
		for _, w := range r.warnings {
			o.Warn(w)
		}
	}
	return r.run(ctx, subs)
}

// A round is one call of All.
type round struct {
	ex       *Exercise
	o        Options
	plans    []plan
	pack     pack
	site     *cell.Site // nil runs in the calling program
	warnings []string
	journal  *journal
	all      int

	mu   sync.Mutex // for Progress and what follows
	done int
	errs []error
}

// run shares the submissions among as many goroutines as may work at a time.
func (r *round) run(ctx context.Context, subs []*Submission) ([]Result, error) {
	at := r.o.Parallel
	if at == 0 {
		at = runtime.GOMAXPROCS(0)
	}
	results := make([]Result, len(subs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(at, len(subs)) {
		workers.Go(func() {
			for i := range next {
				results[i] = r.grade(ctx, subs[i])
			}
		})
	}
	for i := range subs {
		next <- i
	}
	close(next)
	workers.Wait()
	return results, errors.Join(r.errs...)
}

// grade grades one submission, or finds its result in the journal.
func (r *round) grade(ctx context.Context, sub *Submission) Result {
	began := time.Now()
	p, why := packSubmission(sub)
	file := ""
	if r.journal != nil {
		file = r.journal.file(sub, p, why)
		if kept := r.journal.find(file); kept != nil {
			r.tell(Progress{Submission: sub.Name, Result: kept, Kept: true})
			return *kept
		}
	}
	result := Result{Exercise: r.ex.Name, Title: r.ex.Title, Submission: sub.Name, Seed: r.o.Seed, Isolation: r.isolation(), Warnings: r.warnings}
	if why != "" {
		r.refuse(&result, why)
	} else {
		r.test(ctx, &result, sub, p)
	}
	result.score()
	result.Took = time.Since(began)
	err := r.journal.keep(file, &result)
	r.mu.Lock()
	if err != nil {
		r.errs = append(r.errs, err)
	}
	r.mu.Unlock()
	r.tell(Progress{Submission: sub.Name, Result: &result})
	return result
}

// isolation says what kept the submission in.
func (r *round) isolation() string {
	if r.site == nil {
		return string(None)
	}
	return r.site.Report().String()
}

// refuse gives no points for what cannot be read.
func (r *round) refuse(result *Result, why string) {
	for _, p := range r.plans {
		result.Outcomes = append(result.Outcomes, untried(p.test, CannotLoad, 0, why))
	}
}

// test runs all tests of a submission.
func (r *round) test(ctx context.Context, result *Result, sub *Submission, p pack) {
	t, err := r.tester(sub, p)
	if err != nil {
		for _, p := range r.plans {
			result.Outcomes = append(result.Outcomes, untried(p.test, Fault, 0, err.Error()))
		}
		return
	}
	for _, p := range r.plans {
		o := r.outcome(ctx, t, p, result.Outcomes)
		result.Outcomes = append(result.Outcomes, o)
		r.tell(Progress{Submission: sub.Name, Outcome: &o})
	}
	t.close()
	result.Resident = t.peak()
}

// tester makes what runs the trials of a submission.
func (r *round) tester(sub *Submission, p pack) (tester, error) {
	packs := [2]pack{r.pack, p}
	if r.site == nil {
		j := job{Exercise: r.ex.Name, Title: r.ex.Title, Main: r.ex.Main, Tests: r.ex.Tests, Submission: sub.Name, Limits: r.o.Limits}
		b, err := newBench(r.o.Program.checker, &j, packs)
		return &inside{b, r.o.Timeout}, err
	}
	j, err := r.ex.job(sub, r.o.Limits, r.site.Report(), packs)
	return &apart{site: r.site, job: j, timeout: r.o.Timeout}, err
}

// outcome runs a test under its seeds.
func (r *round) outcome(ctx context.Context, t tester, p plan, before []Outcome) Outcome {
	if ctx.Err() != nil {
		return untried(p.test, Interrupted, 0, "grading was stopped before this test")
	}
	if !p.alone {
		if why := unmet(p.test, before); why != "" {
			return untried(p.test, Skipped, 0, why)
		}
	}
	var attempts []Attempt
	for _, seed := range p.seeds {
		trial := Trial{p.test.Name, seed}
		a := judge(t.try(ctx, trial), p.test, trial)
		if a.Verdict == Interrupted || ctx.Err() != nil {
			return untried(p.test, Interrupted, len(attempts), "grading was stopped in this test")
		}
		attempts = append(attempts, a)
		if spent(a.Verdict) {
			break
		}
	}
	return outcome(r.ex.Name, p.test, attempts)
}

// tell reports progress, one call at a time.
func (r *round) tell(p Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Result != nil {
		r.done++
	}
	if p.Done, p.All = r.done, r.all; r.o.Progress != nil {
		r.o.Progress(p)
	}
}
