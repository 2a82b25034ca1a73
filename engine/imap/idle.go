package imap

import (
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// idle is IDLE (RFC 2177): until the client says DONE, it is told of changes as they happen, by a task of their own.
func (x *session) idle(p *parser) verdict {
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	x.out.WriteString("+ idling\r\n")
	w := &watcher{x: x}
	if x.view != nil {
		x.sync(true)
		w.running = true
		x.st.Go("imap idle", w.run)
	}
	x.patience()
	line, err := x.lines.ReadLine()
	w.stop()
	switch {
	case err != nil:
		x.done = true
		x.farewell(err)
		return verdict{err: errAnswered}
	case !strings.EqualFold(string(line), "DONE"):
		return verdict{err: &misplaced{"IDLE ends with DONE"}}
	}
	return ok("IDLE completed")
}

// A watcher tells the client of changes while the session waits for DONE.
type watcher struct {
	x       *session
	running bool
	halt    bool
	queue   sim.Queue // of halt and running
}

func (w *watcher) run() {
	x := w.x
	sched := x.st.Scheduler()
	defer func() {
		w.running = false
		w.queue.Wake()
	}()
	for !w.halt {
		if x.view.folder.ModSeq() == x.view.modSeq {
			sched.Wait(sim.Wait{Call: "imap idle"}, time.Time{}, x.view.folder.Changed(), &w.queue)
			continue
		}
		x.sync(true)
		x.conn.SetWriteDeadline(x.st.Now().Add(x.timeout()))
		if x.out.Flush() != nil {
			x.conn.Break() // which wakes the session
			return
		}
	}
}

// stop ends the watcher and waits until it has.
func (w *watcher) stop() {
	w.halt = true
	w.queue.Wake()
	for w.running {
		w.x.st.Scheduler().Wait(sim.Wait{Call: "imap idle"}, time.Time{}, &w.queue)
	}
}
