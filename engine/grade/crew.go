package grade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/grade/cell"
)

// A tester runs the trials of one submission.
type tester interface {
	try(ctx context.Context, t Trial) Attempt
	close()
	peak() int64 // bytes of memory, or 0 if that is not known
}

// inside is a tester in the calling program.
type inside struct {
	bench   bench
	timeout time.Duration
}

func (i *inside) close()      {}
func (i *inside) peak() int64 { return 0 }

func (i *inside) try(ctx context.Context, t Trial) Attempt {
	bounded, cancel := context.WithTimeout(ctx, patience*i.timeout)
	defer cancel()
	a := i.bench.try(bounded, t)
	if a.Verdict == Interrupted && ctx.Err() == nil {
		return ended(t, Machine, fmt.Sprintf("it was stopped after %v on the machine's clock", patience*i.timeout))
	}
	line, err := answer(a) // what is too large loses the same here as in a process of its own
	if err == nil {
		a = Attempt{}
		err = json.Unmarshal(line, &a)
	}
	if err != nil {
		return fault(t, err.Error())
	}
	return a
}

// apart is a tester that has the submission in a cell, and gets it a new one when it has wrecked that.
type apart struct {
	site    *cell.Site
	job     []byte
	timeout time.Duration
	cell    *cell.Cell
	anew    bool // no more copies
	highest int64
}

func (p *apart) peak() int64 { return p.highest }

func (p *apart) close() {
	if p.cell != nil {
		p.cell.Close()
		p.highest = max(p.highest, p.cell.Peak())
		p.cell = nil
	}
}

// startPatience is how long a process may take to read its job.
const startPatience = 30 * time.Second

// start makes a cell and gives it the job, with the first trial: it need not wait for its walls to be reported, since the worker looks itself.
func (p *apart) start(trial []byte) error {
	c, err := p.site.Start(p.anew)
	if err != nil {
		return err
	}
	p.cell = c
	if err = c.Send(slices.Concat(p.job, trial), startPatience); err == nil {
		err = p.site.Hello(c)
	}
	if err != nil && c.Forked() {
		p.close()
		p.anew = true
		return p.start(trial)
	}
	return err
}

// try runs a trial. What ends a copy, and is no limit, may be because it is a copy: then the trial is run again in a process that is none.
func (p *apart) try(ctx context.Context, t Trial) Attempt {
	a, err := p.once(ctx, t)
	copied := p.cell != nil && p.cell.Forked()
	var death *cell.Death
	if err != nil {
		p.close()
	}
	if !errors.As(err, &death) {
		return a
	}
	hung := death.Cause == cell.Clock && death.Processor < p.timeout/10
	if copied && (hung || death.Cause == cell.Ended || death.Cause == cell.Signalled) {
		p.anew = true
		return p.try(ctx, t)
	}
	return p.mourn(t, death)
}

// once runs a trial in the cell, which it makes if there is none. The error says that the cell is wrecked; if it is no *cell.Death, the attempt says why.
func (p *apart) once(ctx context.Context, t Trial) (a Attempt, err error) {
	line, err := json.Marshal(t)
	if err != nil {
		return fault(t, err.Error()), err
	}
	line = append(line, '\n')
	if p.cell != nil {
		err = p.cell.Send(line, patience*p.timeout)
	} else if err = p.start(line); err != nil {
		err = fmt.Errorf("no process could be made for the submission: %v", err) // whatever it died of
		return fault(t, err.Error()), err
	}
	if err == nil {
		line, err = p.cell.Receive(ctx, cell.Budget{Bytes: maxAnswer, Processor: p.timeout, Clock: patience * p.timeout})
	}
	if err != nil {
		return fault(t, err.Error()), err
	}
	if err = json.Unmarshal(line, &a); err != nil {
		return fault(t, "the process of the submission gave an answer that is none: "+err.Error()), err
	}
	if a.Verdict == Interrupted { // whoever says so would keep a result from being complete
		err = errors.New("the process of the submission says that grading was stopped, which it cannot know")
		return fault(t, err.Error()), err
	}
	return a, nil
}

// mourn says what the end of a worker means for the trial that it was in.
func (p *apart) mourn(t Trial, d *cell.Death) Attempt {
	var a Attempt
	switch d.Cause {
	case cell.Canceled:
		return ended(t, Interrupted, "grading was stopped")
	case cell.Resident, cell.OutOfMemory:
		a = ended(t, Machine, "it took more of the machine's memory than it may, and its process was ended")
	case cell.Processor:
		a = ended(t, Machine, fmt.Sprintf("it took more than %v of the machine's processor, and its process was ended", p.timeout))
	case cell.Clock:
		a = ended(t, Machine, fmt.Sprintf("it took more than %v on the machine's clock, and its process was ended", patience*p.timeout))
	case cell.Signalled:
		a = ended(t, Machine, "its process was ended by the machine ("+d.Status+")")
	case cell.StackOverflow:
		a = ended(t, Crash, "it called itself so deeply that its process ended")
	default:
		a = fault(t, fmt.Sprintf("the process of the submission ended in the middle of a trial: %s, %s", d.Cause, d.Status))
		a.Report = cut(strings.ToValidUTF8(d.Stderr, "\uFFFD"), 8<<10)
	}
	return a
}

// resident is how much memory a worker may have resident, given what the values of a process in it may take: several such processes, and
// moonwire itself.
func resident(l Limits) int64 {
	const usual = 64 << 20
	return 4*max(l.Memory, usual) + 256<<20
}

// site looks at the machine. It returns nil if submissions are to be run in the calling program.
func site(o Options) (*cell.Site, []string, error) {
	if o.Isolation == None {
		return nil, []string{"without isolation: submissions run in this program, with its rights and in its memory"}, nil
	}
	err := o.Program.why
	var s *cell.Site
	if err == nil {
		s, err = cell.Survey(cell.Spec{Path: o.Program.path, Argument: workerArgument, Resident: resident(o.Limits)})
	}
	if err != nil {
		if o.Isolation == Require {
			return nil, nil, fmt.Errorf("grade: isolation is required, and this machine has none: %w", err)
		}
		return nil, []string{"NO ISOLATION: submissions run in this program, with its rights and in its memory, because " + err.Error()}, nil
	}
	var warnings, missing []string
	for _, m := range s.Report().Missing {
		missing = append(missing, fmt.Sprintf("%s (%s)", m.Wall, m.Why))
	}
	if len(missing) > 0 {
		if o.Isolation == Require {
			return nil, nil, fmt.Errorf("grade: isolation is required, and this machine lacks: %s", strings.Join(missing, "; "))
		}
		warnings = append(warnings, fmt.Sprintf("ISOLATION IS INCOMPLETE: this machine lacks %s. What is there: %s", strings.Join(missing, "; "), s.Report()))
	}
	return s, warnings, nil
}
