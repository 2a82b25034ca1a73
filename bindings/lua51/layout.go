package lua51

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// A layout says where gopher-lua keeps what it does not show: how large tables and stacks are, and which instruction
// comes next. Counting memory and fuel reads it and writes nothing. Each field's type is checked before any is read, so that another version of the
// library with other fields stops the program at once.
type layout struct {
	array, dict, strdict, keys uintptr // of lua.LTable
	registry, frames           uintptr // of lua.LState
	slots, top                 uintptr // of its registry
	segments                   uintptr // of its call stack
	frame                      uintptr // of lua.LState: the function that runs
	fn, pc, base               uintptr // of that frame
}

var layoutOf = sync.OnceValue(findLayout)

func findLayout() layout {
	table, state := reflect.TypeFor[lua.LTable](), reflect.TypeFor[lua.LState]()
	registry := field(state, "reg", nil).Type.Elem()
	L := lua.NewState(lua.Options{SkipOpenLibs: true, MinimizeStackMemory: true})
	defer L.Close()
	frames := reflect.ValueOf(L).Elem().FieldByName("stack").Elem().Type().Elem()
	values := reflect.TypeFor[[]lua.LValue]()
	l := layout{
		array:    field(table, "array", values).Offset,
		dict:     field(table, "dict", reflect.TypeFor[map[lua.LValue]lua.LValue]()).Offset,
		strdict:  field(table, "strdict", reflect.TypeFor[map[string]lua.LValue]()).Offset,
		keys:     field(table, "keys", values).Offset,
		registry: field(state, "reg", nil).Offset,
		frames:   field(state, "stack", nil).Offset,
		slots:    field(registry, "array", values).Offset,
		top:      field(registry, "top", reflect.TypeFor[int]()).Offset,
	}
	frame := field(state, "currentFrame", nil)
	l.frame = frame.Offset
	l.fn = field(frame.Type.Elem(), "Fn", reflect.TypeFor[*lua.LFunction]()).Offset
	l.pc = field(frame.Type.Elem(), "Pc", reflect.TypeFor[int]()).Offset
	l.base = field(frame.Type.Elem(), "LocalBase", reflect.TypeFor[int]()).Offset
	segments := field(frames, "segments", nil)
	if segments.Type.Kind() != reflect.Slice || segments.Type.Elem().Kind() != reflect.Pointer {
		panic("lua51: gopher-lua's call stack is not made of segments")
	}
	l.segments = segments.Offset
	return l
}

// field returns a field of a struct; its type must be want unless that is nil.
func field(t reflect.Type, name string, want reflect.Type) reflect.StructField {
	f, ok := t.FieldByName(name)
	if !ok || want != nil && f.Type != want {
		panic(fmt.Sprintf("lua51: gopher-lua's %v has no field %s of type %v", t, name, want))
	}
	return f
}

func read[T any](base unsafe.Pointer, offset uintptr) T { return *(*T)(unsafe.Add(base, offset)) }

// A tableParts is what a table is made of.
type tableParts struct {
	array   []lua.LValue
	strdict map[string]lua.LValue
	dict    map[lua.LValue]lua.LValue
	keys    []lua.LValue // every key that the two maps ever had
}

func (l *layout) table(t *lua.LTable) tableParts {
	p := unsafe.Pointer(t)
	return tableParts{read[[]lua.LValue](p, l.array), read[map[string]lua.LValue](p, l.strdict),
		read[map[lua.LValue]lua.LValue](p, l.dict), read[[]lua.LValue](p, l.keys)}
}

// stack returns the values on a Lua stack, how many fit there, and how many segments of frames it has.
func (l *layout) stack(L *lua.LState) (live []lua.LValue, slots, segments int) {
	registry := read[unsafe.Pointer](unsafe.Pointer(L), l.registry)
	all, top := read[[]lua.LValue](registry, l.slots), read[int](registry, l.top)
	// An interface is a type and a pointer to the value.
	frames := read[[2]unsafe.Pointer](unsafe.Pointer(L), l.frames)[1]
	for _, segment := range read[[]unsafe.Pointer](frames, l.segments) {
		if segment == nil {
			break
		}
		segments++
	}
	return all[:min(top, len(all))], len(all), segments
}

// An instruction is what the VM is about to do, with what its operands name.
type instruction struct {
	op        int
	b, c      int
	constants []lua.LValue
	registers []lua.LValue
}

// next returns the instruction that a stack is about to run: gopher-lua has counted it already when it asks for Done.
func (l *layout) next(L *lua.LState) instruction {
	frame := read[unsafe.Pointer](unsafe.Pointer(L), l.frame)
	if frame == nil {
		return instruction{op: -1}
	}
	fn, pc := read[*lua.LFunction](frame, l.fn), read[int](frame, l.pc)-1
	if fn == nil || fn.Proto == nil || pc < 0 || pc >= len(fn.Proto.Code) {
		return instruction{op: -1}
	}
	registry := read[unsafe.Pointer](unsafe.Pointer(L), l.registry)
	all, base := read[[]lua.LValue](registry, l.slots), read[int](frame, l.base)
	code := fn.Proto.Code[pc]
	return instruction{op: int(code >> 26), b: int(code & 0x1ff), c: int(code >> 9 & 0x1ff),
		constants: fn.Proto.Constants, registers: all[min(base, len(all)):]}
}

// text returns the string that an operand names, "" if it is something else.
func (i *instruction) text(operand int) string {
	const constant = 1 << 8
	values := i.registers
	if operand&constant != 0 {
		operand, values = operand&^constant, i.constants
	}
	if operand >= len(values) {
		return ""
	}
	s, _ := values[operand].(lua.LString)
	return string(s)
}

// table returns the table that an operand names, nil if it is something else.
func (i *instruction) table(operand int) *lua.LTable {
	if operand >= len(i.registers) {
		return nil
	}
	t, _ := i.registers[operand].(*lua.LTable)
	return t
}

// emptyEnd returns how many places at the end of a table's array are empty.
func (l *layout) emptyEnd(t *lua.LTable) int {
	if t == nil {
		return 0
	}
	array := l.table(t).array
	n := len(array)
	for n > 0 && array[n-1] == lua.LNil {
		n--
	}
	return len(array) - n
}
