// Package sim runs tasks one at a time on a virtual or a wall clock.
//
// A task is a coroutine. Exactly one holds the baton at any moment and keeps it until it waits, so
// code that runs in tasks needs no locks. On the virtual clock time stands still while any task
// can run and then jumps to the next timer; the same program and seed always give the same run. On
// the wall clock the same scheduler waits for real time, for a Poller and for other goroutines.
package sim

import (
	"errors"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Epoch is the instant at which every virtual clock starts.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Options configure a Scheduler. The zero value is a virtual clock, seed 0 and no time limit.
type Options struct {
	Seed      uint64
	Wall      bool          // follow the machine's clock instead of a virtual one
	TimeLimit time.Duration // of the scheduler's own clock; 0 means none
}

// patience is how long on the virtual clock background timers alone may go on while every task waits. What they can bring
// about, such as a keep-alive that finds its peer gone, takes hours; a probe of a window that nobody will ever open goes on for ever,
// and must not hide a deadlock.
const patience = 24 * time.Hour

// ErrTimeLimit is returned by Run when the clock would pass Options.TimeLimit.
var ErrTimeLimit = errors.New("sim: time limit reached")

// A Scheduler owns the baton, the clock and the timers. Its methods are for the goroutine that calls
// Run and for its tasks; Post, Do and Interrupt alone may be called from anywhere.
type Scheduler struct {
	opt     Options
	started time.Time     // wall clock: when New was called
	now     time.Duration // since Epoch or since started

	ready   ring
	timers  wheel
	urgent  int           // armed timers that are not background
	moved   time.Duration // when a task ran last
	current *Task
	tasks   taskList
	nextID  int
	root    *Group
	poller  Poller
	failure error // first Go panic of a task or an event
	closed  bool  // also under mu
	turns   int   // task switches and events, to look at the kernel now and then

	blocking int // tasks that wait in Block
	held     int
	mu       sync.Mutex
	inbox    []post
	bell     chan struct{}
	posted   atomic.Bool
	stop     atomic.Pointer[error]
}

// A Poller waits for the kernel on behalf of parked tasks, on the wall clock only.
type Poller interface {
	// Poll returns when something happened, Wake was called or the timeout is over
	// (negative: never; 0: look and return). It wakes the waiting tasks itself.
	Poll(timeout time.Duration)
	// Wake makes a Poll return; it may be called from any goroutine.
	Wake()
	// Waiting returns how many waits are registered.
	Waiting() int
}

// New returns a scheduler with no tasks.
func New(o Options) *Scheduler {
	s := &Scheduler{opt: o, started: time.Now(), bell: make(chan struct{}, 1)}
	s.root = &Group{s: s}
	return s
}

// SetPoller makes the wall clock wait in p. It must be called before Run.
func (s *Scheduler) SetPoller(p Poller) { s.poller = p }

// Virtual reports whether the clock is virtual.
func (s *Scheduler) Virtual() bool { return !s.opt.Wall }

// SetTimeLimit changes Options.TimeLimit; 0 means none.
func (s *Scheduler) SetTimeLimit(d time.Duration) { s.opt.TimeLimit = d }

// Seed returns the seed the scheduler was made with.
func (s *Scheduler) Seed() uint64 { return s.opt.Seed }

// Elapsed returns the time since the scheduler's clock started.
func (s *Scheduler) Elapsed() time.Duration {
	if s.opt.Wall {
		s.now = time.Since(s.started)
	}
	return s.now
}

// Next returns when the next timer is due, if one is set.
func (s *Scheduler) Next() (at time.Duration, ok bool) { return s.timers.next() }

// Now returns the scheduler's time: virtual time counts from Epoch.
func (s *Scheduler) Now() time.Time {
	if s.opt.Wall {
		return time.Now()
	}
	return Epoch.Add(s.now)
}

// Run lets tasks and timers run until main has ended and nothing more can happen. It returns a *PanicError as
// soon as a task or an event has panicked, and ever after. If main can never go on it returns a *DeadlockError;
// past the time limit, ErrTimeLimit; after Interrupt, its reason, once. Tasks that still wait when Run
// returns stay parked: Run may be called again, Close ends them. It must not be called by a task.
func (s *Scheduler) Run(main *Task) error { return s.run(main, math.MaxInt64) }

// RunTask is Run for a world that will go on: once main has ended it lets what happens within settle, on the virtual clock,
// happen, and returns though there be more to come. On the wall clock it does not wait for anything then.
func (s *Scheduler) RunTask(main *Task, settle time.Duration) error {
	if s.opt.Wall {
		settle = 0
	}
	return s.run(main, settle)
}

// run is Run until settle after main has ended.
func (s *Scheduler) run(main *Task, settle time.Duration) (err error) {
	until := time.Duration(-1) // when to leave, once main has ended
	if s.current != nil {
		panic("sim: Run called by a task")
	}
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Task: "(event)", Value: r, Stack: debug.Stack()}
			s.fail(err)
		}
	}()
	for {
		if err := s.broken(); err != nil {
			return err
		}
		s.drain()
		if t := s.ready.pop(); t != nil {
			s.resume(t)
			s.moved = s.now
			if s.turns++; s.opt.Wall && s.turns%peekEvery == 0 {
				s.peek()
				if s.overtime() {
					return ErrTimeLimit
				}
			}
			continue
		}
		if main.Done() && s.idle() {
			return nil
		}
		at, ok := s.due(main)
		if main.Done() && settle < math.MaxInt64 {
			if now := s.Elapsed(); until < 0 {
				until = now + settle
			}
			if settle == 0 || !ok || at > until {
				return nil
			}
		}
		switch {
		case s.opt.Wall:
			if !ok && !s.external() {
				return s.stuck(main)
			}
			if err := s.await(at, ok); err != nil {
				return err
			}
		case !ok:
			return s.stuck(main)
		case s.opt.TimeLimit > 0 && at > s.opt.TimeLimit:
			s.now = max(s.now, s.opt.TimeLimit)
			return ErrTimeLimit
		case s.urgent == 0 && at-s.moved > patience && !main.Done() && !s.deadlines():
			return s.stuck(main)
		default:
			s.now = max(s.now, at)
			s.fire()
		}
	}
}

