package lua51

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// longText is the length from which a plain %s takes a string as it is, zero bytes included.
const longText = 100

// Digits that a float64 does not tell apart are worked out by long division, which takes some 8 µs.
const (
	exactDigits = 17
	exactUnits  = 250
)

// A verb is one directive of a format: %, flags, width, precision, letter.
type verb struct {
	minus, plus, space, sharp, zero bool
	width, precision                int // precision -1: none given
	letter                          byte
}

func stringFormat(L *lua.LState) int {
	format := checkString(L, 1)
	chargeBytes(L, len(format))
	out := make([]byte, 0, len(format)+32)
	arg := 1
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			out = append(out, format...)
			break
		}
		out = append(out, format[:i]...)
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			out = append(out, '%')
			format = format[1:]
			continue
		}
		arg++
		if arg > L.GetTop() {
			argError(L, arg, "no value")
		}
		var v verb
		v, format = parseVerb(L, format)
		before := len(out)
		out = v.append(L, out, arg)
		checkSize(L, len(out)+len(format))
		chargeBytes(L, len(out)-before)
	}
	L.Push(lua.LString(out))
	return 1
}

// parseVerb reads a directive after its % and returns it with the rest of the format.
func parseVerb(L *lua.LState, s string) (verb, string) {
	v := verb{precision: -1}
	flags := 0
	for ; flags < len(s) && strings.IndexByte("-+ #0", s[flags]) >= 0; flags++ {
		switch s[flags] {
		case '-':
			v.minus = true
		case '+':
			v.plus = true
		case ' ':
			v.space = true
		case '#':
			v.sharp = true
		case '0':
			v.zero = true
		}
	}
	if flags > 5 {
		raise(L, "invalid format (repeated flags)")
	}
	s = s[flags:]
	v.width, s = twoDigits(s)
	if strings.HasPrefix(s, ".") {
		v.precision, s = twoDigits(s[1:])
	}
	if s == "" {
		return v, s
	}
	if isDigit(s[0]) {
		raise(L, "invalid format (width or precision too long)")
	}
	v.letter = s[0]
	return v, s[1:]
}

// twoDigits reads a number of at most two digits; none is 0.
func twoDigits(s string) (int, string) {
	n := 0
	for i := 0; i < 2 && s != "" && isDigit(s[0]); i++ {
		n = n*10 + int(s[0]-'0')
		s = s[1:]
	}
	return n, s
}

// append formats argument arg and appends it.
func (v verb) append(L *lua.LState, out []byte, arg int) []byte {
	switch v.letter {
	case 'c':
		var c byte // as for a C int: zero when the number does not fit
		if x := checkNumber(L, arg); x > -1<<31-1 && x < 1<<31 {
			c = byte(int32(x))
		}
		text := v.pad("", string([]byte{c}), false)
		return append(out, untilZero(text)...)
	case 'd', 'i':
		i := toInteger(checkNumber(L, arg))
		if i < 0 {
			return v.integer(out, "-", -uint64(i), 10)
		}
		return v.integer(out, v.plusSign(), uint64(i), 10)
	case 'u':
		return v.integer(out, "", toUnsigned(checkNumber(L, arg)), 10)
	case 'o':
		return v.integer(out, "", toUnsigned(checkNumber(L, arg)), 8)
	case 'x', 'X':
		return v.integer(out, "", toUnsigned(checkNumber(L, arg)), 16)
	case 'e', 'E', 'f', 'g', 'G':
		x := checkNumber(L, arg)
		if v.precision > exactDigits || math.Abs(float64(x)) > 1e18 && v.letter == 'f' {
			Charge(L, exactUnits)
		}
		return v.float(out, x)
	case 'q':
		return quote(L, out, checkString(L, arg))
	case 's':
		return v.text(L, out, checkString(L, arg))
	case 0:
		raise(L, "invalid option '%%' to 'format'")
	}
	raise(L, "invalid option '%%%s' to 'format'", string([]byte{v.letter}))
	return nil
}

func (v verb) plusSign() string {
	switch {
	case v.plus:
		return "+"
	case v.space:
		return " "
	}
	return ""
}

