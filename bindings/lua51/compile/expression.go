package compile

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

var arithmetic = map[string]int{
	"+": lua.OP_ADD, "-": lua.OP_SUB, "*": lua.OP_MUL, "/": lua.OP_DIV, "%": lua.OP_MOD, "^": lua.OP_POW,
}

// unwrap removes parentheses that do not matter.
func unwrap(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok || multiple(p.Inner) {
			return e
		}
		e = p.Inner
	}
}

// multiple reports whether an expression can have any number of values.
func multiple(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.CallExpr, *syntax.VarargExpr:
		return true
	}
	return false
}

// operandName is how an expression is named in error messages.
func operandName(e syntax.Expr) Operand {
	switch e := unwrap(e).(type) {
	case *syntax.LocalExpr:
		return Operand{"local", e.Var.Name}
	case *syntax.UpvalueExpr:
		return Operand{"upvalue", e.Name}
	case *syntax.GlobalExpr:
		return Operand{"global", e.Name}
	case *syntax.IndexExpr:
		if key, ok := e.Key.(*syntax.StringExpr); ok {
			return Operand{"field", key.Value}
		}
		return Operand{"field", "?"}
	}
	return Operand{}
}

// fresh computes an expression into a new register.
func (b *builder) fresh(e syntax.Expr) int {
	register := b.reserve(1, e.Pos())
	b.expr(e, register)
	b.free = register + 1
	return register
}

// operand returns a register that holds the value of e: that of a local, or spare, a register whose value
// is not needed any more, or a new one.
func (b *builder) operand(e syntax.Expr, spare int) int {
	if l, ok := unwrap(e).(*syntax.LocalExpr); ok {
		return l.Var.Register
	}
	if spare < 0 {
		return b.fresh(e)
	}
	b.expr(e, spare)
	return spare
}

// valueOperand is operand, but returns a constant where it can.
func (b *builder) valueOperand(e syntax.Expr, spare int) int {
	if i, ok := b.constantOf(e); ok && i < constantFlag {
		return i + constantFlag
	}
	return b.operand(e, spare)
}

// constantOperand returns a constant as an operand, by way of a register when there are too many constants.
func (b *builder) constantOperand(i, line int) int {
	if i < constantFlag {
		return i + constantFlag
	}
	register := b.reserve(1, line)
	b.emit(abx(lua.OP_LOADK, register, i), line)
	return register
}

// constantOf returns the index of the constant that e is.
func (b *builder) constantOf(e syntax.Expr) (int, bool) {
	if n, ok := fold(e); ok {
		return b.numberConstant(n), true
	}
	switch e := unwrap(e).(type) {
	case *syntax.StringExpr:
		return b.stringConstant(e.Value), true
	case *syntax.NilExpr:
		return b.constant(lua.LNil, nil), true
	case *syntax.BoolExpr:
		return b.constant(lua.LBool(e.Value), e.Value), true
	}
	return 0, false
}

// fold computes arithmetic on numerals, as lua5.1 does at compile time.
func fold(e syntax.Expr) (float64, bool) {
	switch e := unwrap(e).(type) {
	case *syntax.NumberExpr:
		return e.Value, true
	case *syntax.UnaryExpr:
		n, ok := fold(e.Operand)
		return -n, ok && e.Op == "-" && n != 0
	case *syntax.BinaryExpr:
		if arithmetic[e.Op] == 0 {
			return 0, false
		}
		x, okX := fold(e.Left)
		y, okY := fold(e.Right)
		if !okX || !okY {
			return 0, false
		}
		n, ok := compute(e.Op, x, y)
		return n, ok && n == n && n != 0
	}
	return 0, false
}

func compute(op string, x, y float64) (float64, bool) {
	switch op {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/":
		return x / y, y != 0
	case "^":
		return math.Pow(x, y), true
	}
	return 0, false
}

// exprToLocal computes an expression into a local that it may itself read.
func (b *builder) exprToLocal(e syntax.Expr, register int) {
	switch e := unwrap(e).(type) {
	case *syntax.TableExpr, *syntax.CallExpr, *syntax.ParenExpr:
	case *syntax.BinaryExpr:
		if logical(e.Op) || e.Op == ".." {
			break
		}
		b.expr(e, register)
		return
	default:
		b.expr(e, register)
		return
	}
	at := b.fresh(e)
	b.emit(abc(lua.OP_MOVE, register, at, 0), e.Pos())
}

func logical(op string) bool { return op == "and" || op == "or" }

// expr computes one value into a register. Unless e is a table, a call or a logical or concatenating
// expression, the register is written to only after everything else has been read.
func (b *builder) expr(e syntax.Expr, to int) {
	e = unwrap(e)
	line := e.Pos()
	switch e := e.(type) {
	case *syntax.NilExpr:
		b.emit(abc(lua.OP_LOADNIL, to, to, 0), line)
	case *syntax.BoolExpr:
		b.emit(abc(lua.OP_LOADBOOL, to, truth(e.Value), 0), line)
	case *syntax.NumberExpr:
		b.emit(abx(lua.OP_LOADK, to, b.numberConstant(e.Value)), line)
	case *syntax.StringExpr:
		b.emit(abx(lua.OP_LOADK, to, b.stringConstant(e.Value)), line)
	case *syntax.VarargExpr:
		b.emit(abc(lua.OP_VARARG, to, 2, 0), line)
	case *syntax.FunctionExpr:
		b.closure(e, to)
	case *syntax.LocalExpr:
		b.emit(abc(lua.OP_MOVE, to, e.Var.Register, 0), line)
	case *syntax.UpvalueExpr:
		b.emit(abc(lua.OP_GETUPVAL, to, e.Index, 0), line)
	case *syntax.GlobalExpr:
		b.emit(abx(lua.OP_GETGLOBAL, to, b.stringConstant(e.Name)), line)
	case *syntax.IndexExpr:
		b.index(e, to)
	case *syntax.CallExpr:
		b.single(to, func(base int) { b.call(e, base, 1) }, line)
	case *syntax.ParenExpr:
		b.expr(e.Inner, to)
	case *syntax.TableExpr:
		b.table(e, to)
	case *syntax.UnaryExpr:
		b.unary(e, to)
	case *syntax.BinaryExpr:
		b.binary(e, to)
	}
}

