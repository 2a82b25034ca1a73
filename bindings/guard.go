package bindings

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A guard watches a run from outside of its world: the machine's clock and the memory of the whole program. Those are
// backstops that depend on the machine; what a script does decides all other limits.
type guard struct {
	alarm *lua51.Alarm
	sched *sim.Scheduler
	heap  int64
	quit  chan struct{}
	done  sync.WaitGroup
	wall  *time.Timer
}

// heapEvery is how often the program's memory is looked at: a script can allocate some 2 GB/s.
const heapEvery = 5 * time.Millisecond

// newGuard starts to watch a run with the given limits.
func newGuard(s *sim.Scheduler, alarm *lua51.Alarm, l process.Limits) *guard {
	g := &guard{alarm: alarm, sched: s, heap: l.Heap, quit: make(chan struct{})}
	if l.Wall > 0 {
		g.wall = time.AfterFunc(l.Wall, func() {
			g.stop(&LimitError{Limit: "wall", Max: int64(l.Wall), Text: fmt.Sprintf("the run has taken %v of the machine's time, as much as it may", l.Wall)})
		})
	}
	if l.Heap > 0 {
		g.done.Add(1)
		go g.watchHeap()
	}
	return g
}

// close ends the watch.
func (g *guard) close() {
	if g.wall != nil {
		g.wall.Stop()
	}
	close(g.quit)
	g.done.Wait()
}

// stop ends the run, whether a script computes or waits.
func (g *guard) stop(err error) {
	g.sched.Interrupt(err)
	g.alarm.Stop(err)
}

// patience is how often the guard looks whether a script has collected garbage before it does so itself: a call may take long.
const patience = 40

// watchHeap asks whoever computes to count its memory when the program has much, then to collect garbage, and ends the run when that does
// not help.
func (g *guard) watchHeap() {
	defer g.done.Done()
	tick := time.NewTicker(heapEvery)
	defer tick.Stop()
	for asked := 0; ; {
		select {
		case <-g.quit:
			return
		case <-tick.C:
		}
		if liveHeap() <= g.heap {
			g.alarm.Uncollect()
			asked = 0
			continue
		}
		switch asked++; {
		case asked == 1:
			g.alarm.Weigh()
			continue
		case asked == 2:
			g.alarm.Silence()
			g.alarm.Collect()
			continue
		case asked < patience && g.alarm.Collecting():
			continue
		}
		if g.alarm.Uncollect() {
			runtime.GC()
		}
		if liveHeap() > g.heap {
			g.stop(&LimitError{Limit: "heap", Max: g.heap,
				Text: fmt.Sprintf("all processes and moonwire itself take more than %s of the machine's memory", lua51.Bytes(g.heap))})
			return
		}
		asked = 0
	}
}

// liveHeap returns the bytes of the program's objects, garbage that was not yet collected included.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
