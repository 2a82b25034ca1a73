package repl

import (
	"encoding/hex"
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
	maxText    = 8192
	maxHex     = 512
)

// show renders the results of an expression for people: text as it is, other values as Lua would write them, bytes as hex and text.
func show(L *lua.LState, results []lua.LValue, width int) string {
	if message, code, ok := failure(results); ok {
		return "nil: " + message + " (" + code + ")"
	}
	var parts []string
	multiline := false
	for _, v := range results {
		v := &view{L: L, width: width, seen: map[*lua.LTable]bool{}, value: v}
		text := v.top()
		multiline = multiline || strings.Contains(text, "\n")
		parts = append(parts, text)
	}
	if multiline {
		return strings.Join(parts, "\n")
	}
	return strings.Join(parts, "  ")
}

// failure recognises nil, message, code, which operations give that fail.
func failure(results []lua.LValue) (message, code string, ok bool) {
	if len(results) != 3 || results[0] != lua.LNil {
		return "", "", false
	}
	m, ok1 := results[1].(lua.LString)
	c, ok2 := results[2].(lua.LString)
	return string(m), string(c), ok1 && ok2
}

// A view shows one value.
type view struct {
	L     *lua.LState
	width int
	seen  map[*lua.LTable]bool
	value lua.LValue
}

// top shows the value itself: text without quotes.
func (v *view) top() string {
	if text, ok := v.value.(lua.LString); ok {
		return showText(string(text))
	}
	if text, ok := v.protocol(v.value); ok {
		return text
	}
	return v.inner(v.value, 0)
}

// showText shows text as it is, if a terminal can show it, and otherwise as a dump.
func showText(text string) string {
	if !printable(text) {
		return dump(text)
	}
	if len(text) > maxText {
		cut := maxText
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		return text[:cut] + fmt.Sprintf("\n… and %d bytes more", len(text)-cut)
	}
	return strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(strings.ReplaceAll(text, "\r\n", "\n"), func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	})
}

// dump shows bytes as hex and text.
func dump(text string) string {
	rest := ""
	if len(text) > maxHex {
		rest = fmt.Sprintf("… and %d bytes more", len(text)-maxHex)
		text = text[:maxHex]
	}
	return fmt.Sprintf("%d bytes\n", len(text)) + strings.TrimSuffix(hex.Dump([]byte(text)), "\n") + rest
}

// inner shows a value within another.
func (v *view) inner(value lua.LValue, depth int) string {
	switch value := value.(type) {
	case lua.LString:
		return quote(string(value))
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

// quote writes a string as Lua would read it, on one line, cut if it is long.
func quote(s string) string {
	const most = 200
	rest := ""
	if len(s) > most {
		rest = fmt.Sprintf(" … %d bytes", len(s))
		s = s[:most]
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"', r == '\\':
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
	return b.String() + "\"" + rest
}

// table shows a table: on one line if it fits, otherwise an entry a line.
func (v *view) table(t *lua.LTable, depth int) string {
	if v.seen[t] {
		return "{…} (again)"
	}
	if depth >= maxNesting {
		return "{…}"
	}
	v.seen[t] = true
	defer delete(v.seen, t)
	entries, left := v.entries(t, depth)
	if left > 0 {
		entries = append(entries, fmt.Sprintf("… and %d more", left))
	}
	return v.braces(entries, depth, 2*depth)
}

// braces writes entries in braces: on one line if it fits behind what takes some columns, otherwise an entry a line.
func (v *view) braces(entries []string, depth, columns int) string {
	line := "{" + strings.Join(entries, ", ") + "}"
	if len(line)+columns < v.width && !strings.Contains(line, "\n") {
		return line
	}
	indent := strings.Repeat("  ", depth+1)
	return "{\n" + indent + strings.Join(entries, ",\n"+indent) + "\n" + strings.Repeat("  ", depth) + "}"
}

// entries shows the first entries of a table, the list first and then the keys in order, and counts the rest.
func (v *view) entries(t *lua.LTable, depth int) (shown []string, left int) {
	n := t.Len()
	for i := 1; i <= n && len(shown) < maxEntries; i++ {
		shown = append(shown, v.inner(t.RawGetInt(i), depth+1))
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
		shown = append(shown, p.key+" = "+v.inner(p.value, depth+1))
	}
	return shown, left
}

func (v *view) key(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		if isName(string(s)) {
			return string(s)
		}
		return "[" + quote(string(s)) + "]"
	}
	return "[" + lua51.ToString(v.L, k) + "]"
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(keywords(), s)
}

// keywords are the reserved words of Lua 5.1.
func keywords() []string {
	return []string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}
}

// table lays rows out in columns.
func table(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
