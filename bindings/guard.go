package bindings

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
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

	asked  atomic.Bool // the run is to look at its memory, and has not yet
	posted atomic.Bool // the scheduler will be asked too
}

// heapOften and heapSeldom bound how often the program's memory is looked at. Each look wakes threads that a busy loopback feels.
const (
	heapOften  = 5 * time.Millisecond
	heapSeldom = 100 * time.Millisecond
)

// nextLook returns when to look at the memory again with so many bytes left: a script can allocate some 2 GB/s, and four times that is less than
// 8 bytes in a nanosecond.
func nextLook(left int64) time.Duration {
	return min(max(time.Duration(left/8), heapOften), heapSeldom)
}

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

// watchHeap asks the run to look at its memory when the program has much.
func (g *guard) watchHeap() {
	defer g.done.Done()
	look := time.NewTimer(heapOften)
	defer look.Stop()
	for {
		select {
		case <-g.quit:
			return
		case <-look.C:
		}
		left := g.heap - heapInUse()
		if g.asked.Load() || left < 0 {
			g.ask()
		}
		look.Reset(nextLook(left))
	}
}

// ask makes whoever holds the baton call judge: a script that computes, or the scheduler when the script waits.
func (g *guard) ask() {
	g.asked.Store(true)
	g.alarm.Ask(g.judge)
	if g.posted.CompareAndSwap(false, true) {
		g.sched.Post(func() {
			g.posted.Store(false)
			g.judge(func() bool { return false })
		})
	}
}

// judge collects garbage and ends the run if what is left is too much, but for a process that is over its own limit: that ends alone. It is
// called on the baton, so nobody allocates while the collector works and none of what is found is garbage: how busy the machine is
// does not matter.
func (g *guard) judge(over func() bool) {
	if !g.asked.CompareAndSwap(true, false) {
		return
	}
	for range 2 { // what a sync.Pool holds is garbage the second time
		runtime.GC()
		if heapInUse() <= g.heap {
			return
		}
	}
	if !over() {
		g.stop(&LimitError{Limit: "heap", Max: g.heap,
			Text: fmt.Sprintf("all processes and moonwire itself take more than %s of the machine's memory", lua51.Bytes(g.heap))})
	}
}

// heapInUse returns the bytes of the program's objects, garbage that was not yet collected included.
func heapInUse() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
