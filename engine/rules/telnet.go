package rules

import (
	"bytes"
	"fmt"

	"github.com/moonwire-lab/moonwire/engine/telnet"
)

// telnetRules are the rules of Telnet that Telnet knows. RFC 854 has no numbers for its sections.
var telnetRules = []Rule{
	{"line-end", Must, 854, "the NVT printer and keyboard", "a CR is followed by LF, which makes an end of a line, or by NUL"},
	{"command", Must, 854, "Telnet command structure", "IAC (255) is followed by a command from 236 to 254, or by a second IAC that stands for a byte 255"},
	{"answered", Should, 854, "general considerations", "WILL is answered with DO or DONT, and DO with WILL or WONT"},
	{"no-news", Must, 854, "general considerations", "what is agreed on already is not confirmed: that would go on for ever"},
	{"subnegotiation", Must, 855, "2", "SB is for options that both sides have agreed on, and ends with IAC SE"},
}

// Telnet checks a connection of Telnet (RFC 854, 855): how lines end, and how options are agreed on.
func Telnet(d Dialogue) *Report {
	s := &telnetSession{check: newCheck(telnetRules), asked: [2]map[telnetOption]int{{}, {}}, on: map[telnetOption]bool{}}
	return s.run(d, s)
}

// A telnetOption is one that a side has or shall have.
type telnetOption struct {
	side   Side
	option byte
}

// A telnetSession reads what goes over a connection.
type telnetSession struct {
	*check
	asked [2]map[telnetOption]int // by who asks: the line of a request without its answer
	on    map[telnetOption]bool
}

// The commands that are looked at (RFC 854).
const (
	iac  = 255
	dont = 254
	do   = 253
	wont = 252
	will = 251
	sb   = 250
	se   = 240
	// eof, suspend and abort (RFC 1184) are the first.
	firstCommand = 236
)

func (s *telnetSession) take(side Side, waiting []byte) int {
	if waiting[0] != iac {
		return s.text(side, waiting)
	}
	if len(waiting) < 2 {
		return 0
	}
	switch c := waiting[1]; {
	case c == iac:
		return s.text(side, waiting)
	case c == sb:
		return s.inside(side, waiting)
	case c >= will:
		if len(waiting) < 3 {
			return 0
		}
		l := s.line(side, waiting[:3])
		s.Lines[l-1].Note = fmt.Sprintf("(%v %v)", telnet.Command(c), telnet.Option(waiting[2]))
		s.option(l, side, c, waiting[2])
		return 3
	default:
		l := s.line(side, waiting[:2])
		s.Lines[l-1].Note = fmt.Sprintf("(%v)", telnet.Command(c))
		if c < firstCommand || c == se {
			s.breach(l, "command", "here is %d", c)
		}
		return 2
	}
}

// text takes a line, or what stands before a command.
func (s *telnetSession) text(side Side, waiting []byte) int {
	n := 0
	for n < len(waiting) {
		switch c := waiting[n]; {
		case c == iac && (n+1 == len(waiting) || waiting[n+1] != iac):
			if n == 0 {
				return 0
			}
			return s.said(side, waiting[:n])
		case c == iac:
			n++
		case c == '\r' && n+1 == len(waiting):
			return s.wait(side, waiting[:n])
		case c == '\r' && waiting[n+1] == '\n' || c == '\n':
			if c == '\r' {
				n++
			}
			return s.said(side, waiting[:n+1])
		}
		n++
	}
	return s.wait(side, waiting)
}

// wait lets a line grow; it is taken when it becomes long, since a terminal may never end one.
func (s *telnetSession) wait(side Side, waiting []byte) int {
	if len(waiting) < 1000 {
		return 0
	}
	return s.said(side, waiting)
}

// said takes a piece of text.
func (s *telnetSession) said(side Side, text []byte) int {
	l := s.line(side, text)
	for i, c := range text {
		if c == '\r' && !s.on[telnetOption{side, 0}] && (i+1 == len(text) || text[i+1] != '\n' && text[i+1] != 0) { // option 0 is binary
			s.breach(l, "line-end", "")
			break
		}
	}
	return len(text)
}

// mostInside is how long a subnegotiation may be, in bytes.
const mostInside = 4096

// inside takes a subnegotiation.
func (s *telnetSession) inside(side Side, waiting []byte) int {
	end := bytes.Index(waiting, []byte{iac, se})
	switch {
	case end < 0 && len(waiting) > mostInside:
		l := s.line(side, waiting)
		s.Lines[l-1].Note = "(SB)"
		s.breach(l, "subnegotiation", "it has no end")
		s.halted = true
		return len(waiting)
	case len(waiting) < 3 || end < 0:
		return 0
	}
	n := end + 2
	l := s.line(side, waiting[:n])
	s.Lines[l-1].Note = fmt.Sprintf("(SB %v, %d bytes, SE)", telnet.Option(waiting[2]), max(0, end-3))
	if o := waiting[2]; !s.on[telnetOption{side, o}] && !s.on[telnetOption{1 - side, o}] {
		s.breach(l, "subnegotiation", "nobody has agreed on this option")
	}
	return n
}

// option takes WILL, WONT, DO or DONT.
func (s *telnetSession) option(l int, side Side, verb, o byte) {
	about := telnetOption{side, o} // who has it
	if verb >= do {
		about.side = 1 - side
	}
	wants := verb == will || verb == do
	if _, answers := s.asked[1-side][about]; answers {
		delete(s.asked[1-side], about)
		s.on[about] = wants
		return
	}
	if _, again := s.asked[side][about]; !again && s.on[about] == wants {
		if wants {
			s.breach(l, "no-news", "")
		}
		return
	}
	if !wants { // it cannot be refused
		s.on[about] = false
		return
	}
	if len(s.asked[side]) < MaxLines {
		s.asked[side][about] = l
	}
}

func (s *telnetSession) closed(side Side) { s.note(side, "(closes)") }

func (s *telnetSession) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		for o := range 256 {
			for _, who := range []Side{Client, Server} {
				if l, open := s.asked[side][telnetOption{who, byte(o)}]; open && !s.streams[1-side].closed {
					s.breach(l, "answered", "nothing was said to it")
				}
			}
		}
		if b := rest[side]; len(b) > 1 && b[0] == iac && b[1] == sb {
			l := s.line(side, b)
			s.Lines[l-1].Note = "(SB)"
			s.breach(l, "subnegotiation", "it has no end")
		} else if len(b) > 0 {
			s.line(side, b)
		}
	}
}
