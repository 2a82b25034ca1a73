package capture

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// isText reports whether b can be shown as text: UTF-8 without control characters but white space.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
	}
	return true
}

// escape shows text on one line: control characters, and bytes that are no UTF-8, as in Lua and Go.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// hexDigest shows bytes in hexadecimal, at most limit of them.
func hexDigest(b []byte, limit int) string {
	if len(b) > limit {
		return fmt.Sprintf("% x …", b[:limit])
	}
	return fmt.Sprintf("% x", b)
}

// label shows data on one line of a diagram: text escaped, its last line end left out, anything else in hexadecimal.
func label(b []byte, size int) string {
	const most = 24
	switch {
	case size == 0:
		return "(empty)"
	case len(b) == 0:
		return bytesOf(size)
	case !isText(b):
		return fmt.Sprintf("(%s) %s", bytesOf(size), hexDigest(b, most))
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if first, _, more := strings.Cut(s, "\n"); more && len(s) > 60 {
		return fmt.Sprintf("%s … (%s)", escape(strings.TrimSuffix(first, "\r")), bytesOf(size))
	}
	if len(s) == 0 {
		return escape(string(b))
	}
	return escape(s)
}

func bytesOf(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// Columns returns how many columns of a terminal printable text takes.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if r < 0x300 {
		return 1
	}
	switch k := width.LookupRune(r).Kind(); {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case k == width.EastAsianWide || k == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens printable text to so many columns.
func Cut(s string, most int) string {
	if len(s) <= most || Columns(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += columnsOf(r); n > most-1 {
			if most < 1 {
				return ""
			}
			return s[:i] + "…"
		}
	}
	return s
}

// seconds shows an instant to the microsecond.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.6f", d.Round(time.Microsecond).Seconds())
}
