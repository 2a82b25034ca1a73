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

	index  int  // position in the heap plus 1; 0 when not armed
	urgent bool // counted in Scheduler.urgent: Background may change while armed
}

// Armed reports whether t waits to fire.
func (t *Timer) Armed() bool { return t.index > 0 }

// Arm makes t fire after d (at once, but never before Arm returns, if d ≤ 0), in place of any earlier arming.
// Timers due at the same instant fire in the order in which they were armed.
func (s *Scheduler) Arm(t *Timer, d time.Duration) {
	s.seq++
	now := s.Elapsed()
	e := entry{at: now + min(max(d, 0), math.MaxInt64-now), seq: s.seq, t: t}
	if t.urgent {
		s.urgent--
	}
	if t.urgent = !t.Background; t.urgent {
		s.urgent++
	}
	if t.index > 0 {
		s.timers.settle(t.index-1, e)
		return
	}
	s.timers.push(e)
}

// Disarm stops t and reports whether it was armed.
func (s *Scheduler) Disarm(t *Timer) bool {
	if t.index == 0 {
		return false
	}
	s.timers.remove(t.index - 1)
	s.disarmed(t)
	return true
}

func (s *Scheduler) disarmed(t *Timer) {
	t.index = 0
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
	t := s.timers.e[0].t
	s.timers.remove(0)
	s.disarmed(t)
	t.Event.Fire()
}

type entry struct {
	at  time.Duration
	seq uint64
	t   *Timer
}

func (a *entry) before(b *entry) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// A heap is a 4-ary min-heap of timers: flatter than a binary one, and the keys lie side by side.
type heap struct{ e []entry }

func (h *heap) next() (time.Duration, bool) {
	if len(h.e) == 0 {
		return 0, false
	}
	return h.e[0].at, true
}

func (h *heap) push(e entry) {
	h.e = append(h.e, e)
	h.up(len(h.e)-1, e)
}

func (h *heap) remove(i int) {
	last := len(h.e) - 1
	e := h.e[last]
	h.e[last] = entry{}
	h.e = h.e[:last]
	if i < last {
		h.settle(i, e)
	}
}

// settle puts e into the hole at i.
func (h *heap) settle(i int, e entry) {
	if i > 0 && e.before(&h.e[(i-1)/4]) {
		h.up(i, e)
		return
	}
	for {
		first := 4*i + 1
		if first >= len(h.e) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h.e)); c++ {
			if h.e[c].before(&h.e[least]) {
				least = c
			}
		}
		if !h.e[least].before(&e) {
			break
		}
		h.put(i, h.e[least])
		i = least
	}
	h.put(i, e)
}

func (h *heap) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h.e[parent]) {
			break
		}
		h.put(i, h.e[parent])
		i = parent
	}
	h.put(i, e)
}

func (h *heap) put(i int, e entry) {
	h.e[i] = e
	e.t.index = i + 1
}
