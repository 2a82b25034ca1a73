package process

import (
	"path"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Place is a host and what the process has on it: a stack with its tasks, and timers.
type Place struct {
	Host  *engine.Host
	Stack *stack.Stack

	timers map[*sim.Timer]bool // those that are set
	forget func()
}

func (p *Process) newPlace(h *engine.Host) *Place {
	at := &Place{Host: h, Stack: h.NewStack(path.Base(p.Name)), timers: map[*sim.Timer]bool{}}
	at.Stack.Group().OnEmpty = p.endIfIdle
	at.Stack.MaxSockets, at.Stack.TooMany = p.opt.Limits.Sockets, p.tooManySockets
	at.forget = h.OnCrash(func() { p.crashed(at) })
	p.places = append(p.places, at)
	return at
}

// On returns the process's place on a host.
func (p *Process) On(h *engine.Host) *Place {
	for _, at := range p.places {
		if at.Host == h {
			return at
		}
	}
	return p.newPlace(h)
}

// Arm sets a timer that starts a task at the place. Until it is disarmed the process lives on; it is disarmed when the process is
// told to end or the host crashes. One that has fired and is not armed again must be disarmed too.
func (p *Process) Arm(at *Place, t *sim.Timer, d time.Duration) {
	at.timers[t] = true
	p.Sched().Arm(t, d)
}

// Disarm stops a timer that Arm set, and reports whether it would have fired.
func (p *Process) Disarm(at *Place, t *sim.Timer) bool {
	delete(at.timers, t)
	was := p.Sched().Disarm(t)
	p.endIfIdle()
	return was
}

func (p *Process) stopTimers(at *Place) {
	for t := range at.timers {
		p.Sched().Disarm(t)
	}
	clear(at.timers)
}

// crashed is called when the host of a place has crashed. The tasks there are killed already.
func (p *Process) crashed(at *Place) {
	p.stopTimers(at)
	if at == p.home && !p.halted {
		p.status, p.err = StatusCrashed, ErrCrashed
		p.halt(ErrCrashed)
	}
	p.endIfIdle()
}
