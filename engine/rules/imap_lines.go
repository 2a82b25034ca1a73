package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// An imapSyntax says when a command may be given, and whether arguments follow it.
type imapSyntax struct {
	state   imapState
	without bool // it has none
}

var imapCommands = map[string]imapSyntax{
	"CAPABILITY": {imapAny, true}, "NOOP": {imapAny, true}, "LOGOUT": {imapAny, true}, "ID": {imapAny, false},
	"STARTTLS": {imapNew, true}, "LOGIN": {imapNew, false}, "AUTHENTICATE": {imapNew, false},
	"SELECT": {imapLoggedIn, false}, "EXAMINE": {imapLoggedIn, false}, "CREATE": {imapLoggedIn, false}, "DELETE": {imapLoggedIn, false}, "RENAME": {imapLoggedIn, false},
	"SUBSCRIBE": {imapLoggedIn, false}, "UNSUBSCRIBE": {imapLoggedIn, false}, "LIST": {imapLoggedIn, false}, "LSUB": {imapLoggedIn, false}, "STATUS": {imapLoggedIn, false},
	"APPEND": {imapLoggedIn, false}, "NAMESPACE": {imapLoggedIn, true}, "IDLE": {imapLoggedIn, true}, "ENABLE": {imapLoggedIn, false}, "XLIST": {imapLoggedIn, false},
	"GETQUOTA": {imapLoggedIn, false}, "GETQUOTAROOT": {imapLoggedIn, false}, "GETACL": {imapLoggedIn, false}, "MYRIGHTS": {imapLoggedIn, false},
	"GETMETADATA": {imapLoggedIn, false}, "SETMETADATA": {imapLoggedIn, false}, "COMPRESS": {imapLoggedIn, false},
	"CHECK": {imapSelected, true}, "CLOSE": {imapSelected, true}, "UNSELECT": {imapSelected, true}, "EXPUNGE": {imapSelected, true}, "SEARCH": {imapSelected, false},
	"FETCH": {imapSelected, false}, "STORE": {imapSelected, false}, "COPY": {imapSelected, false}, "MOVE": {imapSelected, false}, "SORT": {imapSelected, false},
	"THREAD": {imapSelected, false}, "UID FETCH": {imapSelected, false}, "UID STORE": {imapSelected, false}, "UID COPY": {imapSelected, false}, "UID MOVE": {imapSelected, false},
	"UID SEARCH": {imapSelected, false}, "UID EXPUNGE": {imapSelected, false}, "UID SORT": {imapSelected, false}, "UID THREAD": {imapSelected, false},
}

var tagFormat = wire.Pattern(`^[^(){%*"\\+\x00-\x20\x7f-\xff]+$`)

// said takes what the client says: a command, DONE, or an answer to a challenge.
func (s *imapSession) said(first, last int, text string) {
	switch {
	case s.sasl:
		s.sasl = false
		return
	case s.idle:
		if s.idle = false; !strings.EqualFold(text, "DONE") {
			s.breach(last, "idle-done", "")
			break // what comes is a command
		}
		return
	}
	if s.early {
		s.early = false
		s.breach(first, "wait", "")
	}
	if !s.greeted {
		s.breach(first, "greeting-wait", "")
	}
	if s.logout {
		s.breach(first, "logout-last", "")
	}
	s.command(first, text)
}

