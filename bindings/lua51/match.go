package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	maxCaptures   = 32  // in one pattern
	maxMatchDepth = 200 // of the matcher's recursion: one level for each repeated item or capture on the way
	tickSteps     = 512 // steps between two charges
)

// A capture's end is a position in the source or one of these.
const (
	captureOpen     = -1
	capturePosition = -2
)

type capture struct{ start, end int }

// A matcher tries one pattern at positions of one source. It backtracks as the manual of Lua 5.1
// (5.4.1) describes; every step is charged to the state's fuel.
type matcher struct {
	L        *lua.LState
	src, pat string
	level    int // captures begun
	depth    int
	steps    int
	captures [maxCaptures]capture
}

// reset prepares m; the pattern ends at a zero byte, as in Lua 5.1.
func (m *matcher) reset(L *lua.LState, src, pat string) {
	m.L, m.src, m.pat = L, src, untilZero(pat)
	m.level, m.depth, m.steps = 0, 0, 0
}

func untilZero(pat string) string {
	if i := strings.IndexByte(pat, 0); i >= 0 {
		return pat[:i]
	}
	return pat
}

// tick counts n steps, each some nanoseconds long: four make a unit of fuel.
func (m *matcher) tick(n int) {
	m.steps += n
	if m.steps >= tickSteps {
		m.settle()
	}
}

// settle charges the steps counted so far.
func (m *matcher) settle() {
	Charge(m.L, int64(m.steps/4))
	m.steps &= 3
}

// try starts a match of the pattern from p on at source position s; it returns the end, or -1.
func (m *matcher) try(s, p int) int {
	m.level = 0
	return m.match(s, p)
}

// match matches pat[p:] at src[s:] and returns where the match ends, or -1.
func (m *matcher) match(s, p int) int {
	m.depth++
	if m.depth > maxMatchDepth {
		raise(m.L, "pattern too complex")
	}
	end := m.run(s, p)
	m.depth--
	return end
}

