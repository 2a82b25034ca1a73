package plot

import (
	"math"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// maxLabel is how wide the labels of bars may be in the text rendering.
const maxLabel = 28

// A textBar is one line of a chart of bars.
type textBar struct {
	label string // of the group, on its first bar
	name  string // of the series, where there are several
	value float64
}

// textBars draws bars and histograms with a line for each bar.
func (c *Chart) textBars(width int, st style) []string {
	bars := c.groups()
	if c.series[0].kind == histogram {
		bars = c.bins(st)
	}
	labels, names, values := 0, 0, 0
	low, high := 0.0, 0.0
	for i := range bars {
		b := &bars[i]
		b.label, b.name = st.cut(b.label, maxLabel), st.cut(b.name, maxLabel/2)
		labels, names = max(labels, capture.Columns(b.label)), max(names, capture.Columns(b.name))
		values = max(values, len(short(b.value)))
		low, high = min(low, b.value), max(high, b.value)
	}
	if names > 0 {
		names++
	}
	if labels+names+values+8 > width { // leave room for the bars themselves
		labels = max(width-names-values-8, 4)
	}
	room := max(width-labels-names-values-3, 4)
	if high == low {
		high = 1
	}
	zero := int(math.Round(-low / (high - low) * float64(room)))
	var out []string
	if t := c.barTitle(); t != "" {
		out = append(out, st.cut(t, width))
	}
	for _, b := range bars {
		head := right(st.cut(b.label, labels), labels)
		if names > 0 {
			head += " " + left(b.name, names-1)
		}
		out = append(out, head+" "+st.vertical+st.bar(b.value, zero, room, high-low)+" "+short(b.value))
	}
	return out
}

// barTitle says what labels and lengths of bars mean.
func (c *Chart) barTitle() string {
	x, y := c.x.title(), c.y.title()
	if x != "" && y != "" {
		return x + " | " + y
	}
	return x + y
}

// groups returns the bars of the series label by label.
func (c *Chart) groups() []textBar {
	var all []textBar
	for i, l := range c.labels {
		for k, s := range c.series {
			b := textBar{value: s.y[i]}
			if k == 0 {
				b.label = l
			}
			if len(c.series) > 1 || s.name != "" {
				b.name = s.name
			}
			all = append(all, b)
		}
	}
	return all
}

// bins returns the bars of the histograms, one after the other.
func (c *Chart) bins(st style) []textBar {
	var all []textBar
	for _, s := range c.series {
		edges := edgeLabels(s.x)
		for i, n := range s.y {
			b := textBar{label: edges[i] + st.to + edges[i+1], value: n}
			if i == 0 {
				b.name = s.name
			}
			all = append(all, b)
		}
	}
	return all
}

// edgeLabels writes the edges of bins in as many digits as tell them apart, at equal widths.
func edgeLabels(edges []float64) []string {
	low, high := edges[0], edges[len(edges)-1]
	last := int(math.Floor(math.Log10((high-low)/float64(len(edges)-1)))) - 1
	labels, wide := make([]string, len(edges)), 0
	for i, e := range edges {
		labels[i] = fixed(e, last, max(math.Abs(low), math.Abs(high)))
		wide = max(wide, len(labels[i]))
	}
	for i, l := range labels {
		labels[i] = right(l, wide)
	}
	return labels
}

// bar draws a bar from column zero to its value; span is what the whole room stands for.
func (st style) bar(v float64, zero, room int, span float64) string {
	eighths := min(int(math.Round(math.Abs(v)/span*float64(room)*8)), 8*room)
	if v > 0 {
		eighths = min(eighths, 8*(room-zero))
	}
	if st.ascii {
		eighths = (eighths + 4) / 8 * 8
	}
	full, rest := eighths/8, eighths%8
	block := "█"
	if st.ascii {
		block = "#"
	}
	if v < 0 {
		full = min(full+rest/4, zero)
		return strings.Repeat(" ", zero-full) + strings.Repeat(block, full)
	}
	tail := ""
	if rest > 0 {
		tail = string(rune(0x2590 - rest)) // from one eighth, U+258F, to seven, U+2589
	}
	return strings.Repeat(" ", zero) + strings.Repeat(block, full) + tail
}