// command takes a command.
func (s *imapSession) command(l int, text string) {
	tag, rest, _ := strings.Cut(text, " ")
	c := &imapCommand{tag: tag, line: l}
	if strings.HasPrefix(rest, " ") || strings.HasSuffix(text, " ") && tag != strings.TrimRight(text, " ") {
		s.breach(l, "spaces", "")
		rest = strings.TrimSpace(rest)
	}
	name, arg, _ := strings.Cut(rest, " ")
	if name = strings.ToUpper(name); name == "UID" {
		var sub string
		sub, arg, _ = strings.Cut(arg, " ")
		name += " " + strings.ToUpper(sub)
	}
	c.name = name
	what, known := imapCommands[name]
	_, isCommand := imapCommands[strings.ToUpper(tag)]
	switch {
	case !tagFormat().MatchString(tag) || isCommand && !known:
		s.breach(l, "tag", "")
	case s.tags[tag]:
		s.breach(l, "tag-new", "")
	case !known && !strings.HasPrefix(name, "X"):
		s.breach(l, "command-known", "")
	case known && what.without != (arg == ""):
		s.breach(l, "command-arguments", "%s has %s", name, map[bool]string{true: "none", false: "some"}[what.without])
	case known && !s.fits(what.state):
		s.breach(l, "state", "")
	}
	if len(s.tags) < MaxLines {
		s.tags[tag] = true
	}
	s.logout = s.logout || name == "LOGOUT"
	s.waits = name == "STARTTLS" || name == "AUTHENTICATE" || name == "IDLE"
	s.queue = append(s.queue, c)
	s.Cut = s.Cut || len(s.queue) > mostUnderWay
}

// mostUnderWay is how many commands may wait for their completion; with more a dialogue is not looked at any further.
const mostUnderWay = 1000

// fits reports whether a command may be given now, or when those that are under way succeed.
func (s *imapSession) fits(want imapState) bool {
	switch want {
	case imapNew:
		return s.state <= imapNew
	case imapLoggedIn:
		return s.state >= imapLoggedIn || s.under("LOGIN", "AUTHENTICATE")
	case imapSelected:
		return s.state == imapSelected || s.under("SELECT", "EXAMINE")
	}
	return true
}

var (
	statusWords = []string{"OK", "NO", "BAD", "BYE", "PREAUTH"}
	dataWords   = []string{
		"CAPABILITY", "LIST", "LSUB", "STATUS", "SEARCH", "FLAGS", "NAMESPACE", "ESEARCH", "ENABLED", "ID", "SORT", "THREAD", "VANISHED", "QUOTA", "QUOTAROOT", "ACL", "MYRIGHTS", "METADATA",
		"XLIST",
	}
	numberWords = []string{"EXISTS", "RECENT", "EXPUNGE", "FETCH"}
)

// response takes a response.
func (s *imapSession) response(l int, text string) {
	tag, rest, _ := strings.Cut(text, " ")
	switch {
	case !s.greeted:
		s.greeting(l, tag, rest)
	case tag == "+":
		s.proceed(l)
	case tag == "*":
		s.untagged(l, rest)
	default:
		s.tagged(l, tag, rest)
	}
}

func (s *imapSession) greeting(l int, tag, rest string) {
	s.greeted = true
	word, more, _ := strings.Cut(rest, " ")
	word = strings.ToUpper(word)
	s.bye = word == "BYE"
	s.state = imapNew
	if word == "PREAUTH" {
		s.state = imapLoggedIn
	}
	s.capabilities(more)
	if tag != "*" || word != "OK" && word != "PREAUTH" && word != "BYE" || more == "" {
		s.breach(l, "greeting", "")
	}
}

// capabilities looks whether a text offers literals that need not be waited for.
func (s *imapSession) capabilities(text string) {
	s.nonSynchronous = s.nonSynchronous || strings.Contains(strings.ToUpper(text), "LITERAL+") || strings.Contains(strings.ToUpper(text), "LITERAL-")
}

// proceed takes a continuation request.
func (s *imapSession) proceed(l int) {
	c := s.lastCommand()
	switch {
	case s.parts[Client].literal > 0 && s.parts[Client].held:
		s.granted++
	case c != nil && c.name == "AUTHENTICATE":
		s.sasl = true
	case c != nil && c.name == "IDLE":
		s.idle = true
	case s.parts[Client].text != "": // of a literal without bytes
	default:
		s.breach(l, "continuation", "")
	}
}

