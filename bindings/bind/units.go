package bind

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	lua "github.com/yuin/gopher-lua"
)

// Size is a number of bytes. A script writes 65536 or "256 KiB".
type Size int64

// Rate is a number of bits per second. A script writes 10000000 or "10 Mbps".
type Rate int64

// A unit is one suffix a script may write after a number, and its factor.
type unit struct {
	name   string
	factor float64
}

// A scale is a family of units with the words used when a text does not belong to it.
type scale struct {
	want  string // "a duration such as …"
	unit  string // what the documentation says of the values
	units []unit // the order in which messages list them

	unbounded bool // 0 means that there is no bound
}

func durations() scale {
	return scale{want: `a duration such as "10 ms"`, unit: `seconds or "10 ms"`, units: []unit{
		{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}}
}

func rates() scale {
	return scale{want: `a rate such as "10 Mbps"`, unit: `bits/s or "10 Mbps"`, unbounded: true, units: []unit{
		{"bps", 1}, {"kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}}}
}

func sizes() scale {
	return scale{want: `a size such as "256 KiB"`, unit: `bytes or "256 KiB"`, units: []unit{
		{"B", 1}, {"KB", 1e3}, {"KiB", 1 << 10}, {"MB", 1e6}, {"MiB", 1 << 20}, {"GB", 1e9}, {"GiB", 1 << 30}}}
}

// ParseDuration reads "10 ms", "1.5s" or "2 min": a decimal number and one of ns, us, ms, s, min, h.
// A number without a unit is seconds. Negative durations and those above 292 years are refused.
func ParseDuration(text string) (time.Duration, error) {
	n, err := durations().parse(text, 1e9)
	return time.Duration(n), err
}

// ParseRate reads "10 Mbps": a decimal number and one of bps, kbps, Mbps, Gbps (powers of ten).
// A number without a unit is bits per second. What is less than 1 bps and not 0 is refused: 0 stands for no bound.
func ParseRate(text string) (Rate, error) {
	n, err := rates().parse(text, 1)
	return Rate(n), err
}

// ParseSize reads "256 KiB": a decimal number and one of B, KB, KiB, MB, MiB, GB, GiB.
// A number without a unit is bytes.
func ParseSize(text string) (Size, error) {
	n, err := sizes().parse(text, 1)
	return Size(n), err
}

// parse returns the value of text in the scale's smallest unit, rounded to the nearest whole number.
// A text that is only a number is multiplied by bare.
func (s scale) parse(text string, bare float64) (int64, error) {
	trimmed := strings.TrimSpace(text)
	end := 0
	for end < len(trimmed) && (trimmed[end] >= '0' && trimmed[end] <= '9' || trimmed[end] == '.') {
		end++
	}
	number, suffix := trimmed[:end], strings.TrimSpace(trimmed[end:])
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("want %s, got %s", s.want, quote(text))
	}
	factor := bare
	if suffix != "" {
		if factor = s.factor(suffix); factor == 0 {
			return 0, s.unknown(text, suffix)
		}
	}
	value *= factor
	switch {
	case math.Round(value) >= math.MaxInt64:
		return 0, fmt.Errorf("want %s, got %s, which is too large", s.want, quote(text))
	case s.tooSmall(value):
		return 0, fmt.Errorf("want %s, got %s, which is less than 1 %s", s.want, quote(text), s.units[0].name)
	}
	return int64(math.Round(value)), nil
}

// tooSmall reports whether a value would be rounded to a zero that means something else: a rate of 0 is no bound.
func (s scale) tooSmall(value float64) bool { return s.unbounded && value > 0 && value < 0.5 }

func (s scale) factor(suffix string) float64 {
	for _, u := range s.units {
		if u.name == suffix {
			return u.factor
		}
	}
	return 0
}

func (s scale) unknown(text, suffix string) error {
	names := make([]string, len(s.units))
	for i, u := range s.units {
		names[i] = u.name
		if strings.EqualFold(u.name, suffix) {
			return fmt.Errorf("want %s, got %s: write %q, not %q", s.want, quote(text), u.name, suffix)
		}
	}
	return fmt.Errorf("want %s, got %s: the units are %s", s.want, quote(text), strings.Join(names, ", "))
}

// number converts a Lua number given in the scale's bare unit.
func (s scale) number(value, bare float64) (int64, error) {
	scaled := math.Round(value * bare)
	switch {
	case !(scaled >= 0 && scaled < math.MaxInt64):
		return 0, fmt.Errorf("want %s, got %s", s.want, formatNumber(value))
	case s.tooSmall(value * bare):
		return 0, fmt.Errorf("want %s, got %s, which is less than 1 %s", s.want, formatNumber(value), s.units[0].name)
	}
	return int64(scaled), nil
}

// formatNumber writes a number as Lua's print does, and the values that are none the same everywhere.
func formatNumber(v float64) string {
	if math.IsNaN(v) {
		return "nan" // without the sign that C's printf shows on some machines
	}
	return lua51.FormatNumber(lua.LNumber(v))
}

// quote shows a script's text in an error message, cut to a readable length.
func quote(text string) string {
	if short := shorten(text); short != text {
		return strconv.Quote(strings.TrimSuffix(short, "…")) + "…"
	}
	return strconv.Quote(text)
}

// shorten cuts a script's text to a length that fits a message.
func shorten(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
