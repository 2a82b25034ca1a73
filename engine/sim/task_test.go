package sim_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

var errStop = errors.New("stop")

// run runs f as the main task of a new virtual scheduler.
func run(t testing.TB, f func(s *sim.Scheduler)) *sim.Scheduler {
	t.Helper()
	s := sim.New(sim.Options{})
	if err := s.Run(s.Root().Go("main", func() { f(s) })); err != nil {
		t.Fatal(err)
	}
	return s
}

func waitOn(s *sim.Scheduler, call string, queues ...*sim.Queue) bool {
	return s.Wait(sim.Wait{Call: call}, time.Time{}, queues...)
}

func TestKillLeavesEveryQueue(t *testing.T) {
	for n := range 4 {
		queues := make([]sim.Queue, n)
		var list []*sim.Queue
		for i := range queues {
			list = append(list, &queues[i])
		}
		var unwound, returned bool
		s := run(t, func(s *sim.Scheduler) {
			victim := s.Root().Go("victim", func() {
				defer func() { unwound = true }()
				s.Wait(sim.Wait{Call: "wait"}, s.Now().Add(time.Hour), list...)
				returned = true
			})
			s.Sleep(time.Second)
			victim.Kill(errStop)
			victim.Kill(errStop) // again is nothing
			for i := range queues {
				if !queues[i].Empty() {
					t.Errorf("%d queues: the victim still waits in number %d", n, i)
				}
				queues[i].Wake()
			}
			victim.Join()
		})
		if !unwound || returned {
			t.Errorf("%d queues: unwound %v, returned %v", n, unwound, returned)
		}
		if s.Elapsed() != time.Second {
			t.Errorf("%d queues: the run ended at %v: the deadline is still armed", n, s.Elapsed())
		}
	}
}

func TestKillBeforeStart(t *testing.T) {
	ran := false
	run(t, func(s *sim.Scheduler) {
		task := s.Root().Go("never", func() { ran = true })
		task.Kill(errStop)
		task.Join()
		if !task.Done() || task.Killed() != errStop {
			t.Errorf("done %v, killed %v", task.Done(), task.Killed())
		}
	})
	if ran {
		t.Error("a task killed before its start ran")
	}
}

func TestKillAfterWakeUp(t *testing.T) {
	var q sim.Queue
	returned := false
	run(t, func(s *sim.Scheduler) {
		victim := s.Root().Go("victim", func() { waitOn(s, "wait", &q); returned = true })
		s.Sleep(time.Second)
		q.Wake()
		victim.Kill(errStop)
		victim.Join()
	})
	if returned {
		t.Error("a task killed between wake-up and run went on")
	}
}

func TestWaitInDeferOfKilledTaskEndsAtOnce(t *testing.T) {
	waits := map[string]func(*sim.Scheduler){
		"sleep":    func(s *sim.Scheduler) { s.Sleep(time.Hour) },
		"sleep 0":  func(s *sim.Scheduler) { s.Sleep(0) },
		"queue":    func(s *sim.Scheduler) { waitOn(s, "wait", new(sim.Queue)) },
		"two":      func(s *sim.Scheduler) { waitOn(s, "wait", new(sim.Queue), new(sim.Queue)) },
		"deadline": func(s *sim.Scheduler) { s.Wait(sim.Wait{}, s.Now().Add(time.Hour), new(sim.Queue)) },
	}
	for name, wait := range waits {
		passed, outer := false, false
		s := run(t, func(s *sim.Scheduler) {
			victim := s.Root().Go("victim", func() {
				defer func() { outer = true }()
				defer func() { wait(s); passed = true }()
				waitOn(s, "wait", new(sim.Queue))
			})
			s.Sleep(time.Second)
			victim.Kill(errStop)
			victim.Join()
		})
		if passed || !outer || s.Elapsed() != time.Second {
			t.Errorf("%s: wait returned %v, outer defer ran %v, ended at %v", name, passed, outer, s.Elapsed())
		}
	}
}

func TestKillSelf(t *testing.T) {
	after := false
	run(t, func(s *sim.Scheduler) {
		task := s.Root().Go("self", func() {
			s.Current().Kill(errStop)
			after = true
		})
		task.Join()
	})
	if after {
		t.Error("Kill of oneself returned")
	}
}

func TestGroupKill(t *testing.T) {
	var ended []string
	run(t, func(s *sim.Scheduler) {
		host := s.Root().NewGroup("host")
		process := host.NewGroup("process")
		var last *sim.Task
		for _, g := range []*sim.Group{host, process} {
			for i := range 3 {
				g.Go(fmt.Sprint(g.Name(), i), func() {
					defer func() { ended = append(ended, s.Current().Name()) }()
					s.Sleep(time.Hour)
				})
			}
		}
		last = host.Go("killer", func() {
			defer func() { ended = append(ended, "killer") }()
			s.Sleep(time.Second)
			host.Kill(errStop)
			t.Error("the killer outlived its group")
		})
		last.Join()
		s.Sleep(0)
		if host.Len() != 0 || process.Len() != 0 {
			t.Errorf("%d and %d tasks are left", host.Len(), process.Len())
		}
	})
	slices.Sort(ended)
	if got := strings.Join(ended, " "); got != "host0 host1 host2 killer process0 process1 process2" {
		t.Errorf("ended: %s", got)
	}
}

