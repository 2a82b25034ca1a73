package rules

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// smtpRules are the rules of SMTP that SMTP knows.
var smtpRules = []Rule{
	{"line-end", Must, 5321, "2.3.8", "a line ends with CR LF, and neither stands elsewhere"},
	{"command-length", Must, 5321, "4.5.3.1.4", "a command line has at most 512 bytes, with CR LF, but for what extensions add"},
	{"command-characters", Must, 5321, "4.1.2", "a command has printable ASCII only, unless SMTPUTF8 is in use (RFC 6531)"},
	{"command-known", Must, 5321, "4.1.1", "a command is one of HELO EHLO MAIL RCPT DATA RSET VRFY EXPN HELP NOOP QUIT, or of an extension"},
	{"command-arguments", Must, 5321, "4.1.1", "a command has the arguments that its syntax says"},
	{"greeting-wait", Should, 5321, "4.3.1", "the client waits for the greeting before it says anything"},
	{"reply-wait", Must, 5321, "4.3.1", "the client waits for the reply to a command before it sends the next"},
	{"pipeline-last", Must, 2920, "3.1", "EHLO, DATA, VRFY, EXPN, NOOP and QUIT come last in a group of commands: the client waits for the reply"},
	{"data-wait", Must, 5321, "4.1.1.4", "the message goes out only after the reply 354"},
	{"hello-first", Must, 5321, "4.1.4", "a session begins with EHLO or HELO, and mail follows when it was accepted"},
	{"hello-domain", Must, 5321, "4.1.1.1", "EHLO and HELO name the client: a domain name, or an address such as [10.0.0.1]"},
	{"mail-once", Must, 5321, "4.1.4", "MAIL begins a transaction; it does not come inside of one"},
	{"rcpt-after-mail", Must, 5321, "3.3", "RCPT comes after MAIL was accepted"},
	{"data-after-rcpt", Must, 5321, "3.3", "DATA comes after MAIL and at least one RCPT"},
	{"data-recipients", Should, 5321, "3.3", "DATA is of no use when no recipient was accepted"},
	{"path-keyword", Must, 5321, "4.1.1", "MAIL is followed by FROM: and RCPT by TO:"},
	{"path-space", Should, 5321, "3.3", "no space stands at the colon of FROM: and TO:"},
	{"path-brackets", Must, 5321, "4.1.2", "the address stands in angle brackets"},
	{"path-mailbox", Must, 5321, "4.1.2", "between the angle brackets stands local-part@domain"},
	{"extension-offered", Must, 5321, "3.3", "the client uses only the extensions that the reply to EHLO offers"},
	{"auth-base64", Must, 4954, "4", "what the client sends in AUTH is base64, * ends it"},
	{"text-length", Must, 5321, "4.5.3.1.6", "a line of the message has at most 1000 bytes, with CR LF"},
	{"text-dot", Must, 5321, "4.5.2", "a line of the message that begins with a dot is sent with another dot in front; a dot alone ends the message"},
	{"text-eight-bit", Must, 5321, "2.4", "a message is 7-bit ASCII unless BODY=8BITMIME or SMTPUTF8 was said in MAIL"},
	{"quit", Must, 5321, "4.1.1.10", "the client says QUIT before it closes"},
	{"quit-wait", Should, 5321, "4.1.1.10", "the client waits for the reply to QUIT before it closes"},
	{"quit-last", Must, 5321, "4.1.1.10", "nothing follows QUIT"},

	{"reply-syntax", Must, 5321, "4.2", "a reply is a three-digit code from 200 to 599 and a space; a hyphen instead says that more lines follow"},
	{"reply-same-code", Must, 5321, "4.2.1", "all lines of a reply have the same code"},
	{"reply-length", Must, 5321, "4.5.3.1.5", "a line of a reply has at most 512 bytes, with CR LF"},
	{"reply-asked", Must, 5321, "4.3.1", "the server says one reply to each command, and nothing unasked but the greeting and 421"},
	{"reply-missing", Must, 5321, "4.3.1", "each command has a reply"},
	{"greeting-code", Must, 5321, "4.3.2", "the greeting is 220, or 554 where no mail is taken"},
	{"greeting-domain", Should, 5321, "4.2", "the server's name follows the code of the greeting"},
	{"reply-class", Must, 5321, "4.3.2", "2yz says that a command has succeeded, 354 (DATA) and 334 (AUTH) that more is wanted"},
	{"reply-code", Should, 5321, "4.3.2", "the code is one of those listed for the command"},
	{"ehlo-keyword", Must, 5321, "4.1.1.1", "each line of the reply to EHLO but the first begins with a keyword of letters, digits and hyphens"},
	{"enhanced-class", Must, 2034, "4", "an enhanced status code has the class of the code before it"},
	{"close-asked", Should, 5321, "3.8", "the server closes only after QUIT, or after it has said 421"},
}