func truth(v bool) int {
	if v {
		return 1
	}
	return 0
}

// spareOf returns the register as one that operands may use, unless it is a local's.
func (b *builder) spareOf(to int) int {
	if to < b.active {
		return -1
	}
	return to
}

// single runs code that leaves a value in the first of the registers it uses, and moves it to its place.
func (b *builder) single(to int, run func(base int), line int) {
	mark := b.free
	if to == b.free-1 && to >= b.active {
		b.free = to
	}
	base := b.free
	run(base)
	b.free = mark
	if base != to {
		b.emit(abc(lua.OP_MOVE, to, base, 0), line)
	}
}

func (b *builder) index(e *syntax.IndexExpr, to int) {
	mark := b.free
	object := b.operand(e.Object, b.spareOf(to))
	var pc int
	if key, ok := e.Key.(*syntax.StringExpr); ok {
		pc = b.emit(abc(lua.OP_GETTABLEKS, to, object, b.constantOperand(b.stringConstant(key.Value), key.Pos())), e.Pos())
	} else {
		pc = b.emit(abc(lua.OP_GETTABLE, to, object, b.valueOperand(e.Key, -1)), e.Pos())
	}
	b.note(pc, OpIndex, object, operandName(e.Object))
	b.free = mark
}

func (b *builder) unary(e *syntax.UnaryExpr, to int) {
	if n, ok := fold(e); ok {
		b.emit(abx(lua.OP_LOADK, to, b.numberConstant(n)), e.Pos())
		return
	}
	if e.Op == "not" && conditional(e.Operand) {
		b.boolean(e, to)
		return
	}
	mark := b.free
	operand := b.operand(e.Operand, b.spareOf(to))
	switch e.Op {
	case "not":
		b.emit(abc(lua.OP_NOT, to, operand, 0), e.Pos())
	case "-":
		pc := b.emit(abc(lua.OP_UNM, to, operand, 0), e.Pos())
		b.note(pc, OpArith, operand, operandName(e.Operand))
	case "#":
		pc := b.emit(abc(lua.OP_LEN, to, operand, 0), e.Pos())
		b.note(pc, OpLen, operand, operandName(e.Operand))
	}
	b.free = mark
}

func (b *builder) binary(e *syntax.BinaryExpr, to int) {
	switch {
	case e.Op == "..":
		b.single(to, func(base int) { b.concat(e, base) }, e.Pos())
		return
	case logical(e.Op):
		b.logicalValue(e, to)
		return
	case comparisons[e.Op]:
		b.boolean(e, to)
		return
	}
	if n, ok := fold(e); ok {
		b.emit(abx(lua.OP_LOADK, to, b.numberConstant(n)), e.Pos())
		return
	}
	mark := b.free
	left := b.valueOperand(e.Left, b.spareOf(to))
	right := b.valueOperand(e.Right, -1)
	pc := b.emit(abc(arithmetic[e.Op], to, left, right), e.Pos())
	b.note(pc, OpArith, 0, operandName(e.Left), operandName(e.Right))
	b.free = mark
}

// concat computes a .. b .. c with one call in the registers from base on.
func (b *builder) concat(e *syntax.BinaryExpr, base int) {
	concat := b.options.Intrinsics.Concat
	b.reserve(1, e.Pos())
	b.emit(abx(lua.OP_LOADK, base, b.constant(concat, concat)), e.Pos())
	var names []Operand
	var rest syntax.Expr = e
	for {
		pair, ok := unwrap(rest).(*syntax.BinaryExpr)
		if !ok || pair.Op != ".." {
			break
		}
		b.fresh(pair.Left)
		names = append(names, operandName(pair.Left))
		rest = pair.Right
	}
	b.fresh(rest)
	names = append(names, operandName(rest))
	pc := b.emit(abc(lua.OP_CALL, base, len(names)+1, 2), e.Pos())
	b.note(pc, OpConcat, base, names...)
}

// closure makes a function and tells the VM where it finds its upvalues.
func (b *builder) closure(e *syntax.FunctionExpr, to int) {
	b.protos = append(b.protos, compileFunction(e.Func, b.options))
	b.emit(abx(lua.OP_CLOSURE, to, len(b.protos)-1), e.Pos())
	for _, u := range e.Func.Upvalues {
		if u.Local != nil {
			b.emit(abc(lua.OP_MOVE, 0, u.Local.Register, 0), e.Pos())
		} else {
			b.emit(abc(lua.OP_GETUPVAL, 0, u.Index, 0), e.Pos())
		}
	}
}
