package smtp

import "strings"

// helo is HELO and EHLO (RFC 5321 4.1.1.1): both begin anew.
func (ss *session) helo(verb, arg string) {
	name, _, _ := strings.Cut(arg, " ")
	if name == "" || len(name) > maxDomain {
		ss.fail("syntax", verb+" name")
		return
	}
	ss.reset()
	before := *ss.envelope
	ss.envelope.Helo, ss.envelope.Extended = name, verb == "EHLO"
	enhanced := ss.enhanced
	ss.enhanced = false // RFC 2034 4: never in the reply to EHLO
	r := ss.ask(Event{Step: StepHelo, Arg: name})
	if r == nil {
		usual := expand(ss.server.words[strings.ToLower(verb)], ss.domain, name, name)
		if verb == "EHLO" {
			usual.Lines = append(usual.Lines, ss.extensions()...)
		}
		r = &usual
	}
	ss.reply(*r)
	if !r.Positive() {
		*ss.envelope, ss.enhanced = before, enhanced
		return
	}
	ss.enhanced = ss.envelope.Extended && ss.server.offers("ENHANCEDSTATUSCODES")
}

// quit is QUIT (RFC 5321 4.1.1.10).
func (ss *session) quit(arg string) {
	if arg != "" {
		ss.fail("syntax", "QUIT")
		return
	}
	ss.settle(Event{Step: StepQuit}, nil, "quit")
	ss.closing = true
}
