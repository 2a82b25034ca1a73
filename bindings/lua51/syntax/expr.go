package syntax

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

func (p *parser) expressions() []Expr {
	list := []Expr{p.expression()}
	for p.accept(",") {
		list = append(list, p.expression())
	}
	return list
}

// priorities of binary operators: how strongly they bind what is on their left and on their right.
var priorities = map[string]struct{ left, right int }{
	"or": {1, 1}, "and": {2, 2},
	"<": {3, 3}, ">": {3, 3}, "<=": {3, 3}, ">=": {3, 3}, "~=": {3, 3}, "==": {3, 3},
	"..": {5, 4}, "+": {6, 6}, "-": {6, 6}, "*": {7, 7}, "/": {7, 7}, "%": {7, 7}, "^": {10, 9},
}

const unaryPriority = 8

func (p *parser) expression() Expr { return p.binary(0) }

// binary reads an expression of operators that bind more strongly than limit.
func (p *parser) binary(limit int) Expr {
	p.enter()
	var left Expr
	switch op := p.tok.kind; op {
	case "not", "-", "#":
		p.advance()
		operand := p.binary(unaryPriority)
		left = &UnaryExpr{Line(p.lastLine), op, operand}
	default:
		left = p.simple()
	}
	for n := 0; ; n++ {
		priority, ok := priorities[p.tok.kind]
		if !ok || priority.left <= limit {
			break
		}
		if n == maxChain {
			p.tooComplex()
		}
		op := p.advance().kind
		right := p.binary(priority.right)
		left = &BinaryExpr{Line(p.lastLine), op, left, right}
	}
	p.leave()
	return left
}

func (p *parser) tooComplex() { p.lex.fail("", "function or expression too complex") }

func (p *parser) simple() Expr {
	line := Line(p.tok.line)
	switch p.tok.kind {
	case kindNumber:
		return &NumberExpr{line, p.advance().value}
	case kindString:
		return &StringExpr{line, p.advance().text}
	case "nil":
		p.advance()
		return &NilExpr{line}
	case "true", "false":
		return &BoolExpr{line, p.advance().kind == "true"}
	case "...":
		if !p.scope.fn.Vararg {
			p.fail("cannot use '...' outside a vararg function")
		}
		p.advance()
		p.scope.fn.UsesVararg = true
		return &VarargExpr{line}
	case "{":
		return p.table()
	case "function":
		p.advance()
		return p.functionBody(false, int(line))
	}
	return p.suffixed()
}

// primary reads a name or an expression in parentheses.
func (p *parser) primary() Expr {
	line := p.tok.line
	switch p.tok.kind {
	case kindName:
		return p.variable(p.advance().text, line)
	case "(":
		p.advance()
		e := p.expression()
		p.close(")", "(", line)
		return &ParenExpr{Line(line), e}
	}
	p.fail("unexpected symbol")
	return nil
}

// suffixed reads a primary expression with its fields, indexes and calls.
func (p *parser) suffixed() Expr {
	e := p.primary()
	for n := 0; ; n++ {
		if n == maxChain {
			p.tooComplex()
		}
		switch p.tok.kind {
		case ".":
			p.advance()
			e = p.field(e)
		case "[":
			p.advance()
			key := p.expression()
			p.expect("]")
			e = p.index(e, key)
		case ":":
			p.advance()
			name := p.expect(kindName).text
			p.name(name, false)
			line := p.tok.line
			e = &CallExpr{Line(line), e, name, p.arguments()}
		case "(", "{", kindString:
			line := p.tok.line
			e = &CallExpr{Line(line), e, "", p.arguments()}
		default:
			return e
		}
	}
}

// field reads the name of a field of e.
func (p *parser) field(e Expr) Expr {
	name := p.expect(kindName)
	return p.index(e, &StringExpr{Line(name.line), name.text})
}

func (p *parser) index(object, key Expr) Expr {
	if s, ok := key.(*StringExpr); ok {
		p.name(s.Value, false)
	}
	return &IndexExpr{Line(p.lastLine), object, key}
}

func (p *parser) arguments() []Expr {
	switch p.tok.kind {
	case kindString:
		line := Line(p.tok.line)
		return []Expr{&StringExpr{line, p.advance().text}}
	case "{":
		return []Expr{p.table()}
	case "(":
		line := p.tok.line
		if line != p.lastLine {
			p.fail("ambiguous syntax (function call x new statement)")
		}
		p.advance()
		var args []Expr
		if p.tok.kind != ")" {
			args = p.expressions()
		}
		p.close(")", "(", line)
		return args
	}
	p.fail("function arguments expected")
	return nil
}

func (p *parser) table() Expr {
	line := p.tok.line
	p.expect("{")
	t := &TableExpr{Line: Line(line)}
	for p.tok.kind != "}" {
		t.Fields = append(t.Fields, p.tableField())
		if !p.accept(",") && !p.accept(";") {
			break
		}
	}
	p.close("}", "{", line)
	return t
}

func (p *parser) tableField() Field {
	switch {
	case p.tok.kind == "[":
		p.advance()
		key := p.expression()
		p.expect("]")
		p.expect("=")
		if s, ok := key.(*StringExpr); ok {
			p.name(s.Value, false)
		}
		return Field{key, p.expression()}
	case p.tok.kind == kindName && p.second().kind == "=":
		name := p.advance()
		p.advance()
		p.name(name.text, false)
		return Field{&StringExpr{Line(name.line), name.text}, p.expression()}
	}
	return Field{nil, p.expression()}
}

// functionBody reads parameters and body, up to and with the word end.
func (p *parser) functionBody(method bool, line int) *FunctionExpr {
	if p.functions++; p.functions > maxFunctions {
		p.lex.fail("", "chunk has more than %d functions", maxFunctions)
	}
	fn := &Function{Line: line}
	p.scope = &scope{parent: p.scope, fn: fn}
	if method {
		fn.Params = append(fn.Params, &Local{Name: "self"})
	}
	p.expect("(")
	for p.tok.kind != ")" {
		if p.tok.kind == "..." {
			p.advance()
			fn.Vararg, fn.Arg = true, &Local{Name: "arg"}
			break
		}
		if p.tok.kind != kindName {
			p.fail("<name> or '...' expected")
		}
		fn.Params = append(fn.Params, &Local{Name: p.advance().text})
		if !p.accept(",") {
			break
		}
		if p.tok.kind == ")" {
			p.fail("<name> or '...' expected")
		}
	}
	p.expect(")")
	locals := fn.Params
	if fn.Arg != nil {
		locals = append(locals[:len(locals):len(locals)], fn.Arg)
	}
	fn.Body = p.block(locals...)
	fn.LastLine = p.tok.line
	p.close("end", "function", line)
	p.scope = p.scope.parent
	return &FunctionExpr{Line(p.lastLine), fn}
}
