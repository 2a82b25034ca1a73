package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// smtpExtension says by which keyword of the reply to EHLO a command is offered; "" is for those that every server knows.
var smtpExtension = map[string]string{
	"EHLO": "", "HELO": "", "MAIL": "", "RCPT": "", "DATA": "", "RSET": "", "VRFY": "", "EXPN": "", "HELP": "", "NOOP": "", "QUIT": "",
	"AUTH": "AUTH", "STARTTLS": "STARTTLS", "BDAT": "CHUNKING", "ETRN": "ETRN", "ATRN": "ATRN", "BURL": "BURL", "XCLIENT": "XCLIENT", "XFORWARD": "XFORWARD",
}

// smtpParameter says by which keyword a parameter of MAIL or RCPT is offered.
var smtpParameter = map[string]string{
	"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH", "RET": "DSN", "ENVID": "DSN", "NOTIFY": "DSN", "ORCPT": "DSN",
	"BY": "DELIVERBY", "HOLDFOR": "FUTURERELEASE", "HOLDUNTIL": "FUTURERELEASE", "MT-PRIORITY": "MT-PRIORITY", "REQUIRETLS": "REQUIRETLS",
}

// groupEnds are the commands that come last in a group (RFC 2920 3.1), and those whose reply decides what may follow.
var groupEnds = []string{"EHLO", "HELO", "DATA", "VRFY", "EXPN", "NOOP", "QUIT", "AUTH", "STARTTLS", "ETRN", "ATRN", "TURN"}

// command takes a command line.
func (s *smtpSession) command(l int, line []byte) {
	verb, arg, spaced := strings.Cut(string(line), " ")
	verb = strings.ToUpper(verb)
	arg = strings.TrimRight(arg, " \t")
	s.waits(l)
	s.last(l, verb)
	s.letters(l, verb, line)
	cmd := command{verb: verb, line: l}
	ext, known := smtpExtension[verb]
	switch {
	case !known && !strings.HasPrefix(verb, "X"):
		hint := ""
		if s.afterText {
			hint = "a message has just ended; a line with one dot inside of it is sent as two dots (4.5.2)"
		}
		s.breach(l, "command-known", "%s", hint)
	case known && ext != "" && !s.offered(ext):
		s.breach(l, "extension-offered", "%s is not among them", ext)
	}
	if known {
		s.afterText = false
	}
	switch verb {
	case "EHLO", "HELO":
		s.hello(l, arg)
	case "MAIL", "RCPT":
		cmd.marked = s.path(l, verb, arg)
	case "DATA":
		s.data(l, arg)
	case "BDAT":
		cmd.marked = s.bdat(l, arg)
	case "AUTH":
		s.authCommand(l, arg)
	case "RSET", "QUIT", "STARTTLS":
		if spaced && arg != "" {
			s.breach(l, "command-arguments", "%s has none", verb)
		}
		if verb == "RSET" {
			s.hoped = smtpState{hello: s.hoped.hello}
		}
	case "VRFY", "EXPN":
		if arg == "" {
			s.breach(l, "command-arguments", "%s is followed by a name", verb)
		}
	}
	s.queue = append(s.queue, cmd)
}

// waits looks whether the client may speak now.
func (s *smtpSession) waits(l int) {
	if s.early { // it sent what it took for the message, and DATA was refused
		s.early = false
		s.breach(l, "data-wait", "")
		return
	}
	before := s.before(l)
	switch {
	case before == nil:
	case !s.offered("PIPELINING"):
		s.burst = true
		s.breach(l, "reply-wait", "%s has none yet, and the server has not offered PIPELINING", name(before.verb))
	case slices.Contains(groupEnds, before.verb):
		s.burst = true
		s.breach(l, "pipeline-last", "%s has none yet", name(before.verb))
	}
}

// letters looks at the length and the characters of a command line.
func (s *smtpSession) letters(l int, verb string, line []byte) {
	most := 512
	switch verb {
	case "AUTH":
		most = 12288
	case "MAIL", "RCPT":
		most = 1024 + 500 // SIZE (26), SMTPUTF8 (10), AUTH (500), DSN (500)
	}
	if len(line)+2 > most {
		s.breach(l, "command-length", "this one has %d", len(line)+2)
	}
	for _, c := range line {
		if c < ' ' && c != '\t' && c != '\r' || c == 0x7f || c >= 0x80 && !s.offered("SMTPUTF8") {
			s.breach(l, "command-characters", "here is the byte %d", c)
			return
		}
	}
}

func (s *smtpSession) hello(l int, arg string) {
	switch {
	case arg == "":
		s.breach(l, "hello-domain", "here is none")
	case !domainOK(arg):
		s.breach(l, "hello-domain", "this is neither")
	}
	s.hoped = smtpState{hello: true}
}

