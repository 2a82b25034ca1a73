package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A kind is how a series is drawn.
type kind int

const (
	line kind = iota
	points
	step
	bar
	histogram
	cdf
)

// Bounds of a chart.
const (
	maxPoints = 100_000 // of all series
	maxSeries = 12
	maxBars   = 100 // of all series
	maxText   = 200 // characters of a title, a label or a name
	maxNumber = 1e100
)

// A series is one set of data.
type series struct {
	kind  kind
	name  string
	x, y  []float64 // a bar has no x; a histogram has one more, the edges of its bins
	marks bool      // show the points of a line
}

// dotted reports whether the points are marked: those of a line that has but one are, or it would not be seen.
func (s series) dotted() bool {
	return s.kind == points || s.marks || len(s.y) == 1 && (s.kind == line || s.kind == step)
}

// An axis is one side of a chart.
type axis struct {
	label, unit string
	log         bool
	min, max    *float64 // nil: from the data
}

// title returns what is written along the axis.
func (a axis) title() string {
	switch {
	case a.unit == "":
		return a.label
	case a.label == "":
		return a.unit
	}
	return a.label + " (" + a.unit + ")"
}

// A Chart is a title, two axes and data. Whatever gets into it can be drawn.
type Chart struct {
	title  string
	x, y   axis
	labels []string // of the bars
	series []series
	points int // of all series
}

// check says what is wrong with the texts and bounds of a new chart.
func (c *Chart) check() error {
	for _, t := range []struct{ what, text string }{
		{"title", c.title}, {"x.label", c.x.label}, {"x.unit", c.x.unit}, {"y.label", c.y.label}, {"y.unit", c.y.unit},
	} {
		if err := checkText(t.what, t.text); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		name string
		axis
	}{{"x", c.x}, {"y", c.y}} {
		switch {
		case a.min != nil && math.Abs(*a.min) > maxNumber || a.max != nil && math.Abs(*a.max) > maxNumber:
			return fmt.Errorf("%s: a bound is beyond %g", a.name, maxNumber)
		case a.min != nil && a.max != nil && *a.min >= *a.max:
			return fmt.Errorf("%s: min is %g and max %g: there is nothing between them", a.name, *a.min, *a.max)
		case a.log && (a.min != nil && *a.min <= 0 || a.max != nil && *a.max <= 0):
			return fmt.Errorf("%s: a log axis has positive numbers only", a.name)
		}
	}
	return nil
}

// checkText refuses text that would break the lines of a chart or its files.
func checkText(what, text string) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("%s: the text is not UTF-8", what)
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == 0xfffe || r == 0xffff }):
		return fmt.Errorf("%s: the text holds a line break or another control character", what)
	case utf8.RuneCountInString(text) > maxText:
		return fmt.Errorf("%s: the text is longer than %d characters", what, maxText)
	}
	return nil
}

// add takes in a series that is complete.
func (c *Chart) add(s series) error {
	n := len(s.y)
	switch {
	case n == 0:
		return errors.New("there are no data: the list is empty")
	case c.points+n > maxPoints:
		return fmt.Errorf("a chart has at most %d points, and this one would have %d; plot fewer of them, or a histogram", maxPoints, c.points+n)
	case len(c.series) == maxSeries:
		return fmt.Errorf("a chart has at most %d series", maxSeries)
	}
	if err := checkText("name", s.name); err != nil {
		return err
	}
	for _, o := range c.series {
		if (o.kind == bar) != (s.kind == bar) {
			return errors.New("bars stand over labels, the other kinds over numbers: they do not fit in one chart")
		}
	}
	for _, a := range []struct {
		name   string
		log    bool
		values []float64
	}{{"x", c.x.log, s.x}, {"y", c.y.log, s.y}} {
		if err := checkValues(a.name, a.log, a.values); err != nil {
			return err
		}
	}
	c.points += n
	c.series = append(c.series, s)
	return nil
}

