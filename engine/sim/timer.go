package sim

import (
	"math"
	"time"
)

// An Event is what a Timer does when it is due. Fire runs on the baton and must not wait.
type Event interface{ Fire() }

type eventFunc func()

func (f eventFunc) Fire() { f() }

// A Timer fires its event once each time it is armed. The zero Timer with an Event is ready for Arm;
// it may be part of a larger struct and is armed again without allocation.
type Timer struct {
	Event Event
	// Background timers do not keep a run going once its main task has ended.
	Background bool

	urgent bool  // counted in Scheduler.urgent: Background may change while armed
	node   int32 // in the wheel; 0 when not armed
}

// Armed reports whether t waits to fire.
func (t *Timer) Armed() bool { return t.node > 0 }

// Arm makes t fire after d (at once, but never before Arm returns, if d ≤ 0), in place of any earlier arming.
// Timers due at the same instant fire in the order in which they were armed.
func (s *Scheduler) Arm(t *Timer, d time.Duration) {
	now := s.Elapsed()
	if t.urgent {
		s.urgent--
	}
	if t.urgent = !t.Background; t.urgent {
		s.urgent++
	}
	s.timers.set(t, now+min(max(d, 0), math.MaxInt64-now))
}

// Disarm stops t and reports whether it was armed.
func (s *Scheduler) Disarm(t *Timer) bool {
	if t.node == 0 {
		return false
	}
	s.timers.remove(t)
	s.disarmed(t)
	return true
}

func (s *Scheduler) disarmed(t *Timer) {
	if t.urgent {
		s.urgent--
		t.urgent = false
	}
}

// After arms a new timer that calls f after d. f runs on the baton and must not wait.
func (s *Scheduler) After(d time.Duration, f func()) *Timer {
	t := &Timer{Event: eventFunc(f)}
	s.Arm(t, d)
	return t
}

// fire pops the first timer and runs its event.
func (s *Scheduler) fire() {
	t := s.timers.pop()
	s.disarmed(t)
	t.Event.Fire()
}
