package sim

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A modelTimer is an armed timer of the naive model: a list that is sorted each time.
type modelTimer struct {
	which      int
	at         time.Duration
	seq        int
	background bool
}

// fuzzTimers is one run of random armings, disarmings and firings on a scheduler and on the model.
type fuzzTimers struct {
	t      *testing.T
	s      *Scheduler
	timers [16]Timer
	fired  []int
	model  []modelTimer
	seq    int
	inside func() // done by the next event
}

func (f *fuzzTimers) arm(which int, d time.Duration) {
	f.seq++
	f.forget(which)
	at := f.s.now + max(d, 0)
	if at < 0 {
		at = math.MaxInt64
	}
	f.model = append(f.model, modelTimer{which, at, f.seq, f.timers[which].Background})
	f.s.Arm(&f.timers[which], d)
}

func (f *fuzzTimers) forget(which int) bool {
	n := len(f.model)
	f.model = slices.DeleteFunc(f.model, func(m modelTimer) bool { return m.which == which })
	return len(f.model) < n
}

func (f *fuzzTimers) disarm(which int) {
	if got, want := f.s.Disarm(&f.timers[which]), f.forget(which); got != want {
		f.t.Fatalf("Disarm = %v, want %v", got, want)
	}
}

func (f *fuzzTimers) fire() {
	if len(f.model) == 0 {
		return
	}
	slices.SortFunc(f.model, func(a, b modelTimer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	want := f.model[0]
	f.model = f.model[1:]
	if at, ok := f.s.timers.next(); !ok || at != want.at {
		f.t.Fatalf("next = %v, %v; want %v", at, ok, want.at)
	}
	f.s.now = want.at
	f.s.fire()
	if got := f.fired[len(f.fired)-1]; got != want.which {
		f.t.Fatalf("timer %d fired, want %d", got, want.which)
	}
}

// peek asks when the next timer is due, which the scheduler remembers until timers change.
func (f *fuzzTimers) peek() {
	want := time.Duration(math.MaxInt64)
	for _, m := range f.model {
		want = min(want, m.at)
	}
	if at, ok := f.s.timers.soon(); ok != (len(f.model) > 0) || ok && (at > want || at < f.s.now) {
		f.t.Fatalf("soon = %v, %v at %v; want %v of %d", at, ok, f.s.now, want, len(f.model))
	}
	if at, ok := f.s.timers.next(); ok != (len(f.model) > 0) || ok && at != want {
		f.t.Fatalf("next = %v, %v; want %v of %d", at, ok, want, len(f.model))
	}
}

// pass lets time go on, by so many 256ths of what is left until the next timer is due.
func (f *fuzzTimers) pass(part time.Duration) {
	want := time.Duration(math.MaxInt64)
	for _, m := range f.model {
		want = min(want, m.at)
	}
	f.s.now += (want-f.s.now)/256*part + (want-f.s.now)%256*part/256
	f.s.timers.pass(f.s.now)
	if at, ok := f.s.timers.soon(); ok && (at > want || at < f.s.now) {
		f.t.Fatalf("soon = %v at %v, want %v", at, f.s.now, want)
	}
}

func (f *fuzzTimers) check() {
	urgent := 0
	for _, m := range f.model {
		if !m.background {
			urgent++
		}
		if !f.timers[m.which].Armed() {
			f.t.Fatalf("timer %d is not armed", m.which)
		}
	}
	if f.s.urgent != urgent || f.s.timers.armed != len(f.model) {
		f.t.Fatalf("%d urgent of %d, want %d of %d", f.s.urgent, f.s.timers.armed, urgent, len(f.model))
	}
}

func FuzzTimers(f *testing.F) {
	f.Add([]byte{0, 1, 5, 1, 2, 3, 3, 0, 0, 2, 1, 0})
	f.Add([]byte{0, 1, 5, 0, 2, 5, 0, 3, 5, 4, 2, 9, 0, 2, 1, 3, 0, 0, 3, 0, 0, 3, 0, 0})
	f.Add([]byte{0, 1, 1, 0, 2, 2, 0, 3, 3, 5, 1, 5, 3, 0, 0, 6, 3, 0, 3, 0, 0, 7, 4, 8, 3, 0, 0, 3, 0, 0, 3, 0, 0})
	f.Add([]byte{0, 1, 255, 4, 1, 0, 3, 0, 0, 2, 1, 0, 0, 15, 0, 0, 14, 0, 0, 13, 0, 0, 12, 0, 0, 11, 0, 0, 10, 0, 2, 13, 0})
	f.Fuzz(compareTimers)
}

// TestTimersAgainstModel compares long runs of random operations, whose times are of all magnitudes, after all timers were armed for times of one and
// fired.
func TestTimersAgainstModel(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for round := range byte(100) {
		ops := make([]byte, 600)
		random.Read(ops)
		for i := range byte(16) {
			ops[3*i], ops[3*i+1], ops[3*i+2] = 0, round%16<<4|i, ops[3*i+2]&127
			ops[3*(16+i)] = 3
		}
		compareTimers(t, ops)
	}
}

// compareTimers does operations of three bytes each on a scheduler and on the model.
func compareTimers(t *testing.T, ops []byte) {
	z := fuzzTimers{t: t, s: New(Options{})}
	for i := range z.timers {
		z.timers[i].Event = eventFunc(func() {
			z.fired = append(z.fired, i)
			if z.inside != nil {
				z.inside()
			}
		})
	}
	for ; len(ops) >= 3; ops = ops[3:] {
		which, d := int(ops[1]%16), time.Duration(int8(ops[2]))<<(ops[1]/16*3)
		if ops[2] == 127 {
			d = math.MaxInt64
		}
		switch ops[0] % 9 {
		case 0, 1:
			z.arm(which, d)
		case 2:
			z.disarm(which)
		case 3:
			z.fire()
		case 5:
			z.inside = func() { z.arm(which, d) }
		case 6:
			z.inside = func() { z.disarm(which) }
		case 7:
			z.inside = func() { z.arm(which, d); z.disarm((which + 1) % 16); z.arm((which+2)%16, d/2) }
		case 8:
			if len(z.model) > 0 {
				z.pass(time.Duration(ops[2]) + 1)
			}
		case 4:
			z.timers[which].Background = !z.timers[which].Background
		}
		z.check()
		if ops[0] < 128 { // else what it remembers is from before
			z.peek()
		}
	}
	for z.inside = nil; len(z.model) > 0; {
		z.fire()
	}
}

// TestSoonLooksAtNone: to arm the first of many timers anew, as connections do that move in turn, makes nobody look for the next among all.
func TestSoonLooksAtNone(t *testing.T) {
	s := New(Options{})
	timers := make([]Timer, 1000)
	for i := range timers {
		s.Arm(&timers[i], time.Minute+time.Duration(i))
	}
	for i := range timers {
		s.Arm(&timers[i], 2*time.Minute)
		if at, ok := s.timers.soon(); !ok || at <= s.now || at > 2*time.Minute || s.timers.first > 0 {
			t.Fatalf("after %d: %v, %v, first %d", i, at, ok, s.timers.first)
		}
	}
}

func TestTimersOfOneInstantFireInOrderOfArming(t *testing.T) {
	s := New(Options{})
	var got []int
	for i := range 5 {
		s.After(time.Second, func() { got = append(got, i) })
	}
	if err := s.Run(s.root.Go("main", func() {})); err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("fired in order %v", got)
	}
}

func TestBackgroundTimerEndsWithTheRun(t *testing.T) {
	s := New(Options{})
	ticks := 0
	tick := &Timer{Background: true}
	tick.Event = eventFunc(func() { ticks++; s.Arm(tick, time.Second) })
	s.Arm(tick, time.Second)
	if err := s.Run(s.root.Go("main", func() { s.Sleep(3500 * time.Millisecond) })); err != nil {
		t.Fatal(err)
	}
	if ticks != 3 || s.Elapsed() != 3500*time.Millisecond {
		t.Errorf("%d ticks until %v, want 3 until 3.5s", ticks, s.Elapsed())
	}
}

func TestPanicInEventIsReported(t *testing.T) {
	s := New(Options{})
	s.After(0, func() { panic("broken event") })
	err := s.Run(s.root.Go("main", func() { s.Sleep(time.Second) }))
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "broken event" {
		t.Fatalf("Run = %v, want the panic", err)
	}
	if again := s.Run(s.root.Go("main", func() {})); !errors.As(again, &p) {
		t.Errorf("the next Run = %v, want the panic again", again)
	}
	s.Close()
}

func BenchmarkEvent(b *testing.B) {
	b.ReportAllocs()
	s := New(Options{})
	n := 0
	var timer Timer
	timer.Event = eventFunc(func() {
		if n++; n < b.N {
			s.Arm(&timer, time.Microsecond)
		}
	})
	s.Arm(&timer, 0)
	s.Run(s.root.Go("main", func() {}))
}

// BenchmarkEventAmong reports what an event costs where many timers are armed, as those of the links of a large world are: each again after
// about the same time, no two at once.
func BenchmarkEventAmong(b *testing.B) {
	for _, armed := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(armed), func(b *testing.B) {
			b.ReportAllocs()
			s := New(Options{})
			n := 0
			timers := make([]Timer, armed)
			for i := range timers {
				timers[i].Event = eventFunc(func() {
					if n++; n < b.N {
						s.Arm(&timers[i], 120*time.Microsecond+time.Duration(i*37%101))
					}
				})
				s.Arm(&timers[i], time.Duration(i*12347%120011))
			}
			b.ResetTimer()
			s.Run(s.root.Go("main", func() {}))
		})
	}
}

func BenchmarkSleep(b *testing.B) {
	b.ReportAllocs()
	s := New(Options{})
	s.Run(s.root.Go("main", func() {
		for range b.N {
			s.Sleep(time.Microsecond)
		}
	}))
}

func TestSleepDoesNotAllocate(t *testing.T) {
	s := New(Options{})
	var allocs float64
	err := s.Run(s.root.Go("main", func() {
		allocs = testing.AllocsPerRun(100, func() { s.Sleep(time.Microsecond) })
	}))
	if err != nil || allocs != 0 {
		t.Errorf("a sleep makes %v allocations (%v)", allocs, err)
	}
}
