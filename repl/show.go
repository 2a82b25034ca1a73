package repl

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/show"
)

// How much of a value is shown.
const (
	maxText = 8192
	maxHex  = 512
)

// showResults renders the results of an expression for people: text as it is, other values as Lua would write them, bytes as hex and text.
func showResults(L *lua.LState, results []lua.LValue, width int) string {
	if message, code, ok := failure(results); ok {
		return "nil: " + message + " (" + code + ")"
	}
	var parts []string
	multiline := false
	for _, v := range results {
		v := &view{show.View{L: L, Width: width}, v}
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
	show.View
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
	return v.Inner(v.value, 0)
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

// table lays rows out in columns.
func table(rows [][]string, gap int) string {
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
			line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+gap))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
