package repl

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// A visible writer passes on text and shows what a terminal would obey, or could not show, as Lua would write it in quotes: what a peer
// sends must not move the cursor, change the title or answer for the user.
type visible struct {
	w    io.Writer
	rest []byte // the beginning of a character whose end is still to come
}

// Write implements io.Writer.
func (v *visible) Write(b []byte) (int, error) {
	text := append(v.rest, b...)
	v.rest = nil
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		if !utf8.FullRune(text) {
			v.rest = append([]byte(nil), text...)
			break
		}
		r, n := utf8.DecodeRune(text)
		out = appendVisible(out, r, text[:n])
		text = text[n:]
	}
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// appendVisible appends a character, of which raw are the bytes. The carriage return of the ends of lines is left out.
func appendVisible(out []byte, r rune, raw []byte) []byte {
	switch {
	case r == '\r':
		return out
	case r == '\n', r == '\t':
		return append(out, byte(r))
	case r == utf8.RuneError && len(raw) == 1, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
		for _, c := range raw {
			out = fmt.Appendf(out, "\\%03d", c)
		}
		return out
	}
	return append(out, raw...)
}

// seen is a text as a visible writer passes it on.
func seen(text string) string {
	var out []byte
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		out = appendVisible(out, r, []byte(text[i:i+n]))
		i += n
	}
	return string(out)
}
