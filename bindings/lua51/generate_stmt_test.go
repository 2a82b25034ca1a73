package lua51

import (
	"fmt"
	"strings"
)

func (w *programWriter) statement() {
	switch w.r.IntN(24) {
	case 0, 1, 2:
		w.local()
	case 3, 4, 5:
		w.assignment()
	case 6:
		w.swap()
	case 7, 8:
		w.printing()
	case 9:
		w.line("if %s then", w.boolean(2))
		w.block(3)
		for w.chance(30) {
			w.line("elseif %s then", w.boolean(2))
			w.block(3)
		}
		if w.chance(50) {
			w.line("else")
			w.block(3)
		}
		w.line("end")
	case 10, 11:
		w.forLoop()
	case 12:
		w.iteration()
	case 13:
		w.while()
	case 14:
		w.repeatLoop()
	case 15:
		w.line("do")
		w.block(4)
		w.line("end")
	case 16, 17:
		w.localFunction()
	case 18:
		w.closures()
	case 19:
		w.varargs()
	case 20:
		w.protected()
	case 21:
		w.coroutine()
	case 22:
		w.method()
	case 23:
		if w.loops > 0 {
			w.line("if %s then break end", w.boolean(2))
		} else if w.funcs > 0 {
			w.line("if %s then return %s end", w.boolean(1), w.number(1))
		}
	}
}

func (w *programWriter) printing() {
	switch w.r.IntN(4) {
	case 0:
		w.line("print(%s + 0, %s)", w.number(3), w.text(2))
	case 1:
		w.line("print(%s, (%s))", w.boolean(3), w.boolean(2))
	case 2:
		t := w.variable('t')
		w.line("print(#%s, (%s[1] or 0) + 0, (%s.x or 0) + 0, (%s[%s] or 0) + 0)", t, t, t, t, w.number(1))
	case 3:
		w.line("print(%s)", w.pick(w.variable('n')+" + 0", w.variable('s'), w.variable('b')))
	}
}

func (w *programWriter) local() {
	n := 1 + w.r.IntN(3)
	var names, exprs []string
	var kinds []byte
	for range n {
		kind := w.kind()
		names = append(names, w.fresh())
		kinds = append(kinds, kind)
		exprs = append(exprs, w.expr(kind, 2))
	}
	if w.chance(20) && kinds[n-1] == 'b' {
		exprs = exprs[:n-1]
	}
	if w.chance(10) && len(exprs) == n {
		exprs = append(exprs, w.number(1))
	}
	if len(exprs) == 0 {
		w.line("local %s", strings.Join(names, ", "))
	} else {
		w.line("local %s = %s", strings.Join(names, ", "), strings.Join(exprs, ", "))
	}
	for i, name := range names {
		w.declare(name, kinds[i], kinds[i] != 'f') // a function that came to call itself might not end
	}
}

func (w *programWriter) target(kind byte) string {
	if kind == 'n' && w.chance(35) {
		t := w.variable('t')
		return w.pick(t+".x", t+".y", t+"[1]", t+"[#"+t+" + 1]", fmt.Sprintf("%s[#%s]", t, t))
	}
	if names := w.variables(kind, true); len(names) > 0 {
		return names[w.r.IntN(len(names))]
	}
	return ""
}

func (w *programWriter) assignment() {
	var targets, exprs []string
	for range 1 + w.r.IntN(3) {
		kind := w.kind()
		if target := w.target(kind); target != "" {
			depth := 2
			if strings.Contains(target, "#") {
				depth = 0 // a call might put another table in its place, and leave a hole in that
			}
			targets = append(targets, target)
			exprs = append(exprs, w.expr(kind, depth))
		}
	}
	if len(targets) > 0 && distinct(targets) {
		w.line("%s = %s", strings.Join(targets, ", "), strings.Join(exprs, ", "))
	}
}

// distinct reports whether all targets differ: to which of two equal ones Lua assigns last is not defined.
// Two that append to or end at the same table are not distinct either.
func distinct(targets []string) bool {
	seen := map[string]bool{}
	for _, t := range targets {
		if i := strings.IndexByte(t, '['); i >= 0 {
			t = "[]"
		} else if i := strings.IndexByte(t, '.'); i >= 0 {
			t = t[i:]
		}
		if seen[t] {
			return false
		}
		seen[t] = true
	}
	return true
}

func (w *programWriter) swap() {
	for _, kind := range []byte("nst") {
		names := w.variables(kind, true)
		if len(names) < 2 || w.chance(30) {
			continue
		}
		w.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		if len(names) > 2 && w.chance(50) {
			w.line("%s, %s, %s = %s, %s, %s", names[0], names[1], names[2], names[1], names[2], names[0])
		} else {
			w.line("%s, %s = %s, %s", names[0], names[1], names[1], names[0])
		}
		return
	}
	if i := w.target('n'); i != "" && !strings.ContainsAny(i, ".[") {
		w.line("do local h = {} %s = 2 %s, h[%s], h.x = %s, %s, %s", i, i, i, w.number(1), w.number(1), i)
		w.line(" print((h[2] or 0) + 0, h.x + 0) %s = 3 h[%s], %s, h[%s] = 7, 5, %s print(%s + 0, h[3]) end", i, i, i, w.pick("1", "'k'"), i, i)
	}
}

func (w *programWriter) loopBlock(n int, extra ...variable) {
	w.loops++
	w.block(n, extra...)
	w.loops--
}

func (w *programWriter) forLoop() {
	v := w.fresh()
	bounds := w.pick("1, 3", "3, 1, -1", "1, 2, 0.5", "0, -1", "'1', 2", "1, #"+w.variable('t')+" % 4", "5, 5")
	w.line("for %s = %s do", v, bounds)
	w.loopBlock(3, variable{v, 'n', w.chance(30)})
	w.line("end")
}

