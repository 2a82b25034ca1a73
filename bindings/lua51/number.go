package lua51

import (
	"math"
	"runtime"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// FormatNumber writes a number as Lua 5.1 does for print, tostring and "..": C's "%.14g".
// Infinities are inf and -inf. A NaN carries a sign: an invalid operation such as 0/0 gives -nan,
// its negation nan, as the reference interpreter prints on x86-64; other machines print the same here.
func FormatNumber(n lua.LNumber) string {
	x := float64(n)
	if i := int64(x); float64(i) == x && -1e14 < x && x < 1e14 && (i != 0 || !math.Signbit(x)) {
		return strconv.FormatInt(i, 10)
	}
	switch {
	case x != x:
		if nanNegative(x) {
			return "-nan"
		}
		return "nan"
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	return strconv.FormatFloat(x, 'g', 14, 64)
}

// On x86 the NaN of an invalid operation has its sign bit set, elsewhere it has not. The quiet NaN
// of Go's math package (payload 1) stands for an invalid operation too, with the sign bit clear.
const (
	nanSign    = 1 << 63
	goNaN      = 0x7FF8000000000001
	x86Default = runtime.GOARCH == "amd64" || runtime.GOARCH == "386"
)

// nanNegative reports whether the NaN x is the one an invalid operation gives, printed -nan.
func nanNegative(x float64) bool {
	bits := math.Float64bits(x)
	if bits&^nanSign == goNaN {
		return bits&nanSign == 0
	}
	negative := bits&nanSign != 0
	if !x86Default {
		return !negative
	}
	return negative
}

// printedNaN returns a NaN that prints as -nan or as nan.
func printedNaN(negative bool) float64 {
	if negative {
		return math.Float64frombits(goNaN)
	}
	return math.Float64frombits(goNaN | nanSign)
}

// ParseNumber reads a whole string as a number, as Lua 5.1 does for tonumber and arithmetic: white space
// around, a sign, decimal or 0x notation with fraction and exponent, inf and nan. A zero byte ends it.
func ParseNumber(s string) (lua.LNumber, bool) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	s = trimSpace(s)
	body, negative := s, false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		negative = body[0] == '-'
		body = body[1:]
	}
	if body == "" {
		return 0, false
	}
	var x float64
	var ok bool
	switch c := body[0]; {
	case c == '0' && len(body) > 1 && body[1]|0x20 == 'x':
		x, ok = parseHex(body)
	case isDigit(c) || c == '.':
		x, ok = parseDecimal(body)
	default:
		x, ok = parseWord(body, negative)
	}
	if negative && x == x {
		x = -x
	}
	return lua.LNumber(x), ok
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// parseDecimal reads digits, an optional fraction and an optional exponent.
func parseDecimal(s string) (float64, bool) {
	digits, rest := 0, s
	var small int64
	for rest != "" && isDigit(rest[0]) {
		small = small*10 + int64(rest[0]-'0')
		digits++
		rest = rest[1:]
	}
	if rest == "" && digits <= 15 {
		return float64(small), true
	}
	if rest != "" && rest[0] == '.' {
		rest = rest[1:]
		for rest != "" && isDigit(rest[0]) {
			digits++
			rest = rest[1:]
		}
	}
	if digits == 0 || !isExponent(rest, 'e') {
		return 0, false
	}
	// The only error left is a range error, and then the value is the right infinity.
	x, _ := strconv.ParseFloat(s, 64)
	return x, true
}

// parseHex reads 0x, hexadecimal digits, an optional fraction and an optional binary exponent.
func parseHex(s string) (float64, bool) {
	digits, rest := 0, s[2:]
	skip := func() {
		for rest != "" && isHex(rest[0]) {
			digits++
			rest = rest[1:]
		}
	}
	skip()
	if rest != "" && rest[0] == '.' {
		rest = rest[1:]
		skip()
	}
	if digits == 0 || !isExponent(rest, 'p') {
		return 0, false
	}
	if rest == "" {
		s += "p0"
	}
	x, _ := strconv.ParseFloat(s, 64)
	return x, true
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isExponent reports whether s is empty or a whole exponent that the given letter starts.
func isExponent(s string, letter byte) bool {
	if s == "" {
		return true
	}
	if s[0]|0x20 != letter {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// parseWord reads what C's strtod knows by name: inf, infinity, nan and nan(letters).
func parseWord(s string, negative bool) (float64, bool) {
	if len(s) > 64 {
		return 0, false
	}
	word := strings.ToLower(s)
	switch word {
	case "inf", "infinity":
		return math.Inf(1), true
	case "nan":
		return printedNaN(negative), true
	}
	inner, ok := strings.CutPrefix(word, "nan(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return 0, false
	}
	for _, c := range []byte(inner[:len(inner)-1]) {
		if c != '_' && !isDigit(c) && (c < 'a' || c > 'z') {
			return 0, false
		}
	}
	return printedNaN(negative), true
}

// toInteger converts as C does on x86-64: toward zero, and to the least integer when x does not fit.
func toInteger(x float64) int64 {
	if x >= -(1<<63) && x < 1<<63 {
		return int64(x)
	}
	return math.MinInt64
}

// toUnsigned converts to C's unsigned long as x86-64 does, where negative numbers wrap around.
func toUnsigned(x float64) uint64 {
	if x >= 1<<64 {
		return 0
	}
	if x >= 1<<63 {
		return uint64(x)
	}
	return uint64(toInteger(x))
}
