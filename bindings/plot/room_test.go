package plot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// drawn returns the texts of a chart's SVG file, and how many shapes there are beside them.
func drawn(t *testing.T, c *Chart, width, height int) (texts []string, shapes int) {
	t.Helper()
	data, err := c.svg(width, height)
	ok(t, err)
	for l := range strings.Lines(string(data)) {
		if text, _, found := strings.Cut(l, "</text>"); found {
			texts = append(texts, text[strings.LastIndex(text, ">")+1:])
		}
		shapes += strings.Count(l, "<path")
	}
	return texts, shapes
}

// TestOnePoint checks that a line or a step through one point can be seen.
func TestOnePoint(t *testing.T) {
	for _, k := range []kind{line, points, step} {
		one, two := &Chart{}, &Chart{}
		ok(t, one.addXY(k, "", []float64{5}, []float64{7}, false))
		ok(t, two.addXY(points, "", []float64{5}, []float64{7}, false))
		text, err := one.text(60, 10, false)
		ok(t, err)
		if !strings.Contains(text, "*") {
			t.Errorf("kind %d: no point in\n%s", k, text)
		}
		_, got := drawn(t, one, 400, 300)
		if _, want := drawn(t, two, 400, 300); got < want {
			t.Errorf("kind %d: %d shapes, want %d", k, got, want)
		}
	}
}

// TestRoomForTexts checks that long texts are cut and that labels of many bars do not stand on each other.
func TestRoomForTexts(t *testing.T) {
	long := strings.Repeat("word ", 40)
	c := &Chart{title: long, x: axis{label: long}, y: axis{label: long}}
	ok(t, c.addXY(line, long, []float64{1, 2}, []float64{1, 2}, false))
	texts, _ := drawn(t, c, 640, 400)
	cut := 0
	for _, s := range texts {
		if len(s) > 110 {
			t.Errorf("%d characters: %s", len(s), s)
		}
		if strings.Contains(s, "…") {
			cut++
		}
	}
	if cut != 4 {
		t.Errorf("%d of 4 texts are cut: %q", cut, texts)
	}
	bars := &Chart{}
	labels, values := make([]string, 100), make([]float64, 100)
	for i := range labels {
		labels[i] = fmt.Sprintf("label %d", i+1)
	}
	ok(t, bars.addBars("", labels, values))
	shown, _ := drawn(t, bars, 640, 400)
	shown = slices.DeleteFunc(shown, func(s string) bool { return !strings.HasPrefix(s, "label") })
	if len(shown) < 20 || len(shown) > 30 {
		t.Errorf("%d labels of bars in 640 pixels", len(shown))
	}
}

// TestWideLetters checks that bars begin below each other whatever the letters of their labels are.
func TestWideLetters(t *testing.T) {
	c := &Chart{title: "日本語"}
	ok(t, c.addBars("", []string{"日本語", "e\u0301", "plain"}, []float64{1, 2, 3}))
	for _, ascii := range []bool{false, true} {
		text, err := c.text(40, 10, ascii)
		ok(t, err)
		edge := styleOf(ascii).vertical
		for _, l := range strings.Split(text, "\n")[1:] {
			if label, _, _ := strings.Cut(l, edge); capture.Columns(label) != 7 {
				t.Errorf("ASCII %v: the bar begins in column %d:\n%s", ascii, capture.Columns(label), text)
			}
		}
	}
}

// TestLongTicks draws numbers that differ in their last digits only into few columns.
func TestLongTicks(t *testing.T) {
	c := &Chart{}
	ok(t, c.addXY(line, "", []float64{1, 2}, []float64{-1e9 - 1, -1e9 - 2}, false))
	for _, width := range []int{20, 24, 72} {
		text, err := c.text(width, 10, false)
		ok(t, err)
		for l := range strings.Lines(text) {
			if n := capture.Columns(strings.TrimSuffix(l, "\n")); n > width {
				t.Errorf("%d columns: a line has %d", width, n)
			}
		}
	}
}