// untagged takes what follows *.
func (s *imapSession) untagged(l int, rest string) {
	word, more, _ := strings.Cut(rest, " ")
	word = strings.ToUpper(word)
	number, err := strconv.ParseUint(word, 10, 32)
	if err == nil {
		word, more, _ = strings.Cut(more, " ")
		word = strings.ToUpper(word)
		s.numbered(l, int(number), word)
	}
	for _, c := range s.queue {
		if len(c.said) < 100 {
			c.said = append(c.said, word)
		}
		if word == "CAPABILITY" && strings.Contains(strings.ToUpper(more), "IMAP4REV") {
			c.said = append(c.said, "IMAP4REV")
		}
	}
	switch {
	case word == "" || slices.Contains(statusWords, word) && (err == nil || more == ""):
		s.breach(l, "response-syntax", "")
	case err == nil && !slices.Contains(numberWords, word) || err != nil && !slices.Contains(statusWords, word) && !slices.Contains(dataWords, word):
		s.breach(l, "response-known", "")
	case word == "BYE":
		s.bye = true
	case word == "CAPABILITY":
		s.capabilities(more)
	}
}

// numbered takes an untagged response with a number.
func (s *imapSession) numbered(l, n int, word string) {
	switch word {
	case "EXISTS":
		s.exists = n
	case "FETCH", "EXPUNGE":
		if n < 1 || n > s.exists {
			s.breach(l, "number", "%d of %d", n, s.exists)
		}
	}
	if word == "EXPUNGE" {
		s.exists = max(0, s.exists-1)
		if !slices.ContainsFunc(s.queue, func(c *imapCommand) bool { return c.name != "FETCH" && c.name != "STORE" && c.name != "SEARCH" }) {
			s.breach(l, "expunge", "")
		}
	}
}

// tagged takes a completion.
func (s *imapSession) tagged(l int, tag, rest string) {
	word, text, _ := strings.Cut(rest, " ")
	word = strings.ToUpper(word)
	if !tagFormat().MatchString(tag) || word != "OK" && word != "NO" && word != "BAD" || text == "" {
		s.breach(l, "response-syntax", "")
	}
	if p := &s.parts[Client]; p.held && strings.HasPrefix(p.text, tag+" ") { // the command ends before its literal
		*p = imapPart{}
		s.tags[tag], s.early = true, false
		return
	}
	i := slices.IndexFunc(s.queue, func(c *imapCommand) bool { return c.tag == tag })
	if i < 0 {
		if word == "OK" || word == "NO" || word == "BAD" {
			s.breach(l, "completion", "no command with this tag is under way")
		}
		return
	}
	c := s.queue[i]
	s.queue = slices.Delete(s.queue, i, i+1)
	s.waits, s.idle, s.sasl = s.waits && len(s.queue) > 0, false, false
	s.capabilities(text)
	if word == "OK" {
		s.completed(l, c)
	} else if c.name == "SELECT" || c.name == "EXAMINE" {
		s.state = min(s.state, imapLoggedIn)
	}
}

// completed does what OK to a command means.
func (s *imapSession) completed(l int, c *imapCommand) {
	has := func(word string) bool { return slices.Contains(c.said, word) }
	switch c.name {
	case "LOGIN", "AUTHENTICATE":
		s.state = imapLoggedIn
	case "SELECT", "EXAMINE":
		s.state = imapSelected
		if !has("FLAGS") || !has("EXISTS") {
			s.breach(l, "select-data", "")
		}
	case "CLOSE", "UNSELECT":
		s.state, s.exists = imapLoggedIn, 0
	case "CAPABILITY":
		if !has("IMAP4REV") {
			s.breach(l, "capability-data", "")
		}
	case "LOGOUT":
		if !s.bye {
			s.breach(l, "logout-bye", "")
		}
		s.bye = true
	case "STARTTLS", "COMPRESS":
		s.halted = true
	}
}
