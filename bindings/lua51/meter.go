package lua51

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// LimitError reports that a process used up one of its limits. It cannot be caught by the
// script: once a meter has stopped, every further instruction of every thread raises it again.
type LimitError struct {
	Limit string // "fuel", "memory", "string", …: the verdict's name
	Max   int64  // what was allowed, in the limit's own unit
	Text  string // one sentence for the script's author
}

// Error returns the sentence for the script's author.
func (e *LimitError) Error() string { return e.Text }

// Meter counts what the threads of one Lua process spend and stops them when it is too much
// or when the process is killed. It belongs to one process and is used by one goroutine at a time.
type Meter struct {
	fuel    int64 // instructions left; far below zero once stopped
	max     int64
	used    int64 // what was spent when the meter stopped
	stopped error
}

// NewMeter returns a meter that allows fuel VM instructions; 0 or less means no limit.
func NewMeter(fuel int64) *Meter {
	if fuel <= 0 {
		fuel = math.MaxInt64 >> 1
	}
	return &Meter{fuel: fuel, max: fuel}
}

// Used returns the fuel spent so far.
func (m *Meter) Used() int64 {
	if m.stopped != nil {
		return m.used
	}
	return m.max - m.fuel
}

// Left returns the fuel that may still be spent; it is 0 once the meter has stopped.
func (m *Meter) Left() int64 {
	if m.stopped != nil {
		return 0
	}
	return m.fuel
}

// Stop makes every thread of the process raise err at its next instruction; pcall cannot catch it.
// The first reason stays.
func (m *Meter) Stop(err error) {
	if m.stopped == nil {
		m.used = min(m.max-m.fuel, m.max)
		m.fuel = math.MinInt64 >> 1
		m.stopped = err
	}
}

// Stopped returns why the process must end, or nil.
func (m *Meter) Stopped() error { return m.stopped }

// Charge takes units of fuel for work that a library function is about to do outside the VM's own
// instruction count, and raises when none is left. A unit is about one VM instruction (10–50 ns).
// A negative number of units charges nothing.
func Charge(L *lua.LState, units int64) {
	t := contextOf(L)
	if t == nil || units <= 0 {
		return
	}
	m := t.meter
	if m.stopped == nil {
		if m.fuel -= units; m.fuel >= 0 && t.task.stop == nil {
			return
		}
		m.checkFuel()
	}
	if err := t.Err(); err != nil {
		L.RaiseError("%s", err.Error())
	}
}

func (m *Meter) checkFuel() {
	if m.stopped == nil && m.fuel < 0 {
		m.Stop(&LimitError{Limit: "fuel", Max: m.max,
			Text: fmt.Sprintf("the instruction budget of %d is spent (an endless loop?)", m.max)})
	}
}
