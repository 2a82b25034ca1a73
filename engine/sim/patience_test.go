package sim

import (
	"errors"
	"testing"
	"time"
)

// ticker arms its background timer again each time it fires.
type ticker struct {
	s     *Scheduler
	timer Timer
}

func (t *ticker) Fire() { t.s.Arm(&t.timer, time.Minute) }

// TestPatience checks that background timers do not hide a deadlock for ever, and that a deadline of days is not one.
func TestPatience(t *testing.T) {
	for _, sleeper := range []bool{false, true} {
		s := New(Options{TimeLimit: 1000 * time.Hour})
		tick := &ticker{s: s}
		tick.timer = Timer{Event: tick, Background: true}
		s.Arm(&tick.timer, time.Minute)
		var q Queue
		if sleeper {
			s.Root().Go("sleeper", func() { s.Sleep(100 * time.Hour); q.Wake() }).Daemon = true
		}
		main := s.Root().Go("main", func() { s.Wait(Wait{Call: "wait"}, time.Time{}, &q) })
		err := s.Run(main)
		var dead *DeadlockError
		if errors.As(err, &dead) == sleeper {
			t.Errorf("sleeper %v: %v", sleeper, err)
		}
		if !sleeper && dead.At > 25*time.Hour {
			t.Errorf("noticed at %v", dead.At)
		}
		s.Close()
	}
}
