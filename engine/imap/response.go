package imap

import (
	"strings"
	"time"
)

// A Message is what a server said of one (RFC 3501 7.4.2); what was not asked for is zero.
type Message struct {
	Number    uint32 // in the selected folder
	UID       uint32
	Flags     []string // nil: not said
	Size      int64
	Date      time.Time // when the server got it
	Envelope  *Envelope
	Structure *Structure
	Sections  []Section
}

// A Section is a part of a message that was fetched.
type Section struct {
	Name string // as the server says it: BODY[TEXT]<0>
	Text []byte // nil: there is no such part
}

// Section returns the text of the section with that name, whose case does not matter; nil if there is none.
func (m *Message) Section(name string) []byte {
	for _, s := range m.Sections {
		if strings.EqualFold(s.Name, name) {
			return s.Text
		}
	}
	return nil
}

// fetchResponse = "(" msg-att ")", behind "FETCH "
func (p *parser) fetchResponse(number uint32) *Message {
	m := &Message{Number: number}
	p.list(10*maxItems, func() { p.messageAttribute(m) })
	return m
}

// messageAttribute reads a name and its value. What is not known is passed over.
func (p *parser) messageAttribute(m *Message) {
	name := p.itemName()
	if name == "BODY" && p.peek() == '[' {
		from := p.at
		p.section()
		if p.take('<') {
			p.number()
			p.want('>')
		}
		name += string(p.b[from:p.at])
	}
	p.sp()
	switch name {
	case "FLAGS":
		m.Flags = p.flagList()
	case "UID":
		m.UID = p.nzNumber()
	case "RFC822.SIZE":
		m.Size = int64(p.digits(63))
	case "INTERNALDATE":
		m.Date = p.dateTime()
	case "ENVELOPE":
		m.Envelope = p.envelope()
	case "BODY", "BODYSTRUCTURE":
		m.Structure = p.structure()
	default:
		if !strings.HasPrefix(name, "BODY[") && !strings.HasPrefix(name, "RFC822") {
			p.value()
			return
		}
		text, there := p.nstring()
		s := Section{Name: name}
		if there {
			s.Text = []byte(text)
		}
		m.Sections = append(m.Sections, s)
	}
}

// value passes over any value: a string, an atom, NIL or a list of values.
func (p *parser) value() {
	switch p.peek() {
	case '(':
		p.list(maxCommand, p.value)
	case '"', '{':
		p.string()
	default:
		p.run("a value", func(c byte) bool { return c > ' ' && c != '(' && c != ')' && c < 0x7f })
	}
}

func (p *parser) envelope() *Envelope {
	e := &Envelope{}
	p.want('(')
	e.Date, _ = p.nstring()
	p.sp()
	e.Subject, _ = p.nstring()
	for _, list := range []*[]Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		p.sp()
		*list = p.addresses()
	}
	p.sp()
	e.InReplyTo, _ = p.nstring()
	p.sp()
	e.MessageID, _ = p.nstring()
	p.want(')')
	return e
}

// addresses = "(" 1*address ")" / nil
func (p *parser) addresses() (list []Address) {
	if p.isNIL() {
		return nil
	}
	p.want('(')
	for p.err == nil && !p.take(')') {
		p.take(' ') // some servers put one there
		var a Address
		p.want('(')
		a.Name, _ = p.nstring()
		p.sp()
		a.Route, _ = p.nstring()
		p.sp()
		a.Mailbox, _ = p.nstring()
		p.sp()
		a.Host, _ = p.nstring()
		p.want(')')
		list = append(list, a)
	}
	return list
}

// structure = "(" (body-type-1part / body-type-mpart) ")"
func (p *parser) structure() *Structure {
	s := &Structure{}
	p.want('(')
	if p.depth++; p.depth > maxMIMEDepth+maxDepth {
		p.fail("fewer parentheses")
	}
	if p.peek() == '(' {
		p.multipart(s)
	} else {
		p.onePart(s)
	}
	p.depth--
	p.want(')')
	return s
}