// path takes the arguments of MAIL and RCPT, and reports whether they announce an 8-bit message.
func (s *smtpSession) path(l int, verb, arg string) (eightBit bool) {
	if s.order(l, verb); verb == "MAIL" {
		s.hoped.mail, s.hoped.rcpt, s.hoped.asked = true, 0, 0
	} else {
		s.hoped.rcpt++
		s.hoped.asked++
	}
	keyword := map[string]string{"MAIL": "FROM", "RCPT": "TO"}[verb]
	before, rest, ok := strings.Cut(arg, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(before), keyword) {
		s.breach(l, "path-keyword", "")
		return false
	}
	if strings.TrimSpace(before) != before || strings.HasPrefix(rest, " ") {
		s.breach(l, "path-space", "")
	}
	path, params, ok := cutPath(strings.TrimSpace(rest))
	if !ok {
		s.breach(l, "path-brackets", "")
		return false
	}
	s.mailbox(l, verb, path)
	return s.parameters(l, params)
}

// order looks whether a command of a transaction comes at its time.
func (s *smtpSession) order(l int, verb string) {
	switch h := s.hoped; {
	case !h.hello:
		s.breach(l, "hello-first", "")
	case verb == "MAIL" && h.mail:
		s.breach(l, "mail-once", "")
	case verb == "RCPT" && !h.mail:
		s.breach(l, "rcpt-after-mail", "")
	case (verb == "DATA" || verb == "BDAT") && (!h.mail || h.asked == 0):
		s.breach(l, "data-after-rcpt", "")
	case (verb == "DATA" || verb == "BDAT") && len(s.queue) == 0 && h.rcpt == 0:
		s.breach(l, "data-recipients", "")
	}
}

// cutPath takes the address in angle brackets off the front.
func cutPath(s string) (path, rest string, ok bool) {
	if !strings.HasPrefix(s, "<") {
		return "", "", false
	}
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return s[1:i], s[i+1:], true
		}
	}
	return "", "", false
}

// mailbox looks at what stands between the angle brackets.
func (s *smtpSession) mailbox(l int, verb, path string) {
	if strings.HasPrefix(path, "@") { // a source route (RFC 5321 appendix C)
		if _, after, ok := strings.Cut(path, ":"); ok {
			path = after
		}
	}
	switch {
	case path == "" && verb == "MAIL", strings.EqualFold(path, "Postmaster") && verb == "RCPT", smtp.ValidMailbox(path):
	case path == "":
		s.breach(l, "path-mailbox", "a recipient is not empty")
	case !strings.Contains(path, "@"):
		s.breach(l, "path-mailbox", "here is no @")
	default:
		s.breach(l, "path-mailbox", "")
	}
}

// parameters looks at what follows the address.
func (s *smtpSession) parameters(l int, text string) (eightBit bool) {
	if text != "" && text[0] != ' ' {
		s.breach(l, "command-arguments", "a space stands before parameters")
	}
	for _, word := range strings.Fields(text) {
		keyword, value, _ := strings.Cut(strings.ToUpper(word), "=")
		ext, known := smtpParameter[keyword]
		if !known {
			ext = keyword
		}
		if !s.offered(ext) {
			s.breach(l, "extension-offered", "%s is not among them", shorten(printable(ext), 20))
		}
		eightBit = eightBit || keyword == "BODY" && value != "7BIT" || keyword == "SMTPUTF8"
	}
	return eightBit
}

func (s *smtpSession) data(l int, arg string) {
	if arg != "" {
		s.breach(l, "command-arguments", "DATA has none")
	}
	s.order(l, "DATA")
	s.mode, s.eightBitNoted = smtpWaiting, false
}

// bdat takes the size of a chunk (RFC 3030 2), and reports whether it is the last.
func (s *smtpSession) bdat(l int, arg string) (last bool) {
	s.order(l, "BDAT")
	number, word, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(number, 10, 31)
	last = strings.EqualFold(word, "LAST")
	if err != nil || word != "" && !last {
		s.breach(l, "command-arguments", "BDAT is followed by a number of bytes, and LAST for the last ones (RFC 3030, 2)")
		return false
	}
	if s.chunk = int(n); s.chunk > 0 {
		s.mode = smtpChunk
	}
	if last {
		s.hoped.mail, s.hoped.rcpt, s.hoped.asked = false, 0, 0
	}
	return last
}

func (s *smtpSession) authCommand(l int, arg string) {
	words := strings.Fields(arg)
	if len(words) < 1 || len(words) > 2 {
		s.breach(l, "command-arguments", "AUTH is followed by a mechanism, and at most one answer (RFC 4954, 4)")
		return
	}
	if len(words) == 2 {
		s.checkBase64(l, words[1])
	}
}
