package syntax

import "fmt"

// A scope is what the parser knows of a function whose body it is reading.
type scope struct {
	parent *scope
	fn     *Function
	active []*Local // visible locals, outermost first
	loops  int      // loops around the statement being read
}

func (s *scope) find(name string) *Local {
	for i := len(s.active) - 1; i >= 0; i-- {
		if s.active[i].Name == name {
			return s.active[i]
		}
	}
	return nil
}

// upvalue returns the number of the function's upvalue of that name, or -1 when no function around it
// has such a local.
func (p *parser) upvalue(s *scope, name string) int {
	for i, u := range s.fn.Upvalues {
		if u.Name == name {
			return i
		}
	}
	if s.parent == nil {
		return -1
	}
	u := Upvalue{Name: name, Local: s.parent.find(name)}
	if u.Local != nil {
		u.Local.Captured = true
	} else if u.Index = p.upvalue(s.parent, name); u.Index < 0 {
		return -1
	}
	if len(s.fn.Upvalues) >= maxUpvalues {
		p.limit(s, maxUpvalues, "upvalues")
	}
	s.fn.Upvalues = append(s.fn.Upvalues, u)
	return len(s.fn.Upvalues) - 1
}

// variable resolves a name.
func (p *parser) variable(name string, line int) Expr {
	if l := p.scope.find(name); l != nil {
		return &LocalExpr{Line(line), l}
	}
	if i := p.upvalue(p.scope, name); i >= 0 {
		return &UpvalueExpr{Line(line), name, i}
	}
	p.name(name, true)
	return &GlobalExpr{Line(line), name}
}

// name notes that the function names a global, or else a field or a method.
func (p *parser) name(text string, global bool) {
	fn := p.scope.fn
	at, known := fn.names[text]
	if !known {
		if fn.names == nil {
			fn.names = map[string]int{}
		}
		fn.Names = append(fn.Names, Name{Text: text})
		at = len(fn.Names)
		fn.names[text] = at
	}
	if name := &fn.Names[at-1]; global && !name.Global {
		name.Global = true
		if fn.globals++; fn.globals > maxGlobals {
			p.limit(p.scope, maxGlobals, "global names")
		}
	}
}

// declare makes locals visible and part of the block.
func (p *parser) declare(b *Block, locals ...*Local) {
	s := p.scope
	if len(s.active)+len(locals) > maxLocals {
		p.limit(s, maxLocals, "local variables")
	}
	s.active = append(s.active, locals...)
	b.Locals = append(b.Locals, locals...)
}

func (p *parser) limit(s *scope, n int, what string) {
	where := "main function"
	if s.fn.Line > 0 {
		where = fmt.Sprintf("function at line %d", s.fn.Line)
	}
	p.lex.fail("", "%s has more than %d %s", where, n, what)
}
