package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// An instruction is what the VM is about to do, with what its operands name.
type instruction struct {
	op        int
	b, c      int
	constants []lua.LValue
	registers []lua.LValue
}

// next returns the instruction that a stack is about to run: gopher-lua has counted it already when it asks for Done.
func (s *state) next() instruction {
	frame := s.currentFrame
	if frame == nil {
		return instruction{op: -1}
	}
	fn, pc := frame.Fn, frame.Pc-1
	if fn == nil || fn.Proto == nil || pc < 0 || pc >= len(fn.Proto.Code) {
		return instruction{op: -1}
	}
	all, base := s.reg.array, frame.LocalBase
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
func emptyEnd(t *lua.LTable) int {
	if t == nil {
		return 0
	}
	array := tableOf(t).array
	n := len(array)
	for n > 0 && array[n-1] == lua.LNil {
		n--
	}
	return len(array) - n
}