func (m *matcher) run(s, p int) int {
	for {
		if m.steps++; m.steps >= tickSteps {
			m.settle()
		}
		if p == len(m.pat) {
			return s
		}
		switch m.pat[p] {
		case '(':
			if m.at(p+1) == ')' {
				return m.startCapture(s, p+2, capturePosition)
			}
			return m.startCapture(s, p+1, captureOpen)
		case ')':
			return m.endCapture(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if next := m.at(p + 1); next == 'b' || next == 'f' || isDigit(next) {
				if s, p = m.special(s, p); s < 0 {
					return -1
				}
				continue
			}
		}
		end := m.itemEnd(p)
		switch m.at(end) {
		case '?':
			if s < len(m.src) && m.single(m.src[s], p, end) {
				if e := m.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.longest(s, p, end, 0)
		case '+':
			return m.longest(s, p, end, 1)
		case '-':
			return m.shortest(s, p, end)
		default:
			if s >= len(m.src) || !m.single(m.src[s], p, end) {
				return -1
			}
			s, p = s+1, end
		}
	}
}

// at returns byte p of the pattern, or zero at its end.
func (m *matcher) at(p int) byte {
	if p < len(m.pat) {
		return m.pat[p]
	}
	return 0
}

// special matches %b, %f or a back reference and returns where to go on in source and pattern.
func (m *matcher) special(s, p int) (int, int) {
	switch m.pat[p+1] {
	case 'b':
		return m.balanced(s, p+2), p + 4
	case 'f':
		return m.frontier(s, p+2)
	}
	return m.backReference(s, m.pat[p+1]), p + 2
}

// itemEnd returns the index after the single-character item at p.
func (m *matcher) itemEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p == len(m.pat) {
			raise(m.L, "malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		return m.setEnd(p)
	}
	return p
}

// setEnd returns the index after the ] of a set whose inside starts at p. A ] that comes first is a member.
func (m *matcher) setEnd(p int) int {
	if m.at(p) == '^' {
		p++
	}
	for first := true; ; first = false {
		if p >= len(m.pat) {
			raise(m.L, "malformed pattern (missing ']')")
		}
		c := m.pat[p]
		if c == ']' && !first {
			m.tick(1)
			return p + 1
		}
		p++
		if c == '%' && p < len(m.pat) {
			p++
		}
	}
}

// single reports whether the item pat[p:end] matches the byte c.
func (m *matcher) single(c byte, p, end int) bool {
	switch b := m.pat[p]; b {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	default:
		return b == c
	}
}

// inSet reports whether the set that starts at p and whose ] is at end contains c.
func (m *matcher) inSet(c byte, p, end int) bool {
	m.steps += (end - p) / 4
	found := true
	if p++; m.pat[p] == '^' {
		found = false
		p++
	}
	for ; p < end; p++ {
		b := m.pat[p]
		switch {
		case b == '%':
			p++
			if inClass(c, m.pat[p]) {
				return found
			}
		case m.pat[p+1] == '-' && p+2 < end:
			if b <= c && c <= m.pat[p+2] {
				return found
			}
			p += 2
		case b == c:
			return found
		}
	}
	return !found
}

// count returns how many bytes from s on, up to limit, the item pat[p:end] matches one after the other.
func (m *matcher) count(s, p, end, limit int) int {
	n := 0
	switch rest := m.src[s:]; m.pat[p] {
	case '.':
		return min(len(rest), limit)
	case '%':
		class := m.pat[p+1]
		if kind := classes[class|0x20]; kind != 0 && isLetter(class) {
			want := class&0x20 != 0
			for n < len(rest) && n < limit && (ctype[rest[n]]&kind != 0) == want {
				n++
			}
			break
		}
		for n < len(rest) && n < limit && inClass(rest[n], class) {
			n++
		}
	case '[':
		for n < len(rest) && n < limit && m.inSet(rest[n], p, end-1) {
			n++
			if m.steps >= tickSteps {
				m.settle()
			}
		}
	default:
		for b := m.pat[p]; n < len(rest) && n < limit && rest[n] == b; {
			n++
		}
	}
	m.tick(n)
	return n
}

// longest matches the item as often as it can, then fewer times, but at least least times.
func (m *matcher) longest(s, p, end, least int) int {
	n := m.count(s, p, end, len(m.src))
	if end+1 == len(m.pat) && n >= least {
		return s + n // nothing follows that could fail
	}
	for ; n >= least; n-- {
		if e := m.match(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// shortest matches the item as seldom as it can, then more often.
func (m *matcher) shortest(s, p, end int) int {
	for {
		if e := m.match(s, end+1); e >= 0 {
			return e
		}
		if s >= len(m.src) || !m.single(m.src[s], p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) startCapture(s, p, end int) int {
	if m.level >= maxCaptures {
		raise(m.L, "too many captures")
	}
	m.captures[m.level] = capture{s, end}
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) endCapture(s, p int) int {
	for i := m.level - 1; i >= 0; i-- {
		if m.captures[i].end == captureOpen {
			m.captures[i].end = s
			e := m.match(s, p)
			if e < 0 {
				m.captures[i].end = captureOpen
			}
			return e
		}
	}
	raise(m.L, "invalid pattern capture")
	return -1
}

// backReference matches what the capture of the given digit matched before.
func (m *matcher) backReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].end == captureOpen {
		raise(m.L, "invalid capture index")
	}
	c := m.captures[i]
	if c.end == capturePosition {
		return -1
	}
	text := m.src[c.start:c.end]
	m.tick(len(text) / 8)
	if !strings.HasPrefix(m.src[s:], text) {
		return -1
	}
	return s + len(text)
}

// balanced matches %bxy, whose two bytes are at p.
func (m *matcher) balanced(s, p int) int {
	if p+2 > len(m.pat) {
		raise(m.L, "unbalanced pattern")
	}
	open, shut := m.pat[p], m.pat[p+1]
	if s >= len(m.src) || m.src[s] != open {
		return -1
	}
	for level, i := 1, s+1; i < len(m.src); i++ {
		switch m.src[i] {
		case shut:
			if level--; level == 0 {
				m.tick(i - s)
				return i + 1
			}
		case open:
			level++
		}
	}
	m.tick(len(m.src) - s)
	return -1
}

// frontier matches %f[set], the set being at p: the empty string between a byte outside and one inside the
// set. The source counts as having a zero byte before and after it.
func (m *matcher) frontier(s, p int) (int, int) {
	if m.at(p) != '[' {
		raise(m.L, "missing '[' after '%%f' in pattern")
	}
	end := m.setEnd(p + 1)
	var before, after byte
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		after = m.src[s]
	}
	if m.inSet(before, p, end-1) || !m.inSet(after, p, end-1) {
		return -1, end
	}
	return s, end
}
