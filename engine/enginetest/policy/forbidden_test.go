package policy

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// forbiddenCalls are names of the standard library that a protocol must not use, because they reach around the
// scheduler, the seed or the virtual network. "*" is every name but those of allowedNames; a name that ends in * is a prefix.
var forbiddenCalls = map[string]struct {
	names   []string
	instead string
}{
	"time":         {[]string{"Now", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Since", "Until"}, "the stack's Now and Sleep, or a sim.Timer"},
	"math/rand":    {[]string{"*"}, "the stack's Rand"},
	"math/rand/v2": {[]string{"*"}, "the stack's Rand"},
	"crypto/rand":  {[]string{"*"}, "the stack's Rand"},
	"net":          {[]string{"Dial*", "Listen", "ListenPacket", "ListenTCP", "ListenUDP", "ListenIP", "ListenUnix*", "ListenMulticastUDP", "ListenConfig", "Lookup*", "Resolve*", "DefaultResolver", "Interface*", "File*", "Pipe"}, "the stack's Dial, Listen, ListenPacket and LookupHost"},
	"net/http":     {[]string{"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "ListenAndServe*", "Serve", "ServeTLS"}, "connections of the stack"},
	"os":           {[]string{"*"}, "the process's file system (afero), io/fs, or an argument"},
	"os/exec":      {[]string{"*"}, "nothing: the engine starts no programs"},
	"os/signal":    {[]string{"*"}, "sim.Scheduler.Interrupt, from package cmd"},
	"os/user":      {[]string{"*"}, "an argument"},
}

// allowedNames are exceptions to "*": types and values that touch neither the machine nor a global generator.
var allowedNames = map[string][]string{
	"math/rand/v2": {"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"},
	"os":           {"Err*", "O_*", "Mode*", "FileMode", "FileInfo", "PathError"},
}

// exempt lists the packages that the rules are not for.
var exempt = []string{
	"engine/sim/...",        // it is the clock and the only place with goroutines
	"engine/osnet/...",      // it is the machine's network
	"engine/enginetest/...", // tests
	"engine/grade",          // it grades several submissions at a time and keeps a journal on disk; its reports are not exempt
	"engine/grade/cell",     // it starts and watches processes of the machine
}

func named(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		base, isPrefix := strings.CutSuffix(p, "*")
		return p == name || isPrefix && strings.HasPrefix(name, base)
	})
}

// A checker collects what one package does that it must not.
type checker struct {
	found []string // "file:line: what"
}

func (c *checker) report(s source, n ast.Node, format string, args ...any) {
	c.found = append(c.found, s.at(n)+": "+fmt.Sprintf(format, args...))
}

// calls looks for uses of forbidden names. A name is known by the file's imports; a local variable of the same name hides it.
func (c *checker) calls(s source) {
	imports := s.imports()
	for name, p := range imports {
		if _, bad := forbiddenCalls[p]; bad && (name == "." || name == "_") {
			c.report(s, s.file.Name, "import of %s as %q", p, name)
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok || x.Obj != nil {
			return true
		}
		p := imports[x.Name]
		bad := forbiddenCalls[p]
		if named(bad.names, sel.Sel.Name) && !named(allowedNames[p], sel.Sel.Name) {
			c.report(s, sel, "%s.%s; use %s", x.Name, sel.Sel.Name, bad.instead)
		}
		return true
	})
}

// statements looks for goroutines, channels and init functions.
func (c *checker) statements(s source) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			c.report(s, n, "go statement; use the stack's Go")
		case *ast.SelectStmt:
			c.report(s, n, "select; use sim.Scheduler.Wait with several queues")
		case *ast.ChanType:
			c.report(s, n, "channel; use a sim.Queue")
		case *ast.SendStmt:
			c.report(s, n, "channel send; use a sim.Queue")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				c.report(s, n, "channel receive; use a sim.Queue")
			}
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				c.report(s, n, "func init; use an explicit list or a composite literal")
			}
		}
		return true
	})
}

func checkPackage(files []source) []string {
	var c checker
	for _, s := range files {
		c.calls(s)
		c.statements(s)
	}
	c.variables(files)
	slices.Sort(c.found)
	return c.found
}

func TestForbidden(t *testing.T) {
	packages := map[string][]source{}
	var order []string
	for _, s := range repository(t) {
		if s.test || !matches("engine/...", s.dir) {
			continue
		}
		if slices.ContainsFunc(exempt, func(e string) bool { return matches(e, s.dir) }) {
			continue
		}
		if packages[s.dir] == nil {
			order = append(order, s.dir)
		}
		packages[s.dir] = append(packages[s.dir], s)
	}
	for _, dir := range order {
		for _, problem := range checkPackage(packages[dir]) {
			t.Error(problem)
		}
	}
}
