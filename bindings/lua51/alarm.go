package lua51

import "sync/atomic"

// An Alarm is how another goroutine reaches the processes of a run while one of them computes, which listens about every 64 instructions and
// whenever a function is charged for. The zero Alarm is silent. Its methods may be called from anywhere.
type Alarm struct {
	state    atomic.Int32
	err      atomic.Pointer[error]
	cut      atomic.Pointer[error]                  // of Break
	question atomic.Pointer[func(over func() bool)] // of Ask
}

const (
	silent   int32 = iota
	asking         // whoever computes is to call a function
	breaking       // the task that computes is to end, and only that
	stopping       // whoever computes is to end
)

// Stop makes every process of the run end soon because of err. The first reason stays.
func (a *Alarm) Stop(err error) {
	a.err.CompareAndSwap(nil, &err)
	a.state.Store(stopping)
}

// Ask makes whoever computes call f soon, between two instructions, once: the run stands still meanwhile, and what f finds of the program's
// memory is not of the past. f may end the run by Stop. What f is given counts the memory of the process, now rather than when its turn
// comes, and reports whether that ended the process.
func (a *Alarm) Ask(f func(over func() bool)) {
	a.question.Store(&f)
	a.state.CompareAndSwap(silent, asking)
}

// answer does what Ask asked for.
func (a *Alarm) answer(over func() bool) {
	if !a.state.CompareAndSwap(asking, silent) {
		return
	}
	if f := a.question.Swap(nil); f != nil {
		(*f)(over)
	}
}

// Break makes the task that computes, or the next one that does, end soon because of err; its process goes on.
func (a *Alarm) Break(err error) {
	a.cut.Store(&err)
	for _, state := range []int32{silent, asking} {
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

func (a *Alarm) ringing() bool { return a.state.Load() != silent }

// reason returns why the run must end, or nil.
func (a *Alarm) reason() error {
	if err := a.err.Load(); err != nil {
		return *err
	}
	return nil
}