func (p *parser) multipart(s *Structure) {
	for p.peek() == '(' && len(s.Parts) < maxMIMEParts {
		s.Parts = append(s.Parts, p.structure())
	}
	p.sp()
	s.Type, s.Subtype = "MULTIPART", strings.ToUpper(p.string())
	if p.take(' ') {
		s.Params = p.params()
		p.extension(s)
	}
}

func (p *parser) onePart(s *Structure) {
	s.Type = strings.ToUpper(p.string())
	p.sp()
	s.Subtype = strings.ToUpper(p.string())
	p.sp()
	s.Params = p.params()
	p.sp()
	s.ID, _ = p.nstring()
	p.sp()
	s.Description, _ = p.nstring()
	p.sp()
	s.Encoding, _ = p.nstring()
	s.Encoding = strings.ToUpper(s.Encoding)
	p.sp()
	s.Size = int64(p.digits(63))
	if s.Type == "MESSAGE" && s.Subtype == "RFC822" && p.at+1 < len(p.b) && p.b[p.at+1] == '(' {
		p.sp()
		s.Envelope = p.envelope()
		p.sp()
		s.Parts = []*Structure{p.structure()}
	}
	if s.counted() && p.peek() == ' ' {
		p.sp()
		s.Lines = int64(p.digits(63))
	}
	if p.take(' ') {
		s.MD5, _ = p.nstring()
		p.extension(s)
	}
}

// params = "(" string SP string *(SP string SP string) ")" / nil
func (p *parser) params() (list []Param) {
	if p.isNIL() {
		return nil
	}
	p.list(maxItems, func() {
		name := p.string()
		p.sp()
		list = append(list, Param{strings.ToUpper(name), p.string()})
	})
	return list
}

// extension reads what may follow at the end of a part: disposition, language, location, and what a later version adds.
func (p *parser) extension(s *Structure) {
	if !p.take(' ') {
		return
	}
	if !p.isNIL() {
		p.want('(')
		s.Disposition = strings.ToUpper(p.string())
		p.sp()
		s.DispositionParams = p.params()
		p.want(')')
	}
	if !p.take(' ') {
		return
	}
	switch {
	case p.isNIL():
	case p.peek() == '(':
		p.list(maxItems, func() { s.Language = append(s.Language, p.string()) })
	default:
		s.Language = []string{p.string()}
	}
	if !p.take(' ') {
		return
	}
	s.Location, _ = p.nstring()
	for p.take(' ') && p.err == nil {
		p.value()
	}
}

// A ListEntry is a line of LIST or LSUB.
type ListEntry struct {
	Name       string
	Separator  string   // between the levels of names; "" if there are none
	Attributes []string // such as \Noselect
}

func (p *parser) listEntry() (e ListEntry) {
	e.Attributes = p.flagList()
	p.sp()
	e.Separator, _ = p.nstring()
	p.sp()
	e.Name = p.mailbox()
	return e
}

// A status is the end of a command, or OK, NO, BAD, PREAUTH or BYE without a tag.
type status struct {
	word     string
	response string // in brackets
	text     string
}

// responseText = ["[" resp-text-code "]" SP] text
func (p *parser) responseText(word string) status {
	s := status{word: word}
	p.take(' ')
	rest := string(p.b[p.at:])
	p.at = len(p.b)
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		if code, text, ok := strings.Cut(inner, "]"); ok {
			s.response, rest = code, strings.TrimPrefix(text, " ")
		}
	}
	s.text = rest
	return s
}

// A response is an answer without a tag.
type response struct {
	number uint32 // of EXISTS, RECENT, EXPUNGE, FETCH
	name   string // in capitals
	p      *parser
}

// untagged reads what stands behind "* ".
func (p *parser) untagged() response {
	r := response{p: p}
	if isDigit(p.peek()) {
		r.number = p.number()
		p.sp()
	}
	r.name = strings.ToUpper(p.atom())
	return r
}
