package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// graceAfterInterrupt is how long a script that computes, or that waits for a terminal, has to notice that it is interrupted.
const graceAfterInterrupt = 250 * time.Millisecond

// endRequests returns the signals that ask moonwire to end beside Ctrl-C: those that it was not started to be deaf to, as by nohup.
func endRequests() []os.Signal {
	var all []os.Signal
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			all = append(all, s)
		}
	}
	return all
}

// interruptibleShell returns a context that ends when the shell has to leave: without a terminal, at Ctrl-C.
func interruptibleShell(terminal bool) (context.Context, context.CancelFunc) {
	if terminal {
		signal.Ignore(syscall.SIGQUIT) // Ctrl-\, typed or pasted while something runs, would end the session with a dump of goroutines
		return signal.NotifyContext(context.Background(), endRequests()...)
	}
	return signal.NotifyContext(context.Background(), append(endRequests(), os.Interrupt)...)
}

// interruptible returns a context that ends at Ctrl-C or at the request to end, and what is to be called when the run has ended. A script that
// does not come to its end in time is left where it is: then moonwire calls leave, which must not wait, and exits.
func interruptible(c *console, leave func()) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), append(endRequests(), os.Interrupt)...)
	var over atomic.Bool
	forget := context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends moonwire at once
		time.AfterFunc(graceAfterInterrupt, func() {
			if over.CompareAndSwap(false, true) {
				fmt.Fprintln(c.err, "moonwire: interrupted")
				leave()
				os.Exit(statusInterrupted)
			}
		})
	})
	return ctx, func() {
		forget()
		stop()
		if !over.CompareAndSwap(false, true) {
			select {} // moonwire exits
		}
	}
}

// A pipedWriter writes to a pipe whose reader may go away, as head does.
type pipedWriter struct {
	io.Writer
	gone func() // is called before moonwire ends because of that
}

// Write implements io.Writer.
func (w *pipedWriter) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		w.gone()
		signal.Reset(syscall.SIGPIPE)
		w.Writer.Write(b[n:]) // which ends moonwire as it ends programs without anything to do before
	}
	return n, err
}
