package rules

import (
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// ftpRules are the rules of FTP that FTP knows.
var ftpRules = []Rule{
	{"line-end", Must, 959, "5.3", "a line ends with CR LF, and neither stands elsewhere"},
	{"command-known", Must, 959, "5.3.1", "a command is one of the RFC, or of an extension"},
	{"command-arguments", Must, 959, "5.3.1", "a command has the arguments that its syntax says"},
	{"greeting-wait", Should, 959, "5.4", "the client waits for the greeting before it says anything"},
	{"reply-wait", Should, 959, "5.4", "the client waits for the reply to a command before it sends the next; ABOR and STAT may come during a transfer"},
	{"login-first", Must, 959, "5.4", "first comes the login with USER, and PASS where the server asks for it"},
	{"pass-after-user", Must, 959, "4.1.1", "PASS comes directly after USER"},
	{"rename", Must, 959, "4.1.3", "RNTO comes directly after RNFR, when that was answered with 350"},
	{"port-numbers", Must, 959, "5.3.2", "PORT has six numbers from 0 to 255 with commas between: an IPv4 address and a port in two bytes"},
	{"eprt", Must, 2428, "2", "EPRT has a family, an address and a port between equal characters: |1|10.0.0.1|6446|"},
	{"type", Must, 959, "5.3.2", "TYPE has A, E, I or L and a number"},
	{"quit", Should, 959, "4.1.1", "the client says QUIT before it closes"},
	{"quit-wait", Should, 959, "4.1.1", "the client waits for the reply to QUIT before it closes"},
	{"quit-last", Must, 959, "4.1.1", "nothing follows QUIT"},

	{"reply-syntax", Must, 959, "4.2", "a reply is a three-digit code from 100 to 599 and a space; a hyphen instead says that more lines follow, up to one with the code and a space"},
	{"reply-asked", Must, 959, "4.2", "the server replies to commands, and says nothing unasked but the greeting and 421"},
	{"reply-missing", Must, 959, "4.2", "each command has a reply that ends it"},
	{"greeting-code", Must, 959, "5.4", "the greeting is 220, 120 or 421"},
	{"reply-class", Must, 959, "5.4", "1yz says that a transfer begins, 2yz that a command has succeeded, 3yz that another command has to follow"},
	{"reply-code", Should, 959, "5.4", "the code is one of those listed for the command"},
	{"transfer-begins", Must, 959, "5.4", "125 or 150 comes before the data, 226 or 250 behind them"},
	{"pasv-numbers", Must, 1123, "4.1.2.6", "227 has six numbers with commas between: an address and a port"},
	{"epsv-port", Must, 2428, "3", "229 has the port in this form: (|||6446|)"},
	{"close-asked", Should, 959, "5.4", "the server closes only after QUIT, or after it has said 421"},
}

// FTP checks the control connection of FTP (RFC 959), with the extensions of RFC 2389, 2428, 3659 and 4217. It ends where AUTH begins TLS. Data connections are
// not looked at.
func FTP(d Dialogue) *Report {
	s := &ftpSession{lockstep: lockstep{check: newCheck(ftpRules)}}
	return s.run(d, s)
}

// An ftpSession reads a control connection.
type ftpSession struct {
	lockstep
	in       bool // the login has succeeded
	asked    bool // a login was sent
	last     string
	renaming bool // RNFR was answered with 350
	several  int  // the code of a reply of several lines that is under way
	first    int  // its line
}

// An ftpCommand says what a command has behind it, and how its replies begin.
type ftpCommand struct {
	login     bool // may come before the login
	min, max  int  // arguments: 0 none, 1 one which may have spaces
	transfers bool
	codes     []int // of success, and of what has to follow
}

var ftpCommands = map[string]ftpCommand{
	"USER": {true, 1, 1, false, []int{230, 331, 332}}, "PASS": {true, 0, 1, false, []int{230, 202, 332}}, "ACCT": {true, 1, 1, false, []int{230, 202}},
	"QUIT": {true, 0, 0, false, []int{221}}, "NOOP": {true, 0, 0, false, []int{200}}, "HELP": {true, 0, 1, false, []int{214, 211}}, "FEAT": {true, 0, 0, false, []int{211}},
	"SYST": {true, 0, 0, false, []int{215}}, "REIN": {true, 0, 0, false, []int{220}}, "AUTH": {true, 1, 1, false, []int{234, 334}}, "PBSZ": {true, 1, 1, false, []int{200}},
	"PROT": {true, 1, 1, false, []int{200}}, "HOST": {true, 1, 1, false, []int{220}}, "CLNT": {true, 1, 1, false, []int{200}}, "OPTS": {true, 1, 1, false, []int{200, 202}},
	"STAT": {true, 0, 1, false, []int{211, 212, 213}}, "ABOR": {true, 0, 0, false, []int{225, 226}},
	"CWD": {false, 1, 1, false, []int{250, 200}}, "CDUP": {false, 0, 0, false, []int{250, 200}}, "PWD": {false, 0, 0, false, []int{257}}, "SMNT": {false, 1, 1, false, []int{250, 202}},
	"PORT": {false, 1, 1, false, []int{200}}, "EPRT": {false, 1, 1, false, []int{200}}, "PASV": {false, 0, 0, false, []int{227}}, "EPSV": {false, 0, 1, false, []int{229, 200}},
	"TYPE": {false, 1, 1, false, []int{200}}, "MODE": {false, 1, 1, false, []int{200}}, "STRU": {false, 1, 1, false, []int{200}}, "ALLO": {false, 1, 1, false, []int{200, 202}},
	"REST": {false, 1, 1, false, []int{350}}, "RNFR": {false, 1, 1, false, []int{350}}, "RNTO": {false, 1, 1, false, []int{250}}, "DELE": {false, 1, 1, false, []int{250}},
	"RMD": {false, 1, 1, false, []int{250}}, "MKD": {false, 1, 1, false, []int{257}}, "SITE": {false, 1, 1, false, []int{200, 202, 211, 214, 250}}, "SIZE": {false, 1, 1, false, []int{213}},
	"MDTM": {false, 1, 1, false, []int{213, 253}}, "MFMT": {false, 1, 1, false, []int{213}}, "MLST": {false, 0, 1, false, []int{250}}, "CCC": {true, 0, 0, false, []int{200}},
	"RETR": {false, 1, 1, true, []int{226, 250}}, "STOR": {false, 1, 1, true, []int{226, 250}}, "APPE": {false, 1, 1, true, []int{226, 250}}, "STOU": {false, 0, 1, true, []int{226, 250}},
	"LIST": {false, 0, 1, true, []int{226, 250}}, "NLST": {false, 0, 1, true, []int{226, 250}}, "MLSD": {false, 0, 1, true, []int{226, 250}},
}

var (
	portFormat = wire.Pattern(`^(([01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5]),){5}([01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])$`)
	sixFormat  = wire.Pattern(`[0-9]+,[0-9]+,[0-9]+,[0-9]+,[0-9]+,[0-9]+`)
	eprtFormat = wire.Pattern(`^\|[12]\|[0-9A-Fa-f.:]+\|[0-9]{1,5}\|$`)
	epsvFormat = wire.Pattern(`\((.)(.)(.)[0-9]{1,5}(.)\)`)
	typeFormat = wire.Pattern(`^(?i)([AE]( [NTC])?|I|L [0-9]+)$`)
)

func (s *ftpSession) take(side Side, waiting []byte) int {
	line, n := s.cutLine(side, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(side, waiting[:n])
	s.lineEnd(l, waiting[:n], "line-end")
	if side == Server {
		s.reply(l, string(line))
		return n
	}
	for len(line) > 0 && line[0] >= 0xf0 { // Telnet commands before ABOR (RFC 959 5.1)
		line = line[1:]
	}
	s.command(l, string(line))
	return n
}

// command takes a command line.
func (s *ftpSession) command(l int, line string) {
	verb, arg, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	if alias, ok := map[string]string{"XPWD": "PWD", "XCWD": "CWD", "XMKD": "MKD", "XRMD": "RMD", "XCUP": "CDUP"}[verb]; ok { // RFC 1123 4.1.3.1
		verb = alias
	}
	if b := s.before(l); b != nil && verb != "ABOR" && verb != "STAT" {
		s.burst = true
		s.breach(l, "reply-wait", "%s has none yet", name(b.verb))
	}
	s.bySyntax(l, verb, arg)
	s.last, s.renaming = verb, s.renaming && verb != "RNTO"
	s.quit = s.quit || verb == "QUIT"
	s.queue = append(s.queue, command{verb: verb, line: l})
}

// bySyntax looks whether a command is right and comes at its time.
func (s *ftpSession) bySyntax(l int, verb, arg string) {
	what, known := ftpCommands[verb]
	waits := len(s.queue) > 0
	switch {
	case s.quit:
		s.breach(l, "quit-last", "")
	case !known:
		s.breach(l, "command-known", "")
	case what.max == 0 && arg != "":
		s.breach(l, "command-arguments", "%s has none", verb)
	case what.min > 0 && arg == "":
		s.breach(l, "command-arguments", "%s has one", verb)
	case !what.login && !s.in && !(s.asked && waits):
		s.breach(l, "login-first", "")
	case verb == "PASS" && s.last != "USER":
		s.breach(l, "pass-after-user", "")
	case verb == "RNTO" && !s.renaming && !(waits && s.last == "RNFR"):
		s.breach(l, "rename", "")
	case verb == "PORT" && !portFormat().MatchString(arg):
		s.breach(l, "port-numbers", "")
	case verb == "EPRT" && !eprtFormat().MatchString(strings.ReplaceAll(arg, arg[:1], "|")):
		s.breach(l, "eprt", "")
	case verb == "TYPE" && !typeFormat().MatchString(arg):
		s.breach(l, "type", "")
	}
	s.asked = s.asked || verb == "USER" || verb == "PASS"
}

// reply takes a line of a reply.
func (s *ftpSession) reply(l int, line string) {
	code, more, text, ok := cutFTPCode(line)
	if s.several != 0 { // anything may stand between the first line and the last (RFC 959 4.2)
		if !ok || code != s.several || more {
			return
		}
		l, s.several = s.first, 0
	} else if !ok {
		s.breach(l, "reply-syntax", "")
		s.answered()
		s.greeted = true
		return
	}
	if more {
		s.several, s.first = code, l
		return
	}
	s.replied(l, code, text)
}

// cutFTPCode takes the code off a line of a reply.
func cutFTPCode(line string) (code int, more bool, text string, ok bool) {
	if len(line) > 0 && line[0] == '1' { // as SMTP has no such codes
		code, more, text, ok = cutCode("2" + line[1:])
		return code - 100, more, text, ok
	}
	return cutCode(line)
}

// replied takes a whole reply.
func (s *ftpSession) replied(l, code int, text string) {
	s.bye = s.bye || code == 421 || code == 221
	switch {
	case !s.greeted && code == 120: // it will be ready later
		return
	case !s.greeted:
		s.greeted = true
		if code != 220 && code != 421 {
			s.breach(l, "greeting-code", "")
		}
		return
	case len(s.queue) == 0:
		if code != 421 {
			s.breach(l, "reply-asked", "")
		}
		return
	}
	cmd := &s.queue[0]
	what := ftpCommands[cmd.verb]
	if code < 200 {
		if !what.transfers {
			s.breach(l, "reply-class", "%s begins no transfer", name(cmd.verb))
		} else if cmd.marked {
			s.breach(l, "reply-asked", "the transfer has begun already")
		}
		cmd.marked = true // the transfer has begun
		return
	}
	s.fits(l, code, text, *cmd, what)
	done, _ := s.answered()
	s.apply(done.verb, code)
}

// fits looks whether a reply can be one to the command.
func (s *ftpSession) fits(l, code int, text string, cmd command, what ftpCommand) {
	_, known := ftpCommands[cmd.verb]
	switch {
	case !known || code >= 400:
	case what.transfers && !cmd.marked && code < 300:
		s.breach(l, "transfer-begins", "")
	case slices.Contains(what.codes, code):
	case !slices.ContainsFunc(what.codes, func(c int) bool { return c/100 == code/100 }):
		s.breach(l, "reply-class", "%d does not fit %s", code, cmd.verb)
	default:
		s.breach(l, "reply-code", "%s has %d", cmd.verb, what.codes[0])
	}
	m := epsvFormat().FindStringSubmatch(text)
	switch {
	case code == 227 && !sixFormat().MatchString(text):
		s.breach(l, "pasv-numbers", "")
	case code == 229 && (m == nil || m[1] != m[2] || m[2] != m[3] || m[3] != m[4]):
		s.breach(l, "epsv-port", "")
	}
}

// apply does what a reply to a command means.
func (s *ftpSession) apply(verb string, code int) {
	switch {
	case code >= 400:
	case verb == "USER" || verb == "PASS" || verb == "ACCT":
		s.in = s.in || code == 230 || code == 202
	case verb == "RNFR":
		s.renaming = code == 350
	case verb == "AUTH":
		s.halted = true
	case verb == "REIN":
		s.in, s.asked = false, false
	}
}