func (w *programWriter) iteration() {
	k, v := w.fresh(), w.fresh()
	if k == v {
		return
	}
	if w.chance(50) {
		w.line("for %s, %s in ipairs({%s, %s}) do", k, v, w.number(1), w.number(1))
	} else {
		w.line("for %s, %s in function(s, c) if c < s then return c + 1, c * 2 end end, %d, 0 do", k, v, w.r.IntN(4))
	}
	w.loopBlock(3, variable{k, 'n', false}, variable{v, 'n', true})
	w.line("end")
}

func (w *programWriter) while() {
	v := w.unique()
	w.line("local %s = 0", v)
	w.declare(v, 'n', false)
	w.line("while %s < %d and %s ~= 99 do", v, w.r.IntN(5), w.number(1))
	w.indent++
	w.line("%s = %s + 1", v, v)
	w.indent--
	w.loopBlock(3)
	w.line("end")
}

func (w *programWriter) repeatLoop() {
	v, inner := w.unique(), w.unique()
	w.line("local %s = 0", v)
	w.declare(v, 'n', false)
	w.line("repeat")
	w.line(" %s = %s + 1", v, v)
	w.line(" local %s = %s", inner, v)
	if w.chance(40) {
		w.line(" g3.f = function() return %s end", inner)
	}
	w.loopBlock(2, variable{inner, 'n', false})
	w.line("until %s >= %d", inner, 1+w.r.IntN(4))
}

func (w *programWriter) body(n int, vararg bool, extra ...variable) {
	loops, old, yields := w.loops, w.vararg, w.yields
	w.loops, w.vararg, w.yields = 0, vararg, false
	w.funcs++
	w.block(n, extra...)
	w.funcs--
	w.loops, w.vararg, w.yields = loops, old, yields
}

func (w *programWriter) localFunction() {
	if w.funcs > 2 {
		return
	}
	f := w.unique()
	w.line("local function %s(a)", f)
	w.indent++
	w.line("if a > 3 or a < -3 then return a - 1 end")
	if w.chance(40) {
		w.line("if a > 0 then return %s(a - 4) + %d end", f, w.r.IntN(5))
	}
	w.indent--
	w.body(4, false, variable{"a", 'n', true})
	vararg := w.vararg
	w.vararg = false
	w.line(" return %s", w.number(2))
	w.vararg = vararg
	w.line("end")
	w.declare(f, 'f', false)
}

func (w *programWriter) closures() {
	fs, i := w.fresh(), w.fresh()
	if fs == i {
		return
	}
	w.line("local %s = {}", fs)
	w.line("for %s = 1, 3 do", i)
	w.line(" local up = %s * 2", i)
	w.line(" %s[%s] = function(d) up = up + d; %s return up + %s end", fs, i,
		w.pick("", i+" = "+i+" + 1;", "g1 = g1 + 1;"), i)
	if w.chance(40) {
		w.line(" if %s == 2 then break end", i)
	}
	w.line("end")
	w.line("print(%s[1](1) + 0, %s[2](2) + 0, %s[1](3) + 0, %s[3] and %s[3](1) + 0)", fs, fs, fs, fs, fs)
}

func (w *programWriter) varargs() {
	if w.funcs > 2 {
		return
	}
	f := w.unique()
	w.line("local function %s(a, ...)", f)
	if w.chance(30) {
		w.line(" return arg.n, arg[1], a")
		w.line("end")
	} else {
		w.line(" local b, c = ...")
		w.body(3, true, variable{"a", 'n', true})
		w.line(" return %s", w.pick("...", "a, ...", "(...)", "select(2, ...)", "b, c", "#{...}, ...", "{...}"))
		w.line("end")
	}
	w.declare(f, 'x', false)
	w.line("print(type((%s(1, 2))), select('#', %s(%s)), (%s(1, nil, 3)) == nil)", f, f,
		w.pick("1, 2, 3", "1, nil, nil", "5, "+f+"(1, 2, 3)", "1, 1"), f)
}

func (w *programWriter) protected() {
	if w.funcs > 2 {
		return
	}
	w.line("print(pcall(function(a)")
	w.body(3, false, variable{"a", 'n', true})
	w.line(" %s", w.pick("error('e' .. a + 0, 0)", "error({})", "local n = nil; return n.x", "return a + 0, a + 1", "return undefined()",
		"return a + 0 .. nil", "return #a", "return a + {}", "return a < 'x'", "error('at')", "local t = {} t.x.y = 1", "return (a)()", "return -{}"))
	w.line("end, 3) %s)", w.pick("", "== true"))
}

func (w *programWriter) coroutine() {
	if w.funcs > 1 {
		return
	}
	co := w.fresh()
	w.line("local %s = coroutine.wrap(function(a)", co)
	w.body(3, false, variable{"a", 'n', true})
	w.line(" for i = 1, 2 do local x, y = coroutine.yield(i, a); a = a + (x or 1); print(x and x + 0, y and y + 0) end")
	w.line(" return a")
	w.line("end)")
	w.line("print(%s(1)) print(%s(2, 3)) print(%s() + 0)", co, co, co)
}

func (w *programWriter) method() {
	o := w.fresh()
	w.line("local %s = {n = %s}", o, w.number(1))
	w.line("function %s:add(k) self.n = self.n + k; return self end", o)
	w.line("function %s.get(s) return s.n end", o)
	w.line("print(%s:add(%s):add(2):get() + 0, %s.get(%s) + 0)", o, w.number(1), o, o)
	w.declare(o, 'o', false)
}
