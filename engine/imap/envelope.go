package imap

import "strings"

// An Envelope is what a list of messages shows (RFC 3501 7.4.2), as it stands in the header: encoded words stay encoded.
type Envelope struct {
	Date, Subject         string
	From, Sender, ReplyTo []Address
	To, Cc, Bcc           []Address
	InReplyTo, MessageID  string
}

// An Address is one of an envelope. The begin of a group has its name in Mailbox and no Host, its end has neither.
type Address struct{ Name, Route, Mailbox, Host string }

// String returns the address as name and <mailbox@host>.
func (a Address) String() string {
	address := a.Mailbox
	if a.Host != "" {
		address += "@" + a.Host
	}
	if a.Name == "" {
		return address
	}
	return a.Name + " <" + address + ">"
}

// envelopeOf makes the envelope of a message. Sender and Reply-To are From where they are missing.
func envelopeOf(fields []field) *Envelope {
	e := &Envelope{Date: get(fields, "Date"), Subject: get(fields, "Subject"), InReplyTo: get(fields, "In-Reply-To"), MessageID: get(fields, "Message-ID"),
		From: parseAddresses(all(fields, "From")), Sender: parseAddresses(get(fields, "Sender")), ReplyTo: parseAddresses(all(fields, "Reply-To")),
		To: parseAddresses(all(fields, "To")), Cc: parseAddresses(all(fields, "Cc")), Bcc: parseAddresses(all(fields, "Bcc"))}
	if len(e.Sender) == 0 {
		e.Sender = e.From
	}
	if len(e.ReplyTo) == 0 {
		e.ReplyTo = e.From
	}
	return e
}

// maxAddresses is how many addresses of a field are looked at.
const maxAddresses = 1000

// parseAddresses reads a list of addresses (RFC 5322 3.4) and takes what makes no sense for as much of an address as it is.
func parseAddresses(text string) []Address {
	p := &addressParser{text: text}
	for p.next() && len(p.list) < maxAddresses {
	}
	return p.list
}

// An addressParser collects words until it knows what they are: a display name, or an address without brackets.
type addressParser struct {
	text    string
	at      int
	list    []Address
	words   []string // of the address that is being read
	comment string   // the last one in parentheses
	group   bool
}

// next reads one token and reports whether there was one.
func (p *addressParser) next() bool {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	if p.at >= len(p.text) {
		p.finish()
		if p.group {
			p.group = false
			p.list = append(p.list, Address{})
		}
		return false
	}
	switch c := p.text[p.at]; c {
	case ',':
		p.at++
		p.finish()
	case ';':
		p.at++
		p.finish()
		if p.group {
			p.group = false
			p.list = append(p.list, Address{})
		}
	case ':':
		p.at++
		if !p.group {
			p.list = append(p.list, Address{Mailbox: strings.Join(p.words, " ")})
			p.group = true
		}
		p.words = nil
	case '<':
		p.angle()
	case '"':
		value, rest := quotedValue(p.text[p.at:])
		p.at = len(p.text) - len(rest)
		p.word(value)
	case '(':
		p.comment = p.parenthesis()
	default:
		p.word(p.until(" \t,;:<\"("))
	}
	return true
}

func (p *addressParser) until(stops string) string {
	n := strings.IndexAny(p.text[p.at+1:], stops)
	if n < 0 {
		n = len(p.text) - p.at - 1
	}
	word := p.text[p.at : p.at+1+n]
	p.at += 1 + n
	return word
}

// word adds a word; what touches "@" or "." belongs to one word: "a b"@c.
func (p *addressParser) word(w string) {
	if n := len(p.words); n > 0 && (strings.HasPrefix(w, "@") || strings.HasSuffix(p.words[n-1], "@")) {
		p.words[n-1] += w
		return
	}
	p.words = append(p.words, w)
}

// angle reads "<@route:mailbox@host>", whose name are the words before it.
func (p *addressParser) angle() {
	inner, rest, _ := strings.Cut(p.text[p.at+1:], ">")
	p.at = len(p.text) - len(rest)
	a := Address{Name: strings.Join(p.words, " ")}
	p.words = nil
	inner = strings.TrimSpace(inner)
	if strings.HasPrefix(inner, "@") {
		if route, address, ok := strings.Cut(inner, ":"); ok {
			a.Route, inner = route, address
		}
	}
	a.Mailbox, a.Host = splitAddress(inner)
	p.list = append(p.list, a)
}

// parenthesis reads a comment, with others in it, and returns its text.
func (p *addressParser) parenthesis() string {
	depth := 0
	for i := p.at; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				text := p.text[p.at+1 : i]
				p.at = i + 1
				return text
			}
		}
	}
	text := p.text[p.at+1:]
	p.at = len(p.text)
	return text
}

// finish ends an address without brackets.
func (p *addressParser) finish() {
	if len(p.words) > 0 {
		a := Address{Name: p.comment}
		a.Mailbox, a.Host = splitAddress(strings.Join(p.words, " "))
		p.list = append(p.list, a)
	}
	p.words, p.comment = nil, ""
}

// splitAddress takes an address apart. What is missing is said to be, since an address without a host would begin a group.
func splitAddress(text string) (mailbox, host string) {
	mailbox = text
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		mailbox, host = text[:i], strings.TrimSpace(text[i+1:])
	}
	mailbox = strings.Trim(strings.TrimSpace(mailbox), `"`)
	if mailbox == "" {
		mailbox = "MISSING_MAILBOX"
	}
	if host == "" {
		host = "MISSING_DOMAIN"
	}
	return mailbox, host
}