func checkValues(name string, log bool, values []float64) error {
	for i, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("%s[%d] is %v, which has no place on an axis", name, i+1, v)
		case math.Abs(v) > maxNumber:
			return fmt.Errorf("%s[%d] is %g, beyond %g", name, i+1, v, maxNumber)
		case log && v <= 0:
			return fmt.Errorf("%s[%d] is %g, but a log axis has positive numbers only", name, i+1, v)
		}
	}
	return nil
}

// addXY takes in a line, points or steps.
func (c *Chart) addXY(k kind, name string, x, y []float64, marks bool) error {
	if len(x) != len(y) {
		return fmt.Errorf("x has %d numbers and y has %d: each point needs one of both", len(x), len(y))
	}
	return c.add(series{kind: k, name: name, x: slices.Clone(x), y: slices.Clone(y), marks: marks})
}

// addBars takes in a bar for each label.
func (c *Chart) addBars(name string, labels []string, values []float64) error {
	have := 0
	for _, s := range c.series {
		have += len(s.y)
	}
	switch {
	case len(labels) != len(values):
		return fmt.Errorf("there are %d labels and %d values: each bar needs one of both", len(labels), len(values))
	case c.x.log || c.y.log:
		return errors.New("bars begin at 0, which a log axis does not have")
	case have+len(values) > maxBars:
		return fmt.Errorf("a chart has at most %d bars, and this one would have %d", maxBars, have+len(values))
	case c.labels != nil && !slices.Equal(c.labels, labels):
		return errors.New("the bars of a chart share their labels, but these are others")
	}
	for i, l := range labels {
		if err := checkText(fmt.Sprintf("labels[%d]", i+1), l); err != nil {
			return err
		}
	}
	if err := c.add(series{kind: bar, name: name, y: slices.Clone(values)}); err != nil {
		return err
	}
	c.labels = slices.Clone(labels)
	return nil
}

// addHistogram counts how many values fall into each of a number of equal bins; 0 chooses it by the number of values. The
// last bin holds its upper edge.
func (c *Chart) addHistogram(name string, values []float64, bins int) error {
	if c.y.log {
		return errors.New("a histogram begins at 0, which a log axis does not have")
	}
	if err := c.countable(values, c.x.log); err != nil {
		return err
	}
	if bins == 0 {
		bins = min(max(int(math.Ceil(math.Sqrt(float64(len(values))))), 1), 20)
	}
	low, high := slices.Min(values), slices.Max(values)
	if narrow(low, high) {
		low, high = around(low, high)
		if c.x.log && low <= 0 {
			low = high / 4
		}
	}
	s := series{kind: histogram, name: name, x: make([]float64, bins+1), y: make([]float64, bins)}
	width := (high - low) / float64(bins)
	for i := range s.x {
		s.x[i] = low + float64(i)*width
	}
	s.x[bins] = high
	for _, v := range values {
		s.y[min(int((v-low)/width), bins-1)]++
	}
	return c.add(s)
}

// addCDF takes in the share of values that are at most x.
func (c *Chart) addCDF(name string, values []float64) error {
	if c.y.log {
		return errors.New("a distribution begins at 0, which a log axis does not have")
	}
	if err := c.countable(values, c.x.log); err != nil {
		return err
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	s := series{kind: cdf, name: name, x: []float64{sorted[0]}, y: []float64{0}}
	for i, v := range sorted {
		if i+1 == len(sorted) || sorted[i+1] != v {
			s.x, s.y = append(s.x, v), append(s.y, float64(i+1)/float64(len(sorted)))
		}
	}
	return c.add(s)
}

// countable checks values before they are sorted or counted.
func (c *Chart) countable(values []float64, log bool) error {
	switch {
	case len(values) == 0:
		return errors.New("there are no data: the list is empty")
	case len(values) > maxPoints:
		return fmt.Errorf("at most %d values fit, and these are %d", maxPoints, len(values))
	}
	return checkValues("values", log, values)
}

// errEmpty is returned for the picture of a chart without data.
var errEmpty = errors.New("the chart has no data yet; add some by line, points, step, bar, histogram or cdf")
