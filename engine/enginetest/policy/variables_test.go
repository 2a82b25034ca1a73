package policy

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// variables looks for package variables that can change. One is allowed if it is initialised where it is declared, by a
// composite literal or a pointer to one, a string or number, a conversion, errors.New, fmt.Errorf, strings.NewReplacer, wire.Pattern or a Must function, and
// no file of the package assigns it, a field or an element of it, counts it up, takes its address or gives it to append,
// clear, copy or delete. "var _ I = x" asserts an interface and is free. A variable that is only declared is not allowed, unless go:embed fills it.
func (c *checker) variables(files []source) {
	constant := map[string]bool{}
	top := map[any]bool{} // the declarations of package variables
	for _, s := range files {
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				top[spec] = true
				v := spec.(*ast.ValueSpec)
				if embedded(g.Doc) || embedded(v.Doc) {
					for _, name := range v.Names {
						constant[name.Name] = true
					}
					continue
				}
				c.declared(s, v, constant)
			}
		}
	}
	for _, s := range files {
		c.changed(s, constant, top)
	}
}

// embedded reports whether a comment tells the compiler to fill the variable below it from files.
func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

func (c *checker) declared(s source, v *ast.ValueSpec, constant map[string]bool) {
	for i, name := range v.Names {
		if name.Name == "_" {
			continue
		}
		if len(v.Values) != len(v.Names) || !isConstant(v.Values[i]) {
			c.report(s, name, "mutable package variable %s; make it a constant, a table that nobody changes, or a field", name.Name)
			continue
		}
		constant[name.Name] = true
	}
}

// isConstant reports whether an initial value is of a kind that can be used as a constant.
func isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CompositeLit, *ast.BasicLit:
		return true
	case *ast.UnaryExpr: // &T{…}, -1
		return e.Op != token.ARROW && isConstant(e.X)
	case *ast.CallExpr:
		switch f := e.Fun.(type) {
		case *ast.SelectorExpr:
			x, ok := f.X.(*ast.Ident)
			if !ok {
				return false
			}
			name := x.Name + "." + f.Sel.Name
			return name == "errors.New" || name == "fmt.Errorf" || name == "strings.NewReplacer" || name == "wire.Pattern" || named([]string{"Must*"}, f.Sel.Name)
		case *ast.ArrayType: // []byte("…")
			return true
		}
	}
	return false
}

// changed looks for what changes one of the package's constant variables.
func (c *checker) changed(s source, constant map[string]bool, top map[any]bool) {
	check := func(e ast.Expr) {
		// The parser resolves local variables, and those of the package within their file; what it left open is of another file.
		if id := root(e); id != nil && constant[id.Name] && (id.Obj == nil || top[id.Obj.Decl]) {
			c.report(s, e, "change of package variable %s; make it a field", id.Name)
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					check(e)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				check(n.Key)
				check(n.Value)
			}
		case *ast.IncDecStmt:
			check(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				check(n.X)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && named([]string{"append", "clear", "copy", "delete"}, f.Name) {
				check(n.Args[0])
			}
		}
		return true
	})
}

// root returns the variable that a place is part of: x of x, x.f, x[i], *x and x[i:j].
func root(e ast.Expr) *ast.Ident {
	for {
		switch n := e.(type) {
		case *ast.Ident:
			return n
		case *ast.SelectorExpr:
			e = n.X
		case *ast.IndexExpr:
			e = n.X
		case *ast.SliceExpr:
			e = n.X
		case *ast.StarExpr:
			e = n.X
		case *ast.ParenExpr:
			e = n.X
		default:
			return nil
		}
	}
}
