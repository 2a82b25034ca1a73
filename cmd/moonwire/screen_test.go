package main

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// A screen is what a terminal of 80 columns shows of what is written to it, with everything that has scrolled away: as much of one as
// the shell and what it prints need.
type screen struct {
	lines    [][]rune
	row, col int
	pending  []byte   // of a sequence whose end is still to come
	raw      []string // escape sequences that it does not know
}

const screenWidth = 80

func (s *screen) Write(b []byte) (int, error) {
	s.pending = append(s.pending, b...)
	for len(s.pending) > 0 {
		n := s.one(s.pending)
		if n == 0 {
			break
		}
		s.pending = s.pending[n:]
	}
	return len(b), nil
}

// one obeys the first thing in b and returns how long it is; 0 if its end is missing.
func (s *screen) one(b []byte) int {
	switch b[0] {
	case '\r':
		s.col = 0
		return 1
	case '\n':
		s.row++
		return 1
	case '\b':
		s.col = max(min(s.col, screenWidth-1)-1, 0)
		return 1
	case '\a':
		return 1
	case '\t':
		s.col = min((s.col/8+1)*8, screenWidth-1)
		return 1
	case 0x1b:
		return s.escape(b)
	}
	if b[0] < ' ' || b[0] == 0x7f {
		s.raw = append(s.raw, strconv.Quote(string(b[:1])))
		return 1
	}
	if !utf8.FullRune(b) {
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if s.col >= screenWidth {
		s.col = 0
		s.row++
	}
	s.put(r)
	s.col++
	return n
}

func (s *screen) put(r rune) {
	for s.row >= len(s.lines) {
		s.lines = append(s.lines, nil)
	}
	for s.col >= len(s.lines[s.row]) {
		s.lines[s.row] = append(s.lines[s.row], ' ')
	}
	s.lines[s.row][s.col] = r
}

// escape obeys a control sequence.
func (s *screen) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	end := 2
	for b[1] == '[' && end < len(b) && (b[end] < 0x40 || b[end] > 0x7e) {
		end++
	}
	if b[1] == '[' && end == len(b) {
		return 0
	}
	if b[1] != '[' {
		s.raw = append(s.raw, strconv.Quote(string(b[:2])))
		return 2
	}
	n, err := strconv.Atoi(string(b[2:end]))
	if err != nil || n == 0 && b[end] != 'K' && b[end] != 'J' {
		n = 1
	}
	if err != nil && (b[end] == 'K' || b[end] == 'J') {
		n = 0
	}
	switch b[end] {
	case 'A':
		s.row = max(s.row-n, 0)
	case 'B':
		s.row += n
	case 'C':
		s.col = min(s.col+n, screenWidth-1)
	case 'D':
		s.col = max(s.col-n, 0)
	case 'J':
		s.lines = s.lines[:min(len(s.lines), s.row+1)]
		s.cut()
	case 'K':
		if n == 2 && s.row < len(s.lines) {
			s.lines[s.row] = nil
		}
		s.cut()
	case 'm':
	default:
		s.raw = append(s.raw, strconv.Quote(string(b[:end+1])))
	}
	return end + 1
}

// cut erases to the end of the line.
func (s *screen) cut() {
	if s.row < len(s.lines) && s.col < len(s.lines[s.row]) {
		s.lines[s.row] = s.lines[s.row][:s.col]
	}
}

// from is the text from a row on.
func (s *screen) from(row int) string {
	var b strings.Builder
	for ; row < len(s.lines); row++ {
		b.WriteString(strings.TrimRight(string(s.lines[row]), " ") + "\n")
	}
	return b.String()
}

// current is the row of the cursor up to it.
func (s *screen) current() string {
	if s.row >= len(s.lines) {
		return ""
	}
	return string(s.lines[s.row][:min(s.col, len(s.lines[s.row]))])
}

func TestScreen(t *testing.T) {
	for in, want := range map[string]string{
		"abc\rx":                              "xbc\n",
		"abc\r\nd\x1b[A\r\x1b[2Ky":            "y\nd\n",
		"abc\r\ndef\x1b[A\x1b[J":              "abc\n",
		"abc\b\b\x1b[Kx":                      "ax\n",
		"\x1b[1mb\x1b[0mé\x1b[2C!":            "bé  !\n",
		strings.Repeat("a", 81):               strings.Repeat("a", 80) + "\na\n",
		strings.Repeat("a", 80) + " \bb\x1b[": strings.Repeat("a", 80) + "\nb\n",
	} {
		var s screen
		for i := range len(in) {
			s.Write([]byte{in[i]})
		}
		if got := s.from(0); got != want {
			t.Errorf("%q shows\n%s\nwant\n%s", in, got, want)
		}
		if len(s.raw) > 0 {
			t.Errorf("%q: unknown %v", in, s.raw)
		}
	}
	var s screen
	s.Write([]byte("\x1b]0;title\a\x1b[6n"))
	if len(s.raw) != 2 {
		t.Errorf("unknown sequences: %q", s.raw)
	}
}
