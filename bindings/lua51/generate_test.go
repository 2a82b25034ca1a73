package lua51

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator writes random programs that end, that print what they compute, and whose result does
// not depend on what a Lua implementation may choose: no hash order, no addresses, no rounding.
type programWriter struct {
	r      *rand.Rand
	out    strings.Builder
	indent int
	next   int          // number of the next variable
	scopes [][]variable // visible variables, innermost scope last
	loops  int          // loops around the statement inside its function
	funcs  int          // functions around it
	vararg bool         // the function has ...
	room   int          // statements that may still be written
	yields bool         // inside a coroutine's own body
}

type variable struct {
	name string
	kind byte // 'n'umber, 's'tring, 'b'oolean or nil, 't'able, 'f'unction of a number
	safe bool // may be assigned to; not a loop's counter
}

func generateProgram(seed uint64) string {
	w := &programWriter{r: rand.New(rand.NewPCG(seed, 51)), room: 40}
	w.scopes = [][]variable{{{"g1", 'n', true}, {"g2", 's', true}, {"g3", 't', true}}}
	w.line("g1, g2, g3 = 3, 'g', {1, 2, 3, x = 4}")
	w.statements(12)
	w.line("print(g1 + 0, g2, #g3, g3.x + 0)")
	return w.out.String()
}

func (w *programWriter) line(format string, args ...any) {
	w.out.WriteString(strings.Repeat(" ", w.indent))
	fmt.Fprintf(&w.out, format+"\n", args...)
}

func (w *programWriter) pick(choices ...string) string { return choices[w.r.IntN(len(choices))] }

func (w *programWriter) chance(percent int) bool { return w.r.IntN(100) < percent }

func (w *programWriter) declare(name string, kind byte, safe bool) {
	last := len(w.scopes) - 1
	w.scopes[last] = append(w.scopes[last], variable{name, kind, safe})
}

func (w *programWriter) fresh() string {
	w.next++
	if w.chance(15) && w.next > 3 {
		return fmt.Sprintf("v%d", 1+w.r.IntN(w.next)) // shadows another one, or becomes its twin
	}
	return fmt.Sprintf("v%d", w.next)
}

// unique returns a name that no other variable shares.
func (w *programWriter) unique() string {
	w.next++
	return fmt.Sprintf("c%d", w.next)
}

// variables returns those of a kind that their name still means.
func (w *programWriter) variables(kind byte, assign bool) []string {
	seen := map[string]bool{}
	var names []string
	for i := len(w.scopes) - 1; i >= 0; i-- {
		for j := len(w.scopes[i]) - 1; j >= 0; j-- {
			v := w.scopes[i][j]
			if !seen[v.name] && v.kind == kind && (v.safe || !assign) {
				names = append(names, v.name)
			}
			seen[v.name] = true
		}
	}
	return names
}

func (w *programWriter) variable(kind byte) string {
	if names := w.variables(kind, false); len(names) > 0 {
		return names[w.r.IntN(len(names))]
	}
	switch kind {
	case 'n':
		return "g1"
	case 's':
		return "g2"
	case 't':
		return "g3"
	case 'f':
		return "(function(a) return a + 1 end)"
	}
	return "true"
}

func (w *programWriter) block(n int, extra ...variable) {
	w.indent++
	w.scopes = append(w.scopes, extra)
	w.statements(n)
	w.scopes = w.scopes[:len(w.scopes)-1]
	w.indent--
}

func (w *programWriter) statements(n int) {
	for i := 1 + w.r.IntN(n); i > 0 && w.room > 0; i-- {
		w.room--
		w.statement()
	}
}

var kindsOfValues = []byte("nnnnsssbttf")

func (w *programWriter) kind() byte { return kindsOfValues[w.r.IntN(len(kindsOfValues))] }

func (w *programWriter) expr(kind byte, depth int) string {
	switch kind {
	case 'n':
		return w.number(depth)
	case 's':
		return w.text(depth)
	case 't':
		return w.table(depth)
	case 'f':
		return w.function(depth)
	}
	return w.boolean(depth)
}

