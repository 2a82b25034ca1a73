package rules

import (
	"bytes"
	"fmt"
	"slices"
)

// A protocol is a reader of what both sides say. Its methods record lines and breaches in the check.
type protocol interface {
	// take reads from the front of what a side has said and was not yet taken, and returns how many bytes it has used; 0 waits for more, or
	// for the other side.
	take(side Side, waiting []byte) int
	// closed is told that a side closes its connection.
	closed(side Side)
	// finish is told that the dialogue is over, with what was not taken.
	finish(rest [2][]byte)
}

// A check is a dialogue being read.
type check struct {
	Report
	rules   []Rule
	streams [2]stream
	now     Turn // the turn at hand
	halted  bool // what follows cannot be read, such as TLS
}

// A stream is what one side says.
type stream struct {
	data    []byte // all of it
	turns   []Turn // of this side, without those at the front that were taken
	ends    []int  // of the turns, in data
	at, end int    // data[at:end] was said and not taken
	seen    int    // of it, the first bytes have no end of a line
	closed  bool
}

func newCheck(rules []Rule) *check { return &check{rules: rules} }

// run reads a dialogue of streams.
func (c *check) run(d Dialogue, p protocol) *Report {
	for _, t := range d {
		s := &c.streams[t.From]
		if len(t.Data) > 0 {
			s.data = append(s.data, t.Data...)
			s.turns, s.ends = append(s.turns, Turn{At: t.At}), append(s.ends, len(s.data))
		}
	}
	for _, t := range d {
		c.now = t
		s := &c.streams[t.From]
		if s.closed {
			continue // it cannot have said that
		}
		s.end += len(t.Data)
		c.drain(p, t.From)
		if c.Cut || c.halted {
			break
		}
		if t.Broken {
			c.note(t.From, "(the connection breaks)")
			return c.report()
		}
		if t.Closed {
			s.closed = true
			p.closed(t.From)
			c.drain(p, t.From)
		}
	}
	if !c.Cut && !c.halted {
		p.finish([2][]byte{c.streams[Client].waiting(), c.streams[Server].waiting()})
	}
	return c.report()
}

// report returns what was found, in the order of the lines.
func (c *check) report() *Report {
	slices.SortStableFunc(c.Breaches, func(a, b Breach) int { return a.Line - b.Line })
	return &c.Report
}

func (s *stream) waiting() []byte { return s.data[s.at:s.end] }

// drain lets the protocol take what it can, first of the side that has just spoken.
func (c *check) drain(p protocol, first Side) {
	for !c.Cut && !c.halted {
		if !c.one(p, first) && !c.one(p, 1-first) {
			return
		}
	}
}

func (c *check) one(p protocol, side Side) bool {
	s := &c.streams[side]
	if s.at == s.end {
		return false
	}
	n := p.take(side, s.waiting())
	s.at += n
	if n > 0 {
		s.seen = 0
	}
	for len(s.ends) > 0 && s.ends[0] <= s.at {
		s.turns, s.ends = s.turns[1:], s.ends[1:]
	}
	return n > 0
}

// line records that a side said data, which is at the front of what waits, and returns the line's number.
func (c *check) line(side Side, data []byte) int {
	l := Line{From: side, At: c.now.At, Data: data}
	if s := &c.streams[side]; len(s.turns) > 0 {
		l.At = s.turns[0].At
	}
	return c.record(l)
}

// note records that a side did something that is no text.
func (c *check) note(side Side, format string, args ...any) int {
	return c.record(Line{From: side, At: c.now.At, Note: fmt.Sprintf(format, args...)})
}

func (c *check) record(l Line) int {
	if len(c.Lines) == MaxLines {
		c.Cut = true
		return MaxLines
	}
	c.Lines = append(c.Lines, l)
	return len(c.Lines)
}

// breach records that line number n breaks a rule; more, if not empty, says what is known of it behind the rule's sentence.
func (c *check) breach(n int, rule, format string, args ...any) {
	i := slices.IndexFunc(c.rules, func(r Rule) bool { return r.Name == rule })
	if len(c.Breaches) == MaxBreaches || n < 1 || n > len(c.Lines) {
		c.Cut = true
		return
	}
	l := c.Lines[n-1]
	b := Breach{Rule: c.rules[i], Line: n, Side: l.From, At: l.At, Said: l.Text(saidWidth), Message: c.rules[i].Text}
	if detail := fmt.Sprintf(format, args...); detail != "" {
		b.Message += ": " + detail
	}
	c.Breaches = append(c.Breaches, b)
}

// cutLine returns the first line of what waits, without its end, and how many bytes it takes; 0 if it is not whole.
func (c *check) cutLine(side Side, waiting []byte) (line []byte, n int) {
	s := &c.streams[side]
	i := bytes.IndexByte(waiting[s.seen:], '\n')
	if i < 0 {
		s.seen = len(waiting)
		return nil, 0
	}
	n = s.seen + i + 1
	return bytes.TrimSuffix(waiting[:n-1], []byte("\r")), n
}

// lineEnd records a breach if what a line ends with is not CR LF, or if a CR stands inside; raw is the line as it was said.
func (c *check) lineEnd(n int, raw []byte, rule string) {
	switch body, whole := bytes.CutSuffix(raw, []byte("\r\n")); {
	case !whole && !bytes.HasSuffix(raw, []byte("\n")):
		c.breach(n, rule, "it has no end")
	case !whole:
		c.breach(n, rule, "it ends with LF alone")
	case bytes.IndexByte(body, '\r') >= 0:
		c.breach(n, rule, "a CR stands inside")
	}
}
