package rules

import (
	"encoding/binary"
	"fmt"

	"github.com/moonwire-lab/moonwire/engine/chap"
)

// chapRules are the rules of CHAP that CHAP knows.
var chapRules = []Rule{
	{"length", Must, 1994, "4", "a packet is a code, an identifier and its length in two bytes, 4 or more, and as many bytes as that says"},
	{"code", Must, 1994, "4", "the code is 1 (challenge), 2 (response), 3 (success) or 4 (failure)"},
	{"value", Must, 1994, "4.1", "a challenge and a response have a value of at least one byte, with its size before it and a name behind it"},
	{"sides", Must, 1994, "2", "who asks sends challenges, success and failure; who answers sends responses"},
	{"asked", Must, 1994, "4.1", "a response comes after a challenge, success or failure after a response"},
	{"identifier", Must, 1994, "4.1", "a response has the identifier of its challenge, success and failure that of the response"},
	{"identifier-new", Must, 1994, "4.1", "each challenge has another identifier than the one before"},
	{"challenge-new", Should, 1994, "2.3", "each challenge has a value that was not used before: an answer that somebody has overheard is then worth nothing"},
	{"verdict", Must, 1994, "2", "who asks says success or failure before it closes"},
}

// CHAP checks logins by CHAP (RFC 1994) over a connection; the server is who asks.
func CHAP(d Dialogue) *Report {
	s := &chapSession{check: newCheck(chapRules), values: map[string]bool{}}
	return s.run(d, s)
}

// A chapSession reads packets.
type chapSession struct {
	*check
	challenge, response *chap.Packet
	values              map[string]bool // of challenges
}

func (s *chapSession) take(side Side, waiting []byte) int {
	if len(waiting) < 4 {
		return 0
	}
	n := int(binary.BigEndian.Uint16(waiting[2:]))
	if n < 4 {
		s.broken(side, waiting, "this one says %d", n)
		return len(waiting)
	}
	if len(waiting) < n {
		return 0
	}
	b := waiting[:n]
	l := s.line(side, b)
	p, err := chap.Parse(b)
	if err != nil {
		s.Lines[l-1].Note = fmt.Sprintf("(%d bytes)", n)
		if b[0] < byte(chap.CodeChallenge) || b[0] > byte(chap.CodeFailure) {
			s.breach(l, "code", "this one is %d", b[0])
		} else {
			s.breach(l, "value", "")
		}
		return n
	}
	s.Lines[l-1].Note = p.String()
	s.packet(l, side, &p)
	return n
}

// broken ends the check where the length of a packet cannot be right.
func (s *chapSession) broken(side Side, data []byte, format string, args ...any) {
	l := s.line(side, data)
	s.Lines[l-1].Note = fmt.Sprintf("(%d bytes)", len(data))
	s.breach(l, "length", format, args...)
	s.halted = true
}

func (s *chapSession) packet(l int, side Side, p *chap.Packet) {
	if (p.Code == chap.CodeResponse) != (side == Client) {
		s.breach(l, "sides", "")
		return
	}
	switch p.Code {
	case chap.CodeChallenge:
		if s.challenge != nil && s.challenge.ID == p.ID && string(s.challenge.Value) != string(p.Value) {
			s.breach(l, "identifier-new", "")
		} else if s.values[string(p.Value)] && (s.challenge == nil || s.challenge.ID != p.ID) {
			s.breach(l, "challenge-new", "")
		}
		if len(s.values) < MaxLines {
			s.values[string(p.Value)] = true
		}
		s.challenge, s.response = p, nil
	case chap.CodeResponse:
		if s.challenge == nil {
			s.breach(l, "asked", "")
		} else if s.challenge.ID != p.ID {
			s.breach(l, "identifier", "%d is not %d", p.ID, s.challenge.ID)
		}
		s.response = p
	default:
		if s.response == nil {
			s.breach(l, "asked", "")
		} else if s.response.ID != p.ID {
			s.breach(l, "identifier", "%d is not %d", p.ID, s.response.ID)
		}
		s.response = nil
	}
}

func (s *chapSession) closed(side Side) {
	l := s.note(side, "(closes)")
	if side == Server && s.response != nil && !s.streams[Client].closed {
		s.breach(l, "verdict", "")
	}
}

func (s *chapSession) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		if b := rest[side]; len(b) > 0 {
			detail := fmt.Sprintf("here are %d bytes", len(b))
			if len(b) >= 4 {
				detail = fmt.Sprintf("this one says %d, and has %d bytes", binary.BigEndian.Uint16(b[2:]), len(b))
			}
			s.broken(side, b, "%s", detail)
		}
	}
}
