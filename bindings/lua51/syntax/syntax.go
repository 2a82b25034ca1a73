// Package syntax reads Lua 5.1 source into a tree in which every name is already resolved. It knows no VM.
// Its errors are worded as lua5.1 words them.
package syntax

import "fmt"

// An Error is a refusal of a chunk.
type Error struct {
	Chunk string // the chunk's name as messages show it
	Line  int
	Msg   string // "unexpected symbol", "'end' expected (to close 'if' at line 3)", …
	Near  string // the offending token as written, "<eof>" at the end, "" when no token is to blame
}

// Error returns the message of lua5.1: chunk:line: message near 'token'.
func (e *Error) Error() string {
	if e.Near == "" {
		return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s near '%s'", e.Chunk, e.Line, e.Msg, e.Near)
}

// Incomplete reports whether the source just ended too early, so that more lines could complete it.
func (e *Error) Incomplete() bool { return e.Near == endOfFile }

const endOfFile = "<eof>"

// Limits of one chunk. lua5.1 allows as many levels and locals, and fewer upvalues.
const (
	maxLevels    = 200
	maxLocals    = 200
	maxUpvalues  = 200
	maxChain     = 1000 // operators or suffixes in a row: a.b.c.d
	maxFunctions = 1500
	maxGlobals   = 512 // different ones in one function
)

// A Function is a function body; a chunk is the body of a vararg function.
type Function struct {
	Params     []*Local // with self for a method
	Vararg     bool
	UsesVararg bool   // ... occurs in the body itself
	Arg        *Local // the table of extra arguments, as Lua 5.0 had it; nil for chunks
	Upvalues   []Upvalue
	Names      []Name // the globals, fields and methods that the body names, each once, in order
	Body       *Block
	Line       int // of the word function; 0 for a chunk
	LastLine   int

	names   map[string]int // 1 + where in Names
	globals int
}

// A Name is a string that a function uses as the name of a global, a field or a method.
type Name struct {
	Text   string
	Global bool
}

// A Local is one declaration of a local variable.
type Local struct {
	Name     string
	Captured bool // by a function inside the one that declares it
	Register int  // for the compiler
}

// An Upvalue is a local of an enclosing function that a function uses: either a local of the function around it
// or, when Local is nil, that function's upvalue number Index.
type Upvalue struct {
	Name  string
	Local *Local
	Index int
}

// A Block is a scope.
type Block struct {
	Stmts  []Stmt
	Locals []*Local // declared in the block itself, in order
	Line   int      // of the last token before the block's end
}

// Captured reports whether a function captured a local of the block.
func (b *Block) Captured() bool {
	for _, l := range b.Locals {
		if l.Captured {
			return true
		}
	}
	return false
}

// A Stmt is a statement.
type Stmt interface{ stmt() }

// Statements.
type (
	// LocalStmt is local a, b = x, y.
	LocalStmt struct {
		Vars  []*Local
		Exprs []Expr
		Line  int
	}
	// LocalFunction is local function f() … end.
	LocalFunction struct {
		Var  *Local
		Func *FunctionExpr
	}
	// Assign is a, t.x = x, y.
	Assign struct {
		Targets []Expr // LocalExpr, UpvalueExpr, GlobalExpr or IndexExpr
		Exprs   []Expr
		Line    int
	}
	// CallStmt is a call whose results are dropped.
	CallStmt struct{ Call *CallExpr }
	// Do is do … end.
	Do struct{ Body *Block }
	// While is while … do … end.
	While struct {
		Cond Expr
		Body *Block
		Line int
	}
	// Repeat is repeat … until …; the condition sees the body's locals.
	Repeat struct {
		Body *Block
		Cond Expr
		Line int
	}
	// If is if … then … elseif … else … end. Bodies has one more element than Conds when there is an else.
	If struct {
		Conds  []Expr
		Bodies []*Block
		Lines  []int
	}
	// NumericFor is for i = first, limit, step do … end; Step may be nil.
	NumericFor struct {
		Var                *Local
		First, Limit, Step Expr
		Body               *Block
		Line               int
	}
	// GenericFor is for k, v in … do … end.
	GenericFor struct {
		Vars  []*Local
		Exprs []Expr
		Body  *Block
		Line  int
	}
	// Return is return ….
	Return struct {
		Exprs []Expr
		Line  int
	}
	// Break is break.
	Break struct{ Line int }
)

func (*LocalStmt) stmt()     {}
func (*LocalFunction) stmt() {}
func (*Assign) stmt()        {}
func (*CallStmt) stmt()      {}
func (*Do) stmt()            {}
func (*While) stmt()         {}
func (*Repeat) stmt()        {}
func (*If) stmt()            {}
func (*NumericFor) stmt()    {}
func (*GenericFor) stmt()    {}
func (*Return) stmt()        {}
func (*Break) stmt()         {}

// An Expr is an expression. Line is where the VM should say it is while it computes it.
type Expr interface{ Pos() int }

// Line is the line of an expression.
type Line int

// Pos returns the line.
func (l Line) Pos() int { return int(l) }

// Expressions.
type (
	// NilExpr is nil.
	NilExpr struct{ Line }
	// BoolExpr is true or false.
	BoolExpr struct {
		Line
		Value bool
	}
	// NumberExpr is a number.
	NumberExpr struct {
		Line
		Value float64
	}
	// StringExpr is a string.
	StringExpr struct {
		Line
		Value string
	}
	// VarargExpr is ….
	VarargExpr struct{ Line }
	// FunctionExpr is function … end.
	FunctionExpr struct {
		Line
		Func *Function
	}
	// LocalExpr is a local variable of the function itself.
	LocalExpr struct {
		Line
		Var *Local
	}
	// UpvalueExpr is the function's upvalue number Index.
	UpvalueExpr struct {
		Line
		Name  string
		Index int
	}
	// GlobalExpr is a global variable.
	GlobalExpr struct {
		Line
		Name string
	}
	// IndexExpr is Object[Key]; Object.name has a StringExpr as its key.
	IndexExpr struct {
		Line
		Object, Key Expr
	}
	// CallExpr is Func(Args), or Func:Method(Args) when Method is not empty.
	CallExpr struct {
		Line
		Func   Expr
		Method string
		Args   []Expr
	}
	// TableExpr is {…}.
	TableExpr struct {
		Line
		Fields []Field
	}
	// BinaryExpr is Left Op Right.
	BinaryExpr struct {
		Line
		Op          string
		Left, Right Expr
	}
	// UnaryExpr is Op Operand, with "-", "not" or "#".
	UnaryExpr struct {
		Line
		Op      string
		Operand Expr
	}
	// ParenExpr is an expression in parentheses that cuts several values down to one.
	ParenExpr struct {
		Line
		Inner Expr
	}
)

// A Field is an item of a table constructor; Key is nil for an item of the array.
type Field struct{ Key, Value Expr }
