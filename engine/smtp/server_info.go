package smtp

import (
	"strings"
)

// noop is NOOP (RFC 5321 4.1.1.9).
func (ss *session) noop(arg string) {
	ss.idle++
	ss.settle(Event{Step: StepNoop, Arg: arg}, nil, "noop")
}

// usages say how each command is written and what it does.
var usages = []struct{ verb, usage string }{
	{"HELO", "HELO name: begin a session"},
	{"EHLO", "EHLO name: begin a session with extensions"},
	{"MAIL", "MAIL FROM:<address> [SIZE=n] [BODY=8BITMIME] [SMTPUTF8]: begin a message"},
	{"RCPT", "RCPT TO:<address>: add a recipient"},
	{"DATA", "DATA: send the message; a line with a dot alone ends it"},
	{"BDAT", "BDAT n [LAST]: send n bytes of the message"},
	{"RSET", "RSET: forget the message"},
	{"NOOP", "NOOP: do nothing"},
	{"HELP", "HELP [command]: explain"},
	{"VRFY", "VRFY user: ask for a mailbox"},
	{"EXPN", "EXPN list: ask who is on a mailing list"},
	{"AUTH", "AUTH PLAIN|LOGIN|CRAM-MD5: say who you are"},
	{"STARTTLS", "STARTTLS: encrypt the session"},
	{"QUIT", "QUIT: end the session"},
}

// help is HELP (RFC 5321 4.1.1.8).
func (ss *session) help(arg string) {
	ss.idle++
	if r := ss.ask(Event{Step: StepHelp, Arg: arg}); r != nil {
		ss.reply(*r)
		return
	}
	text := "Commands:"
	for _, u := range usages {
		if strings.EqualFold(arg, u.verb) {
			ss.say("help", u.usage)
			return
		}
		text += " " + u.verb
	}
	ss.say("help", text+"\nHELP and a command explains it")
}

// target is the argument of VRFY and EXPN without the parameter of RFC 6531 3.7.4.2.
func target(arg string) string {
	if n := len(arg) - len(" SMTPUTF8"); n > 0 && strings.EqualFold(arg[n:], " SMTPUTF8") {
		arg = arg[:n]
	}
	if strings.HasPrefix(arg, "<") && strings.HasSuffix(arg, ">") {
		arg = arg[1 : len(arg)-1]
	}
	return arg
}

// vrfy is VRFY (RFC 5321 4.1.1.6).
func (ss *session) vrfy(arg string) {
	ss.idle++
	user := target(arg)
	if user == "" {
		ss.fail("syntax", "VRFY user")
		return
	}
	if r := ss.ask(Event{Step: StepVrfy, Arg: user}); r != nil {
		ss.reply(*r)
		return
	}
	v, ok := ss.server.Mailbox.(Verifier)
	if !ok {
		ss.say("vrfy-unsaid", user)
		return
	}
	mailbox, err := v.Verify(ss.envelope, user)
	if err != nil {
		ss.refuse(err)
		return
	}
	ss.say("vrfy", mailbox)
}

// maxExpanded is how many lines the answer to EXPN may have.
const maxExpanded = 1000

// expn is EXPN (RFC 5321 4.1.1.7).
func (ss *session) expn(arg string) {
	ss.idle++
	list := target(arg)
	if list == "" {
		ss.fail("syntax", "EXPN list")
		return
	}
	if r := ss.ask(Event{Step: StepExpn, Arg: list}); r != nil {
		ss.reply(*r)
		return
	}
	x, ok := ss.server.Mailbox.(Expander)
	if !ok {
		ss.fail("not-implemented", "EXPN")
		return
	}
	members, err := x.Expand(ss.envelope, list)
	switch {
	case err != nil:
		ss.refuse(err)
	case len(members) == 0 || len(members) > maxExpanded:
		ss.say("local-error", "")
	default:
		ss.say("expn", strings.Join(members, "\n"))
	}
}
