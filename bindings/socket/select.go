package socket

import (
	"cmp"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// setSize is the first descriptor that select refuses, as FD_SETSIZE is on a real system.
const setSize = 1024

type selectArgs struct {
	Recvt   *lua.LTable `doc:"sockets to be tested for something to read; nil for none" default:"nil"`
	Sendt   *lua.LTable `doc:"sockets to be tested for room to send; nil for none" default:"nil"`
	Timeout float64     `doc:"seconds to wait; nil or negative: for ever" default:"-1"`
}

// candidateFuel pays for a socket in a set: it is looked up, sorted and looked at twice.
const candidateFuel = 4

// A candidate is an object in one of select's sets.
type candidate struct {
	object lua.LValue
	fd     int
	sock   stack.Socket // nil if no open socket has the descriptor
	dirty  bool
	ready  bool
}

// A selection is one call of select.
type selection struct {
	c           *bind.Call
	desk        *desk
	stack       *stack.Stack
	read, write []candidate
}

func selectSockets(c *bind.Call) bind.Out {
	d := deskOf(c)
	s := &selection{c: c, desk: d, stack: d.process.Stack()}
	limit := -1.0
	if c.Given(3) {
		limit = c.Number(3)
	}
	s.read = s.collect(1)
	s.write = s.collect(2)
	dirty := s.findDirty()
	if dirty {
		limit = 0
	}
	found := s.await(limit)
	readable, writable := s.result(s.read), s.result(s.write)
	if found || dirty {
		return c.Return(readable, writable, nil)
	}
	return c.Return(readable, writable, "timeout")
}

// collect reads a set: the list part of a table, without what has no descriptor. Of several with the same, the last counts.
func (s *selection) collect(arg int) []candidate {
	if !s.c.Given(arg) {
		return nil
	}
	t, ok := s.c.Arg(arg).(*lua.LTable)
	if !ok {
		s.c.Misuse([]string{"recvt", "sendt"}[arg-1], "table expected, got %s", s.c.Describe(s.c.Arg(arg)))
	}
	var list []candidate
	for i := 1; ; i++ {
		lua51.MakeRoom(s.c.L)
		s.c.Charge(candidateFuel)
		object := s.c.L.GetTable(t, lua.LNumber(i))
		if object == lua.LNil {
			break
		}
		fd, sock := s.descriptor(object)
		if fd < 0 {
			continue
		}
		if fd >= setSize {
			s.c.Misuse([]string{"recvt", "sendt"}[arg-1], "descriptor too large for set size")
		}
		list = append(list, candidate{object: object, fd: fd, sock: sock})
	}
	return unique(list)
}

// unique sorts by descriptor and keeps the last of those that share one.
func unique(list []candidate) []candidate {
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.fd, b.fd) })
	out := list[:0]
	for i, x := range list {
		if i+1 == len(list) || list[i+1].fd != x.fd {
			out = append(out, x)
		}
	}
	return out
}

func (s *selection) descriptor(object lua.LValue) (int, stack.Socket) {
	if h := handleOf(object); h != nil {
		return h.fd(), h.sock
	}
	n, ok := s.ask(object, "getfd").(lua.LNumber)
	if !ok {
		return -1, nil
	}
	return int(n), s.desk.sockets[place{s.stack, int(n)}]
}

func handleOf(v lua.LValue) *handle {
	if t, ok := bind.As[tcp](v); ok {
		return &t.handle
	}
	if u, ok := bind.As[udp](v); ok {
		return &u.handle
	}
	return nil
}

// ask calls a method of an object that is not one of ours; the answer is nil if it has none.
func (s *selection) ask(object lua.LValue, method string) lua.LValue {
	switch object.(type) {
	case *lua.LTable, *lua.LUserData, lua.LString:
	default:
		raisePlain(s.c, "attempt to index a "+object.Type().String()+" value")
	}
	lua51.MakeRoom(s.c.L)
	f := s.c.L.GetField(object, method)
	if f == lua.LNil {
		return lua.LNil
	}
	return first(callValue(s.c, f, object))
}

// findDirty marks the objects that have something in a buffer already.
func (s *selection) findDirty() bool {
	found := false
	for i := range s.read {
		x := &s.read[i]
		if t, ok := bind.As[tcp](x.object); ok {
			x.dirty = t.in.buf != nil
		} else if handleOf(x.object) == nil {
			x.dirty = lua.LVAsBool(s.ask(x.object, "dirty"))
		}
		found = found || x.dirty
	}
	return found
}

// poll looks at every socket once.
func (s *selection) poll() bool {
	found := false
	for i := range s.read {
		x := &s.read[i]
		x.ready = !x.dirty && x.sock != nil && x.sock.CanRead()
		found = found || x.ready
	}
	for i := range s.write {
		x := &s.write[i]
		x.ready = x.sock != nil && x.sock.CanWrite()
		found = found || x.ready
	}
	return found
}

// await waits until a socket is ready and reports whether one is.
func (s *selection) await(limit float64) bool {
	if s.poll() {
		return true
	}
	sched := s.stack.Scheduler()
	if limit == 0 {
		pause(sched)
		return s.poll()
	}
	var by time.Time
	if d := duration(limit); limit > 0 && d < forever {
		by = sched.Now().Add(d)
	}
	var queues []*sim.Queue
	for {
		queues = s.queues(queues[:0])
		late := !sched.Wait(sim.Wait{Call: "select", On: s}, by, queues...)
		if s.poll() {
			return true
		}
		if late {
			return false
		}
	}
}

func (s *selection) queues(list []*sim.Queue) []*sim.Queue {
	for _, x := range s.read {
		if x.sock != nil {
			list = append(list, x.sock.Readable())
		}
	}
	for _, x := range s.write {
		if x.sock != nil {
			list = append(list, x.sock.Writable())
		}
	}
	return list
}

// String lists the sockets, for reports.
func (s *selection) String() string {
	var words []string
	for _, set := range []struct {
		verb string
		list []candidate
	}{{"read ", s.read}, {"write ", s.write}} {
		for _, x := range set.list {
			if x.sock != nil {
				words = append(words, set.verb+x.sock.String())
			}
		}
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// result makes one of select's tables: dirty objects first, then by descriptor; from number to object and from object to number.
func (s *selection) result(list []candidate) *lua.LTable {
	n := 0
	for _, x := range list {
		if x.dirty || x.ready {
			n++
		}
	}
	t := s.c.L.CreateTable(n, n)
	n = 0
	add := func(object lua.LValue) {
		n++
		t.RawSetInt(n, object)
		t.RawSet(object, lua.LNumber(n))
	}
	for _, x := range list {
		if x.dirty {
			add(x.object)
		}
	}
	for _, x := range list {
		if x.ready {
			add(x.object)
		}
	}
	return t
}

// callValue calls a Lua value and passes on what it raises.
func callValue(c *bind.Call, f lua.LValue, args ...lua.LValue) []lua.LValue {
	if f.Type() != lua.LTFunction && c.L.GetMetaField(f, "__call") == lua.LNil {
		raisePlain(c, "attempt to call a "+f.Type().String()+" value")
	}
	results, err := lua51.Call(c.L, f, args...)
	if err != nil {
		lua51.Rethrow(c.L, err)
	}
	return results
}

func first(values []lua.LValue) lua.LValue {
	if len(values) == 0 {
		return lua.LNil
	}
	return values[0]
}
