package lua51

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// What gopher-lua does not show: how large tables and stacks are, which instruction comes next, and what a stack is made of, so
// that it begins small. These structs are its own, field by field; layoutChecked compares them before any is used, so that
// another version of the library with other fields stops the program at once.
type (
	state struct { // lua.LState
		G       *lua.Global
		Parent  *lua.LState
		Env     *lua.LTable
		Panic   func(*lua.LState)
		Dead    bool
		Options lua.Options

		stop         int32
		reg          *registry
		stack        held[callStack]
		alloc        unsafe.Pointer
		currentFrame *callFrame
		wrapped      bool
		uvcache      *upvalue
		hasErrorFunc bool
		mainLoop     func(L *lua.LState, base *callFrame)
		ctx          context.Context
		ctxCancelFn  context.CancelFunc
	}
	registry struct {
		array   []lua.LValue
		top     int
		growBy  int
		maxSize int
		alloc   unsafe.Pointer
		handler held[lua.LState]
	}
	callStack struct {
		segments []*callSegment
		segIdx   uint16
		segSp    uint8
	}
	callSegment struct {
		array [lua.FramesPerSegment]callFrame
	}
	callFrame struct {
		Idx        int
		Fn         *lua.LFunction
		Parent     unsafe.Pointer
		Pc         int
		Base       int
		LocalBase  int
		ReturnBase int
		NArgs      int
		NRet       int
		TailCall   int
	}
	upvalue struct { // lua.Upvalue
		next   unsafe.Pointer
		reg    unsafe.Pointer
		index  int
		value  lua.LValue
		closed bool
	}
	table struct { // lua.LTable
		Metatable lua.LValue
		array     []lua.LValue
		dict      map[lua.LValue]lua.LValue
		strdict   map[string]lua.LValue
		keys      []lua.LValue // every key that the two maps ever had
		k2i       map[lua.LValue]int
	}
	// held is an interface whose values are all pointers to the same type.
	held[T any] struct {
		methods unsafe.Pointer
		value   *T
	}
)

// Structs that are converted use all their fields, says the linter; these are reached through others that are.
var _ = [...]unsafe.Pointer{unsafe.Pointer((*registry)(nil)), unsafe.Pointer((*callStack)(nil)), unsafe.Pointer((*callSegment)(nil)), unsafe.Pointer((*upvalue)(nil))}

func stateOf(L *lua.LState) *state { return (*state)(unsafe.Pointer(L)) }
func tableOf(t *lua.LTable) *table { return (*table)(unsafe.Pointer(t)) }

// layoutChecked panics where gopher-lua's structs are not those above.
var layoutChecked = sync.OnceFunc(func() {
	agree(reflect.TypeFor[state](), reflect.TypeFor[lua.LState]())
	agree(reflect.TypeFor[table](), reflect.TypeFor[lua.LTable]())
	L := lua.NewState(lua.Options{CallStackSize: 1, RegistrySize: 128, SkipOpenLibs: true, MinimizeStackMemory: true})
	defer L.Close()
	plainLoop = stateOf(L).mainLoop
	for op, run := range instructions {
		if run == nil {
			panic(fmt.Sprintf("lua51: gopher-lua has no instruction %d", op))
		}
	}
	charged = instructions
	charged[lua.OP_SETTABLE] = setTable
	agree(reflect.TypeFor[*callStack](), reflect.ValueOf(L).Elem().FieldByName("stack").Elem().Type())
	agree(reflect.TypeFor[*lua.LState](), reflect.ValueOf(L).Elem().FieldByName("reg").Elem().FieldByName("handler").Elem().Type())
})

// agree panics unless mine is laid out as theirs: the same kinds, and in structs the same names.
func agree(mine, theirs reflect.Type) {
	same := mine.Size() == theirs.Size()
	switch {
	case mine == theirs || same && mine.Kind() == reflect.UnsafePointer && theirs.Kind() == reflect.Pointer:
		return
	case same && theirs.Kind() == reflect.Interface && mine.Kind() == reflect.Struct:
		return // held
	case !same || mine.Kind() != theirs.Kind():
		panic(fmt.Sprintf("lua51: gopher-lua has %v where %v was expected", theirs, mine))
	}
	switch mine.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		agree(mine.Elem(), theirs.Elem())
	case reflect.Struct:
		if mine.NumField() != theirs.NumField() {
			panic(fmt.Sprintf("lua51: gopher-lua's %v has other fields than expected", theirs))
		}
		for i := range mine.NumField() {
			if m, t := mine.Field(i), theirs.Field(i); m.Name != t.Name || m.Offset != t.Offset {
				panic(fmt.Sprintf("lua51: gopher-lua's %v has a field %s where %s was expected", theirs, t.Name, m.Name))
			} else {
				agree(m.Type, t.Type)
			}
		}
	}
}

// live returns the values on a Lua stack.
func (s *state) live() []lua.LValue { return s.reg.array[:min(s.reg.top, len(s.reg.array))] }

// Room for a call that may come takes a byte: for 20,000 calls, a tenth of what a process needs. Most stacks never hold many, so there is room
// for few at first, and more is made before it is needed: whenever attend looks, and whenever a stack goes on to run. Between two looks the VM makes no more
// calls than instructions, and functions in Go a few. A call without room would be an error, stack overflow, as where a stack may grow no more.
const (
	spareSegments = (sampleInterval/2 + 64 + 64) / lua.FramesPerSegment
	firstSegments = spareSegments + 4
)

// newStack returns a stack that belongs to the same Lua as model and is like it. It has room for so many values at first and can hold so many
// frames.
func newStack(model *lua.LState, most, slots int) *lua.LState {
	L := new(lua.LState)
	*L = *model
	s := stateOf(L)
	reg := *s.reg
	reg.array, reg.top, reg.growBy, reg.handler.value = make([]lua.LValue, slots), 0, slots, L
	s.reg = &reg
	s.stack.value = &callStack{segments: make([]*callSegment, min(segmentsFor(most), firstSegments))}
	s.stack.value.segments[0] = new(callSegment)
	return L
}

func segmentsFor(frames int) int { return (frames + lua.FramesPerSegment - 1) / lua.FramesPerSegment }

// makeRoom sees to it that a stack of so many frames has room for the calls to come, and that what it holds can double with little copying.
func (s *state) makeRoom(most int) {
	calls := s.stack.value
	if have := len(calls.segments); int(calls.segIdx)+spareSegments >= have && have < segmentsFor(most) {
		calls.grow(min(2*have, segmentsFor(most)))
	}
	if r := s.reg; r.growBy < len(r.array) {
		r.growBy = min(len(r.array), registryGrowth)
	}
}

func (c *callStack) grow(segments int) {
	bigger := make([]*callSegment, segments)
	copy(bigger, c.segments)
	c.segments = bigger
}
