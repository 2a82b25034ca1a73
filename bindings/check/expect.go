package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/show"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// shownWidth is how many columns a value takes in a message.
const shownWidth = 76

// Expectation is something that is to be said about a value.
type Expectation struct {
	test    *Test
	value   lua.LValue
	what    string
	program *program // that value is
	fatal   bool
	patient *time.Duration // how long it may take to come true
}

func expectationClass() bind.Member {
	return bind.Class("Expectation", "A value of which something is expected. Each method but within tells whether it is so.",
		bind.Method("within", "Give it time to come true, on the world's clock: a function is called again and again, a process is waited for.", (*Expectation).within).
			Returns("expectation", "the same"),
		bind.MethodVar("equals", "It equals a value; tables, when their contents do.", (*Expectation).equals).Returns("ok boolean", "whether it does"),
		bind.MethodVar("differs", "It does not equal a value.", (*Expectation).differs).Returns("ok boolean", "whether it does"),
		bind.MethodVar("matches", "It is text in which a Lua pattern is found.", (*Expectation).matches).
			Returns("captures any", "what the pattern captures, or the whole match; false if it is not found"),
		bind.MethodVar("contains", "It is text that has this text in it, or a list that has this value.", (*Expectation).contains).Returns("ok boolean", "whether it has"),
		bind.MethodVar("lacks", "It is text that does not have this text in it, or a list that does not have this value.", (*Expectation).lacks).Returns("ok boolean", "whether it lacks it"),
		bind.MethodVar("between", "It is a number not below the first and not above the second.", (*Expectation).between).Returns("ok boolean", "whether it is"),
		bind.MethodVar("near", "It is a number that differs from another one by no more than a tolerance.", (*Expectation).near).Returns("ok boolean", "whether it is"),
		bind.MethodVar("at_least", "It is a number not below another one.", (*Expectation).atLeast).Returns("ok boolean", "whether it is"),
		bind.MethodVar("at_most", "It is a number not above another one.", (*Expectation).atMost).Returns("ok boolean", "whether it is"),
		bind.MethodVar("holds", "It is neither nil nor false.", (*Expectation).holds).Returns("ok boolean", "whether it is"),
		bind.MethodVar("lawful", "It is what a function of module rules has found in a dialogue, and that is nothing; otherwise each breach is told, with its line and the RFC.", (*Expectation).lawful).
			Returns("ok boolean", "whether no rule is broken"),
		bind.MethodVar("exits", "The process ends by itself with a status; it is waited for.", (*Expectation).exits).Returns("ok boolean", "whether it does"),
		bind.MethodVar("prints", "The process prints text in which a Lua pattern is found; it is waited for.", (*Expectation).prints).
			Returns("captures any", "what the pattern captures, or the whole match, or true for plain text; false if the process ends without it"),
	).Text(func(e *Expectation) string { return e.what })
}

type withinArgs struct {
	Time time.Duration `doc:"how long" min:"0"`
}

func (e *Expectation) within(_ *bind.Call, a withinArgs) (*Expectation, error) {
	e.patient = &a.Time
	return e, nil
}

// deadline returns until when e may come true, the zero time for ever.
func (e *Expectation) deadline(s *sim.Scheduler) time.Time { return process.Deadline(s, e.patient) }

// An answer says whether a value is as expected.
type answer struct {
	ok       bool
	results  []any      // of the method, when it is; true if there are none
	expected string     // in words
	actual   string     // in words; "" is the value itself
	wanted   lua.LValue // what stands beside the value, if that is not what the words say
	value    lua.LValue
}

// ask judges the value, again and again if it is a function with time.
func (e *Expectation) ask(c *bind.Call, judge func(v lua.LValue) answer) bind.Out {
	fn, isFunction := e.value.(*lua.LFunction)
	s := process.Of(c).Sched()
	deadline := e.deadline(s)
	for {
		v := e.value
		if isFunction {
			results, err := lua51.Call(c.L, fn)
			if err != nil {
				raise(c, err)
			}
			v = lua.LNil
			if len(results) > 0 {
				v = results[0]
			}
		}
		a := judge(v)
		if a.ok {
			return e.met(c, a)
		}
		if !isFunction || e.patient == nil || !s.Now().Before(deadline) {
			a.value = v
			return e.missed(c, a, false)
		}
		s.Sleep(min(pollEvery, deadline.Sub(s.Now())))
	}
}

// pollEvery is how often a function with time is called.
const pollEvery = 5 * time.Millisecond

// raise raises the error of a Lua function that was called by Go.
func raise(c *bind.Call, err error) {
	lua51.Check(c.L)
	c.L.RaiseError("%s", err.Error())
}

func (e *Expectation) met(c *bind.Call, a answer) bind.Out {
	if len(a.results) == 0 {
		return c.Return(true)
	}
	return c.Return(a.results...)
}

