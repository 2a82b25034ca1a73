// Package bindings gives Lua scripts the engine: the explicit list of modules, and the run of a lab.
package bindings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/capture"
	"github.com/moonwire-lab/moonwire/bindings/clients"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/json"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/net"
	"github.com/moonwire-lab/moonwire/bindings/plot"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/task"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/bindings/url"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Standard returns the modules that every process has as globals.
func Standard() []*bind.Module { return []*bind.Module{luaio.Module, luaos.Module} }

// Modules returns the modules that any process may require.
func Modules() []*bind.Module {
	return []*bind.Module{
		host.Module, json.Module, ltn12.Module, mime.Module,
		socket.Module, clients.FTP, clients.Headers, clients.HTTP, clients.SMTP, clients.TP, url.Module,
		plot.Module, task.Module, trace.Module,
	}
}

// LabModules returns the modules that only the lab's own process may require.
func LabModules() []*bind.Module { return []*bind.Module{capture.Module, net.Module} }

// AllModules returns every module, in the order of the documentation.
func AllModules() []*bind.Module {
	all := append(LabModules(), Modules()...)
	return append(all, Standard()...)
}

// A Run is a script to be run as a lab: in a new world, as the first process of the host it sits on.
type Run struct {
	Context context.Context // its end interrupts the run; nil never does
	World   engine.Options
	Script  string   // path inside World.Files
	Name    string   // what messages call the script; "" means Script
	Args    []string // the script's arguments
	Fuel    int64    // VM instructions of each process; 0 or less means no limit
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer

	// Observe, if not nil, is given the world before the script starts, to begin captures and traces. What it returns is called when the
	// run is over, before the world is closed.
	Observe func(*engine.World) (end func())
}

// StatusInterrupted is the status of a run whose context ended, as a shell counts SIGINT.
const StatusInterrupted = 130

// A Result is how a run ended.
type Result struct {
	Status  int           // 0 ok, 1 the script failed, 3 a limit fired, 4 a defect of moonwire, or what os.exit said
	Err     error         // why it failed; already told on Stderr
	Elapsed time.Duration // on the world's clock
	Hash    string        // of every packet, if World.Hash asked for it
	Written afero.Fs      // the files that were written on the script's host
}

// Do runs the script until it has returned and nothing more can happen.
func (r Run) Do() (Result, error) {
	if r.Stdout == nil {
		r.Stdout = io.Discard
	}
	if r.Stderr == nil {
		r.Stderr = io.Discard
	}
	w, err := engine.New(r.World)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	local, err := w.Local()
	if err != nil {
		return Result{}, err
	}
	if r.Observe != nil {
		defer r.Observe(w)()
	}
	p, err := process.Start(local, r.Script, r.Name, r.Args, process.Options{
		Standard: Standard(), Modules: Modules(), LabOnly: LabModules(), Lab: !r.World.Real, Fuel: r.Fuel,
		Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr,
	})
	if err != nil {
		return Result{}, err
	}
	p.OnExit(func() { w.Sched.Interrupt(errExit) })
	if r.Context != nil {
		forget := context.AfterFunc(r.Context, func() { w.Sched.Interrupt(errInterrupted) })
		defer forget()
	}
	err = w.Sched.Run(p.Main())
	result := Result{Elapsed: w.Sched.Elapsed(), Hash: w.Hash(), Written: local.Written}
	result.Status, result.Err = verdict(p, err)
	if result.Err != nil && result.Err != p.Err() {
		fmt.Fprintln(r.Stderr, describe(result.Err))
	}
	return result, nil
}

var (
	errExit        = errors.New("bindings: the lab's process ended")
	errInterrupted = errors.New("moonwire: interrupted")
)

// verdict turns the end of the scheduler's run and of the lab's process into an exit status.
func verdict(p *process.Process, err error) (int, error) {
	var deadlock *sim.DeadlockError
	var defect *sim.PanicError
	switch {
	case err == nil, errors.Is(err, errExit):
		return p.Status(), p.Err()
	case errors.Is(err, errInterrupted):
		return StatusInterrupted, err
	case errors.Is(err, sim.ErrTimeLimit):
		return process.StatusLimit, err
	case errors.As(err, &deadlock):
		return process.StatusFailed, err
	case errors.As(err, &defect):
		return process.StatusDefect, err
	}
	return process.StatusFailed, err
}

// describe words an error of the whole run for people.
func describe(err error) string {
	var defect *sim.PanicError
	if errors.As(err, &defect) {
		return fmt.Sprintf("moonwire: a defect of moonwire, not of your script: %v\n%s", defect, defect.Stack)
	}
	if errors.Is(err, sim.ErrTimeLimit) {
		return "the time limit of the run is reached (see --time-limit)"
	}
	return err.Error()
}

// Files returns a folder of scripts as the file system that hosts see: paths may begin with a slash.
func Files(folder fs.FS) fs.FS { return rooted{folder} }

type rooted struct{ fs.FS }

// Open implements fs.FS for absolute paths.
func (r rooted) Open(name string) (fs.File, error) {
	for len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	if name == "" {
		name = "."
	}
	return r.FS.Open(name)
}
