package lua51

import (
	"runtime"
	"sync/atomic"
)

// An Alarm is how another goroutine reaches the processes of a run while one of them computes. The zero Alarm is
// silent. Its methods may be called from anywhere.
type Alarm struct {
	state atomic.Int32
	err   atomic.Pointer[error]
	cut   atomic.Pointer[error] // of Break
}

const (
	silent     int32 = iota
	counting         // whoever computes is to count its memory
	collecting       // whoever computes is to collect garbage, and to allocate nothing meanwhile
	breaking         // the task that computes is to end, and only that
	stopping         // whoever computes is to end
)

// Stop makes every process of the run end at its next instruction because of err. The first reason stays.
func (a *Alarm) Stop(err error) {
	a.err.CompareAndSwap(nil, &err)
	a.state.Store(stopping)
}

// Weigh asks the process that computes to count its memory now rather than when its turn comes.
func (a *Alarm) Weigh() { a.state.CompareAndSwap(silent, counting) }

// Break makes the task that computes, or the next one that does, end at its next instruction because of err; its process goes on.
func (a *Alarm) Break(err error) {
	a.cut.Store(&err)
	for _, state := range []int32{silent, counting, collecting} {
		if a.state.CompareAndSwap(state, breaking) {
			return
		}
	}
}

// Unbreak takes a Break back that no task has heard.
func (a *Alarm) Unbreak() {
	a.cut.Store(nil)
	a.state.CompareAndSwap(breaking, silent)
}

// broken returns, once, why the task that computes must end, or nil.
func (a *Alarm) broken() error {
	if !a.state.CompareAndSwap(breaking, silent) {
		return nil
	}
	if err := a.cut.Swap(nil); err != nil {
		return *err
	}
	return nil
}

// Silence takes a Weigh back and reports whether nobody had heard it.
func (a *Alarm) Silence() bool { return a.state.CompareAndSwap(counting, silent) }

// Collect asks whoever computes to collect the program's garbage before it goes on. While somebody else collects, a script goes on
// allocating, faster than that on a busy machine.
func (a *Alarm) Collect() { a.state.CompareAndSwap(silent, collecting) }

// Collecting reports whether nobody has done yet what Collect asked for.
func (a *Alarm) Collecting() bool { return a.state.Load() == collecting }

// Uncollect takes a Collect back and reports whether nobody had heard it.
func (a *Alarm) Uncollect() bool { return a.state.CompareAndSwap(collecting, silent) }

// collect does what Collect asked for.
func (a *Alarm) collect() {
	if a.Collecting() {
		runtime.GC()
		a.Uncollect()
	}
}

func (a *Alarm) ringing() bool { return a.state.Load() != silent }

// reason returns why the run must end, or nil.
func (a *Alarm) reason() error {
	if err := a.err.Load(); err != nil {
		return *err
	}
	return nil
}