// missed records that e is not so; told says that the words tell how the program ended that it is about.
func (e *Expectation) missed(c *bind.Call, a answer, told bool) bind.Out {
	f := grade.Finding{Expected: a.expected, Actual: a.actual}
	if a.value != nil && a.actual == "" {
		a.actual, f.Actual = show.Value(c.L, a.value, shownWidth), block(c.L, a.value)
	}
	if a.wanted != nil {
		f.Expected = block(c.L, a.wanted)
	}
	if e.patient != nil {
		a.expected += fmt.Sprintf(" within %v", *e.patient)
		f.Expected += fmt.Sprintf(" within %v", *e.patient)
	}
	f.Message = sentence(e.what, a.expected, a.actual)
	e.test.miss(f, e.program, told)
	if e.fatal {
		e.test.stop(c)
	}
	return c.Return(false)
}

// mostShown is how many lines of a text are shown.
const mostShown = 60

// block shows a value beside another one: text of several lines line by line.
func block(L *lua.LState, v lua.LValue) string {
	text, ok := v.(lua.LString)
	if !ok || !strings.ContainsRune(strings.TrimSuffix(string(text), "\n"), '\n') {
		return show.Value(L, v, shownWidth)
	}
	lines := strings.Split(string(text), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines = append(lines, "(without an end of the line)")
	}
	if left := len(lines) - mostShown; left > 0 {
		lines = slices.Concat(lines[:mostShown/2], []string{fmt.Sprintf("… %d lines left out …", left)}, lines[mostShown/2+left:])
	}
	for i, line := range lines {
		lines[i] = show.Escape(line)
	}
	return strings.Join(lines, "\n")
}

type valueArgs struct {
	Value lua.LValue `doc:"the value"`
}

func (e *Expectation) equals(c *bind.Call, a valueArgs) bind.Out {
	return e.ask(c, func(v lua.LValue) answer {
		return answer{ok: equal(v, a.Value, 0), expected: show.Value(c.L, a.Value, shownWidth), wanted: a.Value}
	})
}

func (e *Expectation) differs(c *bind.Call, a valueArgs) bind.Out {
	return e.ask(c, func(v lua.LValue) answer {
		return answer{ok: !equal(v, a.Value, 0), expected: "anything but " + show.Value(c.L, a.Value, shownWidth)}
	})
}

// deepest is how deep tables are compared.
const deepest = 100

// equal compares values as Lua does, but tables by their contents.
func equal(a, b lua.LValue, depth int) bool {
	x, isTable := a.(*lua.LTable)
	y, alsoTable := b.(*lua.LTable)
	if !isTable || !alsoTable || x == y || depth > deepest {
		return a == b
	}
	count := 0
	for k, v := range bind.Pairs(x) {
		if !equal(v, y.RawGet(k), depth+1) {
			return false
		}
		count++
	}
	for range bind.Pairs(y) {
		count--
	}
	return count == 0
}

type patternArgs struct {
	Pattern string `doc:"a pattern as of string.match"`
}

func (e *Expectation) matches(c *bind.Call, a patternArgs) bind.Out {
	return e.ask(c, func(v lua.LValue) answer { return match(c, v, a.Pattern) })
}

// match looks for a pattern in a text.
func match(c *bind.Call, v lua.LValue, pattern string) answer {
	a := answer{expected: "text that matches " + show.Quote(pattern)}
	if !lua.LVCanConvToString(v) {
		return a
	}
	found, err := lua51.Match(c.L, lua.LVAsString(v), pattern)
	if err != nil {
		raise(c, err)
	}
	for _, f := range found {
		a.results = append(a.results, f)
	}
	a.ok = len(found) > 0
	return a
}

func (e *Expectation) contains(c *bind.Call, a valueArgs) bind.Out {
	return e.ask(c, func(v lua.LValue) answer {
		return answer{ok: has(v, a.Value), expected: "something with " + show.Value(c.L, a.Value, shownWidth) + " in it"}
	})
}

func (e *Expectation) lacks(c *bind.Call, a valueArgs) bind.Out {
	return e.ask(c, func(v lua.LValue) answer {
		return answer{ok: !has(v, a.Value), expected: "nothing with " + show.Value(c.L, a.Value, shownWidth) + " in it"}
	})
}

// has reports whether a text or a list has a part.
func has(whole, part lua.LValue) bool {
	switch whole := whole.(type) {
	case lua.LString:
		return lua.LVCanConvToString(part) && strings.Contains(string(whole), lua.LVAsString(part))
	case *lua.LTable:
		for i := 1; i <= whole.Len(); i++ {
			if equal(whole.RawGetInt(i), part, 0) {
				return true
			}
		}
	}
	return false
}

type betweenArgs struct {
	Least float64 `doc:"the lower bound"`
	Most  float64 `doc:"the upper bound"`
}

