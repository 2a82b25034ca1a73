package process

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Waitable is something that task.first can wait for.
type Waitable interface {
	// Ready reports whether the thing has happened.
	Ready() bool
	// Changed is woken when Ready may have changed.
	Changed() *sim.Queue
	String() string
}

// WaitReady parks the calling task until one of the things is ready, and returns its index, or -1 at the deadline; the zero
// time means never.
func WaitReady(s *sim.Scheduler, call string, deadline time.Time, things ...Waitable) int {
	queues := make([]*sim.Queue, len(things))
	for {
		for i, w := range things {
			if w.Ready() {
				return i
			}
			queues[i] = w.Changed()
		}
		if !deadline.IsZero() && !s.Now().Before(deadline) {
			return -1
		}
		s.Wait(sim.Wait{Call: call, On: list(things)}, deadline, queues...)
	}
}

// Deadline returns the instant d from now; a nil d means never.
func Deadline(s *sim.Scheduler, d *time.Duration) time.Time {
	if d == nil {
		return time.Time{}
	}
	return s.Now().Add(max(*d, 0))
}

type list []Waitable

// String lists the things, for reports.
func (l list) String() string {
	text := ""
	for i, w := range l {
		if i > 0 {
			text += ", "
		}
		text += w.String()
	}
	return text
}

// Ready implements Waitable: a process is ready when it has ended.
func (p *Process) Ready() bool { return p.ended }

// Changed implements Waitable.
func (p *Process) Changed() *sim.Queue { return &p.done }
