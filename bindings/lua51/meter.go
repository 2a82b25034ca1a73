package lua51

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// LimitError reports that a process used up one of its limits, or that the whole run did. No script can catch
// it, but for "depth", which is an ordinary error until nobody catches it.
type LimitError struct {
	Limit string // the limit's name, which is the run's verdict: "fuel", "memory", "depth", "sockets", …
	Max   int64  // what was allowed, in the limit's own unit
	Text  string // one sentence for the script's author
}

// Error returns the sentence for the script's author.
func (e *LimitError) Error() string { return e.Text }

// Meter counts what the threads of one Lua process spend and hold, and stops them when it is too much or when the
// process is killed. It belongs to one process and is used by one goroutine at a time.
type Meter struct {
	fuel    int64 // instructions left; far below zero once stopped
	due     int64 // attend is called when the fuel falls below this
	random  uint64
	max     int64
	used    int64 // what was spent when the meter stopped
	stopped error
	alarm   *Alarm

	memory  int64 // bytes that the process's values may take; 0 is no limit
	held    int64 // bytes found at the last count
	countAt int64 // they are counted again when the fuel falls below this
}

// Budget is what a process may use of its Lua state. 0 means no limit.
type Budget struct {
	Fuel   int64  // VM instructions
	Memory int64  // bytes of Lua values
	Alarm  *Alarm // of the whole run; nil for none
}

// NewMeter returns a meter that allows fuel VM instructions; 0 or less means no limit.
func NewMeter(fuel int64) *Meter { return Budget{Fuel: fuel}.Meter() }

// Meter returns a meter for one process.
func (b Budget) Meter() *Meter {
	if b.Fuel <= 0 {
		b.Fuel = math.MaxInt64 >> 1
	}
	if b.Alarm == nil {
		b.Alarm = new(Alarm)
	}
	m := &Meter{fuel: b.Fuel, max: b.Fuel, memory: max(b.Memory, 0), alarm: b.Alarm}
	m.schedule(0)
	m.due = m.fuel // plan soon
	return m
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

// Held returns the bytes that the process's values took when they were counted last.
func (m *Meter) Held() int64 { return m.held }

// Stop makes every thread of the process raise err at its next instruction; pcall cannot catch it.
// The first reason stays.
func (m *Meter) Stop(err error) {
	if m.stopped == nil {
		m.used = min(m.Used(), m.max)
		m.fuel = math.MinInt64 >> 1
		m.stopped = err
	}
}

// Resume lets a process that is to outlive its limits go on with a full budget after it was stopped.
func (m *Meter) Resume() {
	m.stopped, m.fuel = nil, m.max
	m.schedule(0)
	m.due = m.fuel
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
	if !t.meter.take(t, units) {
		Check(L)
	}
}

// take takes fuel on behalf of a thread and reports whether all is well afterwards.
func (m *Meter) take(t *threadContext, units int64) bool {
	if m.fuel -= units; m.fuel >= m.countAt && t.task.stop == nil && !m.alarm.ringing() {
		return true // a stopped meter has far less
	}
	m.check(t)
	return false
}

// Check raises if the process or the calling task must end.
func Check(L *lua.LState) {
	if t := contextOf(L); t != nil {
		if err := t.Err(); err != nil {
			L.RaiseError("%s", err.Error())
		}
	}
}

// sampleInterval is about how many instructions lie between two looks at what the script is doing.
const sampleInterval = 64

// plan chooses when to look next: not at regular intervals, or a loop could always look innocent.
func (m *Meter) plan() {
	m.random = m.random*6364136223846793005 + 1442695040888963407
	m.due = max(m.fuel-sampleInterval/2-int64(m.random>>58), 0)
}

// check does what is due when the fuel falls below a mark or the alarm rings.
func (m *Meter) check(t *threadContext) {
	if m.stopped != nil {
		return
	}
	if m.fuel < 0 {
		m.Stop(&LimitError{Limit: "fuel", Max: m.max,
			Text: fmt.Sprintf("the instruction budget of %d is spent (an endless loop?)", m.max)})
		return
	}
	if m.alarm.ringing() {
		if err := m.alarm.broken(); err != nil {
			t.task.stop = err
			return
		}
		m.alarm.answer(func() bool { m.weigh(t.machine); return m.stopped != nil })
		if err := m.alarm.reason(); err != nil {
			m.Stop(err)
			return
		}
	}
	if m.fuel < m.countAt && m.stopped == nil {
		m.weigh(t.machine)
	}
}
