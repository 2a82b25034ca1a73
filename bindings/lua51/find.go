package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const patternSpecials = "^$*+?.([%-"

func stringFind(L *lua.LState) int { return find(L, true) }

func stringMatch(L *lua.LState) int { return find(L, false) }

// Match looks for a pattern in src as string.match does and returns what it captures, or the whole match; nothing if it is not found. The
// error is of a pattern that makes no sense.
func Match(L *lua.LState, src, pattern string) ([]lua.LValue, error) {
	found, err := Call(L, L.NewFunction(stringMatch), lua.LString(src), lua.LString(pattern))
	if err == nil && len(found) == 1 && found[0] == lua.LNil {
		return nil, nil
	}
	return found, err
}

// find is string.find and string.match, which differ in what they push.
func find(L *lua.LState, positions bool) int {
	src, pat := checkString(L, 1), checkString(L, 2)
	start := min(max(fromEnd(optInteger(L, 3, 1), len(src))-1, 0), len(src))
	if positions && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(untilZero(pat), patternSpecials)) {
		return findPlain(L, src, pat, start)
	}
	var m matcher
	m.reset(L, src, pat)
	p := 0
	if m.at(0) == '^' {
		p = 1
	}
	for s := start; s <= len(src); s++ {
		if e := m.try(s, p); e >= 0 {
			m.settle()
			if positions {
				L.Push(integer(s + 1))
				L.Push(integer(e))
				return 2 + m.push(-1, -1)
			}
			return m.push(s, e)
		}
		if p == 1 {
			break
		}
	}
	m.settle()
	L.Push(lua.LNil)
	return 1
}

func findPlain(L *lua.LState, src, text string, start int) int {
	i := strings.Index(src[start:], text)
	if i < 0 {
		chargeBytes(L, len(src)-start)
		L.Push(lua.LNil)
		return 1
	}
	chargeBytes(L, i)
	L.Push(integer(start + i + 1))
	L.Push(integer(start + i + len(text)))
	return 2
}

// push pushes the captures of a match from s to e, or the whole match when the pattern has none and
// s is a position; it returns how many values it pushed.
func (m *matcher) push(s, e int) int {
	if m.level == 0 && s >= 0 {
		m.L.Push(piece(m.src, s, e))
		return 1
	}
	for i := range m.level {
		m.L.Push(m.captured(i, s, e))
	}
	return m.level
}

// captured returns capture i of a match from s to e, where capture 0 of a pattern without any is the match.
func (m *matcher) captured(i, s, e int) lua.LValue {
	if i >= m.level {
		if i != 0 {
			raise(m.L, "invalid capture index")
		}
		return piece(m.src, s, e)
	}
	c := m.captures[i]
	switch c.end {
	case captureOpen:
		raise(m.L, "unfinished capture")
	case capturePosition:
		return integer(c.start + 1)
	}
	return piece(m.src, c.start, c.end)
}

// stringGmatch returns an iterator that searches on at each call. A ^ has no special meaning here.
func stringGmatch(L *lua.LState) int {
	src, pat := checkString(L, 1), checkString(L, 2)
	next := 0
	m := new(matcher)
	// The strings are upvalues so that their memory is found.
	L.Push(L.NewClosure(func(L *lua.LState) int {
		m.reset(L, src, pat)
		for s := next; s <= len(src); s++ {
			if e := m.try(s, 0); e >= 0 {
				m.settle()
				next = e
				if e == s {
					next++
				}
				return m.push(s, e)
			}
		}
		m.settle()
		next = len(src) + 1
		return 0
	}, L.Get(1), L.Get(2)))
	return 1
}

// A substitution is one call of string.gsub.
type substitution struct {
	matcher
	out  strings.Builder
	with lua.LValue
}

func stringGsub(L *lua.LState) int {
	src, pat := checkString(L, 1), checkString(L, 2)
	limit := optInteger(L, 4, len(src)+1)
	g := substitution{with: L.Get(3)}
	switch v := g.with.(type) {
	case lua.LString, *lua.LFunction, *lua.LTable:
	case lua.LNumber:
		g.with = lua.LString(FormatNumber(v))
	default:
		argError(L, 3, "string/function/table expected")
	}
	g.reset(L, src, pat)
	n := g.replaceAll(limit)
	g.settle()
	if n == 0 {
		L.Push(lua.LString(src))
	} else {
		chargeBytes(L, g.out.Len())
		L.Push(lua.LString(g.out.String()))
	}
	L.Push(lua.LNumber(n))
	return 2
}

// replaceAll makes up to limit replacements and returns how many it made. The output stays empty when there are none.
func (g *substitution) replaceAll(limit int) int {
	p, n, copied := 0, 0, 0
	if g.at(0) == '^' {
		p = 1
	}
	for s := 0; n < limit; {
		e := g.try(s, p)
		if e >= 0 {
			n++
			g.add(g.src[copied:s])
			g.replace(s, e)
			copied = e
		}
		if e > s {
			s = e
		} else {
			s++
		}
		if s > len(g.src) || p == 1 {
			break
		}
	}
	if n > 0 {
		g.add(g.src[copied:])
	}
	return n
}

func (g *substitution) add(text string) {
	checkSize(g.L, g.out.Len()+len(text))
	g.out.WriteString(text)
}

// replace adds what stands for the match from s to e.
func (g *substitution) replace(s, e int) {
	g.tick(4)
	var v lua.LValue
	switch with := g.with.(type) {
	case lua.LString:
		g.expand(string(with), s, e)
		return
	case *lua.LTable:
		v = g.L.GetTable(with, g.captured(0, s, e))
	case *lua.LFunction:
		g.L.Push(with)
		n := g.push(s, e)
		call(g.L, n, 1)
		v = g.L.Get(-1)
		g.L.Pop(1)
	}
	switch v := v.(type) {
	case lua.LString:
		g.add(string(v))
	case lua.LNumber:
		g.add(FormatNumber(v))
	default:
		if lua.LVAsBool(v) {
			raise(g.L, "invalid replacement value (a %s)", v.Type().String())
		}
		g.add(g.src[s:e])
	}
}

// expand adds a replacement string, in which %0 is the match and %1 to %9 are captures.
func (g *substitution) expand(text string, s, e int) {
	g.tick(len(text) / 8)
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			g.add(text)
			return
		}
		g.add(text[:i])
		var c byte // a % that ends the text gives a zero byte
		if i+1 < len(text) {
			c = text[i+1]
		}
		switch {
		case c == '0':
			g.add(g.src[s:e])
		case isDigit(c):
			v := g.captured(int(c-'1'), s, e)
			if n, ok := v.(lua.LNumber); ok {
				g.add(FormatNumber(n))
			} else {
				g.add(v.String())
			}
		default:
			g.add(string([]byte{c}))
		}
		text = text[min(i+2, len(text)):]
	}
}