// due returns when the first timer is due, if there is one; on the wall clock it may be earlier while main runs, for who has to wait until then.
func (s *Scheduler) due(main *Task) (time.Duration, bool) {
	if s.opt.Wall && !main.Done() {
		return s.timers.soon()
	}
	return s.timers.next()
}

func (s *Scheduler) broken() error {
	if s.failure != nil {
		return s.failure
	}
	if s.stop.Load() != nil {
		return *s.stop.Swap(nil)
	}
	return nil
}

func (s *Scheduler) fail(err error) {
	if s.failure == nil {
		s.failure = err
	}
}

// deadlines reports whether a task waits with a deadline.
func (s *Scheduler) deadlines() bool {
	for t := s.tasks.first; t != nil; t = t.following {
		if t.timer.Armed() {
			return true
		}
	}
	return false
}

// idle reports whether nothing but background timers remains.
func (s *Scheduler) idle() bool { return s.urgent == 0 && !s.external() }

func (s *Scheduler) external() bool {
	return s.blocking > 0 || s.held > 0 || s.poller != nil && s.poller.Waiting() > 0
}

func (s *Scheduler) stuck(main *Task) error {
	if main.Done() {
		return nil
	}
	return s.deadlock()
}

// Close kills every task and lets it unwind; tasks that those start do not run. Do then fails in every goroutine.
// The scheduler is not usable afterwards. Close must not be called by a task.
func (s *Scheduler) Close() {
	if s.current != nil {
		panic("sim: Close called by a task")
	}
	s.mu.Lock()
	s.closed = true
	left := s.inbox
	s.inbox = nil
	s.mu.Unlock()
	for _, p := range left {
		if p.refused != nil {
			p.refused()
		}
	}
	s.root.Kill(ErrClosed)
	for t := s.ready.pop(); t != nil; t = s.ready.pop() {
		s.resume(t)
	}
}

// ErrClosed is why tasks are killed by Close, and what Do returns after it.
var ErrClosed = errors.New("sim: scheduler closed")

// Interrupt makes Run, or the next Run, return err soon. It may be called from any goroutine; a task that
// computes without waiting keeps the baton until it waits.
func (s *Scheduler) Interrupt(err error) {
	s.stop.CompareAndSwap(nil, &err)
	s.ring()
}

// Uninterrupt takes back an Interrupt that no Run has noticed.
func (s *Scheduler) Uninterrupt() { s.stop.Store(nil) }

// Hold keeps Run going on the wall clock although nothing is left to do, until Release: other goroutines may
// still call Do.
func (s *Scheduler) Hold() { s.held++ }

// Release undoes one Hold.
func (s *Scheduler) Release() { s.held-- }
