package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/alecthomas/kong"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
)

// recordFlags are what a run is recorded to.
type recordFlags struct {
	Pcap  string    `placeholder:"FILE" help:"Capture every packet of the virtual internet to a pcapng file, which Wireshark opens."`
	Trace traceFlag `help:"At the end, print who said what to whom as a sequence diagram to standard error; --trace=FILE writes it to a file: .txt is the dialogue, .jsonl JSON lines, .svg a diagram."`
}

// A traceFlag is a flag with or without a value.
type traceFlag struct {
	on   bool
	file string // "" is standard error
}

// IsBool lets kong accept the flag without a value.
func (traceFlag) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (f *traceFlag) Decode(ctx *kong.DecodeContext) error {
	f.on = true
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		return ctx.Scan.PopValueInto("file", &f.file)
	}
	return nil
}

// A recording is what a run is being recorded to.
type recording struct {
	flags   recordFlags
	pcap    *os.File
	into    *os.File // of the trace; nil is standard error
	capture *capture.Capture
	trace   *capture.Trace
	failed  error // to capture
}

// open makes the files before the run, so that one that cannot be written costs no time.
func (f recordFlags) open(real bool) (*recording, error) {
	r := &recording{flags: f}
	var err error
	if f.Trace.file != "" {
		if err := capture.CheckFormat(f.Trace.file); err != nil {
			return nil, usagef("--trace=%s: the name must end in %s", f.Trace.file, capture.Formats())
		}
	}
	if f.Pcap != "" {
		if real {
			return nil, usagef("--pcap is for the virtual internet: the packets of the machine's network cannot be captured. Leave --net real out, or use tcpdump.")
		}
		if r.pcap, err = os.Create(f.Pcap); err != nil {
			return nil, usagef("--pcap %s: cannot write: %v", f.Pcap, cause(err))
		}
	}
	if f.Trace.file != "" {
		if r.into, err = os.Create(f.Trace.file); err != nil {
			return nil, usagef("--trace=%s: cannot write: %v", f.Trace.file, cause(err))
		}
	}
	return r, nil
}

// begin starts recording a world, and returns what ends it.
func (r *recording) begin(w *engine.World) (end func()) {
	if r.pcap != nil {
		r.capture, r.failed = w.Capture(r.pcap, capture.Options{})
	}
	if r.flags.Trace.on {
		r.trace = w.Trace(capture.TraceOptions{})
	}
	return func() {
		if r.capture != nil {
			r.failed = r.capture.Stop()
		}
		if r.trace != nil {
			r.trace.Stop()
		}
	}
}

// finish writes what was recorded. It tells on c.err what failed, and returns a failure if anything did.
func (r *recording) finish(c *console) error {
	var failed error
	complain := func(format string, args ...any) {
		fmt.Fprintf(c.err, "moonwire: "+format+"\n", args...)
		failed = statusError(statusFailed)
	}
	if r.pcap != nil {
		if err := errors.Join(r.failed, r.pcap.Close()); err != nil {
			complain("--pcap %s: %v", r.flags.Pcap, cause(err))
		}
	}
	switch {
	case r.trace == nil:
	case r.into == nil:
		if err := r.trace.Text(c.err, capture.Filter{}); err != nil {
			complain("--trace: %v", err)
		}
	default:
		if err := errors.Join(r.save(r.into), r.into.Close()); err != nil {
			complain("--trace=%s: cannot write: %v", r.flags.Trace.file, cause(err))
		}
	}
	return failed
}

func (r *recording) save(w io.Writer) error {
	return r.trace.Save(w, r.flags.Trace.file, capture.Filter{})
}

// cause returns an error without the name of the file, which has been said.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
