package compile

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

func (b *builder) statements(block *syntax.Block) {
	for _, s := range block.Stmts {
		b.statement(s)
		b.free = b.active
	}
}

// scoped compiles a block whose first locals, those of a loop, are already in registers.
func (b *builder) scoped(block *syntax.Block, base int, loop bool) *blockState {
	state := b.enter(block, base, loop)
	b.statements(block)
	b.leave(state)
	return state
}

func (b *builder) enter(block *syntax.Block, base int, loop bool) *blockState {
	state := &blockState{block: block, base: base, loop: loop}
	b.blocks = append(b.blocks, state)
	return state
}

// leave ends a block: what functions captured of its locals gets a life of its own.
func (b *builder) leave(state *blockState) {
	if state.block.Captured() {
		b.emit(abc(lua.OP_CLOSE, state.base, 0, 0), state.block.Line)
	}
	b.pop(state)
}

func (b *builder) pop(state *blockState) {
	b.blocks = b.blocks[:len(b.blocks)-1]
	b.active, b.free = state.base, state.base
}

func (b *builder) statement(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.LocalStmt:
		base := b.free
		b.list(s.Exprs, len(s.Vars), s.Line)
		for i, v := range s.Vars {
			v.Register = base + i
		}
		b.active = base + len(s.Vars)
	case *syntax.LocalFunction:
		s.Var.Register = b.reserve(1, s.Func.Pos())
		b.active = b.free
		b.closure(s.Func, s.Var.Register)
	case *syntax.Assign:
		b.assign(s)
	case *syntax.CallStmt:
		b.call(s.Call, b.free, 0)
	case *syntax.Do:
		b.scoped(s.Body, b.free, false)
	case *syntax.While:
		start := len(b.code)
		exits := b.jumpIf(s.Cond, false)
		b.free = b.active
		body := b.scoped(s.Body, b.free, true)
		b.patch([]int{b.jump(s.Body.Line)}, start)
		b.patchHere(exits)
		b.patchHere(body.breaks)
	case *syntax.Repeat:
		b.repeat(s)
	case *syntax.If:
		b.ifStatement(s)
	case *syntax.NumericFor:
		b.numericFor(s)
	case *syntax.GenericFor:
		b.genericFor(s)
	case *syntax.Return:
		b.returnStatement(s)
	case *syntax.Break:
		b.breakStatement(s)
	}
}

func (b *builder) repeat(s *syntax.Repeat) {
	start := len(b.code)
	state := b.enter(s.Body, b.free, true)
	b.statements(s.Body)
	again := b.jumpIf(s.Cond, false)
	if !s.Body.Captured() {
		b.patch(again, start)
		b.pop(state)
		b.patchHere(state.breaks)
		return
	}
	b.emit(abc(lua.OP_CLOSE, state.base, 0, 0), s.Cond.Pos())
	exit := b.jump(s.Cond.Pos())
	b.patchHere(again)
	b.emit(abc(lua.OP_CLOSE, state.base, 0, 0), s.Cond.Pos())
	b.patch([]int{b.jump(s.Cond.Pos())}, start)
	b.pop(state)
	b.patchHere(append(state.breaks, exit))
}

func (b *builder) ifStatement(s *syntax.If) {
	var ends []int
	for i, cond := range s.Conds {
		next := b.jumpIf(cond, false)
		b.free = b.active
		b.scoped(s.Bodies[i], b.free, false)
		if i+1 < len(s.Bodies) {
			ends = append(ends, b.jump(s.Bodies[i].Line))
		}
		b.patchHere(next)
	}
	if len(s.Bodies) > len(s.Conds) {
		b.scoped(s.Bodies[len(s.Conds)], b.free, false)
	}
	b.patchHere(ends)
}

