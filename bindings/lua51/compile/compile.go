// Package compile turns Lua 5.1 source into code for the gopher-lua VM. It takes the place of that library's
// own compiler, which gets a number of programs wrong: a, b = b, a among locals, local f = function() … f …,
// table constructors beyond 25,550 items, calls assigned to the last parameter.
package compile

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

// Bounds of one function's code. The VM can address more registers and instructions than these.
const (
	maxRegisters    = 240
	maxInstructions = 100000
	maxConstants    = 1 << 18
	constantFlag    = 256 // marks an operand that is a constant; only the first 256 constants can be operands
	jumpBias        = 131071
)

// Options say how to compile.
type Options struct {
	Chunk      string // the chunk's name as messages show it
	Number     func(string) (float64, bool)
	Intrinsics Intrinsics
}

// Compile compiles a chunk. The error is a *syntax.Error.
func Compile(source string, options Options) (proto *lua.FunctionProto, err error) {
	main, err := syntax.Parse(source, options.Chunk, options.Number)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*syntax.Error)
			if !ok {
				panic(r)
			}
			proto, err = nil, e
		}
	}()
	return compileFunction(main, &options), nil
}

// A builder makes the code of one function. Registers below active hold locals, those below free are in use.
type builder struct {
	options *Options
	fn      *syntax.Function

	code    []uint32
	lines   []int
	sites   []*lua.DbgLocalInfo
	calls   []lua.DbgCall
	protos  []*lua.FunctionProto
	consts  []lua.LValue
	indexes map[any]int // of constants, by value; numbers by their bits
	notes   map[noteKey]string

	active, free, most int
	blocks             []*blockState
}

// A blockState is a block that is being compiled.
type blockState struct {
	block  *syntax.Block
	base   int   // its first register
	loop   bool  // break leaves it
	breaks []int // jumps to patch
}

func compileFunction(fn *syntax.Function, options *Options) *lua.FunctionProto {
	b := &builder{options: options, fn: fn, indexes: map[any]int{}, notes: map[noteKey]string{}}
	for _, name := range b.vmNames() {
		b.stringConstant(name)
	}
	locals := fn.Params
	if fn.Arg != nil {
		locals = append(locals[:len(locals):len(locals)], fn.Arg)
	}
	for i, l := range locals {
		l.Register = i
	}
	b.reserve(len(locals), fn.Line)
	b.active = b.free
	b.blocks = append(b.blocks, &blockState{block: fn.Body})
	b.statements(fn.Body)
	b.emit(abc(lua.OP_RETURN, 0, 1, 0), fn.LastLine)
	b.mergeMoves()
	return b.proto()
}

// proto returns the finished function.
func (b *builder) proto() *lua.FunctionProto {
	fn := b.fn
	p := withNames(b.vmNames())
	p.SourceName = b.options.Chunk
	p.LineDefined, p.LastLineDefined = fn.Line, fn.LastLine
	p.NumUpvalues = uint8(len(fn.Upvalues))
	p.NumParameters = uint8(len(fn.Params))
	p.IsVarArg = 0
	if fn.Vararg {
		p.IsVarArg = lua.VarArgIsVarArg
		if fn.Arg != nil {
			p.IsVarArg |= lua.VarArgHasArg
			if !fn.UsesVararg {
				p.IsVarArg |= lua.VarArgNeedsArg
			}
		}
	}
	p.NumUsedRegisters = uint8(b.most + 1)
	p.Code, p.DbgSourcePositions = b.code, b.lines
	p.Constants, p.FunctionPrototypes = b.consts, b.protos
	p.DbgLocals, p.DbgCalls = b.sites, b.calls
	p.DbgUpvalues = make([]string, len(fn.Upvalues))
	for i, u := range fn.Upvalues {
		p.DbgUpvalues[i] = u.Name
	}
	return p
}

// vmNames returns the names that the VM must know as such: those that fit into instructions, and all globals.
// Other fields are looked up by a register's value.
func (b *builder) vmNames() []string {
	var names []string
	for _, name := range b.fn.Names {
		if len(names) < constantFlag || name.Global {
			names = append(names, name.Text)
		}
	}
	return names
}

// withNames returns an empty function whose constants begin with names. The VM looks names up in a
// field that only gopher-lua's compiler can set, so that one is made to compile them.
func withNames(names []string) *lua.FunctionProto {
	if len(names) == 0 {
		return &lua.FunctionProto{}
	}
	chunk := make([]ast.Stmt, len(names))
	for i, name := range names {
		chunk[i] = &ast.AssignStmt{Lhs: []ast.Expr{&ast.IdentExpr{Value: name}}, Rhs: []ast.Expr{&ast.NilExpr{}}}
	}
	made, err := lua.Compile(chunk, "")
	if err != nil {
		panic(fmt.Sprintf("compile: %d names: %v", len(names), err))
	}
	p := *made
	return &p
}

