// Package policy holds the checks on the sources themselves: which package may import which, and which calls would break
// a run's repeatability. Nothing of it is compiled into a program.
package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/moonwire-lab/moonwire/"

// A source is a parsed Go file.
type source struct {
	dir  string // of the package, from the repository's root, with slashes; "." for the root
	name string
	test bool
	file *ast.File
	fset *token.FileSet
}

func parse(fset *token.FileSet, dir, name string, text any) (source, error) {
	// No SkipObjectResolution: ast.Ident.Obj tells local variables from those of the package.
	f, err := parser.ParseFile(fset, path.Join(dir, name), text, parser.ParseComments)
	return source{dir, name, strings.HasSuffix(name, "_test.go"), f, fset}, err
}

// repository returns every Go file below the root, testdata and hidden directories left out.
func repository(t *testing.T) []source {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var list []source
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && p != root && (name[0] == '.' || name[0] == '_' || name == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		s, err := parse(fset, filepath.ToSlash(rel), d.Name(), text)
		if err == nil {
			list = append(list, s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 {
		t.Fatalf("only %d Go files found below %s", len(list), root)
	}
	return list
}

// imports returns the paths that a file imports, by the name that the file uses for each.
func (s source) imports() map[string]string {
	m := map[string]string{}
	for _, i := range s.file.Imports {
		p := importPath(i)
		name := path.Base(p)
		if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
			name = path.Base(path.Dir(p))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		m[name] = p
	}
	return m
}

func importPath(i *ast.ImportSpec) string {
	p, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return i.Path.Value
	}
	return p
}

// at returns file:line of a node.
func (s source) at(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}
