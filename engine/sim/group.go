package sim

import "slices"

// A Group is a set of tasks that end together: a host, and within it each process.
type Group struct {
	s      *Scheduler
	parent *Group
	name   string
	tasks  []*Task
	sub    []*Group

	// OnEmpty, if set, is called on the baton each time the group's own last task has ended. It must not wait.
	OnEmpty func()

	// Background says that the group's own tasks are servers of which nobody need hear: a DeadlockError only counts them.
	Background bool
}

// Root returns the group that contains every other.
func (s *Scheduler) Root() *Group { return s.root }

// NewGroup returns a group inside g.
func (g *Group) NewGroup(name string) *Group {
	sub := &Group{s: g.s, parent: g, name: name}
	g.sub = append(g.sub, sub)
	return sub
}

// Go starts f as a task of the group. It runs after the tasks that are runnable now.
func (g *Group) Go(name string, f func()) *Task { return g.s.spawn(g, name, f) }

// Name returns the group's name.
func (g *Group) Name() string { return g.name }

// Parent returns the group that contains g, or nil.
func (g *Group) Parent() *Group { return g.parent }

// Len returns how many tasks of the group itself are alive.
func (g *Group) Len() int { return len(g.tasks) }

// Kill ends every task of the group and of the groups inside it. The running task, if among them, goes last.
func (g *Group) Kill(reason error) {
	self := g.kill(reason)
	if self != nil {
		self.Kill(reason)
	}
}

func (g *Group) kill(reason error) (self *Task) {
	for _, t := range slices.Clone(g.tasks) {
		if t == g.s.current {
			self = t
			continue
		}
		t.Kill(reason)
	}
	for _, sub := range slices.Clone(g.sub) {
		if t := sub.kill(reason); t != nil {
			self = t
		}
	}
	return self
}

// Remove takes the group, which must be empty, out of its parent.
func (g *Group) Remove() {
	if g.parent != nil {
		g.parent.sub = slices.DeleteFunc(g.parent.sub, func(o *Group) bool { return o == g })
	}
}

func (g *Group) remove(t *Task) {
	last := len(g.tasks) - 1
	g.tasks[t.inGroup] = g.tasks[last]
	g.tasks[t.inGroup].inGroup = t.inGroup
	g.tasks[last] = nil
	g.tasks = g.tasks[:last]
	if last == 0 && g.OnEmpty != nil {
		g.OnEmpty()
	}
}

// path names the group from below the root: "host/process".
func (g *Group) path() string {
	if g.parent == nil || g.parent.parent == nil {
		return g.name
	}
	return g.parent.path() + "/" + g.name
}
