package syntax

import (
	"fmt"
	"strings"
)

// A token's kind is its text for symbols and reserved words, or one of these.
const (
	kindName   = "<name>"
	kindNumber = "<number>"
	kindString = "<string>"
)

type token struct {
	kind  string
	text  string // the name, or the string's value
	raw   string // as written, for messages
	value float64
	line  int
}

var reserved = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true,
	"for": true, "function": true, "if": true, "in": true, "local": true, "nil": true, "not": true, "or": true,
	"repeat": true, "return": true, "then": true, "true": true, "until": true, "while": true,
}

type lexer struct {
	chunk  string
	src    string
	pos    int
	line   int
	number func(string) (float64, bool)
}

func (lx *lexer) fail(near, format string, args ...any) {
	panic(&Error{Chunk: lx.chunk, Line: lx.line, Msg: fmt.Sprintf(format, args...), Near: near})
}

func (lx *lexer) peek(ahead int) byte {
	if lx.pos+ahead < len(lx.src) {
		return lx.src[lx.pos+ahead]
	}
	return 0
}

// newline steps over a line's end, of any of the four kinds.
func (lx *lexer) newline() {
	first := lx.src[lx.pos]
	lx.pos++
	if next := lx.peek(0); (next == '\n' || next == '\r') && next != first {
		lx.pos++
	}
	lx.line++
}

// next reads a token.
func (lx *lexer) next() token {
	lx.skipBlanks()
	start := lx.pos
	t := token{line: lx.line}
	if lx.pos >= len(lx.src) {
		t.kind, t.raw = endOfFile, endOfFile
		return t
	}
	c := lx.src[lx.pos]
	switch {
	case isLetter(c):
		for lx.pos < len(lx.src) && (isLetter(lx.src[lx.pos]) || isDigit(lx.src[lx.pos])) {
			lx.pos++
		}
		t.text = lx.src[start:lx.pos]
		t.kind = kindName
		if reserved[t.text] {
			t.kind = t.text
		}
	case isDigit(c), c == '.' && isDigit(lx.peek(1)):
		t.kind, t.value = kindNumber, lx.readNumber()
	case c == '"', c == '\'':
		t.kind, t.text = kindString, lx.readString(c)
	case c == '[' && lx.longLevel() >= 0:
		t.kind, t.text = kindString, lx.readLong(lx.longLevel(), "string")
	case c == '[' && lx.peek(1) == '=':
		lx.fail(lx.src[start:lx.pos+1+strings.IndexFunc(lx.src[lx.pos+1:]+" ", notEquals)], "invalid long string delimiter")
	default:
		t.kind = lx.symbol()
		lx.pos += len(t.kind)
		if c < ' ' || c == 127 {
			t.kind = fmt.Sprintf("char(%d)", c)
			t.raw = t.kind
			return t
		}
	}
	t.line = lx.line
	t.raw = lx.src[start:lx.pos]
	return t
}

func notEquals(r rune) bool { return r != '=' }

// symbol returns the longest symbol at the position.
func (lx *lexer) symbol() string {
	for _, s := range []string{"...", "..", "==", "~=", "<=", ">="} {
		if strings.HasPrefix(lx.src[lx.pos:], s) {
			return s
		}
	}
	return lx.src[lx.pos : lx.pos+1]
}

func (lx *lexer) skipBlanks() {
	for lx.pos < len(lx.src) {
		switch c := lx.src[lx.pos]; {
		case c == '\n' || c == '\r':
			lx.newline()
		case c == ' ' || c == '\t' || c == '\v' || c == '\f':
			lx.pos++
		case c == '-' && lx.peek(1) == '-':
			lx.pos += 2
			if level := lx.longLevel(); level >= 0 {
				lx.readLong(level, "comment")
				continue
			}
			for lx.pos < len(lx.src) && lx.src[lx.pos] != '\n' && lx.src[lx.pos] != '\r' {
				lx.pos++
			}
		default:
			return
		}
	}
}

// longLevel returns the number of = in the opening long bracket at the position, or -1.
func (lx *lexer) longLevel() int {
	if lx.peek(0) != '[' {
		return -1
	}
	n := 0
	for lx.peek(1+n) == '=' {
		n++
	}
	if lx.peek(1+n) != '[' {
		return -1
	}
	return n
}

// readLong reads a long string or comment, with line ends of any kind as "\n".
func (lx *lexer) readLong(level int, what string) string {
	closing := "]" + strings.Repeat("=", level) + "]"
	lx.pos += level + 2
	if c := lx.peek(0); lx.pos < len(lx.src) && (c == '\n' || c == '\r') {
		lx.newline()
	}
	var b strings.Builder
	for {
		if lx.pos >= len(lx.src) {
			lx.fail(endOfFile, "unfinished long %s", what)
		}
		switch c := lx.src[lx.pos]; {
		case c == '\n' || c == '\r':
			b.WriteByte('\n')
			lx.newline()
		case c == ']' && strings.HasPrefix(lx.src[lx.pos:], closing):
			lx.pos += len(closing)
			return b.String()
		default:
			b.WriteByte(c)
			lx.pos++
		}
	}
}

func (lx *lexer) readNumber() float64 {
	start := lx.pos
	for isDigit(lx.peek(0)) || lx.peek(0) == '.' {
		lx.pos++
	}
	if c := lx.peek(0); c == 'e' || c == 'E' {
		lx.pos++
		if c := lx.peek(0); c == '+' || c == '-' {
			lx.pos++
		}
	}
	for isLetter(lx.peek(0)) || isDigit(lx.peek(0)) {
		lx.pos++
	}
	text := lx.src[start:lx.pos]
	v, ok := lx.number(text)
	if !ok {
		lx.fail(text, "malformed number")
	}
	return v
}

func (lx *lexer) readString(quote byte) string {
	lx.pos++
	var b strings.Builder
	for {
		if lx.pos >= len(lx.src) {
			lx.fail(endOfFile, "unfinished string")
		}
		switch c := lx.src[lx.pos]; c {
		case quote:
			lx.pos++
			return b.String()
		case '\n', '\r':
			lx.fail(string(quote)+b.String(), "unfinished string")
		case '\\':
			lx.pos++
			lx.readEscape(&b, quote)
		default:
			b.WriteByte(c)
			lx.pos++
		}
	}
}

var escapes = map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// readEscape reads what follows a backslash. Before an unknown letter the backslash is dropped.
func (lx *lexer) readEscape(b *strings.Builder, quote byte) {
	if lx.pos >= len(lx.src) {
		return
	}
	c := lx.src[lx.pos]
	switch {
	case c == '\n' || c == '\r':
		b.WriteByte('\n')
		lx.newline()
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(lx.peek(0)); i++ {
			n = n*10 + int(lx.src[lx.pos]-'0')
			lx.pos++
		}
		if n > 255 {
			lx.fail(string(quote)+b.String(), "escape sequence too large")
		}
		b.WriteByte(byte(n))
	default:
		if e, ok := escapes[c]; ok {
			c = e
		}
		b.WriteByte(c)
		lx.pos++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
