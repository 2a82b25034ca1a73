package smtp

import (
	"strconv"
	"strings"
)

// cutKeyword takes "FROM:" or "TO:" off the argument of MAIL or RCPT.
func cutKeyword(arg, keyword string) (rest string, ok bool) {
	if len(arg) < len(keyword) || !strings.EqualFold(arg[:len(keyword)], keyword) {
		return "", false
	}
	return arg[len(keyword):], true
}

// mailFrom is MAIL (RFC 5321 4.1.1.2).
func (ss *session) mailFrom(arg string) {
	const syntax = "MAIL FROM:<address>"
	rest, ok := cutKeyword(arg, "FROM:")
	if !ok {
		ss.fail("syntax", syntax)
		return
	}
	from, params, ok := parsePath(rest)
	switch {
	case !ok:
		ss.fail("syntax", syntax)
		return
	case ss.envelope.Helo == "":
		ss.fail("sequence", "Say HELO first")
		return
	case ss.mail:
		ss.fail("sequence", "The sender is given already")
		return
	case !ss.mailParams(params):
		ss.forgetParams()
		return
	case from != "" && !ValidMailbox(from):
		ss.fail("bad-sender", from)
	case !isASCII(from) && !ss.envelope.UTF8:
		ss.fail("utf8-needed", from)
	default:
		ss.envelope.From = from
		ss.mail = ss.settle(Event{Step: StepMail, Arg: from}, func() error {
			if c, ok := ss.server.Mailbox.(SenderChecker); ok {
				return c.CheckSender(ss.envelope, from)
			}
			return nil
		}, "mail")
	}
	if !ss.mail {
		ss.forgetParams()
	}
}

func (ss *session) forgetParams() {
	e := ss.envelope
	e.From, e.Body, e.UTF8, e.Size = "", "", false, 0
}

// mailParams reads the parameters of MAIL, and answers if one is wrong.
func (ss *session) mailParams(params []param) bool {
	e := ss.envelope
	for _, p := range params {
		shown := p.keyword
		if p.value != "" {
			shown += "=" + p.value
		}
		if !e.Extended {
			ss.fail("parameter", shown)
			return false
		}
		switch {
		case p.keyword == "SIZE" && ss.server.offers("SIZE"):
			n, err := strconv.ParseInt(p.value, 10, 64)
			if err != nil || n < 0 || len(p.value) > 20 {
				ss.fail("syntax", "SIZE=number")
				return false
			}
			if n > int64(ss.server.maxSize()) {
				ss.fail("too-large", strconv.Itoa(ss.server.maxSize()))
				return false
			}
			e.Size = n
		case p.keyword == "BODY" && ss.server.offers("8BITMIME"):
			if e.Body = strings.ToUpper(p.value); e.Body != "7BIT" && e.Body != "8BITMIME" {
				ss.fail("parameter", shown)
				return false
			}
		case p.keyword == "SMTPUTF8" && p.value == "" && ss.server.offers("SMTPUTF8"):
			e.UTF8 = true
		case p.keyword == "AUTH" && ss.server.Secret != nil && ss.server.offers("AUTH"): // RFC 4954 5: the name is not trusted, so not kept
			if _, ok := decodeXtext(p.value); !ok || p.value == "" {
				ss.fail("syntax", "AUTH=address")
				return false
			}
		default:
			ss.fail("parameter", shown)
			return false
		}
	}
	return true
}

// rcptTo is RCPT (RFC 5321 4.1.1.3).
func (ss *session) rcptTo(arg string) {
	const syntax = "RCPT TO:<address>"
	rest, ok := cutKeyword(arg, "TO:")
	if !ok {
		ss.fail("syntax", syntax)
		return
	}
	to, params, ok := parsePath(rest)
	switch {
	case !ok:
		ss.fail("syntax", syntax)
	case !ss.mail:
		ss.fail("sequence", "Say MAIL first")
	case ss.chunks != nil:
		ss.fail("sequence", "The message has begun")
	case len(params) > 0:
		ss.fail("parameter", params[0].keyword)
	case !strings.EqualFold(to, "Postmaster") && !ValidMailbox(to): // RFC 5321 4.5.1
		ss.fail("bad-recipient", to)
	case !isASCII(to) && !ss.envelope.UTF8:
		ss.fail("utf8-needed", to)
	case len(ss.envelope.To) >= or(ss.server.MaxRecipients, defaultRecipients):
		ss.say("too-many-recipients", "")
	case ss.settle(Event{Step: StepRcpt, Arg: to}, func() error {
		if c, ok := ss.server.Mailbox.(RecipientChecker); ok {
			return c.CheckRecipient(ss.envelope, to)
		}
		return nil
	}, "rcpt"):
		ss.envelope.To = append(ss.envelope.To, to)
		return
	}
	ss.refused = true
}

// rset is RSET (RFC 5321 4.1.1.5).
func (ss *session) rset(arg string) {
	if arg != "" {
		ss.fail("syntax", "RSET")
		return
	}
	ss.idle++
	if ss.settle(Event{Step: StepRset}, nil, "rset") {
		ss.reset()
	}
}
