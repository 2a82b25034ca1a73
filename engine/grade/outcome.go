package grade

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// outcome merges the attempts of a test, which are in the order of their seeds.
func outcome(exercise string, t Test, attempts []Attempt) Outcome {
	o := Outcome{Test: t, Verdict: Passed, Tried: len(attempts)}
	for i := range attempts {
		a := &attempts[i]
		if i == 0 || a.Earned < o.Earned {
			o.Earned = a.Earned
		}
		if a.Verdict != Passed {
			o.Bad++
		}
		if o.Shown == nil || a.Verdict != Passed && o.Verdict == Passed {
			o.Shown, o.Verdict = a, a.Verdict
		}
	}
	if o.Shown != nil {
		o.Replay = Token(exercise, Trial{t.Name, o.Shown.Seed})
	}
	return o
}

// spent tells whether a trial ended in a way that costs much time and that other seeds would repeat: those are not tried.
func spent(v Verdict) bool {
	return slices.Contains([]Verdict{Fuel, Memory, Machine, CannotLoad, Fault}, v)
}

// unmet returns why a test that needs others is not run, or "".
func unmet(t Test, done []Outcome) string {
	var missing []string
	for _, need := range t.Needs {
		i := slices.IndexFunc(done, func(o Outcome) bool { return o.Name == need })
		if i >= 0 && done[i].Verdict != Passed {
			missing = append(missing, fmt.Sprintf("%q (%s)", need, done[i].Verdict))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "not run, because it needs " + strings.Join(missing, " and ")
}

// untried is the outcome of a test that was not run, or not to its end.
func untried(t Test, v Verdict, tried int, why string) Outcome {
	return Outcome{Test: t, Verdict: v, Tried: tried, Shown: &Attempt{Test: t.Name, Verdict: v, Findings: []Finding{{Message: why}}}}
}

// score adds up the outcomes.
func (r *Result) score() {
	r.Score, r.Max, r.Complete = 0, 0, true
	for _, o := range r.Outcomes {
		r.Score += o.Earned
		r.Max += o.Points
		r.Complete = r.Complete && o.Verdict != Interrupted
	}
	r.Score = math.Round(r.Score*1e6) / 1e6
}

// verdicts are those that a trial may end with.
var verdicts = [...]Verdict{Passed, Failed, Deadlock, TimeOut, Fuel, Memory, OutputLimit, Limit, Crash, CannotLoad, Machine, Fault, Interrupted}

// judge returns the attempt if it is one of this trial and makes sense, and otherwise a fault. What comes from a worker is believed no further
// than that: it has had the submission inside.
func judge(a Attempt, t Test, trial Trial) Attempt {
	wrong := ""
	switch {
	case a.Test != trial.Test || a.Seed != trial.Seed:
		wrong = fmt.Sprintf("an attempt of test %.40q under seed %d", a.Test, a.Seed)
	case !slices.Contains(verdicts[:], a.Verdict):
		wrong = fmt.Sprintf("the verdict %.40q", a.Verdict)
	case !(a.Earned >= 0 && a.Earned <= t.Points):
		wrong = fmt.Sprintf("%v of %v points", a.Earned, t.Points)
	case a.Verdict == Passed && a.Earned != t.Points:
		wrong = fmt.Sprintf("passed with %v of %v points", a.Earned, t.Points)
	default:
		return a
	}
	return fault(trial, "the trial gave "+wrong+", which cannot be")
}

// fault is an attempt that says what is wrong with the grader.
func fault(t Trial, why string) Attempt { return ended(t, Fault, why) }

// ended is an attempt that gave nothing but a verdict.
func ended(t Trial, v Verdict, why string) Attempt {
	return Attempt{Test: t.Test, Seed: t.Seed, Verdict: v, Findings: []Finding{{Message: why}}}
}
