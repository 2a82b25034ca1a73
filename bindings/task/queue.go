package task

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Queue carries values from task to task.
type Queue struct {
	sched    *sim.Scheduler
	values   []lua.LValue
	capacity int // 0: no limit
	closed   bool
	changed  sim.Queue
}

func queueClass() bind.Member {
	return bind.Class("Queue", "A first-in first-out queue between tasks.",
		bind.MethodProc("put", "Append a value; waits while the queue is full.", (*Queue).put).Errors("timeout", "closed"),
		bind.MethodVar("get", "Take the oldest value; waits while the queue is empty.", (*Queue).get).
			Returns("value any", "the value, or nil", "message string?", "why there is none", "code string?", "\"timeout\" or \"closed\"").
			Errors("timeout", "closed"),
		bind.MethodProc("close", "Let no more values in; those inside can still be taken.", (*Queue).close),
		bind.Method("len", "How many values are in the queue.", (*Queue).len),
	).Length(func(q *Queue) int { return len(q.values) }).Text(func(q *Queue) string { return fmt.Sprint(len(q.values)) })
}

type queueArgs struct {
	Capacity int `doc:"how many values fit; 0 means no limit" default:"0" min:"0"`
}

func newQueue(c *bind.Call, a queueArgs) (*Queue, error) {
	return &Queue{sched: process.Of(c).Sched(), capacity: a.Capacity}, nil
}

// Ready implements process.Waitable.
func (q *Queue) Ready() bool { return len(q.values) > 0 || q.closed }

// Changed implements process.Waitable.
func (q *Queue) Changed() *sim.Queue { return &q.changed }

// String implements process.Waitable.
func (q *Queue) String() string { return fmt.Sprintf("queue of %d values", len(q.values)) }

// A queueError is why a queue did not do what was asked.
type queueError string

func (e queueError) Error() string { return string(e) }

// Code gives the error's code: it is its text.
func (e queueError) Code() string { return string(e) }

const (
	errTimeout queueError = "timeout"
	errClosed  queueError = "closed"
)

// Held implements lua51.Holder.
func (q *Queue) Held(see func(lua.LValue), weigh func(int64)) {
	weigh(int64(16 * cap(q.values)))
	for _, v := range q.values {
		see(v)
	}
}

type putArgs struct {
	Value   lua.LValue     `doc:"anything but nil"`
	Timeout *time.Duration `doc:"how long to wait for room; for ever if left out"`
}

func (q *Queue) put(c *bind.Call, a putArgs) error {
	if a.Value == lua.LNil {
		c.Misuse("value", "want anything but nil, got nil")
	}
	deadline := process.Deadline(q.sched, a.Timeout)
	for q.capacity > 0 && len(q.values) >= q.capacity && !q.closed {
		if !q.wait("put", deadline) {
			return errTimeout
		}
	}
	if q.closed {
		return errClosed
	}
	q.values = append(q.values, a.Value)
	q.changed.Wake()
	return nil
}

func (q *Queue) get(c *bind.Call, a timeoutArgs) bind.Out {
	deadline := process.Deadline(q.sched, a.Timeout)
	for len(q.values) == 0 {
		if q.closed {
			return c.Fail(errClosed)
		}
		if !q.wait("get", deadline) {
			return c.Fail(errTimeout)
		}
	}
	v := q.values[0]
	q.values[0] = nil
	q.values = q.values[1:]
	q.changed.Wake()
	return c.Return(v)
}

func (q *Queue) wait(call string, deadline time.Time) bool {
	if !deadline.IsZero() && !q.sched.Now().Before(deadline) {
		return false
	}
	q.sched.Wait(sim.Wait{Call: call, On: q}, deadline, &q.changed)
	return true
}

func (q *Queue) close(*bind.Call, bind.None) error {
	q.closed = true
	q.changed.Wake()
	return nil
}

func (q *Queue) len(*bind.Call, bind.None) (int, error) { return len(q.values), nil }