// pad fills up prefix and body to the width: with spaces, or when zero is allowed and asked for, with
// zeros between the two.
func (v verb) pad(prefix, body string, zero bool) string {
	fill := v.width - len(prefix) - len(body)
	switch {
	case fill <= 0:
		return prefix + body
	case v.minus:
		return prefix + body + strings.Repeat(" ", fill)
	case v.zero && zero:
		return prefix + strings.Repeat("0", fill) + body
	}
	return strings.Repeat(" ", fill) + prefix + body
}

func (v verb) integer(out []byte, sign string, n uint64, base int) []byte {
	if v.width == 0 && v.precision < 0 && !v.sharp {
		out = append(out, sign...)
		start := len(out)
		out = strconv.AppendUint(out, n, base)
		if v.letter == 'X' {
			upper(out[start:])
		}
		return out
	}
	digits := strconv.FormatUint(n, base)
	if n == 0 && v.precision == 0 {
		digits = ""
	}
	if missing := v.precision - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if v.sharp && base == 8 && !strings.HasPrefix(digits, "0") {
		digits = "0" + digits
	}
	if v.sharp && base == 16 && n != 0 {
		sign = "0x"
	}
	start := len(out)
	out = append(out, v.pad(sign, digits, v.precision < 0)...)
	if v.letter == 'X' {
		upper(out[start:])
	}
	return out
}

func upper(text []byte) {
	for i, c := range text {
		if 'a' <= c && c <= 'z' {
			text[i] = c - 0x20
		}
	}
}

func (v verb) float(out []byte, x float64) []byte {
	sign, body, finite := v.plusSign(), "", true
	switch {
	case x != x:
		finite = false
		if nanNegative(x) {
			sign = "-"
		}
		body = "nan"
	default:
		if math.Signbit(x) {
			sign, x = "-", -x
		}
		if finite = !math.IsInf(x, 1); finite {
			body = v.digits(x)
		} else {
			body = "inf"
		}
	}
	start := len(out)
	out = append(out, v.pad(sign, body, finite)...)
	if v.letter == 'E' || v.letter == 'G' {
		upper(out[start:])
	}
	return out
}

// digits formats a finite x that is not negative.
func (v verb) digits(x float64) string {
	precision := v.precision
	if precision < 0 {
		precision = 6
	}
	style := v.letter | 0x20
	if style == 'g' {
		precision = max(precision, 1)
		if v.sharp {
			return sharpGeneral(x, precision)
		}
		return strconv.FormatFloat(x, 'g', precision, 64)
	}
	body := strconv.FormatFloat(x, style, precision, 64)
	if v.sharp && precision == 0 {
		body = withPoint(body)
	}
	return body
}

// sharpGeneral is %#g: all significant digits, trailing zeros and the point included.
func sharpGeneral(x float64, precision int) string {
	body := strconv.FormatFloat(x, 'e', precision-1, 64)
	exponent, _ := strconv.Atoi(body[strings.IndexByte(body, 'e')+1:])
	if exponent >= -4 && exponent < precision {
		body = strconv.FormatFloat(x, 'f', precision-1-exponent, 64)
	}
	return withPoint(body)
}

// withPoint adds a decimal point after the digits when there is none.
func withPoint(body string) string {
	if strings.Contains(body, ".") {
		return body
	}
	if i := strings.IndexByte(body, 'e'); i >= 0 {
		return body[:i] + "." + body[i:]
	}
	return body + "."
}

// text is %s. As in Lua 5.1 a short or cut string ends at its first zero byte.
func (v verb) text(L *lua.LState, out []byte, s string) []byte {
	if v.precision < 0 && len(s) >= longText {
		checkSize(L, len(out)+len(s))
		return append(out, s...)
	}
	s = untilZero(s)
	if v.precision >= 0 && v.precision < len(s) {
		s = s[:v.precision]
	}
	if v.width == 0 {
		return append(out, s...)
	}
	return append(out, v.pad("", s, false)...)
}

// quote is %q: the string as Lua source.
func quote(L *lua.LState, out []byte, s string) []byte {
	chargeBytes(L, len(s)*4)
	checkSize(L, len(out)+len(s)+2)
	out = append(out, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			out = append(out, '\\', c)
		case '\r':
			out = append(out, `\r`...)
		case 0:
			out = append(out, `\000`...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
