package bindings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Limits are what a run, and each process in it, may use; see process.Limits for the defaults.
type Limits = process.Limits

// NoLimit, as a field of Limits, lifts the limit.
const NoLimit = process.NoLimit

// LimitError says which limit ended a process or the run.
type LimitError = lua51.LimitError

// A Run is a script to be run as a lab: in a new world, as the first process of the host it sits on.
type Run struct {
	Context context.Context // its end interrupts the run; nil never does
	World   engine.Options
	Script  string         // path inside World.Files, which may be any fs.FS
	Name    string         // what messages call the script; "" means Script
	Args    []string       // the script's arguments
	Modules []*bind.Module // what any process may require besides Modules(), under names of their own
	Limits  Limits         // the zero value has the defaults; World.TimeLimit goes before Limits.Time
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer

	// Observe, if not nil, is given the world before the script starts, to begin captures and traces. What it returns, if not nil, is
	// called when the run is over, before the world is closed.
	Observe func(*engine.World) (end func())
}

// StatusInterrupted is the status of a run whose context ended, as a shell counts SIGINT.
const StatusInterrupted = 130

// A Result is how a run ended.
type Result struct {
	Status  int           // 0 ok, 1 the script failed, 3 a limit fired, 4 a defect of moonwire, or what os.exit said
	Verdict string        // "ok", "failed", "deadlock", "defect", "interrupted", or the name of the limit that fired: "fuel", "memory", …
	Err     error         // why it failed; already told on Stderr
	Elapsed time.Duration // on the world's clock
	Hash    string        // of every packet, if World.Hash asked for it
	Written afero.Fs      // the files that were written on the script's host
}

// Do runs the script until it has returned and nothing more can happen. The error is of the run's set-up: a limit that makes
// no sense, a script that cannot be read; how the script ended is in the Result.
func (r Run) Do() (Result, error) {
	limits, err := r.settle()
	if err != nil {
		return Result{}, err
	}
	if r.Script == "" {
		return Result{}, errors.New("bindings: no script: Run.Script wants a path inside World.Files")
	}
	w, local, err := r.build(limits)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	if r.Observe != nil {
		if end := r.Observe(w); end != nil {
			defer end()
		}
	}
	alarm := new(lua51.Alarm)
	p, err := process.Start(local, r.Script, r.Name, r.Args, r.options(limits, alarm))
	if err != nil {
		return Result{}, err
	}
	p.OnExit(func() { w.Sched.Interrupt(errExit) })
	g := newGuard(w.Sched, alarm, limits)
	defer g.close()
	if r.Context != nil {
		forget := context.AfterFunc(r.Context, func() { g.stop(process.ErrInterrupted) })
		defer forget()
	}
	err = w.Sched.Run(p.Main())
	result := Result{Elapsed: w.Sched.Elapsed(), Hash: w.Hash(), Written: local.Written}
	result.Status, result.Verdict, result.Err = verdict(p, whole(p, err, limits))
	if result.Err != nil && (result.Err != p.Err() || errors.Is(result.Err, process.ErrCrashed)) {
		fmt.Fprintln(r.Stderr, Describe(result.Err))
	}
	return result, nil
}

// build makes the world and the host that the script runs on.
func (r *Run) build(l Limits) (*engine.World, *engine.Host, error) {
	o := r.World
	o.TimeLimit = l.Time
	w, err := engine.New(o)
	if err != nil {
		return nil, nil, err
	}
	process.Bound(w, l)
	local, err := w.Local()
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	return w, local, nil
}

// options are what the script's process may use.
func (r *Run) options(l Limits, alarm *lua51.Alarm) process.Options {
	return process.Options{
		Standard: Standard(), Modules: append(Modules(), r.Modules...), LabOnly: LabModules(), Lab: !r.World.Real,
		Limits: l, Alarm: alarm, Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr,
	}
}

// settle fills in what the caller left out.
func (r *Run) settle() (Limits, error) {
	if r.Stdout == nil {
		r.Stdout = io.Discard
	}
	if r.Stderr == nil {
		r.Stderr = io.Discard
	}
	if r.World.TimeLimit != 0 {
		r.Limits.Time = r.World.TimeLimit
	}
	limits, err := r.Limits.Settle(r.World.Real || r.World.Realtime)
	if err != nil {
		return limits, fmt.Errorf("bindings: %w", err)
	}
	return limits, r.checkModules()
}

// checkModules reports modules of the caller's that a script could not require, since the name leads elsewhere.
func (r *Run) checkModules() error {
	taken := map[string]bool{}
	for _, m := range slices.Concat(Standard(), LabModules(), Modules()) {
		taken[m.Name] = true
	}
	for i, m := range r.Modules {
		if m == nil {
			return fmt.Errorf("bindings: Run.Modules[%d] is nil", i)
		}
		if taken[m.Name] {
			return fmt.Errorf("bindings: Run.Modules[%d]: there is a module %q already; give this one another name", i, m.Name)
		}
		taken[m.Name] = true
	}
	return nil
}

var errExit = errors.New("bindings: the lab's process ended")

// whole turns the limits of the engine into a LimitError that says where the main script was.
func whole(p *process.Process, err error, l Limits) error {
	var limit *LimitError
	var packets *vnet.PacketsError
	switch {
	case errors.Is(err, sim.ErrTimeLimit):
		limit = &LimitError{Limit: "time", Max: int64(l.Time), Text: fmt.Sprintf("the time limit of the run is reached: %v on the world's clock", l.Time)}
	case errors.As(err, &packets):
		limit = &LimitError{Limit: "packets", Max: packets.Max, Text: fmt.Sprintf("the world has sent %d packets, as many as it may", packets.Max)}
	case !errors.As(err, &limit):
		return err
	}
	if p.Err() != nil && errors.Is(p.Err(), limit) {
		return p.Err()
	}
	if where := p.Where(); where != "" {
		return &LimitError{Limit: limit.Limit, Max: limit.Max, Text: where + ": " + limit.Text}
	}
	return limit
}

// verdict turns the end of the scheduler's run and of the lab's process into an exit status and a word.
func verdict(p *process.Process, err error) (int, string, error) {
	var deadlock *sim.DeadlockError
	var limit *LimitError
	switch {
	case err == nil, errors.Is(err, errExit):
		return p.Status(), process.VerdictOf(p.Status(), p.Err()), p.Err() // it may wait for what will never come
	case errors.Is(err, process.ErrInterrupted):
		return StatusInterrupted, "interrupted", process.ErrInterrupted
	case errors.As(err, &limit):
		return process.StatusLimit, limit.Limit, err
	case errors.As(err, &deadlock):
		return process.StatusFailed, "deadlock", err
	}
	return process.StatusOf(err), process.VerdictOf(process.StatusFailed, err), err
}

// Describe words an error of the whole run for people.
func Describe(err error) string {
	var defect *sim.PanicError
	switch {
	case errors.Is(err, process.ErrCrashed):
		return "moonwire: the host that the script itself runs on crashed, and everything ends with it"
	case errors.As(err, &defect):
		return fmt.Sprintf("moonwire: a defect of moonwire, not of your script: %v\n%s", defect, defect.Stack)
	}
	return err.Error()
}
