package task

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Timer calls a function later.
type Timer struct {
	process *process.Process
	at      *process.Place
	timer   sim.Timer
	every   time.Duration // 0: once
	due     time.Time
	name    string
	fn      *lua.LFunction
	args    []lua.LValue
	fired   int
	changed sim.Queue
}

func timerClass() bind.Member {
	return bind.Class("Timer", "A function to be called later.",
		bind.Method("cancel", "Stop the timer.", (*Timer).cancel).Returns("was_set", "whether it would have fired"),
		bind.Method("fired", "How often the timer has fired.", (*Timer).count),
	).Text((*Timer).String)
}

type timerArgs struct {
	Duration time.Duration  `doc:"how long from now" min:"0"`
	Fn       *lua.LFunction `doc:"the function to call"`
	Args     []lua.LValue   `doc:"its arguments" rest:"true"`
}

func after(c *bind.Call, a timerArgs) (*Timer, error) { return newTimer(c, a, 0), nil }

type everyArgs struct {
	Duration time.Duration  `doc:"how long from one call to the next"`
	Fn       *lua.LFunction `doc:"the function to call"`
	Args     []lua.LValue   `doc:"its arguments" rest:"true"`
}

func every(c *bind.Call, a everyArgs) (*Timer, error) {
	if a.Duration <= 0 {
		c.Misuse("duration", "want more than 0 seconds, got %v", a.Duration)
	}
	return newTimer(c, timerArgs(a), a.Duration), nil
}

func newTimer(c *bind.Call, a timerArgs, again time.Duration) *Timer {
	MayStart(c)
	p := process.Of(c)
	t := &Timer{process: p, at: p.Here(), every: again, due: p.Sched().Now().Add(a.Duration),
		name: "timer " + nameOf(c.L, a.Fn), fn: a.Fn, args: a.Args}
	t.timer = sim.Timer{Event: t, Background: again > 0}
	p.Arm(t.at, &t.timer, a.Duration)
	return t
}

// Fire implements sim.Event.
func (t *Timer) Fire() {
	t.fired++
	if limit := t.process.MayStart(); limit != nil && t.every > 0 {
		t.process.Exceed(nil, limit)
		return
	}
	t.process.Spawn(t.at, t.name, t.fn, t.args, nil)
	t.changed.Wake()
	if t.every == 0 {
		t.process.Disarm(t.at, &t.timer)
		return
	}
	t.due = t.due.Add(t.every)
	t.process.Arm(t.at, &t.timer, t.due.Sub(t.process.Sched().Now()))
}

// Held implements lua51.Holder.
func (t *Timer) Held(see func(lua.LValue), weigh func(int64)) {
	weigh(512)
	see(t.fn)
	for _, v := range t.args {
		see(v)
	}
}

// Ready implements process.Waitable.
func (t *Timer) Ready() bool { return t.fired > 0 }

// Changed implements process.Waitable.
func (t *Timer) Changed() *sim.Queue { return &t.changed }

// String implements process.Waitable.
func (t *Timer) String() string {
	if !t.timer.Armed() {
		return "not set"
	}
	return fmt.Sprintf("due in %v", t.due.Sub(t.process.Sched().Now()))
}

func (t *Timer) cancel(*bind.Call, bind.None) (bool, error) {
	return t.process.Disarm(t.at, &t.timer), nil
}

func (t *Timer) count(*bind.Call, bind.None) (int, error) { return t.fired, nil }
