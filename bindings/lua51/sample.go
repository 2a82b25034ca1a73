package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// maxValues is how many arguments or results may be passed on at once. lua5.1 has no such limit for
// functions written in Lua, but unpack gives no more than 8,000.
const maxValues = 10000

// manyValues is from how many on all instructions are charged for them, and not only those that handle them all.
const manyValues = 512

// chargeValues takes fuel for long lists of arguments: instructions such as f(...) copy all of them. It
// is called about every 64 instructions, and so charges for as many.
func (t *threadContext) chargeValues() {
	n := t.thread.GetTop()
	if n < manyValues {
		return
	}
	t.meter.fuel -= int64(n) * sampleInterval / 4
	t.meter.check(t)
	if n > maxValues {
		t.fault = errOverflow
	}
}

// What handling much at once costs: how many for a unit of fuel.
const (
	comparedPerUnit = 32  // bytes, by < and <=, up to the first difference
	equatedPerUnit  = 512 // bytes, by ==, when the lengths are the same
	hashedPerUnit   = 128 // bytes, to be found among the keys of a table
	seenPerUnit     = 16  // empty places at the end of an array, by #
	copiedPerUnit   = 16  // values of a list
	storedPerUnit   = 2   // values of a list that a table is made of
	walkedPerUnit   = 8   // variables that functions inside share, which gopher-lua keeps in one list
	unitsPerTable   = 2   // to look for a key in one table more
	longOperand     = 4096
	cheap           = longOperand / hashedPerUnit
)

// chargeNext takes fuel when the next instruction does much all by itself. It is called about every 64 instructions, and so charges for
// as many.
func (t *threadContext) chargeNext() {
	next := stateOf(t.thread).next()
	if units := next.texts() + next.keys() + next.values() + next.shared(stateOf(t.thread)); units >= cheap {
		t.meter.fuel -= int64(units) * sampleInterval
		t.meter.check(t)
	}
}

// texts returns what an instruction costs that compares long strings, or looks for the end of an array that was emptied.
func (i *instruction) texts() int {
	switch i.op {
	case lua.OP_LT, lua.OP_LE:
		a, b := i.text(i.b), i.text(i.c)
		if min(len(a), len(b)) > longOperand {
			return commonPrefix(a, b) / comparedPerUnit
		}
	case lua.OP_EQ:
		if a, b := i.text(i.b), i.text(i.c); len(a) > longOperand && len(a) == len(b) {
			return len(a) / equatedPerUnit
		}
	case lua.OP_LEN:
		t, _ := i.value(i.b).(*lua.LTable)
		return emptyEnd(t) / seenPerUnit
	}
	return 0
}

// keys returns what an instruction costs that looks for a long key, or for one in many tables, one the __index or __newindex of another.
func (i *instruction) keys() int {
	switch i.op {
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		return search(i.value(i.b), i.value(i.c), "__index")
	case lua.OP_GETGLOBAL:
		return search(i.frame.Fn.Env, i.constant(), "__index")
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return search(i.value(i.a), i.value(i.b), "__newindex")
	case lua.OP_SETGLOBAL:
		return search(i.frame.Fn.Env, i.constant(), "__newindex")
	}
	return 0
}

// search returns what looking for a key in a table, and in those behind it, costs.
func search(in, key lua.LValue, event string) int {
	t, ok := in.(*lua.LTable)
	s, _ := key.(lua.LString)
	each, n := unitsPerTable+len(s)/hashedPerUnit, 0
	for ok && key != nil && n < lua.MaxTableGetLoop && t.RawGet(key) == lua.LNil {
		n++
		var behind lua.LValue = lua.LNil
		if mt, is := t.Metatable.(*lua.LTable); is {
			behind = mt.RawGetString(event)
		}
		t, ok = behind.(*lua.LTable)
	}
	if ok {
		n++
	}
	return each * n
}

// values returns what an instruction costs that handles a list of values, not so long that chargeValues sees it.
func (i *instruction) values() int {
	n, perUnit := i.live-i.a, copiedPerUnit
	switch i.op {
	case lua.OP_VARARG:
		n = i.frame.NArgs - int(i.frame.Fn.Proto.NumParameters)
	case lua.OP_SETLIST:
		perUnit = storedPerUnit
	case lua.OP_CALL, lua.OP_TAILCALL, lua.OP_RETURN:
	default:
		return 0
	}
	if i.b != 0 || n >= manyValues {
		return 0 // as many as were written out, or charged already
	}
	return n / perUnit
}

// shared returns what an instruction costs that looks for variables shared with functions inside, where there are many.
func (i *instruction) shared(s *state) int {
	times := 1
	switch i.op {
	case lua.OP_RETURN, lua.OP_TAILCALL, lua.OP_CLOSE:
	case lua.OP_CLOSURE:
		times = int(i.frame.Fn.Proto.FunctionPrototypes[i.bx].NumUpvalues)
	default:
		return 0
	}
	n := 0
	for v := s.uvcache; v != nil; v = (*upvalue)(v.next) {
		n++
	}
	return n * times / walkedPerUnit
}

// commonPrefix returns how many bytes two strings have in common at their beginning.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// farPlaces is how far behind the end of a table's array an assignment may go without a charge: of two units for each place between.
const farPlaces = 64

// setTable is the instruction for t[k] = v. gopher-lua fills the array up to k, for k below maxArrayIndex: one instruction may take 64 MB.
func setTable(L *lua.LState, code uint32, base *callFrame) int {
	s := stateOf(L)
	next := instruction{frame: s.currentFrame, registers: s.reg.array[s.currentFrame.LocalBase:]}
	if n, ok := next.value(int(code & 0x1ff)).(lua.LNumber); ok && n > farPlaces && n < maxArrayIndex && n == lua.LNumber(int(n)) {
		if t, ok := next.registers[code>>18&0xff].(*lua.LTable); ok && int(n)-len(tableOf(t).array) > farPlaces {
			chargeGap(L, behind(t, n), int(n))
		}
	}
	return instructions[lua.OP_SETTABLE](L, code, base)
}

// behind returns the table that an assignment to a key of t reaches, nil if a function decides.
func behind(t *lua.LTable, key lua.LNumber) *lua.LTable {
	for range lua.MaxTableGetLoop {
		mt, ok := t.Metatable.(*lua.LTable)
		if !ok || t.RawGet(key) != lua.LNil {
			return t
		}
		handler := mt.RawGetString("__newindex")
		if handler == lua.LNil {
			return t
		}
		if t, ok = handler.(*lua.LTable); !ok {
			return nil
		}
	}
	return nil
}

// chargeGap takes fuel for the places that t gets between the end of its array and n.
func chargeGap(L *lua.LState, t *lua.LTable, n int) {
	if t != nil && n < maxArrayIndex {
		if gap := n - len(tableOf(t).array); gap > farPlaces {
			Charge(L, 2*int64(gap))
		}
	}
}
