package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected text charts anew")

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// charts returns one chart of each kind, and their mixtures.
func charts(t testing.TB) map[string]*Chart {
	all := map[string]*Chart{}
	begin := func(name string, x, y axis) *Chart {
		all[name] = &Chart{title: name, x: x, y: y}
		ok(t, all[name].check())
		return all[name]
	}
	var n, square, wave []float64
	for i := range 61 {
		v := float64(i) / 6
		n, square, wave = append(n, v), append(square, v*v), append(wave, 50+40*math.Sin(v))
	}
	c := begin("one line", axis{label: "time", unit: "s"}, axis{label: "cwnd", unit: "KiB"})
	ok(t, c.addXY(line, "", n, square, false))
	c = begin("two lines", axis{label: "time", unit: "s"}, axis{label: "cwnd", unit: "KiB"})
	ok(t, c.addXY(line, "reno", n, square, false))
	ok(t, c.addXY(line, "cubic", n, wave, false))
	c = begin("line and points", axis{label: "x"}, axis{})
	ok(t, c.addXY(line, "formula", n, wave, false))
	ok(t, c.addXY(points, "measured", n[:10], wave[:10], true))
	c = begin("step", axis{}, axis{label: "queue", unit: "packets"})
	ok(t, c.addXY(step, "", []float64{0, 1, 2.5, 4}, []float64{0, 3, 1, 2}, false))
	low, high := 2.0, 8.0
	c = begin("clipped", axis{min: &low, max: &high}, axis{max: &high})
	ok(t, c.addXY(line, "", n, square, false))
	c = begin("log", axis{label: "loss", log: true}, axis{label: "goodput", unit: "Mbps", log: true})
	ok(t, c.addXY(line, "", []float64{1e-4, 1e-3, 1e-2}, []float64{122, 38.6, 12.2}, true))
	c = begin("bars", axis{}, axis{label: "delay", unit: "ms"})
	ok(t, c.addBars("near", []string{"DNS", "TCP", "HTTP"}, []float64{20, 40, 80.5}))
	ok(t, c.addBars("far", []string{"DNS", "TCP", "HTTP"}, []float64{30, 0, -7}))
	c = begin("histogram", axis{label: "RTT", unit: "ms"}, axis{label: "replies"})
	ok(t, c.addHistogram("", []float64{1, 1.5, 2, 2.2, 2.4, 2.6, 3, 3.5, 9}, 4))
	c = begin("cdf", axis{label: "RTT", unit: "ms"}, axis{})
	ok(t, c.addCDF("wired", []float64{5, 1, 3, 3, 2}))
	ok(t, c.addCDF("wireless", []float64{2, 8, 4, 9}))
	c = begin("histogram and line", axis{}, axis{})
	ok(t, c.addHistogram("counted", []float64{1, 2, 2, 3, 3, 3, 4}, 3))
	ok(t, c.addXY(line, "expected", []float64{1, 4}, []float64{1, 3}, false))
	return all
}

