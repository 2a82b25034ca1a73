package check

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A trial is one test under one seed.
type trial struct {
	ex      *grade.Exercise
	sub     *grade.Submission
	given   grade.Limits
	checker *Checker
	name    string

	run      *run
	declared *declared
	trace    *capture.Trace
	began    time.Duration
	programs []*program
	findings []grade.Finding
	credit   float64
	mounted  map[*engine.Host]bool // hosts that have files: of the reference solution, or of the submission
	missing  bool                  // the file that the test starts was not handed in
	unlawful bool                  // the submission has required a module that the exercise does not list
}

// errOver is why check.lua's process ends when an expectation that the rest of the test needs was not met.
var errOver = errors.New("check: the test is over")

// test runs the test's function; check.lua's main chunk has been run.
func (t *trial) test(r *run) error {
	d, err := r.script.find(t.name)
	if err != nil {
		return err
	}
	t.declared = d
	limits := r.script.limits.over(d.limits)
	if t.given.Time == 0 && limits.Time > 0 {
		r.world.Sched.SetTimeLimit(limits.Time)
	}
	if limits.Packets > 0 {
		r.world.Net.MaxPackets = limits.Packets
	}
	if d.chaos != nil {
		r.world.Net.Disturb(d.chaos.disturbance())
	}
	t.began = r.world.Sched.Elapsed()
	self := bind.Object(r.process.L, &Test{t})
	_, err = lua51.Call(r.process.L, d.run, self)
	return err
}

// limits returns what a process of the submission may use.
func (t *trial) limits() (process.Limits, error) {
	l, own := submissionLimits(), t.run.script.limits.over(t.declared.limits)
	l.Fuel = cmp.Or(t.given.Fuel, own.Fuel, l.Fuel)
	l.Memory = cmp.Or(t.given.Memory, int64(own.Memory), l.Memory)
	l.Output = cmp.Or(t.given.Output, int64(own.Output), l.Output)
	return l.Settle(false)
}

// miss records an expectation that was not met, with what the submission's programs are doing: all of them, or, if it is about one, that one
// and those that have failed. told says that the message tells already how that one ended.
func (t *trial) miss(f grade.Finding, about *program, told bool) {
	f.At = t.run.world.Sched.Elapsed() - t.began
	var stories []string
	for _, p := range t.programs {
		if p.reference || about != nil && p != about && p.Err() == nil {
			continue
		}
		story, where := p.story()
		f.Where = cmp.Or(f.Where, where)
		if story != "" && !(told && p == about) {
			stories = append(stories, story)
		}
	}
	if len(stories) > 0 {
		f.Message += "; " + strings.Join(stories, "; ")
	}
	t.findings = append(t.findings, f)
}

// conclude fills in what came of the trial after the world has stopped because of ended.
func (t *trial) conclude(a *grade.Attempt, ended error) {
	a.Elapsed = t.run.world.Sched.Elapsed() - t.began
	a.Output = t.output("")
	a.Notes = cutMiddle(t.run.printed.String(), longestOutput)
	a.Dialogue = t.dialogue()
	if errors.Is(ended, process.ErrInterrupted) {
		a.Verdict = grade.Interrupted
		return
	}
	a.Findings = t.findings
	switch fault := t.run.fault(ended); {
	case fault != "" && len(t.findings) > 0 && t.run.process.Err() != nil:
		a.Verdict = grade.Failed
		a.Notes = strings.TrimPrefix(a.Notes+"\nafter that, check.lua itself failed:\n"+fault, "\n")
	case fault != "":
		a.Verdict, a.Report = grade.Fault, fault
		return
	default:
		t.judge(a, ended)
		a.Findings, a.Output = t.findings, t.output(a.Report)
	}
	if weather := t.weather(); weather != "" && a.Verdict != grade.Passed {
		a.Report = strings.TrimPrefix(a.Report+"\n"+weather, "\n")
	}
	switch {
	case a.Verdict == grade.Passed:
		a.Earned = t.declared.Points
	case !t.unlawful:
		a.Earned = min(t.credit, t.declared.Points)
	}
}

// judge gives the verdict: how the world ended, unless a program of the submission that ended badly explains it.
func (t *trial) judge(a *grade.Attempt, ended error) {
	var deadlock *sim.DeadlockError
	var packets *vnet.PacketsError
	switch {
	case errors.As(ended, &deadlock):
		a.Verdict, a.Report = grade.Deadlock, deadlock.Error()
		t.miss(grade.Finding{Message: "the test waits for what can never happen: " + t.waiting(deadlock)}, nil, false)
	case errors.Is(ended, sim.ErrTimeLimit):
		a.Verdict = grade.TimeOut
		t.miss(grade.Finding{Message: fmt.Sprintf("the test has not ended after %v on the world's clock", t.run.world.Sched.Elapsed())}, nil, false)
	case errors.As(ended, &packets):
		a.Verdict, a.Report = grade.Limit, fmt.Sprintf("the world has sent %d packets, as many as it may", packets.Max)
		t.miss(grade.Finding{Message: a.Report}, nil, false)
	case ended != nil && !errors.Is(ended, errOver):
		a.Verdict, a.Report = grade.Fault, ended.Error()
		return
	case t.missing:
		a.Verdict = grade.CannotLoad
	case len(t.findings) > 0:
		a.Verdict = grade.Failed
	default:
		a.Verdict = grade.Passed
	}
	for _, p := range t.programs {
		if verdict, report := p.death(); verdict != "" {
			if a.Verdict == grade.Passed {
				story, _ := p.story()
				t.miss(grade.Finding{Message: story}, p, true)
			}
			a.Verdict, a.Report = verdict, report
			return
		}
	}
}

// waiting says where the test's own function waits.
func (t *trial) waiting(d *sim.DeadlockError) string {
	for _, b := range d.Blocked {
		if b.Task == t.run.process.Main().Name() && strings.HasSuffix(b.Group, t.run.process.String()) {
			return fmt.Sprintf("%s at %s", b.Call, b.Where)
		}
	}
	return "its end"
}
