package compile

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

var comparisons = map[string]bool{"==": true, "~=": true, "<": true, "<=": true, ">": true, ">=": true}

// conditional reports whether an expression is true or false and computed by jumping.
func conditional(e syntax.Expr) bool {
	switch e := unwrap(e).(type) {
	case *syntax.BinaryExpr:
		return comparisons[e.Op]
	case *syntax.UnaryExpr:
		return e.Op == "not" && conditional(e.Operand)
	}
	return false
}

// constantTruth returns the truth of an expression that is always the same.
func constantTruth(e syntax.Expr) (value, known bool) {
	switch e := unwrap(e).(type) {
	case *syntax.NilExpr:
		return false, true
	case *syntax.BoolExpr:
		return e.Value, true
	case *syntax.NumberExpr, *syntax.StringExpr:
		return true, true
	}
	return false, false
}

// jumpIf emits jumps that are taken when the truth of e is want, and returns them to be patched.
func (b *builder) jumpIf(e syntax.Expr, want bool) []int {
	e = unwrap(e)
	if value, known := constantTruth(e); known {
		if value == want {
			return []int{b.jump(e.Pos())}
		}
		return nil
	}
	switch e := e.(type) {
	case *syntax.UnaryExpr:
		if e.Op == "not" {
			return b.jumpIf(e.Operand, !want)
		}
	case *syntax.BinaryExpr:
		if logical(e.Op) {
			if (e.Op == "or") == want {
				jumps := b.jumpIf(e.Left, want)
				return append(jumps, b.jumpIf(e.Right, want)...)
			}
			skip := b.jumpIf(e.Left, !want)
			jumps := b.jumpIf(e.Right, want)
			b.patchHere(skip)
			return jumps
		}
		if comparisons[e.Op] {
			return []int{b.compare(e, want)}
		}
	}
	mark := b.free
	register := b.operand(e, -1)
	b.free = mark
	b.emit(abc(lua.OP_TEST, register, 0, truth(want)), e.Pos())
	return []int{b.jump(e.Pos())}
}

// compare emits a comparison and the jump that is taken when its result is want.
func (b *builder) compare(e *syntax.BinaryExpr, want bool) int {
	mark := b.free
	left := b.valueOperand(e.Left, -1)
	right := b.valueOperand(e.Right, -1)
	b.free = mark
	op := lua.OP_EQ
	switch e.Op {
	case "~=":
		want = !want
	case "<":
		op = lua.OP_LT
	case "<=":
		op = lua.OP_LE
	case ">":
		op, left, right = lua.OP_LT, right, left
	case ">=":
		op, left, right = lua.OP_LE, right, left
	}
	b.emit(abc(op, truth(want), left, right), e.Pos())
	return b.jump(e.Pos())
}

// boolean computes a conditional expression as a value.
func (b *builder) boolean(e syntax.Expr, to int) {
	yes := b.jumpIf(e, true)
	b.emit(abc(lua.OP_LOADBOOL, to, 0, 1), e.Pos())
	b.patchHere(yes)
	b.emit(abc(lua.OP_LOADBOOL, to, 1, 0), e.Pos())
}

// logicalValue computes the value of an and or or expression.
func (b *builder) logicalValue(e *syntax.BinaryExpr, to int) {
	stop := e.Op == "or" // the truth of the left side at which it is the value
	line := e.Pos()
	if value, known := constantTruth(e.Left); known {
		if value == stop {
			b.expr(e.Left, to)
		} else {
			b.expr(e.Right, to)
		}
		return
	}
	if conditional(e.Left) {
		stops := b.jumpIf(e.Left, stop)
		b.expr(e.Right, to)
		end := b.jump(line)
		b.patchHere(stops)
		b.emit(abc(lua.OP_LOADBOOL, to, truth(stop), 0), line)
		b.patchHere([]int{end})
		return
	}
	if cond, yes := choice(e.Left); stop && cond != nil {
		// cond and yes or no, where yes is surely true.
		otherwise := b.jumpIf(cond, false)
		b.expr(yes, to)
		end := b.jump(line)
		b.patchHere(otherwise)
		b.expr(e.Right, to)
		b.patchHere([]int{end})
		return
	}
	if l, ok := unwrap(e.Left).(*syntax.LocalExpr); ok {
		b.emit(abc(lua.OP_TESTSET, to, l.Var.Register, truth(stop)), line)
	} else {
		b.expr(e.Left, to)
		b.emit(abc(lua.OP_TEST, to, 0, truth(stop)), line)
	}
	end := b.jump(line)
	b.expr(e.Right, to)
	b.patchHere([]int{end})
}

// choice splits cond and yes when yes is a value that is surely true.
func choice(e syntax.Expr) (cond, yes syntax.Expr) {
	pair, ok := unwrap(e).(*syntax.BinaryExpr)
	if !ok || pair.Op != "and" {
		return nil, nil
	}
	switch unwrap(pair.Right).(type) {
	case *syntax.NumberExpr, *syntax.StringExpr, *syntax.TableExpr, *syntax.FunctionExpr:
		return pair.Left, pair.Right
	}
	if value, known := constantTruth(pair.Right); known && value {
		return pair.Left, pair.Right
	}
	return nil, nil
}