func (b *builder) fail(line int, format string, args ...any) {
	panic(&syntax.Error{Chunk: b.options.Chunk, Line: line, Msg: fmt.Sprintf(format, args...)})
}

// emit adds an instruction and returns its index.
func (b *builder) emit(inst uint32, line int) int {
	if len(b.code) >= maxInstructions {
		b.fail(line, "function has more than %d instructions", maxInstructions)
	}
	b.code = append(b.code, inst)
	b.lines = append(b.lines, line)
	return len(b.code) - 1
}

// note adds what is to be known about the instruction pc when it calls or fails.
func (b *builder) note(pc int, op Op, register int, operands ...Operand) {
	b.sites = append(b.sites, &lua.DbgLocalInfo{Name: b.encoded(Site{op, register, operands}), StartPc: pc - 1, EndPc: pc + 1})
}

// A noteKey is a site of up to two operands. The same ones come up again and again.
type noteKey struct {
	op          Op
	register    int
	n           int
	left, right Operand
}

func (b *builder) encoded(site Site) string {
	key := noteKey{op: site.Op, register: site.Register, n: len(site.Operands)}
	switch key.n {
	case 2:
		key.right = site.Operands[1]
		fallthrough
	case 1:
		key.left = site.Operands[0]
	case 0:
	default:
		return site.encode()
	}
	text, ok := b.notes[key]
	if !ok {
		text = site.encode()
		b.notes[key] = text
	}
	return text
}

// noteCall names the function that the call at pc calls, for tracebacks and argument errors.
func (b *builder) noteCall(pc int, op Op, register int, callee Operand) {
	b.note(pc, op, register, callee)
	name := callee.Name
	switch callee.Kind {
	case "":
		name = "?"
	case "method":
		name = MethodMark + name
	}
	b.calls = append(b.calls, lua.DbgCall{Pc: pc, Name: name})
}

// MethodMark precedes the debug name of a function called as value:name(…).
const MethodMark = ":"

// reserve takes n registers and returns the first.
func (b *builder) reserve(n, line int) int {
	first := b.free
	b.free += n
	if b.free > maxRegisters {
		b.fail(line, "function or expression too complex")
	}
	b.most = max(b.most, b.free)
	return first
}

// constant returns the index of a constant; key is its value as a map key.
func (b *builder) constant(v lua.LValue, key any) int {
	if i, ok := b.indexes[key]; ok {
		return i
	}
	if len(b.consts) >= maxConstants {
		b.fail(b.fn.Line, "function has more than %d constants", maxConstants)
	}
	b.consts = append(b.consts, v)
	b.indexes[key] = len(b.consts) - 1
	return len(b.consts) - 1
}

func (b *builder) stringConstant(s string) int { return b.constant(lua.LString(s), s) }

func (b *builder) numberConstant(n float64) int {
	return b.constant(lua.LNumber(n), math.Float64bits(n))
}

// jump emits a jump to be patched.
func (b *builder) jump(line int) int { return b.emit(asbx(lua.OP_JMP, 0, 0), line) }

// patch makes jumps lead to an instruction.
func (b *builder) patch(jumps []int, target int) {
	for _, pc := range jumps {
		b.code[pc] = b.code[pc]&^0x3ffff | uint32(target-pc-1+jumpBias)
	}
}

func (b *builder) patchHere(jumps []int) { b.patch(jumps, len(b.code)) }

// mergeMoves lets the VM run moves that follow each other as one instruction.
func (b *builder) mergeMoves() {
	for pc := 0; pc < len(b.code); pc++ {
		inst := b.code[pc]
		switch opcode(inst) {
		case lua.OP_CLOSURE:
			pc += int(b.protos[inst&0x3ffff].NumUpvalues)
		case lua.OP_SETLIST:
			if inst>>9&0x1ff == 0 {
				pc++
			}
		case lua.OP_MOVE:
			n := 1
			for pc+n < len(b.code) && opcode(b.code[pc+n]) == lua.OP_MOVE {
				n++
			}
			if n > 1 {
				b.code[pc] = abc(lua.OP_MOVEN, int(inst>>18&0xff), int(inst&0x1ff), min(n-1, 0x1ff))
				pc += n - 1
			}
		}
	}
}

func opcode(inst uint32) int { return int(inst >> 26) }

func abc(op, a, b, c int) uint32 { return uint32(op<<26 | a<<18 | c<<9 | b) }

func abx(op, a, bx int) uint32 { return uint32(op<<26 | a<<18 | bx) }

func asbx(op, a, sbx int) uint32 { return abx(op, a, sbx+jumpBias) }
