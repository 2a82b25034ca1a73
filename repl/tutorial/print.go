package tutorial

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// columns is the widest line that is printed.
const columns = 78

// text returns the texts of the step where the user is.
func (t *Tutorial) text() *stepTexts { return t.language.Steps[t.steps[t.at].Name] }

// words returns a sentence of the language. What stands in braces is replaced: pairs are names and values.
func (t *Tutorial) words(key string, pairs ...string) string {
	text := t.language.Words[key]
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

func (t *Tutorial) width() int { return min(t.shell.Width()-2, columns) }

// say prints paragraphs.
func (t *Tutorial) say(text string) {
	io.WriteString(t.shell.Out(), wrap(text, t.width(), "", "")+"\n")
}

// note prints a remark on a line behind a sign.
func (t *Tutorial) note(sign, text string) {
	io.WriteString(t.shell.Out(), wrap(text, t.width(), sign, "  "))
}

// show prints the step where the user is.
func (t *Tutorial) show() {
	step, text := t.steps[t.at], t.text()
	head := fmt.Sprintf("%d/%d  %s ", t.at+1, len(t.steps), text.Title)
	rule := strings.Repeat("-", max(t.width()-utf8.RuneCountInString(head)-4, 0))
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", t.paint(bold, "--- "+head+rule), wrap(text.Read, t.width(), "", ""))
	for i, g := range step.Goals {
		sign := "    "
		if t.reached[i] {
			sign = "  " + t.paint(green, "✓ ")
		}
		b.WriteString(wrap(text.Todo[i], t.width(), fmt.Sprintf("%s%d. ", sign, i+1), "       "))
		if g.Shown {
			b.WriteString(code(g.Example))
		}
	}
	io.WriteString(t.shell.Out(), b.String()+"\n")
}

// code indents lines that may be typed.
func code(lines string) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		b.WriteString(strings.TrimRight("          "+line, " \n") + "\n")
	}
	return b.String()
}

// The signs before what was reached and before hints.
func (t *Tutorial) mark() string { return t.paint(green, "✓ ") }
func (t *Tutorial) star() string { return t.paint(yellow, "* ") }

// The ways to paint text.
const (
	bold   = "1"
	green  = "32"
	yellow = "33"
)

func (t *Tutorial) paint(how, text string) string {
	if !t.options.Color {
		return text
	}
	return "\x1b[" + how + "m" + text + "\x1b[0m"
}

// wrap breaks paragraphs into lines of at most width columns. An empty line ends a paragraph; an indented line is kept as it is. The first line begins
// with first, the others with rest.
func wrap(text string, width int, first, rest string) string {
	var b strings.Builder
	prefix, line := first, ""
	flush := func() {
		if line != "" {
			b.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
			prefix, line = rest, ""
		}
	}
	for l := range strings.Lines(strings.TrimSpace(text)) {
		l = strings.TrimRight(l, "\n")
		if l == "" || strings.HasPrefix(l, " ") {
			flush()
			b.WriteString(strings.TrimRight(rest+l, " ") + "\n")
			continue
		}
		for word := range strings.FieldsSeq(l) {
			if line != "" && visible(prefix)+visible(line)+1+visible(word) > width {
				flush()
			}
			if line != "" {
				line += " "
			}
			line += word
		}
	}
	flush()
	return b.String()
}

// visible counts the columns of a text, without its colours.
func visible(text string) int {
	n, inside := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			inside = true
		case inside:
			inside = r != 'm'
		default:
			n++
		}
	}
	return n
}