func TestDeadlineAndWakeAtTheSameInstant(t *testing.T) {
	for _, wakeFirst := range []bool{true, false} {
		var q sim.Queue
		var woken bool
		run(t, func(s *sim.Scheduler) {
			if wakeFirst {
				s.After(time.Second, q.Wake)
			}
			task := s.Root().Go("waiter", func() {
				woken = s.Wait(sim.Wait{}, s.Now().Add(time.Second), &q)
				s.Sleep(time.Minute) // a second wake-up must not end this
			})
			s.Sleep(0)
			if !wakeFirst {
				s.After(time.Second, q.Wake)
			}
			task.Join()
			if got := s.Elapsed(); got != time.Minute+time.Second {
				t.Errorf("wake first %v: joined at %v", wakeFirst, got)
			}
		})
		if woken != wakeFirst {
			t.Errorf("wake first %v: Wait = %v", wakeFirst, woken)
		}
	}
}

func TestSleepZeroLetsOthersRun(t *testing.T) {
	var got []string
	run(t, func(s *sim.Scheduler) {
		for _, name := range []string{"a", "b", "c"} {
			s.Root().Go(name, func() {
				for range 3 {
					got = append(got, name)
					s.Sleep(0)
				}
			})
		}
	})
	if text := strings.Join(got, ""); text != "abcabcabc" {
		t.Errorf("order %s", text)
	}
}

func TestHugeSleepDoesNotWrap(t *testing.T) {
	s := sim.New(sim.Options{TimeLimit: time.Hour})
	defer s.Close()
	err := s.Run(s.Root().Go("main", func() { s.Sleep(time.Second); s.Sleep(1<<63 - 1) }))
	if err != sim.ErrTimeLimit || s.Elapsed() != time.Hour {
		t.Errorf("Run = %v at %v", err, s.Elapsed())
	}
}

func TestRunAgain(t *testing.T) {
	s := sim.New(sim.Options{})
	defer s.Close()
	var q sim.Queue
	first := s.Root().Go("first", func() { waitOn(s, "receive", &q) })
	var dead *sim.DeadlockError
	if err := s.Run(first); !errors.As(err, &dead) {
		t.Fatalf("Run = %v, want a deadlock", err)
	}
	second := s.Root().Go("second", func() { q.Wake() })
	if err := s.Run(second); err != nil || !first.Done() {
		t.Errorf("Run = %v, first done: %v", err, first.Done())
	}
}

func TestInterruptEndsOneRun(t *testing.T) {
	s := sim.New(sim.Options{})
	defer s.Close()
	main := s.Root().Go("main", func() {
		for range 3 {
			s.Sleep(time.Second)
		}
	})
	s.After(1500*time.Millisecond, func() { s.Interrupt(errStop) })
	if err := s.Run(main); err != errStop {
		t.Fatalf("Run = %v", err)
	}
	if err := s.Run(main); err != nil || s.Elapsed() != 3*time.Second {
		t.Errorf("the next Run = %v at %v", err, s.Elapsed())
	}
}

func TestCloseUnwindsEverything(t *testing.T) {
	s := sim.New(sim.Options{})
	var unwound []string
	late := false
	for _, name := range []string{"a", "b"} {
		s.Root().Go(name, func() {
			defer func() { unwound = append(unwound, name) }()
			defer func() { s.Root().Go("late", func() { late = true }) }()
			defer s.Sleep(time.Hour)
			s.Sleep(time.Hour)
		})
	}
	if err := s.Run(s.Root().Go("main", func() { s.Interrupt(errStop); s.Sleep(0) })); err != errStop {
		t.Fatal(err)
	}
	s.Close()
	if len(unwound) != 2 || late || s.Root().Len() != 0 {
		t.Errorf("unwound %v, late task ran %v, %d left", unwound, late, s.Root().Len())
	}
}

func TestPanicInTask(t *testing.T) {
	s := sim.New(sim.Options{})
	defer s.Close()
	s.Root().Go("bad", func() { panic("boom") })
	err := s.Run(s.Root().Go("main", func() { s.Sleep(time.Hour) }))
	var p *sim.PanicError
	if !errors.As(err, &p) || p.Task != "bad" || p.Value != "boom" || !strings.Contains(string(p.Stack), "TestPanicInTask") {
		t.Errorf("Run = %v", err)
	}
}

