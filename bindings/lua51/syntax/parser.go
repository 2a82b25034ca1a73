package syntax

import "strings"

type parser struct {
	lex       lexer
	tok       token // the next one
	ahead     *token
	lastLine  int // of the token before tok
	scope     *scope
	levels    int
	functions int
}

// Parse reads a chunk. A first line that begins with # is skipped. number converts a numeral.
// The error is an *Error.
func Parse(source, chunk string, number func(string) (float64, bool)) (fn *Function, err error) {
	p := &parser{lex: lexer{chunk: chunk, src: source, line: 1, number: number}, lastLine: 1}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			fn, err = nil, e
		}
	}()
	if strings.HasPrefix(source, "#") {
		if p.lex.pos = strings.IndexAny(source, "\r\n"); p.lex.pos < 0 {
			p.lex.pos = len(source)
		}
	}
	p.tok = p.lex.next()
	main := &Function{Vararg: true}
	p.scope = &scope{fn: main}
	main.Body = p.block()
	if p.tok.kind != endOfFile {
		p.expected(endOfFile)
	}
	main.LastLine = p.lastLine
	return main, nil
}

func (p *parser) advance() token {
	t := p.tok
	p.lastLine = t.line
	if p.ahead != nil {
		p.tok, p.ahead = *p.ahead, nil
	} else {
		p.tok = p.lex.next()
	}
	return t
}

// second returns the token after the next one.
func (p *parser) second() token {
	if p.ahead == nil {
		t := p.lex.next()
		p.ahead = &t
	}
	return *p.ahead
}

func (p *parser) fail(msg string) {
	panic(&Error{Chunk: p.lex.chunk, Line: p.tok.line, Msg: msg, Near: p.tok.raw})
}

func (p *parser) expected(kind string) { p.fail("'" + kind + "' expected") }

