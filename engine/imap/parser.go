package imap

import (
	"strconv"
	"strings"
	"time"
)

// A parser reads a command or response with the literals in it. Its methods bear the names of the grammar (RFC 3501 9). After the first
// error they read nothing more and return zero values, so that a caller looks at err once, at the end.
type parser struct {
	b     []byte
	at    int
	depth int
	err   error
}

// fail notes what was wanted at the present place.
func (p *parser) fail(want string) {
	if p.err == nil {
		rest := p.b[p.at:]
		p.err = &syntaxError{want, p.at, string(rest[:min(len(rest), 40)])}
	}
}

// peek returns the next byte, 0 at the end or after an error.
func (p *parser) peek() byte {
	if p.err != nil || p.at >= len(p.b) {
		return 0
	}
	return p.b[p.at]
}

// take reads c if it is next.
func (p *parser) take(c byte) bool {
	if p.err != nil || p.at >= len(p.b) || p.b[p.at] != c {
		return false
	}
	p.at++
	return true
}

// want reads c, which must be next.
func (p *parser) want(c byte) {
	if !p.take(c) {
		p.fail(strconv.Quote(string(c)))
	}
}

// sp reads one space.
func (p *parser) sp() {
	if !p.take(' ') {
		p.fail("a space")
	}
}

// end checks that nothing follows.
func (p *parser) end() {
	if p.err == nil && p.at < len(p.b) {
		p.fail("the end of the line")
	}
}

// keyword reads word, whose case does not matter, if it is next and ends there.
func (p *parser) keyword(word string) bool {
	if p.err != nil || len(p.b)-p.at < len(word) || !strings.EqualFold(string(p.b[p.at:p.at+len(word)]), word) {
		return false
	}
	if next := p.at + len(word); next < len(p.b) && isAtomChar(p.b[next]) && p.b[next] != '[' {
		return false
	}
	p.at += len(word)
	return true
}

func isAtomChar(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`(){%*"\]`, c) < 0
}

func isASTRINGChar(c byte) bool { return isAtomChar(c) || c == ']' }

// run reads one or more bytes for which is holds.
func (p *parser) run(want string, is func(byte) bool) string {
	from := p.at
	for p.err == nil && p.at < len(p.b) && is(p.b[p.at]) {
		p.at++
	}
	if p.at == from {
		p.fail(want)
	}
	return string(p.b[from:p.at])
}

func (p *parser) atom() string { return p.run("an atom", isAtomChar) }

func (p *parser) tag() string {
	return p.run("a tag", func(c byte) bool { return isASTRINGChar(c) && c != '+' })
}

// astring = 1*ASTRING-CHAR / string
func (p *parser) astring() string {
	if c := p.peek(); c == '"' || c == '{' {
		text := p.string()
		if strings.IndexByte(text, 0) >= 0 { // which CHAR8 does not have
			p.fail("a string without zero bytes")
		}
		return text
	}
	return p.run("a string", isASTRINGChar)
}

// string = quoted / literal
func (p *parser) string() string {
	switch p.peek() {
	case '"':
		return p.quoted()
	case '{':
		return string(p.literal())
	}
	p.fail("a string")
	return ""
}

func (p *parser) isNIL() bool { return p.keyword("NIL") }

// nstring = string / nil
func (p *parser) nstring() (text string, there bool) {
	if p.isNIL() {
		return "", false
	}
	return p.string(), true
}

func (p *parser) quoted() string {
	p.want('"')
	var b strings.Builder
	for p.err == nil {
		c := p.peek()
		switch {
		case c == '"':
			p.at++
			return b.String()
		case c == '\\' && p.at+1 < len(p.b) && (p.b[p.at+1] == '"' || p.b[p.at+1] == '\\'):
			b.WriteByte(p.b[p.at+1])
			p.at += 2
		case c == 0 || c == '\r' || c == '\n' || c == '\\':
			p.fail("the rest of a quoted string")
		default:
			b.WriteByte(c)
			p.at++
		}
	}
	return ""
}

// literal = "{" number ["+"] "}" CRLF *CHAR8
func (p *parser) literal() []byte {
	p.want('{')
	n := p.number()
	p.take('+')
	p.want('}')
	p.take('\r')
	p.want('\n')
	if p.err == nil && uint64(n) > uint64(len(p.b)-p.at) {
		p.fail("the rest of a literal")
	}
	if p.err != nil {
		return nil
	}
	text := p.b[p.at : p.at+int(n)]
	p.at += int(n)
	return text
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) digits(bits int) uint64 {
	from := p.at
	text := p.run("a number", isDigit)
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		p.at = from
		p.fail("a number that is not so large")
	}
	return n
}

// number is from 0 to 4,294,967,295.
func (p *parser) number() uint32 { return uint32(p.digits(32)) }

func (p *parser) nzNumber() uint32 {
	from := p.at
	n := p.number()
	if n == 0 {
		p.at = from
		p.fail("a number that is not 0")
	}
	return n
}

// list reads parenthesized elements separated by spaces, at most most of them. They may be none.
func (p *parser) list(most int, element func()) {
	p.want('(')
	if p.depth++; p.depth > maxDepth {
		p.fail("fewer parentheses")
	}
	for n := 0; p.err == nil && !p.take(')'); n++ {
		if n > 0 {
			p.sp()
		}
		if n >= most {
			p.fail("a shorter list")
		}
		if p.err == nil {
			element()
		}
	}
	p.depth--
}

// mailbox is a folder's name: INBOX in any case, or a name in modified UTF-7.
func (p *parser) mailbox() string {
	from := p.at
	name := p.astring()
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	decoded, ok := decodeUTF7(name)
	if !ok {
		p.at = from
		p.fail("a folder's name in modified UTF-7")
	}
	return decoded
}

// listMailbox = 1*list-char / string
func (p *parser) listMailbox() string {
	if c := p.peek(); c == '"' || c == '{' {
		return p.string()
	}
	return p.run("a pattern", func(c byte) bool { return isASTRINGChar(c) || c == '%' || c == '*' })
}

// flag = "\" atom / atom
func (p *parser) flag() string {
	if p.take('\\') {
		if p.take('*') {
			return `\*`
		}
		return `\` + p.atom()
	}
	return p.atom()
}

func (p *parser) flagList() []string {
	flags := []string{}
	p.list(100, func() { flags = append(flags, p.flag()) })
	return flags
}

// date = date-text / DQUOTE date-text DQUOTE
func (p *parser) date() time.Time {
	quoted := p.take('"')
	from := p.at
	text := p.run("a date such as 1-Feb-1994", func(c byte) bool { return isAtomChar(c) })
	t, err := time.Parse("2-Jan-2006", text)
	if err != nil {
		p.at = from
		p.fail("a date such as 1-Feb-1994")
	}
	if quoted {
		p.want('"')
	}
	return t
}

// dateTimeLayout is that of date-time: "17-Jul-1996 02:44:25 -0700".
const dateTimeLayout = "_2-Jan-2006 15:04:05 -0700"

func (p *parser) dateTime() time.Time {
	from := p.at
	text := p.quoted()
	t, err := time.Parse(dateTimeLayout, text)
	if p.err == nil && (err != nil || t.Year() < 1 || t.Year() > 9999) {
		p.at = from
		p.fail(`a date and time such as "17-Jul-1996 02:44:25 -0700"`)
	}
	return t
}

// base64Text reads what AUTHENTICATE may have behind its mechanism.
func (p *parser) base64Text() string {
	return p.run("base64", func(c byte) bool {
		return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '+' || c == '/' || c == '='
	})
}
