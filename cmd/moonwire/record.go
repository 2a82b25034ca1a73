package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
)

// recordFlags are what a run is recorded to.
type recordFlags struct {
	Pcap  *string   `placeholder:"FILE" help:"Capture every packet of the virtual internet to a pcapng file, which Wireshark opens."`
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
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	err := ctx.Scan.PopValueInto("file", &f.file)
	if err == nil && f.file == "" {
		err = errors.New("want the name of a file after =, or --trace alone")
	}
	return err
}

// A recording is what a run is being recorded to.
type recording struct {
	flags   recordFlags
	pcap    *packetFile
	into    *os.File // of the trace; nil is standard error
	capture *capture.Capture
	trace   *capture.Trace
	failed  error // to capture
	end     func()
}

// open makes the files before the run, so that one that cannot be written costs no time.
func (f recordFlags) open(real bool) (*recording, error) {
	r := &recording{flags: f}
	var err error
	if f.Pcap != nil && (*f.Pcap == "" || *f.Pcap == "-") {
		return nil, usagef("--pcap=%s: want the name of a file; standard output is the script's", *f.Pcap)
	}
	if f.Pcap != nil && strings.EqualFold(filepath.Ext(*f.Pcap), ".lua") {
		return nil, usagef("--pcap %s: that is the name of a script, which the packets would replace; want another", *f.Pcap)
	}
	if f.Trace.file != "" {
		if err := capture.CheckFormat(f.Trace.file); err != nil {
			return nil, usagef("--trace=%s: the name must end in %s", f.Trace.file, capture.Formats())
		}
	}
	if f.Pcap != nil {
		if real {
			return nil, usagef("--pcap is for the virtual internet: the packets of the machine's network cannot be captured. Leave --net real out, or use tcpdump.")
		}
		file, err := os.Create(*f.Pcap)
		if err != nil {
			return nil, usagef("--pcap %s: cannot write: %v", *f.Pcap, cause(err))
		}
		r.pcap = &packetFile{file: file}
	}
	if f.Trace.file != "" {
		if r.into, err = os.Create(f.Trace.file); err != nil {
			return nil, usagef("--trace=%s: cannot write: %v", f.Trace.file, cause(err))
		}
		if r.pcap != nil && same(r.pcap.file, r.into) {
			return nil, usagef("--pcap and --trace name the same file, %s: give each its own", f.Trace.file)
		}
	}
	return r, nil
}

// same reports whether two open files are one.
func same(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// begin starts recording a world, and returns what ends it.
func (r *recording) begin(w *engine.World) (end func()) {
	if r.pcap != nil {
		r.capture, r.failed = w.Capture(r.pcap, capture.Options{Unbuffered: true})
	}
	if r.flags.Trace.on {
		r.trace = w.Trace(capture.TraceOptions{})
	}
	r.end = func() {
		if r.capture != nil {
			r.failed = errors.Join(r.capture.Stop(), r.pcap.Flush())
		}
		if r.trace != nil {
			r.trace.Stop()
		}
	}
	return r.end
}

// rescue writes the packets so far when the run has to be left where it is. It may be called from any goroutine.
func (r *recording) rescue(c *console) {
	if r.pcap != nil {
		r.pcap.Flush()
	}
	if r.flags.Trace.on {
		fmt.Fprintln(c.err, "moonwire: --trace: there is none, since the script did not stop")
	}
}

// beside returns what the script writes its output to: out, and if that is a pipe whose reader goes away, what was recorded is written before
// moonwire ends.
func (r *recording) beside(out io.Writer, c *console) io.Writer {
	if r.pcap == nil && !r.flags.Trace.on {
		return out
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // or the write would end moonwire
	return &pipedWriter{out, func() {
		if r.end != nil {
			r.end()
		}
		r.finish(c)
	}}
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
			complain("--pcap %s: cannot write: %v", *r.flags.Pcap, cause(err))
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

// A packetFile is the file of a capture. It gathers what is written to it, whole blocks, until Flush, which may be called from any goroutine. If
// the disk is full, the file ends where the last blocks that fit do.
type packetFile struct {
	mu      sync.Mutex
	file    *os.File
	pending []byte
	whole   int64 // bytes that were written
	failed  error
}

const packetsPending = 64 << 10

// Write implements io.Writer.
func (f *packetFile) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, b...)
	if len(f.pending) >= packetsPending {
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// Flush writes what is pending. It returns the first failure.
func (f *packetFile) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.flush()
}

func (f *packetFile) flush() error {
	if f.failed != nil || len(f.pending) == 0 {
		return f.failed
	}
	if _, f.failed = f.file.Write(f.pending); f.failed != nil {
		f.file.Truncate(f.whole) // in vain for what is no regular file
		return f.failed
	}
	f.whole += int64(len(f.pending))
	f.pending = f.pending[:0]
	return nil
}

// Close closes the file.
func (f *packetFile) Close() error { return errors.Join(f.Flush(), f.file.Close()) }

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