// A task that calls runtime.Goexit, as FailNow of package testing does, ends Run's goroutine too, in good order.
func TestGoexitInTask(t *testing.T) {
	s := sim.New(sim.Options{})
	exited := make(chan bool)
	var task *sim.Task
	go func() {
		defer close(exited)
		task = s.Root().Go("main", runtime.Goexit)
		s.Run(task)
	}()
	<-exited
	if s.Current() != nil || !task.Done() {
		t.Errorf("current task %v, main done %v", s.Current(), task.Done())
	}
	s.Close()
}

func TestDeadlockReport(t *testing.T) {
	s := sim.New(sim.Options{})
	defer s.Close()
	var q sim.Queue
	server := s.Root().NewGroup("server")
	server.NewGroup("upper").Go("session", func() { waitOn(s, "accept", &q) })
	main := s.Root().Go("main", func() {
		s.Sleep(2 * time.Second)
		s.Wait(sim.Wait{Call: "receive", On: text("tcp 10.0.0.1:80")}, time.Time{}, &q)
	})
	err := s.Run(main)
	want := "deadlock at 2s: every task waits and nothing can wake one\n" +
		"  session on server/upper waits in accept since 0s\n" +
		"  main waits in receive (tcp 10.0.0.1:80) since 2s"
	if err == nil || err.Error() != want {
		t.Errorf("Run = %v\nwant %s", err, want)
	}
}

// TestDeadlockReportOfAWorldWithServers: tasks of background groups are counted; groups inside these are listed as ever.
func TestDeadlockReportOfAWorldWithServers(t *testing.T) {
	s := sim.New(sim.Options{})
	defer s.Close()
	var q sim.Queue
	servers := s.Root().NewGroup("servers")
	servers.Background = true
	for range 3 {
		servers.Go("server", func() { waitOn(s, "accept", &q) })
	}
	servers.NewGroup("script").Go("guest", func() { waitOn(s, "read", &q) })
	err := s.Run(s.Root().Go("main", func() { waitOn(s, "join", &q) }))
	want := "deadlock at 0s: every task waits and nothing can wake one\n" +
		"  guest on servers/script waits in read since 0s\n" +
		"  main waits in join since 0s\n" +
		"  and the servers that belong to the world, which wait for somebody (tasks: 3)"
	if err == nil || err.Error() != want {
		t.Errorf("Run = %v\nwant %s", err, want)
	}
}

type text string

func (t text) String() string { return string(t) }

func TestTenThousandTasks(t *testing.T) {
	const n = 10000
	sum := 0
	s := run(t, func(s *sim.Scheduler) {
		var tasks []*sim.Task
		for i := range n {
			tasks = append(tasks, s.Root().Go("task", func() {
				s.Sleep(time.Duration(n-i) * time.Millisecond)
				sum += i
			}))
		}
		for _, task := range tasks {
			task.Join()
		}
	})
	if sum != n*(n-1)/2 || s.Elapsed() != n*time.Millisecond {
		t.Errorf("sum %d at %v", sum, s.Elapsed())
	}
}

// Whatever tasks do, sleeps last as long as asked, and the same program gives the same order.
func TestOrderIsRepeatable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plans := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(-1, 4), 0, 6), 1, 8).Draw(t, "plans")
		play := func() []string {
			var log []string
			s := sim.New(sim.Options{})
			var q sim.Queue
			main := s.Root().Go("main", func() {
				for i, plan := range plans {
					s.Root().Go("", func() {
						for _, step := range plan {
							if step < 0 {
								q.Wake()
								s.Wait(sim.Wait{}, s.Now().Add(3), &q)
							} else {
								before := s.Elapsed()
								s.Sleep(time.Duration(step))
								if got := s.Elapsed() - before; got != time.Duration(step) {
									t.Errorf("slept %d instead of %d", got, step)
								}
							}
							log = append(log, fmt.Sprint(i, s.Elapsed()))
						}
					})
				}
			})
			if err := s.Run(main); err != nil {
				t.Fatal(err)
			}
			return log
		}
		if a, b := play(), play(); !slices.Equal(a, b) {
			t.Fatalf("two runs differ:\n%v\n%v", a, b)
		}
	})
}

func TestRandDependsOnSeedAndNameAlone(t *testing.T) {
	a := sim.New(sim.Options{Seed: 1})
	b := sim.New(sim.Options{Seed: 1})
	b.Rand("other").Uint64()
	if a.Rand("host").Uint64() != b.Rand("host").Uint64() {
		t.Error("another stream's use shifts this one")
	}
	if sim.NewRand(1, "host").Uint64() == sim.NewRand(2, "host").Uint64() || sim.NewRand(1, "a").Uint64() == sim.NewRand(1, "b").Uint64() {
		t.Error("different seeds or names give the same stream")
	}
}
