package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// An smtpReply is what has come of a reply.
type smtpReply struct {
	code  int
	lines int
	words []string // of each line but the first, the first word
	line  int      // the first
}

// smtpSuccess lists the codes by which a command succeeds (RFC 5321 4.3.2, and the RFCs of the extensions); "" is the greeting.
var smtpSuccess = map[string][]int{
	"": {220}, "EHLO": {250}, "HELO": {250}, "MAIL": {250}, "RCPT": {250, 251}, "DATA": {354}, ".": {250}, "BDAT": {250}, "RSET": {250},
	"VRFY": {250, 251, 252}, "EXPN": {250, 252}, "HELP": {211, 214}, "NOOP": {250}, "QUIT": {221}, "AUTH": {235, 334}, "STARTTLS": {220}, "ETRN": {250, 251, 252, 253},
}

// smtpFailure lists the codes of refusals.
var smtpFailure = []int{421, 432, 450, 451, 452, 454, 455, 458, 459, 500, 501, 502, 503, 504, 521, 523, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556}

// takeReply takes a line of a reply.
func (s *smtpSession) takeReply(waiting []byte) int {
	line, n := s.cutLine(Server, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(Server, waiting[:n])
	s.lineEnd(l, waiting[:n], "line-end")
	if n > 512 {
		s.breach(l, "reply-length", "this one has %d", n)
	}
	code, more, text, ok := cutCode(string(line))
	if !ok {
		s.breach(l, "reply-syntax", "")
	}
	r := &s.reply
	if r.lines == 0 {
		r.line, r.code, r.words = l, code, nil
	} else {
		if ok && code != r.code {
			s.breach(l, "reply-same-code", "the reply began with %d", r.code)
		}
		if len(r.words) < 1000 {
			word, _, _ := strings.Cut(text, " ")
			r.words = append(r.words, word)
			if ok && r.code == 250 && len(s.queue) > 0 && s.queue[0].verb == "EHLO" && !isKeyword(word) {
				s.breach(l, "ehlo-keyword", "")
			}
		}
	}
	r.lines++
	s.enhanced(l, code, text)
	if more {
		return n
	}
	r.lines = 0
	s.replied(*r, text)
	return n
}

// cutCode takes the code off a line of a reply.
func cutCode(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' {
		return 0, false, "", false
	}
	code, err := strconv.Atoi(line[:3])
	switch {
	case err != nil || code < 200:
		return 0, false, "", false
	case len(line) == 3:
		return code, false, "", true
	case line[3] == ' ' || line[3] == '-':
		return code, line[3] == '-', line[4:], true
	}
	return code, false, "", false
}

func isKeyword(word string) bool {
	return word != "" && word[0] != '-' && strings.Trim(strings.ToUpper(word), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// enhanced looks at the enhanced status code of a line, such as 5.1.1.
func (s *smtpSession) enhanced(l, code int, text string) {
	word, _, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) || strings.Trim(word, "0123456789.") != "" {
		return
	}
	if code != 0 && int(parts[0][0]-'0') != code/100 {
		s.breach(l, "enhanced-class", "%s does not fit %d", word, code)
	}
}

// replied takes a whole reply; text is that of its last line.
func (s *smtpSession) replied(r smtpReply, text string) {
	s.bye = s.bye || r.code == 421 || r.code == 221
	if !s.greeted {
		s.greeting(r, text)
		return
	}
	cmd, ok := s.answered()
	if !ok {
		if r.code != 421 {
			s.breach(r.line, "reply-asked", "")
		}
		return
	}
	s.fits(r, cmd)
	s.apply(cmd, r)
	if len(s.queue) == 0 {
		s.hoped = s.state
	}
}

func (s *smtpSession) greeting(r smtpReply, text string) {
	s.greeted = true
	s.bye = s.bye || r.code >= 400
	word, _, _ := strings.Cut(text, " ")
	switch {
	case r.code != 0 && r.code != 220 && r.code != 554 && r.code != 421:
		s.breach(r.line, "greeting-code", "")
	case r.code == 220 && !smtp.ValidDomain(word):
		s.breach(r.line, "greeting-domain", "")
	}
}

// fits looks whether a reply can be one to the command.
func (s *smtpSession) fits(r smtpReply, cmd command) {
	codes, known := smtpSuccess[cmd.verb]
	switch {
	case r.code == 0 || slices.Contains(codes, r.code) || slices.Contains(smtpFailure, r.code):
	case !known && r.code/100 == 2:
	case r.code >= 400:
		s.breach(r.line, "reply-code", "%d is not in use", r.code)
	case len(codes) > 0 && r.code/100 != codes[0]/100, r.code/100 == 3:
		s.breach(r.line, "reply-class", "%d does not fit %s", r.code, name(cmd.verb))
	default:
		s.breach(r.line, "reply-code", "%s has %d", name(cmd.verb), codes[0])
	}
}

// apply does what a reply to a command means.
func (s *smtpSession) apply(cmd command, r smtpReply) {
	ok := r.code < 400 && r.code != 0
	st := &s.state
	switch cmd.verb {
	case "EHLO", "HELO":
		if ok {
			*st = smtpState{hello: true}
			s.extensions = map[string]bool{}
			for _, word := range r.words {
				if cmd.verb == "EHLO" {
					s.extensions[strings.ToUpper(word)] = true
				}
			}
		}
	case "MAIL":
		if ok {
			*st = smtpState{hello: st.hello, mail: true, eightBit: cmd.marked}
		}
	case "RCPT":
		if st.asked++; ok {
			st.rcpt++
		}
	case "DATA":
		if s.mode = smtpCommands; ok { // with another code than 354 the client can only take it for that
			s.mode = smtpText
		}
	case "AUTH":
		if r.code == 334 {
			s.mode = smtpAuth
		}
	case "RSET", ".":
		*st = smtpState{hello: st.hello}
	case "BDAT":
		if cmd.marked {
			*st = smtpState{hello: st.hello}
		}
	case "STARTTLS":
		s.halted = s.halted || r.code == 220
	case "QUIT":
		s.bye = s.bye || ok
	}
}