func (p *parser) accept(kind string) bool {
	if p.tok.kind != kind {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(kind string) token {
	if p.tok.kind != kind {
		p.expected(kind)
	}
	return p.advance()
}

// close expects the token that ends what the token open began at a line.
func (p *parser) close(kind, open string, line int) {
	if p.tok.kind == kind {
		p.advance()
		return
	}
	if line == p.tok.line {
		p.expected(kind)
	}
	p.fail("'" + kind + "' expected (to close '" + open + "' at line " + itoa(line) + ")")
}

func (p *parser) enter() {
	if p.levels++; p.levels > maxLevels {
		p.lex.fail("", "chunk has too many syntax levels")
	}
}

func (p *parser) leave() { p.levels-- }

func (p *parser) blockEnds() bool {
	switch p.tok.kind {
	case "else", "elseif", "end", "until", endOfFile:
		return true
	}
	return false
}

// block reads statements up to the token that ends them. The locals given are part of it.
func (p *parser) block(locals ...*Local) *Block {
	b, visible := p.openBlock(locals...)
	p.statements(b)
	p.scope.active = p.scope.active[:visible]
	return b
}

func (p *parser) openBlock(locals ...*Local) (b *Block, visible int) {
	b = &Block{}
	visible = len(p.scope.active)
	p.declare(b, locals...)
	return b, visible
}

func (p *parser) statements(b *Block) {
	p.enter()
	for !p.blockEnds() {
		s, last := p.statement(b)
		b.Stmts = append(b.Stmts, s)
		p.accept(";")
		if last {
			break
		}
	}
	b.Line = p.lastLine
	p.leave()
}

// statement reads one; last is set for those that must end their block.
func (p *parser) statement(b *Block) (s Stmt, last bool) {
	line := p.tok.line
	switch p.tok.kind {
	case "if":
		return p.ifStatement(), false
	case "while":
		p.advance()
		cond := p.expression()
		p.expect("do")
		body := p.loopBody()
		p.close("end", "while", line)
		return &While{cond, body, line}, false
	case "do":
		p.advance()
		body := p.block()
		p.close("end", "do", line)
		return &Do{body}, false
	case "for":
		return p.forStatement(), false
	case "repeat":
		return p.repeatStatement(), false
	case "function":
		return p.functionStatement(), false
	case "local":
		p.advance()
		if p.accept("function") {
			return p.localFunction(b), false
		}
		return p.localStatement(b), false
	case "return":
		p.advance()
		var exprs []Expr
		if !p.blockEnds() && p.tok.kind != ";" {
			exprs = p.expressions()
		}
		return &Return{exprs, line}, true
	case "break":
		p.advance()
		if p.scope.loops == 0 {
			panic(&Error{Chunk: p.lex.chunk, Line: p.tok.line, Msg: "no loop to break", Near: p.tok.raw})
		}
		return &Break{line}, true
	}
	return p.expressionStatement(), false
}

func (p *parser) loopBody(locals ...*Local) *Block {
	p.scope.loops++
	b := p.block(locals...)
	p.scope.loops--
	return b
}

func (p *parser) ifStatement() Stmt {
	line := p.tok.line
	s := &If{}
	for {
		s.Lines = append(s.Lines, p.tok.line)
		p.advance()
		s.Conds = append(s.Conds, p.expression())
		p.expect("then")
		s.Bodies = append(s.Bodies, p.block())
		if p.tok.kind != "elseif" {
			break
		}
	}
	if p.accept("else") {
		s.Bodies = append(s.Bodies, p.block())
	}
	p.close("end", "if", line)
	return s
}

func (p *parser) forStatement() Stmt {
	line := p.advance().line
	first := p.expect(kindName).text
	switch p.tok.kind {
	case "=":
		return p.numericFor(line, first)
	case ",", "in":
		return p.genericFor(line, first)
	}
	p.fail("'=' or 'in' expected")
	return nil
}

func (p *parser) numericFor(line int, name string) Stmt {
	p.advance()
	s := &NumericFor{Var: &Local{Name: name}, Line: line}
	s.First = p.expression()
	p.expect(",")
	s.Limit = p.expression()
	if p.accept(",") {
		s.Step = p.expression()
	}
	s.Body = p.forBody(line, []*Local{s.Var})
	return s
}

func (p *parser) genericFor(line int, name string) Stmt {
	s := &GenericFor{Vars: []*Local{{Name: name}}, Line: line}
	for p.accept(",") {
		s.Vars = append(s.Vars, &Local{Name: p.expect(kindName).text})
	}
	p.expect("in")
	s.Line = p.tok.line
	s.Exprs = p.expressions()
	s.Body = p.forBody(line, s.Vars)
	return s
}

// forBody reads a loop's body. The VM keeps three values of its own below the loop's variables.
func (p *parser) forBody(line int, vars []*Local) *Block {
	p.expect("do")
	visible := len(p.scope.active)
	for range 3 {
		p.scope.active = append(p.scope.active, &Local{Name: "(for)"})
	}
	body := p.loopBody(vars...)
	p.scope.active = p.scope.active[:visible]
	p.close("end", "for", line)
	return body
}

func (p *parser) repeatStatement() Stmt {
	line := p.advance().line
	p.scope.loops++
	b, visible := p.openBlock()
	p.statements(b)
	p.scope.loops--
	p.close("until", "repeat", line)
	cond := p.expression()
	p.scope.active = p.scope.active[:visible]
	return &Repeat{b, cond, line}
}

func (p *parser) functionStatement() Stmt {
	line := p.advance().line
	name := p.expect(kindName)
	target := p.variable(name.text, name.line)
	method := false
	for p.tok.kind == "." || p.tok.kind == ":" {
		method = p.advance().kind == ":"
		target = p.field(target)
		if method {
			break
		}
	}
	fn := p.functionBody(method, line)
	return &Assign{[]Expr{target}, []Expr{fn}, line}
}

func (p *parser) localFunction(b *Block) Stmt {
	l := &Local{Name: p.expect(kindName).text}
	p.declare(b, l)
	return &LocalFunction{l, p.functionBody(false, p.tok.line)}
}

func (p *parser) localStatement(b *Block) Stmt {
	s := &LocalStmt{Line: p.tok.line}
	for {
		s.Vars = append(s.Vars, &Local{Name: p.expect(kindName).text})
		if !p.accept(",") {
			break
		}
	}
	if p.accept("=") {
		s.Exprs = p.expressions()
	}
	p.declare(b, s.Vars...)
	return s
}

func (p *parser) expressionStatement() Stmt {
	line := p.tok.line
	e := p.suffixed()
	if call, ok := e.(*CallExpr); ok {
		return &CallStmt{call}
	}
	s := &Assign{Line: line}
	for {
		if !assignable(e) {
			p.fail("syntax error")
		}
		s.Targets = append(s.Targets, e)
		if len(s.Targets)+p.levels > maxLevels {
			p.limit(p.scope, maxLevels, "variables in assignment")
		}
		if !p.accept(",") {
			break
		}
		e = p.suffixed()
	}
	p.expect("=")
	s.Exprs = p.expressions()
	return s
}

func assignable(e Expr) bool {
	switch e.(type) {
	case *LocalExpr, *UpvalueExpr, *GlobalExpr, *IndexExpr:
		return true
	}
	return false
}