func (e *Expectation) between(c *bind.Call, a betweenArgs) bind.Out {
	return e.number(c, fmt.Sprintf("a number from %s to %s", number(a.Least), number(a.Most)), func(n float64) bool { return n >= a.Least && n <= a.Most })
}

type nearArgs struct {
	Value     float64 `doc:"the number"`
	Tolerance float64 `doc:"how far it may be off" min:"0"`
}

func (e *Expectation) near(c *bind.Call, a nearArgs) bind.Out {
	return e.number(c, fmt.Sprintf("%s ± %s", number(a.Value), number(a.Tolerance)), func(n float64) bool { return closeTo(n, a.Value, a.Tolerance) })
}

type numberArgs struct {
	Value float64 `doc:"the number"`
}

func (e *Expectation) atLeast(c *bind.Call, a numberArgs) bind.Out {
	return e.number(c, "at least "+number(a.Value), func(n float64) bool { return n >= a.Value })
}

func (e *Expectation) atMost(c *bind.Call, a numberArgs) bind.Out {
	return e.number(c, "at most "+number(a.Value), func(n float64) bool { return n <= a.Value })
}

// number judges a number, or text that is one.
func (e *Expectation) number(c *bind.Call, expected string, ok func(float64) bool) bind.Out {
	return e.ask(c, func(v lua.LValue) answer {
		n, isNumber := lua51.ToNumber(c.L, v)
		return answer{ok: isNumber && ok(float64(n)), expected: expected}
	})
}

func number(n float64) string { return lua51.FormatNumber(lua.LNumber(n)) }

func (e *Expectation) holds(c *bind.Call, _ bind.None) bind.Out {
	return e.ask(c, func(v lua.LValue) answer { return answer{ok: lua.LVAsBool(v), expected: "neither nil nor false"} })
}

// subject returns the process that e is about.
func (e *Expectation) subject(c *bind.Call) *program {
	if e.program == nil {
		c.Raise("%s is no process", e.what)
	}
	return e.program
}

// stillRuns is what is said of a process that was to end.
const stillRuns = "it still runs"

type exitsArgs struct {
	Status int `doc:"the exit status" default:"0"`
}

func (e *Expectation) exits(c *bind.Call, a exitsArgs) bind.Out {
	p := e.subject(c)
	s := process.Of(c).Sched()
	expected := fmt.Sprintf("to end with status %d", a.Status)
	if process.WaitReady(s, "exits", e.deadline(s), p) < 0 {
		return e.missed(c, answer{expected: expected, actual: stillRuns}, false)
	}
	if p.Status() == a.Status {
		p.expected = true
		return c.Return(true)
	}
	actual := fmt.Sprintf("status %d", p.Status())
	if err := p.Err(); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		actual += ": " + first
	}
	return e.missed(c, answer{expected: expected, actual: actual}, true)
}

type printsArgs struct {
	Pattern string `doc:"a pattern as of string.match"`
	Options struct {
		Plain bool `doc:"it is text, in which no character has a meaning of its own" default:"false"`
	} `doc:"how to look"`
}

// look judges what a process has printed so far.
func (a *printsArgs) look(c *bind.Call, out string) answer {
	if a.Options.Plain {
		return answer{ok: strings.Contains(out, a.Pattern), expected: "to print " + show.Quote(a.Pattern), wanted: lua.LString(a.Pattern)}
	}
	found := match(c, lua.LString(out), a.Pattern)
	found.expected = "to print what matches " + show.Quote(a.Pattern)
	return found
}

func (e *Expectation) prints(c *bind.Call, a printsArgs) bind.Out {
	p := e.subject(c)
	s := process.Of(c).Sched()
	deadline := e.deadline(s)
	looked, quiet := -1, false
	for {
		size := p.Printed().Len()
		over := p.Ended() || !deadline.IsZero() && !s.Now().Before(deadline)
		if over || quiet || size-looked > max(0, size-smallOutput)/16 {
			looked = size
			found := a.look(c, p.Printed().String())
			if found.ok {
				return e.met(c, found)
			}
			if over {
				found.value = lua.LString(p.Printed().String())
				if size == 0 {
					found.actual = "no output"
				}
				return e.missed(c, found, false)
			}
		}
		until := deadline
		if size > looked {
			if rest := s.Now().Add(restFor(size)); until.IsZero() || rest.Before(until) {
				until = rest
			}
		}
		quiet = !s.Wait(sim.Wait{Call: "prints", On: p}, until, &p.Printed().More, p.Done())
	}
}

// smallOutput is how many bytes of output are looked at again after each new one. Beyond it, so that a process that prints byte for byte does
// not take all of check.lua's fuel, there must be a sixteenth more, or silence for a while.
const smallOutput = 1024

// restFor is that while.
func restFor(size int) time.Duration { return time.Duration(size) * 10 * time.Microsecond }
