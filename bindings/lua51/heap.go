package lua51

import (
	"fmt"
	"math/bits"
	"unsafe"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

// A Holder is a Go value that keeps Lua values alive, or memory of its own. Userdata whose Value is a Holder, and
// holders given to Hold, count as memory of the process.
type Holder interface {
	// Held calls see for each Lua value and weigh for memory of its own, in bytes.
	Held(see func(lua.LValue), weigh func(bytes int64))
}

// Hold makes the memory count include what h holds, until release is called.
func Hold(L *lua.LState, h Holder) (release func()) {
	m := mustContext(L).machine
	m.holders[h] = true
	return func() { delete(m.holders, h) }
}

// objectBytes is about what an object of a module takes beside its userdata: a file, a socket, a queue.
const objectBytes = 512

// How often memory is counted: after so much fuel, and so much more for each thing that was found.
const (
	stepFuel    = 64 << 10
	fuelPerItem = 4
)

// weigh counts the process's memory and stops the meter if it is too much.
func (m *Meter) weigh(mc *machine) {
	items := int64(0)
	if m.memory > 0 {
		m.held, items = mc.weigh()
		if m.held > m.memory {
			m.Stop(&LimitError{Limit: "memory", Max: m.memory,
				Text: fmt.Sprintf("the script holds more than %s of memory", Bytes(m.memory))})
			return
		}
	}
	m.schedule(items)
}

// schedule sets when memory is counted next, after a count that found so many things.
func (m *Meter) schedule(items int64) {
	m.countAt = 0
	if m.memory > 0 {
		m.countAt = max(m.fuel-stepFuel-fuelPerItem*items, 0)
	}
}

// Bytes renders a number of bytes for people: "128 MiB", "1000 bytes".
func Bytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n >= 1<<10 && n%(1<<10) == 0 && i < len(units)-1 {
		n >>= 10
		i++
	}
	return fmt.Sprintf("%d %s", n, units[i])
}

// A weighing walks through all that the threads of one machine can reach and adds up what it takes. What is
// reached twice counts once, short strings apart. The sizes are those of Go 1.26 on 64 bits, roughly.
type weighing struct {
	bytes int64
	items int64
	seen  pointerSet
	todo  []lua.LValue // what was seen and not yet looked into: no recursion, for chains may be long
}

// weigh returns the bytes that the machine's values take, and how many things there are.
func (m *machine) weigh() (size, items int64) {
	w := &weighing{}
	m.roots(w)
	for len(w.todo) > 0 {
		last := len(w.todo) - 1
		v := w.todo[last]
		w.todo = w.todo[:last]
		switch v := v.(type) {
		case *lua.LTable:
			w.table(v)
		case *lua.LFunction:
			w.function(v)
		case *lua.LState:
			w.thread(v)
		}
	}
	m.sweepAddresses()
	return w.bytes, w.items
}

// roots sees where every live value can be reached from.
func (m *machine) roots(w *weighing) {
	w.value(m.main)
	w.value(m.main.G.Global)
	w.value(m.main.G.Registry)
	w.value(m.strings)
	for _, th := range m.spare {
		w.value(th)
	}
	w.task(mustContext(m.main).task)
	for owner := range m.tasks {
		w.task(owner)
	}
	for mt := range m.proxies {
		w.value(mt)
	}
	for shown, name := range m.sources {
		w.bytes += int64(len(shown) + len(name) + 64)
	}
	for h := range m.holders {
		h.Held(w.value, w.weigh)
	}
}

func (w *weighing) weigh(n int64) { w.bytes += n }

// task sees the stacks of one line of execution, from the one that runs to those that wait for it.
func (w *weighing) task(owner *task) {
	w.value(owner.thread)
	for _, v := range owner.args {
		w.value(v)
	}
	for th := owner.running; th != nil; th = contextOf(th).caller {
		w.value(th)
	}
}

// longString is the length from which a string counts once, however often it is reached.
const longString = 64

// value counts a value, and notes it for later if it leads to others.
func (w *weighing) value(v lua.LValue) {
	switch v := v.(type) {
	case lua.LNumber:
		w.bytes += 8
	case lua.LString:
		w.bytes += 16
		if len(v) < longString || w.seen.add(unsafe.Pointer(unsafe.StringData(string(v)))) {
			w.bytes += int64(len(v))
		}
	case *lua.LTable:
		if v != nil && w.seen.add(unsafe.Pointer(v)) {
			w.todo = append(w.todo, v)
		}
	case *lua.LState:
		if v != nil && w.seen.add(unsafe.Pointer(v)) {
			w.todo = append(w.todo, v)
		}
	case *lua.LFunction:
		if v != nil && w.seen.add(unsafe.Pointer(v)) {
			w.todo = append(w.todo, v)
		}
	case *lua.LUserData:
		if v != nil && w.seen.add(unsafe.Pointer(v)) {
			w.items++
			w.bytes += 64
			if v.Value != nil {
				w.bytes += objectBytes
			}
			w.value(v.Metatable)
			if h, ok := v.Value.(Holder); ok {
				h.Held(w.value, w.weigh)
			}
		}
	}
}

