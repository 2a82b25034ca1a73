package rules

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// pop3Rules are the rules of POP3 that POP3 knows.
var pop3Rules = []Rule{
	{"line-end", Must, 1939, "3", "a line ends with CR LF, and neither stands elsewhere"},
	{"command-length", Must, 2449, "4", "a command line has at most 255 bytes, with CR LF"},
	{"command-known", Must, 1939, "3", "a command is one of USER PASS APOP STAT LIST RETR DELE NOOP RSET QUIT TOP UIDL, or of an extension"},
	{"command-arguments", Must, 1939, "3", "a command has the arguments that its description says"},
	{"greeting-wait", Should, 1939, "4", "the client waits for the greeting before it says anything"},
	{"reply-wait", Must, 2449, "6.6", "the client waits for the reply to a command before it sends the next"},
	{"login-first", Must, 1939, "4", "first comes the login; a command for messages comes after it"},
	{"login-once", Must, 1939, "5", "a login comes once, before everything else"},
	{"pass-after-user", Must, 1939, "7", "PASS comes directly after USER, when that was answered with +OK"},
	{"apop-stamp", Must, 1939, "7", "APOP is for servers whose greeting has a time stamp such as <1896.697170952@dbc.mtview.ca.us>"},
	{"auth-base64", Must, 5034, "4", "what the client sends in AUTH is base64, * ends it"},
	{"deleted", Must, 1939, "5", "a message that is marked as deleted is not asked for, until RSET"},
	{"quit", Should, 1939, "6", "the client says QUIT before it closes: only then messages marked as deleted go"},
	{"quit-wait", Should, 1939, "6", "the client waits for the reply to QUIT before it closes"},
	{"quit-last", Must, 1939, "6", "nothing follows QUIT"},

	{"reply-syntax", Must, 1939, "3", "a reply begins with +OK or -ERR in capitals"},
	{"reply-length", Must, 1939, "3", "a reply has at most 512 bytes, with CR LF"},
	{"reply-asked", Must, 1939, "3", "the server says one reply to each command, and nothing unasked but the greeting"},
	{"reply-missing", Must, 1939, "3", "each command has a reply"},
	{"greeting", Must, 1939, "4", "the greeting is a reply that begins with +OK"},
	{"reply-negative", Must, 1939, "3", "a command that is unknown, wrong or not for now is answered with -ERR"},
	{"stat-reply", Must, 1939, "5", "the reply to STAT is +OK, the number of messages and their size in bytes"},
	{"listing", Must, 1939, "5", "a scan listing is the number of a message and its size in bytes"},
	{"unique-id", Must, 1939, "7", "a unique-id listing is the number of a message and 1 to 70 printable characters without spaces"},
	{"size", Should, 1939, "11", "the size of a message counts its bytes with CR LF at each end of a line, without doubled dots"},
	{"text-dot", Must, 1939, "3", "a line that begins with a dot is sent with another dot in front; a dot alone ends the reply"},
	{"close-asked", Should, 1939, "3", "the server closes only after QUIT, or when nothing was said for ten minutes"},
}

// POP3 checks a dialogue of POP3 (RFC 1939) on one connection, with CAPA and PIPELINING (RFC 2449), AUTH (RFC 5034) and STLS (RFC 2595), where it ends.
func POP3(d Dialogue) *Report {
	s := &pop3Session{lockstep: lockstep{check: newCheck(pop3Rules)}, sizes: map[int]int{}, deleted: map[int]bool{}}
	return s.run(d, s)
}

// A pop3Session reads a dialogue of POP3.
type pop3Session struct {
	lockstep
	user, in   bool // USER was answered with +OK just now; the login has succeeded
	asked      bool // a login was sent, whose reply is not known
	stamp      bool // the greeting has one
	pipelining bool
	auth       bool // the client's next line answers "+ "
	sizes      map[int]int
	deleted    map[int]bool
	several    *command // the command whose reply of several lines is under way
	octets     int      // of that reply
}

// stampFormat is a msg-id.
var stampFormat = wire.Pattern(`<[^<>@ ]+@[^<>@ ]+>`)

