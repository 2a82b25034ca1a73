package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// An instruction is what the VM is about to do, with what its operands name.
type instruction struct {
	op, a, b, c, bx int
	frame           *callFrame
	registers       []lua.LValue // from those of the frame on
	live            int          // how many of them are in use
}

// next returns the instruction that a stack is about to run: the loop has counted it already when it attends.
func (s *state) next() instruction {
	frame := s.currentFrame
	if frame == nil {
		return instruction{op: -1}
	}
	fn, pc := frame.Fn, frame.Pc-1
	if fn == nil || fn.Proto == nil || pc < 0 || pc >= len(fn.Proto.Code) {
		return instruction{op: -1}
	}
	all, code := s.reg.array, fn.Proto.Code[pc]
	base := min(frame.LocalBase, len(all))
	return instruction{op: int(code >> 26), a: int(code >> 18 & 0xff), b: int(code & 0x1ff), c: int(code >> 9 & 0x1ff), bx: int(code & 0x3ffff),
		frame: frame, registers: all[base:], live: s.reg.top - base}
}

// value returns what a register or a constant holds, nil where there is none.
func (i *instruction) value(operand int) lua.LValue {
	const constant = 1 << 8
	values := i.registers
	if operand&constant != 0 {
		operand, values = operand&^constant, i.frame.Fn.Proto.Constants
	}
	if operand >= len(values) {
		return nil
	}
	return values[operand]
}

// constant returns the one that the instruction names, of all its function has.
func (i *instruction) constant() lua.LValue { return i.frame.Fn.Proto.Constants[i.bx] }

// text returns the string that an operand names, "" if it is something else.
func (i *instruction) text(operand int) string {
	s, _ := i.value(operand).(lua.LString)
	return string(s)
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