func (w *programWriter) number(depth int) string {
	if depth <= 0 || w.chance(25) {
		if w.chance(60) {
			return w.variable('n')
		}
		return w.pick("1", "2", "7", "-3", "0.5", "10", "0x1F", "1e2", "100")
	}
	n := func() string { return w.number(depth - 1) }
	switch w.r.IntN(14) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", n(), w.pick("+", "-"), n())
	case 2:
		return fmt.Sprintf("(%s %s %s)", n(), w.pick("+", "-"), n())
	case 3:
		return fmt.Sprintf("((%s) * (%s) %% 1009)", n(), n())
	case 4:
		return fmt.Sprintf("(%s) %% %s", n(), w.pick("3", "-5", "7", "2.5"))
	case 5:
		return fmt.Sprintf("(%s) / %s", n(), w.pick("2", "4", "-8"))
	case 6:
		return fmt.Sprintf("-(%s)", n())
	case 7:
		return "#" + w.pick(w.variable('s'), w.variable('t'), "("+w.text(depth-1)+")")
	case 8:
		return fmt.Sprintf("(%s[%s] or %s)", w.variable('t'), n(), n())
	case 9:
		return fmt.Sprintf("(%s.%s or %s)", w.variable('t'), w.pick("x", "y"), n())
	case 10:
		return fmt.Sprintf("%s(%s)", w.variable('f'), n())
	case 11:
		return fmt.Sprintf("(%s and %s or %s)", w.boolean(depth-1), n(), n())
	case 12:
		if w.vararg {
			return w.pick("select('#', ...)", "((...) or 5)", "(select('#', ...))")
		}
		return fmt.Sprintf("select('#', %s)", n())
	}
	return fmt.Sprintf("('%d' + %s)", w.r.IntN(20), n())
}

func (w *programWriter) text(depth int) string {
	if depth <= 0 || w.chance(30) {
		if w.chance(60) {
			return w.variable('s')
		}
		return w.pick(`"a"`, `'b'`, `""`, `"10"`, `[[long]]`, `"\65\n"`)
	}
	switch w.r.IntN(6) {
	case 0:
		return fmt.Sprintf("(%s .. %s):sub(1, 12)", w.text(depth-1), w.text(depth-1))
	case 1:
		return fmt.Sprintf("(%s .. (%s + 0)):sub(1, 12)", w.text(depth-1), w.number(depth-1))
	case 2:
		return fmt.Sprintf("((%s + 0) .. %s .. %s):sub(-9)", w.number(depth-1), w.text(depth-1), w.text(depth-1))
	case 3:
		return fmt.Sprintf("(%s and %s or %s)", w.boolean(depth-1), w.text(depth-1), w.text(depth-1))
	case 4:
		return fmt.Sprintf("tostring(%s)", w.boolean(depth-1))
	}
	return fmt.Sprintf("(%s):%s", w.text(depth-1), w.pick("upper()", "rep(2):sub(1, 9)", "sub(2)", "gsub('a', 'x')"))
}

func (w *programWriter) boolean(depth int) string {
	if depth <= 0 || w.chance(20) {
		return w.pick("true", "false", "nil", w.variable('b'), w.variable('b'))
	}
	switch w.r.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", w.number(depth-1), w.pick("<", ">", "<=", ">=", "==", "~="), w.number(depth-1))
	case 2:
		return fmt.Sprintf("(%s %s %s)", w.text(depth-1), w.pick("==", "~=", "<", ">="), w.text(depth-1))
	case 3:
		return "not " + w.boolean(depth-1)
	case 4, 5:
		return fmt.Sprintf("(%s %s %s)", w.boolean(depth-1), w.pick("and", "or"), w.boolean(depth-1))
	case 6:
		return fmt.Sprintf("(%s == %s)", w.variable('t'), w.variable('t'))
	}
	return fmt.Sprintf("(%s and %s) == %s", w.boolean(depth-1), w.boolean(depth-1), w.boolean(depth-1))
}

func (w *programWriter) table(depth int) string {
	if depth <= 0 || w.chance(25) {
		return w.variable('t')
	}
	var items []string
	for range w.r.IntN(4) {
		switch w.r.IntN(4) {
		case 0:
			items = append(items, w.pick("x", "y")+" = "+w.number(depth-1))
		default:
			items = append(items, w.number(depth-1))
		}
	}
	if w.vararg && w.chance(30) {
		items = append(items, "x = 1", "(...)")
	}
	return "{" + strings.Join(items, w.pick(", ", "; ")) + "}"
}

// function returns a function of one number, written on lines of its own and kept in a variable when possible.
func (w *programWriter) function(depth int) string {
	if depth <= 0 || w.room < 3 || w.funcs > 2 || w.chance(40) {
		return w.variable('f')
	}
	return fmt.Sprintf("function(a) return %s end", strings.ReplaceAll(w.number(depth-1), "...", "a"))
}