// mapBytes returns what a Go map of n entries takes.
func mapBytes(n, entry int) int64 {
	switch {
	case n == 0:
		return 48
	case n <= 8:
		return int64(64 + 8*entry)
	}
	slots := 1 << bits.Len(uint(n*8/7))
	return int64(96 + slots*(entry+1))
}

func (w *weighing) table(t *lua.LTable) {
	p := tableOf(t)
	w.items += int64(2 + cap(p.array)/8 + len(p.keys))
	w.bytes += int64(96 + 16*cap(p.array) + 16*cap(p.keys))
	w.value(t.Metatable)
	for _, v := range p.array {
		w.value(v)
	}
	if len(p.keys) > 0 {
		w.bytes += mapBytes(len(p.keys), 24)
		for _, k := range p.keys {
			w.value(k)
		}
	}
	if p.strdict != nil {
		w.bytes += mapBytes(len(p.strdict), 32)
		for _, v := range p.strdict {
			w.value(v)
		}
	}
	if p.dict != nil {
		w.bytes += mapBytes(len(p.dict), 32)
		for _, v := range p.dict {
			w.value(v)
		}
	}
}

func (w *weighing) thread(L *lua.LState) {
	s := stateOf(L)
	live, calls := s.live(), s.stack.value
	w.items += int64(4 + len(live)/8)
	w.bytes += int64(512 + 16*len(s.reg.array) + 8*len(calls.segments) + 704*(int(calls.segIdx)+1))
	if L.Env != nil {
		w.value(L.Env)
	}
	for _, v := range live {
		w.value(v)
	}
	if t := contextOf(L); t != nil && t.co != nil {
		w.value(t.co.body)
		for _, v := range t.co.transfer {
			w.value(v)
		}
	}
}

func (w *weighing) function(fn *lua.LFunction) {
	w.items += 2
	w.bytes += int64(96 + 8*len(fn.Upvalues))
	if fn.Env != nil {
		w.value(fn.Env)
	}
	if fn.Proto != nil {
		w.proto(fn.Proto)
	}
	for _, u := range fn.Upvalues {
		if u != nil && w.seen.add(unsafe.Pointer(u)) {
			w.bytes += 48
			w.value(u.Value())
		}
	}
}

// proto counts the code of a function and of those inside it.
func (w *weighing) proto(p *lua.FunctionProto) {
	if !w.seen.add(unsafe.Pointer(p)) {
		return
	}
	w.items++
	w.bytes += int64(320 + 12*len(p.Code) + 96*len(p.DbgLocals) + 24*len(p.DbgCalls) + 16*len(p.Constants))
	for _, c := range p.Constants {
		w.value(c)
	}
	for _, inner := range p.FunctionPrototypes {
		w.proto(inner)
	}
}

// sweepAddresses forgets the invented addresses of objects that are gone, when there may be many of those.
func (m *machine) sweepAddresses() {
	if len(m.addresses) < m.sweepAt {
		return
	}
	for key := range m.addresses {
		if gone(key) {
			delete(m.addresses, key)
		}
	}
	m.sweepAt = max(1024, 2*len(m.addresses))
}

// gone reports whether the object of a weak pointer is no more.
func gone(key any) bool {
	switch p := key.(type) {
	case weak.Pointer[lua.LTable]:
		return p.Value() == nil
	case weak.Pointer[lua.LFunction]:
		return p.Value() == nil
	case weak.Pointer[lua.LUserData]:
		return p.Value() == nil
	case weak.Pointer[lua.LState]:
		return p.Value() == nil
	}
	return false
}

// A pointerSet is a set of addresses of objects that stay where they are while it is in use.
type pointerSet struct {
	slots []unsafe.Pointer
	n     int
}

// add puts p in and reports whether it was new.
func (s *pointerSet) add(p unsafe.Pointer) bool {
	if 2*s.n >= len(s.slots) {
		s.grow()
	}
	i := s.find(p)
	if s.slots[i] != nil {
		return false
	}
	s.slots[i] = p
	s.n++
	return true
}

// find returns the slot that holds p, or where it would go.
func (s *pointerSet) find(p unsafe.Pointer) int {
	mask := len(s.slots) - 1
	i := int(uint64(uintptr(p)>>3)*0x9e3779b97f4a7c15>>32) & mask
	for s.slots[i] != nil && s.slots[i] != p {
		i = (i + 1) & mask
	}
	return i
}

func (s *pointerSet) grow() {
	old := s.slots
	s.slots = make([]unsafe.Pointer, max(1024, 2*len(old)))
	for _, p := range old {
		if p != nil {
			s.slots[s.find(p)] = p
		}
	}
}