// SMTP checks a dialogue of SMTP (RFC 5321) on one connection, with PIPELINING (RFC 2920), AUTH (RFC 4954), CHUNKING (RFC 3030) and the parameters of other
// extensions. It ends where STARTTLS begins TLS. What the message says is not looked at, only how it is sent.
func SMTP(d Dialogue) *Report {
	s := &smtpSession{lockstep: lockstep{check: newCheck(smtpRules)}}
	return s.run(d, s)
}

// An smtpState is what server and client agree on.
type smtpState struct {
	hello, mail bool
	rcpt        int // accepted
	asked       int // RCPT that were sent
	eightBit    bool
}

// What the client says next.
type smtpMode uint8

const (
	smtpCommands smtpMode = iota
	smtpWaiting           // DATA was sent: what follows depends on the reply
	smtpText              // the lines of a message
	smtpChunk             // as many bytes as BDAT said
	smtpAuth              // an answer to 334
)

// An smtpSession reads a dialogue of SMTP.
type smtpSession struct {
	lockstep
	mode          smtpMode
	state, hoped  smtpState       // as replies have made it; as it is if all commands that wait for their reply succeed
	extensions    map[string]bool // offered by the reply to EHLO
	early         bool            // the client has not waited for 354
	afterText     bool            // a message has just ended
	chunk         int
	reply         smtpReply
	eightBitNoted bool
}

func (s *smtpSession) take(side Side, waiting []byte) int {
	switch {
	case side == Server:
		return s.takeReply(waiting)
	case s.mode == smtpWaiting:
		s.early = true
		return 0
	case s.mode == smtpChunk:
		n := min(s.chunk, len(waiting))
		s.chunk -= n
		l := s.line(Client, waiting[:n])
		s.Lines[l-1].Note, s.Lines[l-1].Body = "("+strconv.Itoa(n)+" bytes of the message)", true
		if s.chunk == 0 {
			s.mode = smtpCommands
		}
		return n
	}
	line, n := s.cutLine(Client, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(Client, waiting[:n])
	s.lineEnd(l, waiting[:n], "line-end")
	switch s.mode {
	case smtpText:
		s.text(l, line)
	case smtpAuth:
		s.auth(l, string(line))
	default:
		s.command(l, line)
	}
	return n
}

// text takes a line of a message.
func (s *smtpSession) text(l int, line []byte) {
	s.Lines[l-1].Body = true
	if s.early {
		s.early = false
		s.breach(l, "data-wait", "")
	}
	switch {
	case string(line) == ".":
		s.mode, s.afterText = smtpCommands, true
		s.Lines[l-1].Body = false
		s.queue = append(s.queue, command{verb: ".", line: l})
		s.hoped.mail, s.hoped.rcpt, s.hoped.asked = false, 0, 0
		return
	case len(line) > 1 && line[0] == '.' && line[1] != '.':
		s.breach(l, "text-dot", "the first dot of this line gets lost")
	}
	if len(line)+2 > 1000 {
		s.breach(l, "text-length", "this one has %d", len(line)+2)
	}
	if !s.state.eightBit && !s.eightBitNoted && slices.ContainsFunc(line, func(c byte) bool { return c >= 0x80 }) {
		s.eightBitNoted = true
		s.breach(l, "text-eight-bit", "")
	}
}

// auth takes what the client answers to 334.
func (s *smtpSession) auth(l int, line string) {
	s.mode = smtpCommands
	s.checkBase64(l, line)
	s.queue = append(s.queue, command{verb: "AUTH", line: l})
}

func (s *smtpSession) checkBase64(l int, word string) {
	if _, err := base64.StdEncoding.DecodeString(word); err != nil && word != "*" && word != "=" {
		s.breach(l, "auth-base64", "")
	}
}

// finish looks at what is left when the dialogue ends.
func (s *smtpSession) finish(rest [2][]byte) {
	if len(rest[Client]) > 0 && s.mode == smtpWaiting {
		l := s.line(Client, rest[Client])
		s.Lines[l-1].Note = "(" + strconv.Itoa(len(rest[Client])) + " bytes)"
		s.breach(l, "data-wait", "")
		rest[Client] = nil
	}
	s.lockstep.finish(rest)
}

// offered reports whether an extension was offered.
func (s *smtpSession) offered(name string) bool { return s.extensions[name] }

// domainOK reports whether a name or an address in brackets can stand in HELO and EHLO.
func domainOK(name string) bool { return smtp.ValidDomain(name) && !strings.ContainsAny(name, " <>") }
