package sim

import "time"

// Post runs f on the baton as soon as possible. It may be called from any goroutine; f must not wait.
func (s *Scheduler) Post(f func()) {
	s.mu.Lock()
	s.inbox = append(s.inbox, f)
	s.mu.Unlock()
	s.posted.Store(true)
	s.ring()
}

func (s *Scheduler) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
	if s.poller != nil {
		s.poller.Wake()
	}
}

// Do runs f as a task of group g and returns when it has ended. It is for goroutines that are
// not tasks; the scheduler must be running (see Hold).
func (s *Scheduler) Do(g *Group, name string, f func()) {
	done := make(chan struct{})
	s.Post(func() {
		g.Go(name, func() {
			defer close(done)
			f()
		})
	})
	<-done
}

// Block calls f, which may block its goroutine in the kernel. On the wall clock f runs on a goroutine of its
// own while other tasks go on, and must touch nothing of theirs; on the virtual clock the world stands still
// meanwhile, so that the run stays repeatable.
func (s *Scheduler) Block(w Wait, f func()) {
	if !s.opt.Wall {
		f()
		return
	}
	var done bool
	var q Queue
	s.blocking++
	go func() {
		f()
		s.Post(func() { s.blocking--; done = true; q.Wake() })
	}()
	for !done {
		s.Wait(w, time.Time{}, &q)
	}
}

func (s *Scheduler) drain() {
	if !s.posted.Load() {
		return
	}
	s.posted.Store(false)
	s.mu.Lock()
	todo := s.inbox
	s.inbox = nil
	s.mu.Unlock()
	for _, f := range todo {
		f()
	}
}

// peekEvery is how many task switches may pass on the wall clock before the kernel and the timers get a look.
const peekEvery = 64

// peek lets due timers and the kernel in between task switches, so that busy tasks cannot starve them.
func (s *Scheduler) peek() {
	if s.switches++; !s.opt.Wall || s.switches%peekEvery != 0 {
		return
	}
	if s.poller != nil && s.poller.Waiting() > 0 {
		s.poller.Poll(0)
	}
	if at, ok := s.timers.next(); ok && at <= s.Elapsed() {
		s.fire()
	}
}

// await waits on the wall clock for the timer due at at, if any, or for the outside world.
func (s *Scheduler) await(at time.Duration, timer bool) error {
	now := s.Elapsed()
	if limit := s.opt.TimeLimit; limit > 0 {
		if now >= limit {
			return ErrTimeLimit
		}
		if !timer || at > limit {
			at, timer = limit, true
		}
	}
	if next, ok := s.timers.next(); ok && next <= now {
		s.fire()
		return nil
	}
	wait := time.Duration(-1)
	if timer {
		wait = max(at-now, 0)
	}
	if s.posted.Load() {
		return nil
	}
	if s.poller != nil {
		s.poller.Poll(wait)
		return nil
	}
	if wait < 0 {
		<-s.bell
		return nil
	}
	alarm := time.NewTimer(wait)
	defer alarm.Stop()
	select {
	case <-s.bell:
	case <-alarm.C:
	}
	return nil
}
