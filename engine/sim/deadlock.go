package sim

import (
	"fmt"
	"strings"
	"time"
)

// A DeadlockError says that the main task can never run again because every task waits.
type DeadlockError struct {
	At      time.Duration // since the clock started
	Blocked []Blocked     // oldest task first
	Idle    int           // tasks besides them, of groups that are Background
}

// Blocked describes a task that waits.
type Blocked struct {
	Task  string
	Group string // host, or host/process
	Call  string
	On    string // what it waits for: a socket with its peer, a task; may be empty
	Where string // file and line of its script; may be empty
	Since time.Duration
}

func (s *Scheduler) deadlock() error {
	e := &DeadlockError{At: s.Elapsed()}
	for t := s.tasks.first; t != nil; t = t.following {
		if t.group.Background {
			e.Idle++
			continue
		}
		e.Blocked = append(e.Blocked, t.blocked())
	}
	return e
}

// Blocked describes the tasks of a group that wait, oldest first; those of groups inside it are not among them.
func (s *Scheduler) Blocked(g *Group) []Blocked {
	var list []Blocked
	for t := s.tasks.first; t != nil; t = t.following {
		if t.group == g && t != s.current {
			list = append(list, t.blocked())
		}
	}
	return list
}

func (t *Task) blocked() Blocked {
	b := Blocked{Task: t.name, Group: t.group.path(), Call: t.wait.Call, Since: t.since}
	if t.wait.On != nil {
		b.On = t.wait.On.String()
	}
	if t.Runtime != nil {
		b.Where = t.Runtime.Where()
	}
	return b
}

func (e *DeadlockError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "deadlock at %v: every task waits and nothing can wake one", e.At)
	for _, t := range e.Blocked {
		b.WriteString("\n  " + t.String())
	}
	if e.Idle > 0 {
		fmt.Fprintf(&b, "\n  and the servers that belong to the world, which wait for somebody (tasks: %d)", e.Idle)
	}
	return b.String()
}

// String renders one line: task, host, call, object, script line, since when.
func (t Blocked) String() string {
	var b strings.Builder
	b.WriteString(t.Task)
	if t.Group != "" {
		b.WriteString(" on " + t.Group)
	}
	b.WriteString(" waits in " + t.Call)
	if t.On != "" {
		b.WriteString(" (" + t.On + ")")
	}
	if t.Where != "" {
		b.WriteString(" at " + t.Where)
	}
	fmt.Fprintf(&b, " since %v", t.Since)
	return b.String()
}