func (s *pop3Session) take(side Side, waiting []byte) int {
	line, n := s.cutLine(side, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(side, waiting[:n])
	s.lineEnd(l, waiting[:n], "line-end")
	switch {
	case side == Server && s.several != nil:
		s.content(l, line)
	case side == Server:
		s.reply(l, string(line), n)
	case s.auth:
		s.auth = false
		if _, err := base64.StdEncoding.DecodeString(string(line)); err != nil && string(line) != "*" {
			s.breach(l, "auth-base64", "")
		}
		s.queue = append(s.queue, command{verb: "AUTH", line: l, marked: true})
	default:
		s.command(l, string(line), n)
	}
	return n
}

// A pop3Command says what a command has behind it: how many numbers and words, at least and at most.
type pop3Command struct {
	login    bool // belongs before the login
	anywhere bool
	numbers  bool // its arguments are numbers
	min, max int
}

var pop3Commands = map[string]pop3Command{
	"USER": {login: true, min: 1, max: 1}, "PASS": {login: true, min: 1, max: 1000}, "APOP": {login: true, min: 2, max: 2},
	"AUTH": {login: true, max: 2}, "STLS": {login: true}, "STAT": {}, "NOOP": {}, "RSET": {}, "QUIT": {anywhere: true}, "CAPA": {anywhere: true},
	"LIST": {numbers: true, max: 1}, "UIDL": {numbers: true, max: 1}, "RETR": {numbers: true, min: 1, max: 1}, "DELE": {numbers: true, min: 1, max: 1},
	"TOP": {numbers: true, min: 2, max: 2}, "UTF8": {login: true}, "LANG": {anywhere: true, max: 1},
}

// command takes a command line.
func (s *pop3Session) command(l int, line string, n int) {
	words := strings.Fields(line)
	verb := ""
	if len(words) > 0 {
		verb = strings.ToUpper(words[0])
		words = words[1:]
	}
	if b := s.before(l); b != nil && !s.pipelining {
		s.burst = true
		s.breach(l, "reply-wait", "%s has none yet, and the server has not offered PIPELINING in CAPA", name(b.verb))
	}
	s.last(l, verb)
	cmd := command{verb: verb, line: l, marked: len(words) > 0}
	if n > 255 && verb != "AUTH" {
		s.breach(l, "command-length", "this one has %d", n)
	}
	what, known := pop3Commands[verb]
	switch {
	case !known:
		s.breach(l, "command-known", "")
	case len(words) < what.min || len(words) > what.max:
		s.breach(l, "command-arguments", "%s", arguments(verb, what))
	case what.numbers && slices.ContainsFunc(words, func(w string) bool { return strings.Trim(w, "0123456789") != "" }):
		s.breach(l, "command-arguments", "a message has a number")
	default:
		if what.numbers && len(words) > 0 {
			cmd.number, _ = strconv.Atoi(words[0])
		}
		s.state(l, cmd, what, words)
	}
	s.queue = append(s.queue, cmd)
}

func arguments(verb string, what pop3Command) string {
	switch {
	case what.max == 0:
		return verb + " has none"
	case what.min == 0:
		return verb + " has at most " + strconv.Itoa(what.max)
	}
	return verb + " has " + strconv.Itoa(what.min)
}

// state looks whether a command comes at its time.
func (s *pop3Session) state(l int, cmd command, what pop3Command, words []string) {
	waits := len(s.queue) > 0
	switch {
	case what.anywhere:
	case what.login && s.in && cmd.verb != "UTF8":
		s.breach(l, "login-once", "")
	case !what.login && !s.in && !(s.asked && waits):
		s.breach(l, "login-first", "")
	case cmd.verb == "PASS" && !s.user && !(waits && s.queue[len(s.queue)-1].verb == "USER"):
		s.breach(l, "pass-after-user", "")
	case cmd.verb == "APOP" && s.greeted && !s.stamp:
		s.breach(l, "apop-stamp", "")
	case cmd.verb == "AUTH" && len(words) == 2:
		if _, err := base64.StdEncoding.DecodeString(words[1]); err != nil && words[1] != "=" {
			s.breach(l, "auth-base64", "")
		}
	case cmd.number > 0 && !waits && s.deleted[cmd.number]:
		s.breach(l, "deleted", "message %d is", cmd.number)
	}
	s.asked = s.asked || what.login
}

// reply takes the first line of a reply.
func (s *pop3Session) reply(l int, line string, n int) {
	if n > 512 {
		s.breach(l, "reply-length", "this one has %d", n)
	}
	status, rest, _ := strings.Cut(line, " ")
	ok := strings.EqualFold(status, "+OK")
	good := status == "+OK" || status == "-ERR"
	if !s.greeted {
		s.greeted = true
		s.stamp = stampFormat().MatchString(rest)
		if status != "+OK" {
			s.breach(l, "greeting", "")
		}
		return
	}
	cmd, asked := s.answered()
	switch {
	case !asked:
		s.breach(l, "reply-asked", "")
		return
	case status == "+" && cmd.verb == "AUTH":
		s.auth = true
		return
	case !good:
		s.breach(l, "reply-syntax", "")
	}
	if s.user = false; good && !ok {
		return
	}
	if !good && !ok {
		if several(cmd) { // it has left the first line out
			s.begin(cmd)
			s.content(l, []byte(line))
		}
		return
	}
	s.accepted(l, cmd, rest)
}

// several reports whether a reply +OK to the command has several lines.
func several(cmd command) bool {
	switch cmd.verb {
	case "RETR", "TOP", "CAPA":
		return true
	case "LIST", "UIDL", "AUTH", "LANG":
		return !cmd.marked
	}
	return false
}

// accepted does what +OK to a command means.
func (s *pop3Session) accepted(l int, cmd command, rest string) {
	what, known := pop3Commands[cmd.verb]
	if !known || !s.in && !what.login && !what.anywhere {
		s.breach(l, "reply-negative", "")
	}
	switch cmd.verb {
	case "USER":
		s.user = true
	case "PASS", "APOP":
		s.in = true
	case "AUTH":
		s.in = s.in || cmd.marked
	case "STLS":
		s.halted = true
	case "QUIT":
		s.bye = true
	case "DELE":
		if len(s.deleted) < MaxLines {
			s.deleted[cmd.number] = true
		}
	case "RSET":
		clear(s.deleted)
	case "STAT":
		if !statFormat().MatchString(rest) {
			s.breach(l, "stat-reply", "")
		}
	case "LIST", "UIDL":
		if cmd.marked {
			s.listing(l, cmd.verb, rest)
		}
	}
	if several(cmd) {
		s.begin(cmd)
	}
}

func (s *pop3Session) begin(cmd command) { s.several, s.octets = &cmd, 0 }

var (
	statFormat = wire.Pattern(`^[0-9]+ [0-9]+( |$)`)
	listFormat = wire.Pattern(`^([0-9]+) ([0-9]+)( |$)`)
	uidlFormat = wire.Pattern(`^[0-9]+ [!-~]{1,70}$`)
)

// listing takes a line about a message.
func (s *pop3Session) listing(l int, verb, line string) {
	m := listFormat().FindStringSubmatch(line)
	switch {
	case verb == "UIDL" && !uidlFormat().MatchString(line):
		s.breach(l, "unique-id", "")
	case verb == "LIST" && m == nil:
		s.breach(l, "listing", "")
	case verb == "LIST" && len(s.sizes) < MaxLines:
		number, _ := strconv.Atoi(m[1])
		s.sizes[number], _ = strconv.Atoi(m[2])
	}
}

// content takes a further line of a reply.
func (s *pop3Session) content(l int, line []byte) {
	cmd := *s.several
	if string(line) == "." {
		s.several = nil
		if size, known := s.sizes[cmd.number]; known && cmd.verb == "RETR" && size != s.octets {
			s.breach(cmd.line, "size", "LIST says %d, RETR gave %d", size, s.octets)
		}
		return
	}
	s.Lines[l-1].Body = true
	s.octets += len(line) + 2
	switch stuffed := bytes.HasPrefix(line, []byte("..")); {
	case stuffed:
		s.octets--
	case len(line) > 0 && line[0] == '.':
		s.breach(l, "text-dot", "the first dot of this line gets lost")
	}
	switch cmd.verb {
	case "LIST", "UIDL":
		s.listing(l, cmd.verb, string(line))
	case "CAPA":
		s.pipelining = s.pipelining || strings.EqualFold(string(line), "PIPELINING")
	}
}
