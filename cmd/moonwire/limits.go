package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
)

// limitFlags are the limits of a run, in the order and under the names of process.AllLimits. Nil stands for the default.
type limitFlags struct {
	Fuel      *count `group:"limits" placeholder:"N" help:"VM instructions that each process may spend (default: ${fuel})."`
	Memory    *size  `group:"limits" placeholder:"SIZE" help:"What the values of each process may take (default: ${memory})."`
	Depth     *count `group:"limits" placeholder:"N" help:"Calls inside each other (default: ${depth}, which is the most)."`
	Tasks     *count `group:"limits" placeholder:"N" help:"Tasks and set timers of each process at a time (default: ${tasks})."`
	Sockets   *count `group:"limits" placeholder:"N" help:"Open sockets of each process at a time (default: ${sockets})."`
	Processes *count `group:"limits" placeholder:"N" help:"Processes of the world at a time (default: ${processes})."`
	Starts    *count `group:"limits" placeholder:"N" help:"Processes started in the world in all (default: ${starts})."`
	Output    *size  `group:"limits" placeholder:"SIZE" help:"What each process may write to its standard streams (default: ${output})."`
	Files     *size  `group:"limits" placeholder:"SIZE" help:"What the files written on each host may take (default: ${files})."`
	Hosts     *count `group:"limits" placeholder:"N" help:"Hosts and routers of the world (default: ${hosts})."`
	Packets   *count `group:"limits" placeholder:"N" help:"Packets sent in the world (default: ${packets})."`
	TimeLimit *span  `group:"limits" placeholder:"TIME" help:"What the world's clock may show, such as \"90 s\" or 2h (default: ${time} in virtual time, otherwise none)."`
	WallLimit *span  `group:"limits" placeholder:"TIME" help:"What the run may take on the machine's clock (default: ${wall} in virtual time, otherwise none)."`
	Heap      *size  `group:"limits" placeholder:"SIZE" help:"What moonwire and all processes may take of the machine's memory (default: half of it, at most 2 GiB)."`
}

// A count is a whole number.
type count int64

// Decode implements kong.MapperValue.
func (n *count) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil || v < 0 {
		return fmt.Errorf("want a number of 1 or more, or 0 for no limit, got %q", text)
	}
	*n = count(v)
	return nil
}

// A size is written with a unit, or in bytes.
type size int64

// Decode implements kong.MapperValue.
func (n *size) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("size", &text); err != nil {
		return err
	}
	v, err := bind.ParseSize(text)
	if err != nil {
		return fmt.Errorf("%w; 0 is no limit", err)
	}
	*n = size(v)
	return nil
}

// A span is a duration, in Go's spelling or in that of labs.
type span time.Duration

// Decode implements kong.MapperValue.
func (d *span) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	if v, err := time.ParseDuration(text); err == nil && v >= 0 {
		*d = span(v)
		return nil
	}
	v, err := bind.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%w; 0 is no limit", err)
	}
	*d = span(v)
	return nil
}

// limits turns the flags into limits; on the command line 0 lifts a limit.
func (f *limitFlags) limits() (bindings.Limits, error) {
	var l bindings.Limits
	given := []*int64{
		(*int64)(f.Fuel), (*int64)(f.Memory), (*int64)(f.Depth), (*int64)(f.Tasks), (*int64)(f.Sockets), (*int64)(f.Processes), (*int64)(f.Starts),
		(*int64)(f.Output), (*int64)(f.Files), (*int64)(f.Hosts), (*int64)(f.Packets), (*int64)(f.TimeLimit), (*int64)(f.WallLimit), (*int64)(f.Heap),
	}
	for i, limit := range process.AllLimits() {
		v := given[i]
		switch {
		case v == nil:
		case *v > limit.Most:
			return l, tooMuch(&limit, *v)
		case *v == 0 && limit.Name == "depth":
			return l, usagef("--depth 0: Lua's stack always has an end; want 1 to %d", limit.Most)
		case *v == 0:
			l.Set(limit.Name, bindings.NoLimit)
		default:
			l.Set(limit.Name, *v)
		}
	}
	return l, nil
}

// tooMuch refuses more than the most of a limit.
func tooMuch(l *process.Limit, v int64) error {
	why := ""
	if l.Why != "" {
		why = ": " + l.Why
	}
	return usagef("--%s %s: want at most %s%s", l.Flag, l.Text(v), l.Text(l.Most), why)
}

// limitDefaults puts the defaults into the help of the limits' flags. Kong would look for each of its variables in every text of every flag.
func limitDefaults(k *kong.Kong) error {
	var pairs []string
	for _, l := range process.AllLimits() {
		pairs = append(pairs, "${"+l.Name+"}", strings.TrimSuffix(l.Text(l.Default), " "+l.Unit))
	}
	defaults := strings.NewReplacer(pairs...)
	return kong.Visit(k.Model, func(v kong.Visitable, next kong.Next) error {
		if f, ok := v.(*kong.Flag); ok && f.Group != nil && f.Group.Key == "limits" {
			f.Help = defaults.Replace(f.Help)
		}
		return next(nil)
	})
}

// adviseLimit says how to change the limit that ended a run, if one did.
func adviseLimit(w io.Writer, err error) {
	var fired *bindings.LimitError
	if !errors.As(err, &fired) {
		return
	}
	for _, l := range process.AllLimits() {
		switch {
		case l.Name != fired.Limit:
		case l.Name == "depth":
			fmt.Fprintf(w, "moonwire: --depth N sets the limit, up to %d\n", l.Most)
		default:
			what := map[string]string{"bytes": "SIZE", "time": "TIME"}[l.Unit]
			if what == "" {
				what = "N"
			}
			fmt.Fprintf(w, "moonwire: --%s %s sets another limit, --%s 0 none\n", l.Flag, what, l.Flag)
		}
	}
}
