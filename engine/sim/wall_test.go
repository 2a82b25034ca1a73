package sim_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// hold runs a wall-clock scheduler on a goroutine until the test ends.
func hold(t *testing.T) *sim.Scheduler {
	s := sim.New(sim.Options{Wall: true})
	s.Hold()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(s.Root().Go("main", func() {})) }()
	t.Cleanup(func() {
		s.Post(s.Release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return s
}

func TestDoFromManyGoroutines(t *testing.T) {
	s := hold(t)
	count := 0 // only tasks touch it
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if err := s.Do(s.Root(), "add", func() { s.Sleep(0); count++ }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if count != 800 {
		t.Errorf("count = %d", count)
	}
}

func TestDoTellsHowTheTaskEnded(t *testing.T) {
	s := hold(t)
	g := s.Root().NewGroup("process")
	if err := s.Do(g, "self", func() { s.Current().Kill(errStop) }); err != errStop {
		t.Errorf("killed: Do = %v", err)
	}
	var kill func()
	kill = func() { // may come after the task was made and before it first runs
		if g.Len() == 0 {
			s.Post(kill)
			return
		}
		g.Kill(errStop)
	}
	s.Post(kill)
	before := false
	for range 100000 { // kill comes at its moment sooner or later
		ran := false
		if err := s.Do(g, "early", func() { ran = true }); err == errStop && !ran {
			before = true
			break
		}
		s.Post(kill)
	}
	if !before {
		t.Error("no task was killed before its start")
	}
	err := s.Do(g, "wait", func() {
		s.After(0, func() { g.Kill(errStop) })
		s.Wait(sim.Wait{}, time.Time{}, new(sim.Queue))
	})
	if err != errStop {
		t.Errorf("killed while it waits: Do = %v", err)
	}
}

func TestDoAfterClose(t *testing.T) {
	s := sim.New(sim.Options{Wall: true})
	ended := make(chan error)
	go func() { ended <- s.Do(s.Root(), "early", func() {}) }()
	main := s.Root().Go("main", func() { s.Interrupt(errStop); s.Sleep(0) })
	if err := s.Run(main); err != errStop {
		t.Fatal(err)
	}
	s.Close()
	if err := <-ended; err != nil && err != sim.ErrClosed {
		t.Errorf("before Close: Do = %v", err)
	}
	if err := s.Do(s.Root(), "late", func() { t.Error("ran") }); err != sim.ErrClosed {
		t.Errorf("after Close: Do = %v", err)
	}
}

func TestBlock(t *testing.T) {
	for _, wall := range []bool{true, false} {
		s := sim.New(sim.Options{Wall: wall})
		release := make(chan struct{})
		var order []string
		main := s.Root().Go("main", func() {
			if !wall {
				close(release)
			}
			s.Block(sim.Wait{Call: "lookup"}, func() { <-release })
			order = append(order, "blocked")
		})
		s.Root().Go("other", func() {
			order = append(order, "other")
			if wall {
				close(release)
			}
		})
		if err := s.Run(main); err != nil {
			t.Fatal(err)
		}
		first := map[bool]string{true: "other", false: "blocked"}[wall]
		if len(order) != 2 || order[0] != first {
			t.Errorf("wall %v: order %v", wall, order)
		}
		s.Close()
	}
}

func TestBlockHandsThePanicOn(t *testing.T) {
	s := sim.New(sim.Options{Wall: true})
	defer s.Close()
	err := s.Run(s.Root().Go("main", func() { s.Block(sim.Wait{}, func() { panic("in the kernel") }) }))
	var p *sim.PanicError
	if !errors.As(err, &p) || p.Value != "in the kernel" || p.Task != "main" {
		t.Errorf("Run = %v", err)
	}
}

func TestKilledBlockDoesNotHoldTheRun(t *testing.T) {
	s := sim.New(sim.Options{Wall: true})
	defer s.Close()
	release := make(chan struct{})
	defer close(release)
	blocked := s.Root().Go("blocked", func() { s.Block(sim.Wait{}, func() { <-release }) })
	main := s.Root().Go("main", func() { s.Sleep(0); blocked.Kill(errStop) })
	if err := s.Run(main); err != nil { // would hang
		t.Fatal(err)
	}
}

// A fakePoller counts looks; it says that one task waits until it has been looked at a few times.
type fakePoller struct {
	looks int
	ready func()
	rung  chan struct{}
}

func (p *fakePoller) Waiting() int { return 1 }
func (p *fakePoller) Wake()        { p.rung <- struct{}{} }
func (p *fakePoller) Poll(time.Duration) {
	if p.looks++; p.looks == 3 {
		p.ready()
	}
}

func TestBusyTasksDoNotStarveTheKernelOrTimers(t *testing.T) {
	s := sim.New(sim.Options{Wall: true})
	defer s.Close()
	arrived, rang := false, false
	s.SetPoller(&fakePoller{ready: func() { arrived = true }, rung: make(chan struct{}, 100)})
	var ping, pong sim.Queue
	busy := func(mine, other *sim.Queue) func() {
		return func() {
			for !arrived || !rang {
				other.Wake()
				s.Wait(sim.Wait{}, time.Time{}, mine)
			}
			other.Wake()
			s.Interrupt(errStop)
		}
	}
	s.After(time.Millisecond, func() { rang = true })
	s.Root().Go("ping", busy(&ping, &pong))
	main := s.Root().Go("pong", busy(&pong, &ping))
	if err := s.Run(main); err != errStop { // would hang
		t.Fatal(err)
	}
}

func TestTimeLimitOnTheWallClock(t *testing.T) {
	var ping, pong sim.Queue
	for name, f := range map[string]func(s *sim.Scheduler){
		"waits":  func(s *sim.Scheduler) { s.Block(sim.Wait{}, func() { select {} }) },
		"sleeps": func(s *sim.Scheduler) { s.Sleep(time.Hour) },
		"sleeps 0": func(s *sim.Scheduler) {
			for {
				s.Sleep(0)
			}
		},
		"busy": func(s *sim.Scheduler) {
			s.Root().Go("pong", func() {
				for {
					ping.Wake()
					s.Wait(sim.Wait{}, time.Time{}, &pong)
				}
			})
			for {
				pong.Wake()
				s.Wait(sim.Wait{}, time.Time{}, &ping)
			}
		},
	} {
		s := sim.New(sim.Options{Wall: true, TimeLimit: 5 * time.Millisecond})
		if err := s.Run(s.Root().Go("main", func() { f(s) })); err != sim.ErrTimeLimit { // would hang
			t.Errorf("%s: Run = %v", name, err)
		}
		s.Close()
	}
}

func TestInterruptWakesAnIdleRun(t *testing.T) {
	s := sim.New(sim.Options{Wall: true})
	defer s.Close()
	started := make(chan struct{})
	go func() { <-started; s.Interrupt(errStop) }()
	if err := s.Run(s.Root().Go("main", func() { close(started); s.Sleep(time.Hour) })); err != errStop {
		t.Errorf("Run = %v", err)
	}
}
