package mime

import (
	"testing"
)

// A coder is a low-level function of the module.
type coder func(text string, last bool) (result, left string)

// inPieces runs a coder over a text cut in two.
func inPieces(f coder, a, b string) string {
	first, left := f(a, false)
	second, left := f(left+b, false)
	third, left := f(left, true)
	_ = left
	return first + second + third
}

// FuzzCoders checks that where a text is cut does not matter, and that decoders give back what encoders got.
func FuzzCoders(f *testing.F) {
	for _, seed := range []string{"", "hello", "a=\r\n b \t\r\nc=3D=", "\xff\x00=\r", "YWJj\r\nZA==", "=C3=A9=zz==", " \r", "\r\r\n"} {
		f.Add(seed, uint(len(seed)/2))
	}
	f.Fuzz(func(t *testing.T, text string, at uint) {
		cut := int(at % uint(len(text)+1))
		quoted := func(text string, last bool) (string, string) { return encodeQuoted(text, "=0D=0A", last) }
		for name, c := range map[string]coder{
			"b64": encodeBase64, "unb64": lasting(decodeBase64), "qp": quoted, "unqp": lasting(decodeQuoted),
		} {
			whole, left := c(text, true)
			if name == "b64" || name == "qp" {
				left = ""
			}
			if got := inPieces(c, text[:cut], text[cut:]); got != whole {
				t.Errorf("%s of %q and %q: %q, of both together %q (left %q)", name, text[:cut], text[cut:], got, whole, left)
			}
		}
		encoded, _ := encodeBase64(text, true)
		if back, left := decodeBase64(encoded); back != text || left != "" {
			t.Errorf("base64 %q of %q decodes to %q, left %q", encoded, text, back, left)
		}
		encoded, _ = quoted(text, true)
		if back, left := decodeQuoted(encoded); back != text || left != "" {
			t.Errorf("quoted-printable %q of %q decodes to %q, left %q", encoded, text, back, left)
		}
	})
}

// FuzzLines checks the same of the functions that work on lines, and that no line is too long.
func FuzzLines(f *testing.F) {
	f.Add(".a\r\n..b\rc\n\n.", uint(3), uint(5))
	f.Add("=3D=3D=3D a\r\n", uint(2), uint(4))
	f.Fuzz(func(t *testing.T, text string, at, width uint) {
		cut, length := int(at%uint(len(text)+1)), int(width%40)+4
		lines := map[string]func(string, int) (string, int){
			"wrp":   func(s string, state int) (string, int) { return wrapText(s, state, length) },
			"qpwrp": func(s string, state int) (string, int) { return wrapQuoted(s, state, length) },
			"eol":   func(s string, state int) (string, int) { return normalizeEnds(s, "\n", state) },
			"dot":   stuffDots,
		}
		start := map[string]int{"wrp": length, "qpwrp": length, "eol": 0, "dot": atLineStart}
		for name, do := range lines {
			whole, end := do(text, start[name])
			first, state := do(text[:cut], start[name])
			second, state := do(text[cut:], state)
			if first+second != whole || state != end {
				t.Errorf("%s of %q and %q: %q, %d; of both together %q, %d", name, text[:cut], text[cut:], first+second, state, whole, end)
			}
		}
		for name, most := range map[string]int{"wrp": length, "qpwrp": length} {
			whole, _ := lines[name](text, length)
			column := 0
			for i := range len(whole) {
				column++
				if whole[i] == '\n' {
					column = 0
				}
				if column > most+1 { // and its CR
					t.Fatalf("%s of %q to %d: %q has a longer line", name, text, length, whole)
				}
			}
		}
	})
}