func names(all map[string]*Chart) []string {
	var list []string
	for name := range all {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func TestText(t *testing.T) {
	all := charts(t)
	for _, ascii := range []bool{false, true} {
		var b strings.Builder
		for _, name := range names(all) {
			text, err := all[name].text(60, 14, ascii)
			ok(t, err)
			for l := range strings.Lines(text + "\n") {
				if utf8.RuneCountInString(l) > 61 {
					t.Errorf("%s: a line of %d characters", name, utf8.RuneCountInString(l))
				}
				if l != strings.TrimRight(l, " \n")+"\n" {
					t.Errorf("%s: a line ends in spaces", name)
				}
			}
			if ascii && strings.ContainsFunc(text, func(r rune) bool { return r > 126 }) {
				t.Errorf("%s: not ASCII:\n%s", name, text)
			}
			b.WriteString(text + "\n\n")
		}
		file := filepath.Join("testdata", map[bool]string{false: "unicode.txt", true: "ascii.txt"}[ascii])
		if *update {
			ok(t, os.WriteFile(file, []byte(b.String()), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		ok(t, err)
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestTextFits draws every chart in every size.
func TestTextFits(t *testing.T) {
	for name, c := range charts(t) {
		for _, width := range []int{20, 33, 80, 200} {
			for _, height := range []int{8, 40} {
				text, err := c.text(width, height, width == 33)
				ok(t, err)
				for l := range strings.Lines(text) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > width {
						t.Errorf("%s, %d columns: a line has %d", name, width, n)
					}
				}
			}
		}
	}
}

// TestTextShowsTheData finds the points of a chart where they belong.
func TestTextShowsTheData(t *testing.T) {
	c := &Chart{}
	ok(t, c.addXY(points, "", []float64{0, 1, 2, 4}, []float64{0, 5, 10, 20}, true))
	text, err := c.text(60, 20, true)
	ok(t, err)
	type mark struct{ row, column int }
	var found []mark
	for row, l := range strings.Split(text, "\n") {
		for column, r := range l {
			if r == '*' {
				found = append(found, mark{row, column})
			}
		}
	}
	if len(found) != 4 {
		t.Fatalf("%d marks:\n%s", len(found), text)
	}
	top, bottom := found[0], found[3]
	for i, want := range []float64{4, 2, 1, 0} {
		x := float64(found[i].column-bottom.column) / float64(top.column-bottom.column) * 4
		y := float64(bottom.row-found[i].row) / float64(bottom.row-top.row) * 4
		if math.Abs(x-want) > 0.06 || math.Abs(y-want) > 0.2 {
			t.Errorf("mark %d is at %.2f, %.2f; want %v", i, x, y, want)
		}
	}
}

func TestSVG(t *testing.T) {
	for name, c := range charts(t) {
		data, err := c.svg(640, 400)
		ok(t, err)
		again, err := c.svg(640, 400)
		ok(t, err)
		if !bytes.Equal(data, again) {
			t.Errorf("%s: two drawings differ", name)
		}
		texts := wellFormed(t, data)
		for _, want := range []string{c.title, c.x.title(), c.y.title()} {
			if !strings.Contains(texts, want) {
				t.Errorf("%s: no text %q", name, want)
			}
		}
		if !bytes.Contains(data, []byte(`width="480pt" height="300pt"`)) {
			t.Errorf("%s: not 640 by 400 pixels: %.200s", name, data)
		}
	}
}

// wellFormed reads a file as XML and returns the text in it.
func wellFormed(t *testing.T, data []byte) string {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		ok(t, err)
		if text, is := token.(xml.CharData); is {
			b.Write(text)
		}
	}
}

// TestSVGPoints counts the points of each series in the file.
func TestSVGPoints(t *testing.T) {
	const n = 37
	var x, y []float64
	for i := range n {
		x, y = append(x, float64(i)), append(y, float64(i*i%11))
	}
	for _, c := range []struct {
		kind kind
		want int // corners of the longest path
	}{{line, n}, {step, 2*n - 1}} {
		chart := &Chart{}
		ok(t, chart.addXY(c.kind, "", x, y, false))
		data, err := chart.svg(640, 400)
		ok(t, err)
		longest := 0
		for _, m := range regexp.MustCompile(` d="([^"]*)"`).FindAllSubmatch(data, -1) {
			longest = max(longest, bytes.Count(m[1], []byte("M"))+bytes.Count(m[1], []byte("L")))
		}
		if longest != c.want {
			t.Errorf("kind %d: the longest path has %d points, want %d", c.kind, longest, c.want)
		}
	}
	chart := &Chart{}
	ok(t, chart.addXY(points, "", x, y, true))
	data, err := chart.svg(640, 400)
	ok(t, err)
	if got := bytes.Count(data, []byte("style=\"fill:#0072B2\"")); got != n {
		t.Errorf("%d marks, want %d", got, n)
	}
}

func TestSVGEscapes(t *testing.T) {
	c := &Chart{title: `<b> & "quotes" ρ </svg>`}
	ok(t, c.addBars("<&>", []string{"<i>", "]]>"}, []float64{1, 2}))
	data, err := c.svg(640, 400)
	ok(t, err)
	if texts := wellFormed(t, data); !strings.Contains(texts, c.title) || !strings.Contains(texts, "<&>") {
		t.Errorf("texts are %q", texts)
	}
}

func TestPNG(t *testing.T) {
	for name, c := range charts(t) {
		for _, size := range [][2]int{{640, 400}, {333, 217}, {100, 100}} {
			data, err := c.png(size[0], size[1])
			ok(t, err)
			again, err := c.png(size[0], size[1])
			ok(t, err)
			if !bytes.Equal(data, again) {
				t.Errorf("%s: two drawings differ", name)
			}
			img, err := png.Decode(bytes.NewReader(data))
			ok(t, err)
			if b := img.Bounds(); b.Dx() != size[0] || b.Dy() != size[1] {
				t.Errorf("%s: %v, want %v", name, b, size)
			}
			colours := map[any]bool{}
			for y := range size[1] {
				for x := range size[0] {
					colours[img.At(x, y)] = true
				}
			}
			if len(colours) < 4 {
				t.Errorf("%s: %d colours", name, len(colours))
			}
		}
	}
}

func TestHistogramCounts(t *testing.T) {
	c := &Chart{}
	ok(t, c.addHistogram("", []float64{0, 0.5, 1, 1.99, 2, 3, 4, 4}, 4))
	if diff := cmp.Diff([]float64{2, 2, 1, 3}, c.series[0].y); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{0, 1, 2, 3, 4}, c.series[0].x); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	c = &Chart{}
	ok(t, c.addHistogram("", []float64{7, 7, 7}, 0))
	if got := c.series[0].y; got[0]+got[1] != 3 {
		t.Errorf("equal values are counted as %v", got)
	}
}

func TestCDFShares(t *testing.T) {
	c := &Chart{}
	ok(t, c.addCDF("", []float64{3, 1, 3, 2}))
	if diff := cmp.Diff([][]float64{{1, 1, 2, 3}, {0, 0.25, 0.5, 1}}, [][]float64{c.series[0].x, c.series[0].y}); diff != "" {
		t.Errorf("distribution (-want +got):\n%s", diff)
	}
}

// TestExtremes draws numbers that scales are likely to stumble over.
func TestExtremes(t *testing.T) {
	for _, values := range [][]float64{{0}, {0, 0}, {5}, {-3, -3}, {1e-100, 2e-100}, {-1e100, 1e100}, {1e15, 1e15 + 1}, {1, 1 + 1e-12}, {-1e-300, 1e-300}, {99999.5, 1e6}} {
		for _, k := range []kind{line, points, step, histogram, cdf, bar} {
			c := &Chart{}
			x := make([]float64, len(values))
			for i := range x {
				x[i] = float64(i)
			}
			switch k {
			case histogram:
				ok(t, c.addHistogram("", values, 0))
			case cdf:
				ok(t, c.addCDF("", values))
			case bar:
				ok(t, c.addBars("", make([]string, len(values)), values))
			default:
				ok(t, c.addXY(k, "", x, values, false))
			}
			_, err := c.text(72, 20, false)
			ok(t, err)
			data, err := c.svg(640, 400)
			ok(t, err)
			if wellFormed(t, data); bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
				t.Errorf("%v, kind %d: NaN or Inf in the SVG", values, k)
			}
		}
	}
}
