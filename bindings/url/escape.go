package url

import (
	"strings"
)

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// escapeBytes writes each byte that keep refuses as %XX.
func escapeBytes(text, hex string, keep func(byte) bool) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; keep(c) {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		}
	}
	return b.String()
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// inSegment are the bytes besides letters and digits that a segment of a path may have as they are.
func inSegment(c byte) bool {
	return isWord(c) || strings.IndexByte("!$&'()*+,-.:=@~", c) >= 0
}

func escapeAll(text string) string     { return escapeBytes(text, lowerHex, isWord) }
func escapeSegment(text string) string { return escapeBytes(text, upperHex, inSegment) }

func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, low := digit(text[i+1]), digit(text[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// digit returns the value of a hexadecimal digit, or -1.
func digit(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte(lowerHex, c)
}
