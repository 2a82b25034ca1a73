package main

import (
	"errors"
	"fmt"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/repl"
)

// worldFlags say what kind of world a script or a shell is in.
type worldFlags struct {
	Seed     uint64   `default:"1" placeholder:"N" help:"Where all randomness comes from: the same seed gives the same run (default: ${default})."`
	Net      string   `enum:"virtual,real" default:"virtual" placeholder:"virtual|real" help:"A virtual internet, or the machine's own network (default: ${default})."`
	Allow    []string `sep:"none" placeholder:"RULE" help:"With --net real: what the script may reach, such as localhost:6789 or *:80,443/tcp; may be repeated. Nothing is allowed by default."`
	Realtime bool     `help:"Run the virtual internet on the wall clock."`
}

type runCommand struct {
	worldFlags
	Out     string `placeholder:"DIR" help:"At the end, copy what the script wrote into the folder /out of its host to this folder of the machine; made if need be."`
	Summary bool   `help:"At the end, print the seed, the status, the time and a hash of all packets to standard error."`
	recordFlags
	limitFlags
	Script []string `arg:"" optional:"" passthrough:"partial" name:"file|lab" help:"The script, - for standard input, or the name of a lab; then the script's arguments, passed on as they are."`
}

// Run runs the script.
func (r *runCommand) Run(c *console) error {
	if len(r.Script) > 0 && r.Script[0] == "--" {
		r.Script = r.Script[1:]
	}
	if len(r.Script) == 0 {
		return usagef("run what? Give a script or the name of a lab: moonwire run FILE|LAB [ARGS…]\nmoonwire labs lists the labs.")
	}
	world, err := r.world()
	world.Hash = r.Summary
	if err != nil {
		return err
	}
	limits, err := r.limits()
	if err != nil {
		return err
	}
	s, err := open(r.Script[0], c)
	if err != nil {
		return err
	}
	defer s.Close()
	recording, err := r.recordFlags.open(world.Real)
	if err != nil {
		return err
	}
	out, err := openOut(r.Out)
	if err != nil {
		return err
	}
	defer out.Close()
	world.Files = bindings.Files(s.files)
	ctx, ended := interruptible(c, func() { recording.rescue(c) })
	result, err := bindings.Run{
		Context: ctx, World: world, Script: s.file, Name: s.name, Args: r.Script[1:], Limits: limits, Modules: []*bind.Module{repl.Module},
		Stdin: c.in, Stdout: recording.beside(c.out, c), Stderr: c.err, Observe: recording.begin,
	}.Do()
	if ended(); err != nil {
		return err
	}
	notWritten := errors.Join(recording.finish(c), out.copy(result.Written, c))
	adviseLimit(c.err, result.Err)
	if r.Summary {
		fmt.Fprintf(c.err, "moonwire: seed %d, status %d, %v on the world's clock", r.Seed, result.Status, result.Elapsed)
		if result.Hash != "" {
			fmt.Fprintf(c.err, ", packets %s", result.Hash)
		}
		fmt.Fprintln(c.err)
	}
	if result.Status != 0 {
		return statusError(result.Status)
	}
	return notWritten
}

// world turns the flags into the options of a world.
func (r *worldFlags) world() (engine.Options, error) {
	o := engine.Options{Seed: r.Seed, Real: r.Net == "real", Realtime: r.Realtime}
	switch {
	case o.Real && r.Realtime:
		return o, usagef("--realtime is for the virtual internet; with --net real the wall clock is used anyway. Leave it out.")
	case !o.Real && len(r.Allow) > 0:
		return o, usagef("--allow is for the machine's network, but this run has a virtual one. Add --net real, or leave --allow out.")
	}
	allow, err := osnet.ParseAllow(r.Allow...)
	if err != nil {
		var wrong *osnet.RuleError
		if errors.As(err, &wrong) {
			return o, usagef("--allow %s: column %d: %s\nA rule is host:ports, such as localhost:6789, 10.0.0.0/8:* or *:80,443/tcp.", wrong.Rule, wrong.Column, wrong.Reason)
		}
		return o, usagef("--allow: %v", err)
	}
	o.Allow = allow
	return o, nil
}
