package compile

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

// call calls in the registers from base on, the first free one, and leaves want results there, or all of them
// when want is -1. It returns the index of the call instruction.
func (b *builder) call(e *syntax.CallExpr, base, want int) int {
	line := e.Pos()
	b.reserve(1, line)
	callee := operandName(e.Func)
	extra := 0
	if e.Method == "" {
		b.expr(e.Func, base)
	} else {
		callee = Operand{"method", e.Method}
		object := b.operand(e.Func, base)
		b.reserve(1, line)
		name := b.stringConstant(e.Method)
		operand := name + constantFlag
		if name >= constantFlag {
			operand = base + 1
			b.emit(abx(lua.OP_LOADK, operand, name), line)
		}
		pc := b.emit(abc(lua.OP_SELF, base, object, operand), line)
		b.note(pc, OpIndex, object, operandName(e.Func))
		extra = 1
	}
	b.free = base + 1 + extra
	n := b.openList(e.Args, line)
	if n >= 0 {
		n += extra
	}
	pc := b.emit(abc(lua.OP_CALL, base, n+1, want+1), line)
	b.noteCall(pc, OpCall, base, callee)
	b.free = base
	b.reserve(max(want, 0), line)
	return pc
}

// openList computes expressions into the next registers and returns how many values there are, or -1 when
// the last expression left any number of them on top.
func (b *builder) openList(exprs []syntax.Expr, line int) int {
	for i, e := range exprs {
		if i < len(exprs)-1 || !multiple(e) {
			b.fresh(e)
			continue
		}
		b.values(e, -1)
		return -1
	}
	return len(exprs)
}

// list computes expressions into the next want registers: missing values are nil, others are dropped.
func (b *builder) list(exprs []syntax.Expr, want, line int) {
	base := b.free
	for i, e := range exprs {
		if i == len(exprs)-1 && multiple(e) {
			b.values(e, max(want-i, 0))
			b.free = base + want
			return
		}
		b.fresh(e)
		b.free = min(b.free, base+want)
	}
	if missing := want - len(exprs); missing > 0 {
		first := b.reserve(missing, line)
		b.emit(abc(lua.OP_LOADNIL, first, first+missing-1, 0), line)
	}
}

// values computes want values of a call or of ... into the next registers, or all of them when want is -1.
func (b *builder) values(e syntax.Expr, want int) {
	switch e := e.(type) {
	case *syntax.CallExpr:
		b.call(e, b.free, want)
	case *syntax.VarargExpr:
		if want != 0 {
			b.emit(abc(lua.OP_VARARG, b.free, want+1, 0), e.Pos())
			b.reserve(max(want, 1), e.Pos())
		}
	}
}

// fieldsPerFlush is how many array items OP_SETLIST stores at once; the VM counts on it.
const fieldsPerFlush = 50

// table makes a table in a register that nothing else uses meanwhile.
func (b *builder) table(e *syntax.TableExpr, to int) {
	mark := b.free
	at := to
	if to != b.free-1 || to < b.active {
		at = b.reserve(1, e.Pos())
	}
	items := 0
	for _, f := range e.Fields {
		if f.Key == nil {
			items++
		}
	}
	array, hash := min(items, 0x1ff), min(len(e.Fields)-items, 0x1ff)
	if len(e.Fields) == 0 {
		array, hash = 4, 1 // with no hint the VM makes room for 32 of each as soon as one is stored
	}
	b.emit(abc(lua.OP_NEWTABLE, at, array, hash), e.Pos())
	stored, pending := 0, 0
	for i, f := range e.Fields {
		if f.Key != nil {
			b.tableField(f, at)
			continue
		}
		if i == len(e.Fields)-1 && multiple(f.Value) {
			b.values(f.Value, -1)
			b.setList(at, 0, stored, f.Value.Pos())
			pending = 0
			break
		}
		b.fresh(f.Value)
		if pending++; pending == fieldsPerFlush {
			b.setList(at, pending, stored, f.Value.Pos())
			stored, pending = stored+pending, 0
			b.free = at + 1
		}
	}
	if pending > 0 {
		b.setList(at, pending, stored, e.Pos())
	}
	b.free = mark
	if at != to {
		b.emit(abc(lua.OP_MOVE, to, at, 0), e.Pos())
	}
}

// setList stores n items, or all on top when n is 0, after those already stored.
func (b *builder) setList(table, n, stored, line int) {
	batch := stored/fieldsPerFlush + 1
	if batch < 0x200 {
		b.emit(abc(lua.OP_SETLIST, table, n, batch), line)
		return
	}
	b.emit(abc(lua.OP_SETLIST, table, n, 0), line)
	b.emit(uint32(batch), line)
}

func (b *builder) tableField(f syntax.Field, table int) {
	mark := b.free
	op := lua.OP_SETTABLE
	var key int
	if s, ok := f.Key.(*syntax.StringExpr); ok {
		op = lua.OP_SETTABLEKS
		key = b.constantOperand(b.stringConstant(s.Value), s.Pos())
	} else {
		key = b.valueOperand(f.Key, -1)
	}
	value := b.valueOperand(f.Value, -1)
	pc := b.emit(abc(op, table, key, value), f.Value.Pos())
	b.note(pc, OpIndex, table)
	b.free = mark
}
