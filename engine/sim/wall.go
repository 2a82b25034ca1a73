package sim

import "time"

// A post is a call that another goroutine has left in the inbox.
type post struct {
	f       func()
	refused func() // in place of f when the scheduler is closed first; may be nil
}

// Post runs f on the baton as soon as possible, or never if the scheduler is closed before. It may be called from
// any goroutine; f must not wait.
func (s *Scheduler) Post(f func()) { s.post(post{f: f}) }

func (s *Scheduler) post(p post) {
	s.mu.Lock()
	refuse := s.closed
	if !refuse {
		s.inbox = append(s.inbox, p)
	}
	s.mu.Unlock()
	if refuse {
		if p.refused != nil {
			p.refused()
		}
		return
	}
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

// Do runs f as a task of group g and returns when it has ended: nil if f returned, else why it was cut short or
// never began: ErrClosed, the reason of a Kill, or a *PanicError. It is for goroutines that are
// not tasks, and waits until the scheduler runs (see Hold).
func (s *Scheduler) Do(g *Group, name string, f func()) error {
	done := make(chan error, 1)
	start := func() { g.Go(name, f).report = func(err error) { done <- err } }
	s.post(post{start, func() { done <- ErrClosed }})
	return <-done
}

// Block calls f, which may block its goroutine in the kernel. On the wall clock f runs on a goroutine of its
// own while other tasks go on, and must touch nothing of theirs: f may outlive a task that is killed. On the virtual
// clock, and outside of tasks, the world stands still meanwhile, so that the run stays repeatable. A panic of
// f is the task's.
func (s *Scheduler) Block(w Wait, f func()) {
	if !s.opt.Wall || s.current == nil {
		f()
		return
	}
	var done bool
	var failed any
	var q Queue
	s.blocking++
	defer func() { s.blocking-- }()
	go func() {
		var r any
		defer func() { s.Post(func() { done, failed = true, r; q.Wake() }) }()
		defer func() { r = recover() }()
		f()
	}()
	for !done {
		s.Wait(w, time.Time{}, &q)
	}
	if failed != nil {
		panic(failed)
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
	for _, p := range todo {
		p.f()
	}
}

// peekEvery is how many task switches and events may pass on the wall clock before the kernel and the timers get a look.
const peekEvery = 64

// peek lets the kernel and the timers that are due by now in, so that busy tasks cannot starve them.
func (s *Scheduler) peek() {
	if s.poller != nil && s.poller.Waiting() > 0 {
		s.poller.Poll(0)
	}
	now := s.Elapsed()
	for left := s.timers.armed; left > 0 && s.fireBy(now); left-- { // events may arm timers that are due at once
	}
}

// fireBy runs the event of the first timer if it is due by now, and reports whether it was.
func (s *Scheduler) fireBy(now time.Duration) bool {
	if at, ok := s.timers.soon(); !ok || at > now {
		return false
	}
	if at, _ := s.timers.next(); at > now {
		s.timers.pass(now)
		return false
	}
	s.fire()
	return true
}

// overtime reports whether the wall clock is past the time limit.
func (s *Scheduler) overtime() bool {
	return s.opt.TimeLimit > 0 && s.Elapsed() >= s.opt.TimeLimit
}

// await waits on the wall clock until a timer may be due, which is at at, if there is one, or for the outside world.
func (s *Scheduler) await(at time.Duration, timer bool) error {
	if s.overtime() {
		return ErrTimeLimit
	}
	now := s.Elapsed()
	if timer && at <= now {
		if s.turns++; s.turns%peekEvery == 0 {
			s.peek()
		} else {
			s.fireBy(now)
		}
		return nil
	}
	if limit := s.opt.TimeLimit; limit > 0 && (!timer || at > limit) {
		at, timer = limit, true
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
