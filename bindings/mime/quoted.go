package mime

import (
	"strconv"
	"strings"
)

const (
	crlf      = "\r\n"
	softBreak = "=\r\n"
	hexDigits = "0123456789ABCDEF"
)

func quote(out *strings.Builder, c byte) {
	out.Write([]byte{'=', hexDigits[c>>4], hexDigits[c&15]})
}

// plain are the bytes that quoted-printable leaves as they are wherever they stand.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '=' }

// encodeQuoted encodes text as quoted-printable with marker for the end of a line, and returns what is left over because what comes
// after it decides. last encodes that too, with a soft line break after it.
func encodeQuoted(text, marker string, last bool) (encoded, left string) {
	var out strings.Builder
	for text != "" {
		c := text[0]
		isSpace := c == ' ' || c == '\t'
		if undecided := c == '\r' && len(text) < 2 || isSpace && len(text) < 3; undecided {
			break
		}
		switch {
		case strings.HasPrefix(text, crlf):
			out.WriteString(marker)
			text = text[1:]
		case isSpace && text[1:3] == crlf:
			quote(&out, c)
			out.WriteString(marker)
			text = text[2:]
		case isSpace, plain(c):
			out.WriteByte(c)
		default:
			quote(&out, c)
		}
		text = text[1:]
	}
	if !last || text == "" {
		return out.String(), text
	}
	for i := range len(text) {
		if plain(text[i]) {
			out.WriteByte(text[i])
		} else {
			quote(&out, text[i])
		}
	}
	return out.String() + softBreak, ""
}

// decodeQuoted decodes quoted-printable and returns what is left over because it is not whole. A byte that cannot stand in
// such text is dropped, an escape that is none is kept.
func decodeQuoted(text string) (decoded, left string) {
	var out strings.Builder
	for text != "" {
		c, size := text[0], 1
		switch {
		case c == '=':
			size = 3
		case c == '\r':
			size = 2
		}
		if len(text) < size {
			return out.String(), text
		}
		piece := text[:size]
		text = text[size:]
		switch {
		case piece == softBreak:
		case c == '=':
			if n, err := strconv.ParseUint(piece[1:], 16, 8); err == nil {
				piece = string([]byte{byte(n)})
			}
			out.WriteString(piece)
		case piece == crlf, c == '\t', c >= ' ' && c < 0x7f:
			out.WriteString(piece)
		}
	}
	return out.String(), ""
}
