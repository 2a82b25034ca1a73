package plot

import (
	"math"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// A style is how the text rendering draws: in Unicode or in ASCII.
type style struct {
	ascii                      bool
	vertical, horizontal       string
	corner, tickLeft, tickDown string
	ellipsis, to               string
}

func styleOf(ascii bool) style {
	if ascii {
		return style{true, "|", "-", "+", "+", "+", "~", " .. "}
	}
	return style{false, "│", "─", "└", "┤", "┴", "…", " … "}
}

// markers tell the series of a chart apart.
const markers = "*o+x#@%&=$sw"

// text draws the chart for a terminal: at most width columns wide, about height lines high unless it has bars alone. It has no
// line break at its end.
func (c *Chart) text(width, height int, ascii bool) (string, error) {
	if len(c.series) == 0 {
		return "", errEmpty
	}
	st := styleOf(ascii)
	var lines []string
	if c.onlyBars() {
		lines = c.textBars(width, st)
	} else {
		lines = c.textCanvas(width, height, st)
	}
	if c.title != "" {
		lines = append([]string{center(st.cut(c.title, width), width)}, lines...)
	}
	for i, l := range lines {
		if ascii {
			l = toASCII(l)
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n"), nil
}

// onlyBars reports whether the chart is drawn with a line of text for each bar.
func (c *Chart) onlyBars() bool {
	for _, s := range c.series {
		if s.kind != bar && s.kind != histogram {
			return false
		}
	}
	return true
}

// textCanvas draws lines, points and distributions on a grid of characters.
func (c *Chart) textCanvas(width, height int, st style) []string {
	x, y := c.scales()
	head := c.legend(width, st)
	if t := c.y.title(); t != "" {
		head = append(head, st.cut(t, width))
	}
	rows := max(height-len(head)-3, 4)
	yTicks := y.ticks(max(rows/3, 3))
	margin := 0
	for _, t := range yTicks {
		margin = max(margin, capture.Columns(t.label))
	}
	margin = min(margin, width-13)
	columns := width - margin - 3
	g := newGrid(columns, rows)
	fine := c.brailleSeries(st.ascii)
	for i, s := range c.series {
		if i == fine {
			g.braille(s, x, y)
		} else {
			g.draw(s, x, y, rune(markers[i]))
		}
	}
	out := head
	labels := map[int]string{}
	for _, t := range yTicks {
		labels[rows-1-place(y.at(t.at), rows)] = t.label
	}
	for r := range rows {
		edge := st.vertical
		label, ok := labels[r]
		if ok {
			edge = st.tickLeft
		}
		out = append(out, right(st.cut(label, margin), margin)+" "+edge+g.line(r))
	}
	return append(out, xAxis(x.ticks(max(columns/10, 2)), x, columns, margin, c.x.title(), st)...)
}

// brailleSeries returns which series is drawn in dots: the only line without marks, or -1.
func (c *Chart) brailleSeries(ascii bool) int {
	found := -1
	for i, s := range c.series {
		if s.dotted() {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	if ascii {
		return -1
	}
	return found
}

// place returns the cell of n in which a place from 0 to 1 is.
func place(at float64, n int) int { return int(math.Round(at * float64(n-1))) }

// xAxis draws the lower edge, its labels and its title.
func xAxis(ticks []tick, x scale, columns, margin int, title string, st style) []string {
	pad := strings.Repeat(" ", margin+1)
	edge := make([]string, columns)
	for i := range edge {
		edge[i] = st.horizontal
	}
	labels := []rune(strings.Repeat(" ", margin+2+columns))
	free := 0
	for _, t := range ticks {
		at := place(x.at(t.at), columns)
		if at < 0 || at >= columns {
			continue
		}
		edge[at] = st.tickDown
		text := []rune(t.label)
		from := min(margin+2+at-len(text)/2, len(labels)-len(text))
		if from < free {
			continue
		}
		copy(labels[from:], text)
		free = from + len(text) + 1
	}
	out := []string{pad + st.corner + strings.Join(edge, ""), string(labels)}
	if title != "" {
		out = append(out, pad+" "+center(st.cut(title, columns), columns))
	}
	return out
}

// legend names the series, if they have names.
func (c *Chart) legend(width int, st style) []string {
	var lines []string
	current := ""
	fine := c.brailleSeries(st.ascii)
	for i, s := range c.series {
		if s.name == "" {
			continue
		}
		mark := string(markers[i])
		if i == fine {
			mark = "⠤⠤"
		}
		entry := st.cut(mark+" "+s.name, width-1)
		if current != "" && capture.Columns(current+entry)+3 > width {
			lines, current = append(lines, current), ""
		}
		if current != "" {
			current += "   "
		}
		current += entry
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// cut shortens text to width columns.
func (st style) cut(text string, width int) string {
	short := capture.Cut(text, width)
	if short == text {
		return text
	}
	return strings.TrimSuffix(short, "…") + st.ellipsis
}

func right(text string, width int) string {
	return strings.Repeat(" ", max(width-capture.Columns(text), 0)) + text
}

func left(text string, width int) string {
	return text + strings.Repeat(" ", max(width-capture.Columns(text), 0))
}

func center(text string, width int) string {
	return strings.Repeat(" ", max(width-capture.Columns(text), 0)/2) + text
}

// toASCII puts question marks in place of what is not ASCII, as many as it takes columns.
func toASCII(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r > 126 {
			b.WriteString(strings.Repeat("?", capture.Columns(string(r))))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
