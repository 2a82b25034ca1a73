package check

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Checker runs the check.lua of exercises; it implements grade.Checker. Its fields are what scripts can require: bindings.Checker fills
// them in.
type Checker struct {
	Standard []*bind.Module // opened as globals
	Modules  []*bind.Module // what check.lua may require, and of what an exercise lists the submission
	LabOnly  []*bind.Module // what check.lua alone may require, besides check

	code lua51.Code
}

// What a submission may use in one trial unless something else is said, and what check.lua and the world may.
const (
	defaultFuel    = 50_000_000
	defaultMemory  = 64 << 20
	defaultOutput  = 1 << 20
	defaultTime    = 10 * time.Minute
	defaultPackets = 200_000
)

func submissionLimits() process.Limits {
	return process.Limits{Fuel: defaultFuel, Memory: defaultMemory, Output: defaultOutput, Tasks: 1000, Sockets: 1000}
}

func worldLimits() process.Limits {
	return process.Limits{Fuel: 100_000_000, Memory: 256 << 20, Output: 16 << 20, Files: 16 << 20, Hosts: 1000, Packets: defaultPackets,
		Processes: 500, Starts: 2000, Time: defaultTime}
}

// defaultModules are what a submission may require when the exercise does not say.
func defaultModules() []string {
	return []string{"socket", "socket.url", "socket.http", "socket.ftp", "socket.smtp", "socket.tp", "socket.headers", "mime", "ltn12", "json", "task"}
}

// An ExerciseError says what is wrong with a check.lua.
type ExerciseError struct{ Text string }

func (e *ExerciseError) Error() string { return e.Text }

// checkFile is the file of an exercise that has the checks.
const checkFile = "check.lua"

// Declare implements grade.Checker.
func (k *Checker) Declare(ex *grade.Exercise) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("check: a defect of moonwire: %v\n%s", r, debug.Stack())
		}
	}()
	run, err := k.begin(ex, 1, worldLimits(), nil)
	if err != nil {
		return err
	}
	defer run.world.Close()
	ended := run.world.Sched.RunTask(run.process.Main(), 0)
	if why := run.fault(ended); why != "" {
		return &ExerciseError{why}
	}
	s := run.script
	if len(s.tests) == 0 {
		return &ExerciseError{"check.lua declares no test; want check.test{name = …, run = function(t) … end}"}
	}
	ex.Title, ex.Main, ex.Tests = s.title, s.main, nil
	if ex.Title == "" {
		ex.Title = ex.Name
	}
	for _, t := range s.tests {
		ex.Tests = append(ex.Tests, t.Test)
	}
	return nil
}

// A run is a world with check.lua in it.
type run struct {
	world   *engine.World
	process *process.Process
	script  *script
	done    bool            // it has come to its end
	printed process.Capture // by check.lua
	alarm   lua51.Alarm
	said    bytes.Buffer // check.lua's standard error stream
}

// begin makes the world and the process of check.lua, whose main chunk is followed by then.
func (k *Checker) begin(ex *grade.Exercise, seed uint64, l process.Limits, then func(*run) error) (*run, error) {
	source, err := fs.ReadFile(ex.Files, checkFile)
	if err != nil {
		return nil, &ExerciseError{fmt.Sprintf("exercise %s has no file check.lua that can be read: %v", ex.Name, err)}
	}
	if l, err = l.Settle(false); err != nil {
		return nil, err
	}
	r := &run{script: &script{main: "submission.lua", modules: defaultModules(), library: k.Modules}}
	if r.world, err = engine.New(engine.Options{Seed: seed, TimeLimit: l.Time}); err != nil {
		return nil, err
	}
	process.Bound(r.world, l)
	local, err := r.world.Local()
	if err != nil {
		r.world.Close()
		return nil, err
	}
	local.Mount(ex.Files)
	o := process.Options{Standard: k.Standard, Modules: k.Modules, LabOnly: append([]*bind.Module{Module}, k.LabOnly...), Lab: true,
		Limits: l, Alarm: &r.alarm, Code: &k.code, Stdout: &r.printed, Stderr: &r.said}
	r.process, err = process.Begin(local, checkFile, checkFile, nil, o, func(p *process.Process) error {
		return r.main(p, string(source), then)
	})
	if err != nil {
		r.world.Close()
		return nil, err
	}
	r.process.Check = r.script
	lua51.Hold(r.process.L, r.script)
	return r, nil
}

// main runs check.lua's main chunk, and then what follows.
func (r *run) main(p *process.Process, source string, then func(*run) error) error {
	fn, err := p.Load(source, checkFile)
	if err != nil {
		return err
	}
	if _, err := lua51.Call(p.L, fn); err != nil {
		return err
	}
	r.script.sealed = true
	if then != nil {
		if err := then(r); err != nil {
			return err
		}
	}
	r.done = true
	return nil
}

// fault says what is wrong with check.lua, or with moonwire, after the world has stopped because of ended; "" if nothing is.
func (r *run) fault(ended error) string {
	var defect *sim.PanicError
	var limit *lua51.LimitError
	err := r.process.Err()
	switch {
	case errors.As(ended, &defect):
		return fmt.Sprintf("a defect of moonwire: %v\n%s", defect, defect.Stack)
	case err != nil && !errors.Is(err, errOver) && !errors.As(err, &limit):
		return strings.TrimSuffix(r.said.String(), "\n")
	case err != nil && errors.As(err, &limit):
		return "check.lua itself went beyond a limit: " + err.Error()
	case ended == nil && !r.done && err == nil:
		return "check.lua ended itself: it must not call os.exit"
	case r.script.sealed || ended == nil || errors.Is(ended, process.ErrInterrupted):
		return ""
	}
	return "check.lua does not come to its end while it loads: " + ended.Error()
}

// Try implements grade.Checker.
func (k *Checker) Try(ctx context.Context, ex *grade.Exercise, sub *grade.Submission, tr grade.Trial, l grade.Limits) (a grade.Attempt) {
	a = grade.Attempt{Test: tr.Test, Seed: tr.Seed}
	defer func() {
		if r := recover(); r != nil {
			a.Verdict, a.Report = grade.Fault, fmt.Sprintf("a defect of moonwire: %v\n%s", r, debug.Stack())
		}
	}()
	t := &trial{ex: ex, sub: sub, given: l, checker: k, name: tr.Test, mounted: map[*engine.Host]bool{}}
	limits := worldLimits()
	if l.Time > 0 {
		limits.Time = l.Time
	}
	var err error
	if t.run, err = k.begin(ex, seedOf(ex, tr), limits, t.test); err != nil {
		a.Verdict, a.Report = grade.Fault, err.Error()
		return a
	}
	w := t.run.world
	defer w.Close()
	t.run.script.trial = t
	t.trace = w.Trace(capture.TraceOptions{Events: mostEvents, Bytes: mostBytes})
	defer context.AfterFunc(ctx, func() {
		w.Sched.Interrupt(process.ErrInterrupted)
		t.run.alarm.Stop(process.ErrInterrupted)
	})()
	t.conclude(&a, w.Sched.RunTask(t.run.process.Main(), 0))
	return a
}

// seedOf returns the seed of a trial's world. Whoever does not have the solution cannot compute it, even knowing the trial's seed.
func seedOf(ex *grade.Exercise, tr grade.Trial) uint64 {
	solution, _ := fs.ReadFile(ex.Files, "solution.lua") // without one there is nothing to know
	secret := sha256.Sum256(solution)
	text := fmt.Appendf(secret[:], "%s\x00%s\x00%d", ex.Name, tr.Test, tr.Seed)
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:])
}
