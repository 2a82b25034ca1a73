package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// imapRules are the rules of IMAP that IMAP knows.
var imapRules = []Rule{
	{"line-end", Must, 3501, "2.2", "a line ends with CR LF, and neither stands elsewhere"},
	{"greeting-wait", Should, 3501, "3", "the client waits for the greeting before it says anything"},
	{"tag", Must, 3501, "2.2.1", "a command begins with a tag, of characters other than ( ) { % * \" \\ + and blanks, and a space"},
	{"tag-new", Must, 3501, "2.2.1", "each command has a tag of its own"},
	{"spaces", Must, 3501, "2.2.1", "one space stands between the parts of a command, and none at its end"},
	{"command-known", Must, 3501, "6", "a command is one of the RFC, or of an extension"},
	{"command-arguments", Must, 3501, "6", "a command has the arguments that its description says"},
	{"state", Must, 3501, "3", "first comes the login, then SELECT or EXAMINE; a command is given in the state that it is for"},
	{"wait", Must, 3501, "6.2", "the client waits for the end of STARTTLS and AUTHENTICATE before it says anything else"},
	{"literal-wait", Must, 3501, "4.3", "the bytes of a literal {n} go out only after the server has said +"},
	{"idle-done", Must, 2177, "3", "the line DONE ends IDLE, and nothing else comes before it"},
	{"logout", Should, 3501, "6.1.3", "the client says LOGOUT before it closes"},
	{"logout-last", Must, 3501, "3.4", "nothing follows LOGOUT"},

	{"greeting", Must, 3501, "7.1", "the greeting is * OK, * PREAUTH or * BYE, and a text"},
	{"response-syntax", Must, 3501, "7", "a response begins with *, +, or the tag of a command and OK, NO or BAD, and a text follows"},
	{"response-known", Should, 3501, "7", "an untagged response is one of the RFC, or of an extension"},
	{"completion", Must, 3501, "2.2.2", "each command ends with one response that has its tag"},
	{"continuation", Must, 3501, "7.5", "the server says + only when a command waits for it"},
	{"capability-data", Must, 3501, "6.1.1", "* CAPABILITY, with IMAP4rev1 or IMAP4rev2 in it, comes before the end of CAPABILITY"},
	{"select-data", Must, 3501, "6.3.1", "* FLAGS and * n EXISTS come before the end of SELECT and EXAMINE"},
	{"logout-bye", Must, 3501, "6.1.3", "* BYE comes before the end of LOGOUT"},
	{"number", Must, 3501, "2.3.1.2", "message numbers go from 1 to the number of messages that EXISTS has said"},
	{"expunge", Must, 3501, "7.4.1", "* n EXPUNGE does not come while FETCH, STORE or SEARCH alone are under way, nor between commands"},
	{"close-bye", Must, 3501, "3.4", "the server says * BYE before it closes"},
}

// IMAP checks a dialogue of IMAP4rev1 (RFC 3501, and RFC 9051 as far as it says the same) on one connection, up to where STARTTLS begins TLS. The contents of
// responses are looked at only where a rule says so.
func IMAP(d Dialogue) *Report {
	s := &imapSession{check: newCheck(imapRules), tags: map[string]bool{}}
	return s.run(d, s)
}

// An imapState is what a session has come to (RFC 3501 3).
type imapState uint8

const (
	imapAny imapState = iota
	imapNew           // not authenticated
	imapLoggedIn
	imapSelected
)

// An imapCommand is one that was sent and has no completion yet.
type imapCommand struct {
	tag, name string
	line      int
	said      []string // of its kind, the untagged responses that have come since: "FLAGS", "EXISTS", …
}

// An imapSession reads a dialogue of IMAP.
type imapSession struct {
	*check
	parts          [2]imapPart
	state          imapState
	tags           map[string]bool
	queue          []*imapCommand
	greeted, bye   bool
	logout         bool
	exists         int // messages in the selected folder
	granted        int // how often the server has said + and the client has not yet used it
	waits, early   bool
	idle, sasl     bool // the client's next line is DONE; an answer to a challenge
	nonSynchronous bool // LITERAL+ or LITERAL- is offered
}

// An imapPart is what has come of a command or a response.
type imapPart struct {
	text    string // its lines, literals left out
	line    int    // the first
	literal int    // bytes to come, -1 if none are
	held    bool   // they wait for +
}

// literalFormat is the announcement of a literal at the end of a line (RFC 3501 4.3, RFC 7888).
var literalFormat = wire.Pattern(`~?\{([0-9]{1,10})(\+?)\}$`)

func (s *imapSession) take(side Side, waiting []byte) int {
	p := &s.parts[side]
	if p.literal > 0 {
		if p.held && s.granted == 0 {
			s.early = true
			return 0
		}
		if p.held {
			s.granted--
			p.held = false
		}
		n := min(p.literal, len(waiting))
		if n < p.literal {
			return 0
		}
		l := s.line(side, waiting[:n])
		s.Lines[l-1].Note, s.Lines[l-1].Body = "(a literal, "+strconv.Itoa(n)+" bytes)", true
		if s.early && side == Client {
			s.breach(l, "literal-wait", "")
		}
		s.early = s.early && side == Server
		p.literal = 0
		return n
	}
	if side == Client && s.waits && len(s.queue) > 0 && s.granted == 0 && !s.sasl && !s.idle {
		s.early = true // until the reply has come nobody knows what this line is
		return 0
	}
	line, n := s.cutLine(side, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(side, waiting[:n])
	s.lineEnd(l, waiting[:n], "line-end")
	if p.text == "" {
		p.line = l
	}
	p.text += string(line[:min(len(line), 10_000)])
	if m := literalFormat().FindStringSubmatch(string(line)); m != nil && !s.idle && !s.sasl {
		p.literal, _ = strconv.Atoi(m[1])
		p.held = side == Client && (m[2] == "" || !s.nonSynchronous)
		if p.held && p.literal == 0 {
			p.held = false
			s.granted = 0
		}
		return n
	}
	first, text := p.line, p.text
	*p = imapPart{}
	if side == Client {
		s.said(first, l, text)
	} else {
		s.response(first, text)
	}
	return n
}

// closed is told that a side closes.
func (s *imapSession) closed(side Side) {
	l := s.note(side, "(closes)")
	switch {
	case s.streams[1-side].closed:
	case side == Server && !s.bye && s.greeted:
		s.breach(l, "close-bye", "")
	case side == Client && !s.logout && !s.bye && s.greeted:
		s.breach(l, "logout", "")
	}
}

// finish looks at what is left when the dialogue ends.
func (s *imapSession) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		b := rest[side]
		if len(b) == 0 {
			continue
		}
		l := s.line(side, b)
		switch {
		case side == Client && s.parts[Client].literal > 0 && s.parts[Client].held:
			s.breach(l, "literal-wait", "")
		case side == Client && s.early:
			s.breach(l, "wait", "")
		case s.parts[side].literal > 0: // it is still coming
		default:
			s.lineEnd(l, []byte(strings.TrimRight(string(b), "\r")), "line-end")
		}
	}
}

// under reports whether a command of one of the names is under way.
func (s *imapSession) under(names ...string) bool {
	return slices.ContainsFunc(s.queue, func(c *imapCommand) bool { return slices.Contains(names, c.name) })
}

// lastCommand returns the command that was sent last, if it is not complete.
func (s *imapSession) lastCommand() *imapCommand {
	if len(s.queue) == 0 {
		return nil
	}
	return s.queue[len(s.queue)-1]
}
