package lua51

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// LimitError reports that a process used up one of its limits. It cannot be caught by the
// script: once a meter has stopped, every further instruction of every thread raises it again.
type LimitError struct {
	Limit string // "fuel", "memory", "string", …: the verdict's name
	Max   int64  // what was allowed, in the limit's own unit
	Text  string // one sentence for the script's author
}

func (e *LimitError) Error() string { return e.Text }

// Meter counts what the threads of one Lua process spend and stops them when it is too much
// or when the process is killed. It belongs to one process and is used by one goroutine at a time.
type Meter struct {
	fuel    int64 // instructions left; meaningless when unlimited
	max     int64
	stopped error
}

// NewMeter returns a meter that allows fuel VM instructions; 0 or less means no limit.
func NewMeter(fuel int64) *Meter {
	if fuel <= 0 {
		fuel = 1 << 62
	}
	return &Meter{fuel: fuel, max: fuel}
}

// Used returns the fuel spent so far.
func (m *Meter) Used() int64 { return m.max - m.fuel }

// Stop makes every thread of the process raise err at its next instruction; pcall cannot catch it.
// The first reason stays.
func (m *Meter) Stop(err error) {
	if m.stopped == nil {
		m.stopped = err
	}
}

// Stopped returns why the process must end, or nil.
func (m *Meter) Stopped() error { return m.stopped }

// Charge takes units of fuel for work that a library function is about to do outside the VM's own
// instruction count, and raises when none is left. A unit is about one VM instruction (10–50 ns).
func Charge(L *lua.LState, units int64) {
	if t, ok := L.Context().(*threadContext); ok && units > 0 {
		t.meter.fuel -= units
		if t.meter.fuel < 0 {
			t.meter.spent()
		}
		if err := t.Err(); err != nil {
			L.RaiseError("%s", err.Error())
		}
	}
}

func (m *Meter) spent() {
	m.Stop(&LimitError{Limit: "fuel", Max: m.max,
		Text: fmt.Sprintf("the instruction budget of %d is spent (an endless loop?)", m.max)})
}

// A threadContext makes gopher-lua, which asks Done() before each instruction of a thread that has
// a context, count the instruction. Each Lua thread has its own, so that one task can be stopped alone.
type threadContext struct {
	meter *Meter
	own   error // why this thread alone must end
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (t *threadContext) Done() <-chan struct{} {
	t.meter.fuel--
	if t.meter.fuel < 0 {
		t.meter.spent()
	}
	if t.meter.stopped != nil || t.own != nil {
		return closed
	}
	return nil
}

func (t *threadContext) Err() error {
	if t.meter.stopped != nil {
		return t.meter.stopped
	}
	return t.own
}

func (t *threadContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (t *threadContext) Value(any) any               { return nil }

var _ context.Context = (*threadContext)(nil)