func (b *builder) numericFor(s *syntax.NumericFor) {
	base := b.reserve(3, s.Line)
	b.loopNumber(s.First, base, OpForInit, s.Line)
	b.loopNumber(s.Limit, base+1, OpForLimit, s.Line)
	if s.Step == nil {
		b.emit(abx(lua.OP_LOADK, base+2, b.numberConstant(1)), s.Line)
	} else {
		b.loopNumber(s.Step, base+2, OpForStep, s.Line)
	}
	prepare := b.emit(0, s.Line)
	s.Var.Register = b.reserve(1, s.Line)
	b.active = b.free
	body := b.scoped(s.Body, s.Var.Register, true)
	loop := b.emit(asbx(lua.OP_FORLOOP, base, prepare-len(b.code)), s.Line)
	b.code[prepare] = asbx(lua.OP_FORPREP, base, loop-prepare-1)
	b.patchHere(body.breaks)
	b.active, b.free = base, base
}

// loopNumber computes one of the three numbers of a for loop. Those that may turn out to be strings are
// made numbers by subtracting nothing, for the VM does not convert them.
func (b *builder) loopNumber(e syntax.Expr, register int, op Op, line int) {
	mark := b.free
	defer func() { b.free = mark }()
	b.expr(e, register)
	switch inner := unwrap(e).(type) {
	case *syntax.NumberExpr:
		return
	case *syntax.BinaryExpr:
		if arithmetic[inner.Op] != 0 {
			return
		}
	case *syntax.UnaryExpr:
		if inner.Op != "not" {
			return
		}
	}
	pc := b.emit(abc(lua.OP_SUB, register, register, b.constantOperand(b.numberConstant(0), line)), line)
	b.note(pc, op, register)
}

func (b *builder) genericFor(s *syntax.GenericFor) {
	base := b.free
	b.list(s.Exprs, 3, s.Line)
	b.reserve(max(3, len(s.Vars)), s.Line) // the iterator is called in the registers of the variables
	b.free = base + 3 + len(s.Vars)
	b.active = b.free
	for i, v := range s.Vars {
		v.Register = base + 3 + i
	}
	enter := b.jump(s.Line)
	start := len(b.code)
	body := b.scoped(s.Body, base+3, true)
	b.patchHere([]int{enter})
	pc := b.emit(abc(lua.OP_TFORLOOP, base, 0, len(s.Vars)), s.Line)
	b.noteCall(pc, OpIterate, base+3, Operand{"local", "(for generator)"})
	b.patch([]int{b.jump(s.Line)}, start)
	b.patchHere(body.breaks)
	b.active, b.free = base, base
}

func (b *builder) returnStatement(s *syntax.Return) {
	if len(s.Exprs) == 1 {
		switch e := s.Exprs[0].(type) {
		case *syntax.LocalExpr:
			b.emit(abc(lua.OP_RETURN, e.Var.Register, 2, 0), s.Line)
			return
		case *syntax.CallExpr:
			base := b.free
			pc := b.call(e, base, -1)
			b.code[pc] = abc(lua.OP_TAILCALL, base, int(b.code[pc]&0x1ff), 0)
			b.emit(abc(lua.OP_RETURN, base, 0, 0), s.Line)
			return
		}
	}
	base := b.free
	n := b.openList(s.Exprs, s.Line)
	b.emit(abc(lua.OP_RETURN, base, n+1, 0), s.Line)
}

func (b *builder) breakStatement(s *syntax.Break) {
	captured := false
	for i := len(b.blocks) - 1; i >= 0; i-- {
		state := b.blocks[i]
		captured = captured || state.block.Captured()
		if !state.loop {
			continue
		}
		if captured {
			b.emit(abc(lua.OP_CLOSE, state.base, 0, 0), s.Line)
		}
		state.breaks = append(state.breaks, b.jump(s.Line))
		return
	}
}

// A target is where an assignment stores. For an IndexExpr the operands are already computed.
type target struct {
	expr        syntax.Expr
	object, key int
	named       bool // the key is a constant string
}

