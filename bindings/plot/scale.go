package plot

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// A scale maps the numbers of an axis to 0 … 1.
type scale struct {
	min, max float64
	log      bool
}

// at returns the place of v: 0 at the lower end, 1 at the upper, outside beyond them.
func (s scale) at(v float64) float64 {
	if s.log {
		return math.Log(v/s.min) / math.Log(s.max/s.min)
	}
	return (v - s.min) / (s.max - s.min)
}

// narrow reports whether there is no room for ticks between low and high.
func narrow(low, high float64) bool {
	return high-low <= 1e-9*max(math.Abs(low), math.Abs(high))
}

// around makes room around one number.
func around(low, high float64) (float64, float64) {
	if low == 0 && high == 0 {
		return 0, 1
	}
	half := max(math.Abs(low), math.Abs(high)) / 2
	return low - half, high + half
}

// scales returns the scales of both axes for all series.
func (c *Chart) scales() (x, y scale) {
	xs, ys := span{}, span{}
	zero := false
	for _, s := range c.series {
		for _, v := range s.x {
			xs.take(v)
		}
		for _, v := range s.y {
			ys.take(v)
		}
		switch s.kind {
		case bar, histogram:
			zero = true
		case cdf:
			ys.take(0)
			ys.take(1)
		}
	}
	if zero || ys.low > 0 && ys.low < ys.high/2 && !c.y.log {
		ys.take(0)
	}
	return c.x.scale(xs), c.y.scale(ys)
}

// A span is the least and the greatest of some numbers.
type span struct {
	low, high float64
	some      bool
}

func (r *span) take(v float64) {
	if !r.some {
		r.low, r.high, r.some = v, v, true
	}
	r.low, r.high = min(r.low, v), max(r.high, v)
}

// scale returns the scale of an axis for data in a span: rounded to ticks, but for the bounds that were set.
func (a axis) scale(r span) scale {
	low, high := r.low, r.high
	if a.min != nil {
		low = *a.min
	}
	if a.max != nil {
		high = *a.max
	}
	if a.log {
		if a.min == nil {
			low = math.Pow(10, math.Floor(math.Log10(low)+1e-9))
		}
		if a.max == nil {
			high = math.Pow(10, math.Ceil(math.Log10(high)-1e-9))
		}
		if high <= low*(1+1e-9) {
			high = low * 10
			if a.max != nil {
				low, high = *a.max/10, *a.max
			}
		}
		return scale{low, high, true}
	}
	if narrow(low, high) || low > high {
		switch {
		case a.min != nil:
			_, high = around(low, low)
		case a.max != nil:
			low, _ = around(high, high)
		default:
			low, high = around(low, high)
		}
		if high <= low {
			high = low + 1
		}
	}
	unit := stepFor(low, high, 6)
	if a.min == nil {
		low = math.Floor(low/unit+1e-9) * unit
	}
	if a.max == nil {
		high = math.Ceil(high/unit-1e-9) * unit
	}
	return scale{low, high, false}
}

// stepFor returns 1, 2 or 5 times a power of ten that cuts a range into about n parts.
func stepFor(low, high float64, n int) float64 {
	rough := (high - low) / float64(max(n, 1))
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// A tick is a marked place of an axis.
type tick struct {
	at    float64
	label string
}

// ticks returns about n ticks, fewer on a short log axis.
func (s scale) ticks(n int) []tick {
	if s.log {
		return s.logTicks(n)
	}
	unit := stepFor(s.min, s.max, n)
	last := int(math.Floor(math.Log10(unit) + 1e-9))
	largest := max(math.Abs(s.min), math.Abs(s.max))
	var all []tick
	for k := math.Ceil(s.min/unit - 1e-9); k*unit <= s.max+unit*1e-9; k++ {
		v := k * unit
		all = append(all, tick{v, fixed(v, last, largest)})
		if len(all) > 4*n+4 {
			break // steps below the numbers' resolution
		}
	}
	return all
}

// logTicks marks powers of ten, and 2 and 5 times them where there are few.
func (s scale) logTicks(n int) []tick {
	from, to := math.Floor(math.Log10(s.min)+1e-9), math.Ceil(math.Log10(s.max)-1e-9)
	factors := []float64{1}
	if to-from <= 2 {
		factors = []float64{1, 2, 5}
	}
	every := math.Max(1, math.Ceil((to-from)/float64(max(n, 1))))
	var all []tick
	for e := from; e <= to; e += every {
		for _, m := range factors {
			if v := m * math.Pow(10, e); v >= s.min*(1-1e-9) && v <= s.max*(1+1e-9) {
				all = append(all, tick{v, short(v)})
			}
		}
	}
	return all
}

// short writes a number in at most four digits or so.
func short(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a == math.Trunc(a) && a < 1e6:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 1e5 || a < 1e-3:
		return scientific(v, 4)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// scientific writes a number with an exponent, in at most so many digits.
func scientific(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	return mantissa + "e" + sign + cmp.Or(strings.TrimLeft(exponent[1:], "0"), "0")
}

// fixed writes a number down to a last digit, that of ten to the power of last, or short if numbers up to largest would be too long that
// way and four digits tell them apart.
func fixed(v float64, last int, largest float64) string {
	decimals := max(0, -last)
	long := largest >= 1e6 || decimals > 6
	digits := int(math.Floor(math.Log10(largest)+1e-9)) - last + 1
	switch {
	case long && digits <= 4:
		return short(v)
	case long && (largest >= 1e15 || decimals > 12):
		return scientific(v, digits)
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return text
}
