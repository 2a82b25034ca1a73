package sim

import "time"

// A Queue holds the tasks that wait for one thing to happen. The zero Queue is empty and ready.
type Queue struct{ first, last *waiter }

type waiter struct {
	task       *Task
	q          *Queue // nil when not registered
	prev, next *waiter
}

func (q *Queue) add(w *waiter) {
	w.q, w.prev = q, q.last
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
}

func (w *waiter) remove() {
	q := w.q
	if q == nil {
		return
	}
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.q, w.prev, w.next = nil, nil, nil
}

// Wake makes every waiting task runnable, first come first served. Each must look again whether
// what it waits for is there.
func (q *Queue) Wake() {
	for q.first != nil {
		q.first.task.wake()
	}
}

// Empty reports whether no task waits.
func (q *Queue) Empty() bool { return q.first == nil }

// Wait parks the running task until one of the queues is woken, and returns true, or until the
// deadline (the zero time means never), and returns false. A wake-up is a hint: look again.
func (s *Scheduler) Wait(w Wait, deadline time.Time, queues ...*Queue) bool {
	t := s.current
	if len(queues) == 1 {
		queues[0].add(&t.single)
	} else {
		t.many = t.many[:0]
		for range queues {
			t.many = append(t.many, waiter{task: t})
		}
		for i, q := range queues {
			q.add(&t.many[i])
		}
	}
	if deadline.IsZero() {
		return s.waitFor(t, w, 0, false)
	}
	return s.waitFor(t, w, deadline.Sub(s.Now()), true)
}

// waitFor parks t, whose queues are registered, for at most d if timed.
func (s *Scheduler) waitFor(t *Task, w Wait, d time.Duration, timed bool) bool {
	t.wait, t.since, t.late = w, s.Elapsed(), false
	if t.killed != nil {
		t.leave()
	} else if timed {
		t.timer.Background = t.Daemon
		s.Arm(&t.timer, d)
	}
	t.park()
	return !t.late
}

// leave takes the task out of the queues it waits in and stops the wait's deadline.
func (t *Task) leave() {
	t.single.remove()
	for i := range t.many {
		t.many[i].remove()
	}
	t.s.Disarm(&t.timer)
}