func (b *builder) assign(s *syntax.Assign) {
	if len(s.Targets) == 1 && len(s.Exprs) == 1 {
		t := b.target(s.Targets[0], nil)
		b.storeExpr(t, s.Exprs[0])
		return
	}
	assigned := map[*syntax.Local]bool{}
	for _, e := range s.Targets {
		if l, ok := e.(*syntax.LocalExpr); ok {
			assigned[l.Var] = true
		}
	}
	targets := make([]target, len(s.Targets))
	for i, e := range s.Targets {
		targets[i] = b.target(e, assigned)
	}
	base := b.free
	last := len(targets) - 1
	if len(s.Exprs) == len(targets) && !multiple(s.Exprs[last]) {
		// The last value goes straight to the last target, which is stored to first.
		b.list(s.Exprs[:last], last, s.Line)
		b.storeExpr(targets[last], s.Exprs[last])
		last--
	} else {
		b.list(s.Exprs, len(targets), s.Line)
	}
	for i := last; i >= 0; i-- {
		b.store(targets[i], base+i, s.Line)
	}
}

// target computes what an assignment needs before its right side. Locals that the same assignment
// changes are copied.
func (b *builder) target(e syntax.Expr, assigned map[*syntax.Local]bool) target {
	t := target{expr: e}
	index, ok := e.(*syntax.IndexExpr)
	if !ok {
		return t
	}
	copied := func(e syntax.Expr) bool {
		l, ok := e.(*syntax.LocalExpr)
		return ok && assigned[l.Var]
	}
	if copied(index.Object) {
		t.object = b.fresh(index.Object)
	} else {
		t.object = b.operand(index.Object, -1)
	}
	switch key := index.Key.(type) {
	case *syntax.StringExpr:
		t.named = true
		t.key = b.constantOperand(b.stringConstant(key.Value), key.Pos())
	default:
		if copied(key) {
			t.key = b.fresh(key)
		} else {
			t.key = b.valueOperand(key, -1)
		}
	}
	return t
}

// storeExpr computes a value and stores it.
func (b *builder) storeExpr(t target, e syntax.Expr) {
	switch to := t.expr.(type) {
	case *syntax.LocalExpr:
		b.exprToLocal(e, to.Var.Register)
	case *syntax.IndexExpr:
		if _, isNil := e.(*syntax.NilExpr); isNil && !t.named {
			b.clear(t, to)
			return
		}
		b.storeIndex(t, b.valueOperand(e, -1), to.Pos())
	default:
		b.store(t, b.operand(e, -1), e.Pos())
	}
}

// store stores the value of a register.
func (b *builder) store(t target, register, line int) {
	switch to := t.expr.(type) {
	case *syntax.LocalExpr:
		b.emit(abc(lua.OP_MOVE, to.Var.Register, register, 0), line)
	case *syntax.UpvalueExpr:
		b.emit(abc(lua.OP_SETUPVAL, register, to.Index, 0), line)
	case *syntax.GlobalExpr:
		b.emit(abx(lua.OP_SETGLOBAL, register, b.stringConstant(to.Name)), line)
	case *syntax.IndexExpr:
		b.storeIndex(t, register, to.Pos())
	}
}

func (b *builder) storeIndex(t target, value, line int) {
	op := lua.OP_SETTABLE
	if t.named {
		op = lua.OP_SETTABLEKS
	}
	pc := b.emit(abc(op, t.object, t.key, value), line)
	b.note(pc, OpIndex, t.object, operandName(t.expr.(*syntax.IndexExpr).Object))
}

// clear compiles t[k] = nil, for a key that is not a name.
func (b *builder) clear(t target, to *syntax.IndexExpr) {
	line := to.Pos()
	base := b.reserve(3, line)
	b.emit(abx(lua.OP_LOADK, base, b.constant(b.options.Intrinsics.Clear, b.options.Intrinsics.Clear)), line)
	b.emit(abc(lua.OP_MOVE, base+1, t.object, 0), line)
	if t.key >= constantFlag {
		b.emit(abx(lua.OP_LOADK, base+2, t.key-constantFlag), line)
	} else {
		b.emit(abc(lua.OP_MOVE, base+2, t.key, 0), line)
	}
	pc := b.emit(abc(lua.OP_CALL, base, 3, 1), line)
	b.note(pc, OpIndex, t.object, operandName(to.Object))
}
