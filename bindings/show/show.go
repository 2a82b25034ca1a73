// Package show renders Lua values for people, as Lua would write them.
package show

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// How much of a value is shown.
const (
	maxEntries = 20
	maxNesting = 4
)

// Value shows a value: on one line if it fits into so many columns, otherwise an entry of a table a line.
func Value(L *lua.LState, value lua.LValue, width int) string {
	return (&View{L: L, Width: width}).Inner(value, 0)
}

// A View shows values.
type View struct {
	L     *lua.LState
	Width int // columns
	seen  map[*lua.LTable]bool
}

// Inner shows a value within another.
func (v *View) Inner(value lua.LValue, depth int) string {
	switch value := value.(type) {
	case lua.LString:
		return Quote(string(value))
	case *lua.LTable:
		if value.Metatable != lua.LNil {
			if text := lua51.ToString(v.L, value); !strings.HasPrefix(text, "table: ") {
				return text
			}
		}
		return v.table(value, depth)
	}
	return lua51.ToString(v.L, value)
}

// Quote writes a string as Lua would read it, on one line, cut if it is long.
func Quote(s string) string {
	const most = 200
	rest := ""
	if len(s) > most {
		rest = fmt.Sprintf(" … %d bytes", len(s))
		s = s[:most]
	}
	return `"` + escape(s, true) + `"` + rest
}

// Escape writes a string as Quote does, but whole and without quotation marks around it and a backslash before those inside.
func Escape(s string) string { return escape(s, false) }

func escape(s string, quoted bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case quoted && (r == '"' || r == '\\'):
			b.WriteString("\\" + string(r))
		case r == '\n':
			b.WriteString("\\n")
		case r == '\r':
			b.WriteString("\\r")
		case r == '\t':
			b.WriteString("\\t")
		case r == utf8.RuneError && n <= 1, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, "\\%03d", c)
			}
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// table shows a table: on one line if it fits, otherwise an entry a line.
func (v *View) table(t *lua.LTable, depth int) string {
	if v.seen[t] {
		return "{…} (again)"
	}
	if depth >= maxNesting {
		return "{…}"
	}
	if v.seen == nil {
		v.seen = map[*lua.LTable]bool{}
	}
	v.seen[t] = true
	defer delete(v.seen, t)
	entries, left := v.entries(t, depth)
	if left > 0 {
		entries = append(entries, fmt.Sprintf("… and %d more", left))
	}
	return v.Braces(entries, depth, 2*depth)
}

// Braces writes entries in braces: on one line if it fits behind what takes some columns, otherwise an entry a line.
func (v *View) Braces(entries []string, depth, columns int) string {
	line := "{" + strings.Join(entries, ", ") + "}"
	if len(line)+columns < v.Width && !strings.Contains(line, "\n") {
		return line
	}
	indent := strings.Repeat("  ", depth+1)
	return "{\n" + indent + strings.Join(entries, ",\n"+indent) + "\n" + strings.Repeat("  ", depth) + "}"
}

// entries shows the first entries of a table, the list first and then the keys in order, and counts the rest.
func (v *View) entries(t *lua.LTable, depth int) (shown []string, left int) {
	n := t.Len()
	for i := 1; i <= n && len(shown) < maxEntries; i++ {
		shown = append(shown, v.Inner(t.RawGetInt(i), depth+1))
	}
	left = n - len(shown)
	type pair struct {
		key   string
		value lua.LValue
	}
	var pairs []pair
	t.ForEach(func(k, value lua.LValue) {
		if i, ok := k.(lua.LNumber); ok && float64(i) == float64(int(i)) && int(i) >= 1 && int(i) <= n {
			return
		}
		pairs = append(pairs, pair{v.key(k), value})
	})
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for _, p := range pairs {
		if len(shown) >= maxEntries {
			left++
			continue
		}
		shown = append(shown, p.key+" = "+v.Inner(p.value, depth+1))
	}
	return shown, left
}

func (v *View) key(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		if IsName(string(s)) {
			return string(s)
		}
		return "[" + Quote(string(s)) + "]"
	}
	return "[" + lua51.ToString(v.L, k) + "]"
}

// IsName reports whether s is a name in Lua.
func IsName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(Keywords(), s)
}

// Keywords are the reserved words of Lua 5.1.
func Keywords() []string {
	return []string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}
}
