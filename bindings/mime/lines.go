package mime

import (
	"strings"
)

// wrapText breaks lines after length bytes, of which the first has left bytes to go; it returns how many the last has.
func wrapText(text string, left, length int) (string, int) {
	return wrap(text, left, length, crlf, func(byte) int { return 0 })
}

// wrapQuoted is wrapText for quoted-printable: with soft breaks, and never within an escape.
func wrapQuoted(text string, left, length int) (string, int) {
	return wrap(text, left, length, softBreak, func(c byte) int {
		if c == '=' {
			return 3
		}
		return 1
	})
}

// wrap breaks a line before a byte if no more is left in it than need says.
func wrap(text string, left, length int, end string, need func(byte) int) (string, int) {
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; c {
		case '\r':
		case '\n':
			out.WriteString(crlf)
			left = length
		default:
			if left <= need(c) {
				out.WriteString(end)
				left = length
			}
			out.WriteByte(c)
			left--
		}
	}
	return out.String(), left
}

// normalizeEnds writes marker for each end of a line: CR, LF or both in any order. last is the byte before the text if an end
// of a line may go on after it; the next is returned.
func normalizeEnds(text, marker string, last int) (string, int) {
	isEnd := func(c int) bool { return c == '\r' || c == '\n' }
	var out strings.Builder
	for i := range len(text) {
		c := int(text[i])
		switch {
		case !isEnd(c):
			out.WriteByte(text[i])
			last = 0
		case !isEnd(last):
			out.WriteString(marker)
			last = c
		default:
			if c == last {
				out.WriteString(marker)
			}
			last = 0
		}
	}
	return out.String(), last
}

// What stuffDots was told of the text so far.
const (
	inLine = iota
	afterCR
	atLineStart
)

// stuffDots doubles a dot at the beginning of a line (RFC 5321 4.5.2).
func stuffDots(text string, state int) (string, int) {
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		out.WriteByte(c)
		switch {
		case c == '\r':
			state = afterCR
		case c == '\n' && state == afterCR:
			state = atLineStart
		case c == '.' && state == atLineStart:
			out.WriteByte(c)
			state = inLine
		default:
			state = inLine
		}
	}
	return out.String(), state
}
