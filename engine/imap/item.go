package imap

import (
	"fmt"
	"strings"
)

// A section says which part of a message BODY[…] means (RFC 3501 6.4.5).
type section struct {
	part   []uint32 // 1.2: the second part of the first; none is the message itself
	text   string   // "", HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME
	fields []string // of HEADER.FIELDS and HEADER.FIELDS.NOT
}

// String returns the section without its brackets.
func (s section) String() string {
	var b strings.Builder
	for i, n := range s.part {
		if i > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, n)
	}
	if s.text != "" && len(s.part) > 0 {
		b.WriteByte('.')
	}
	b.WriteString(s.text)
	if s.fields != nil {
		b.WriteString(" (")
		for i, f := range s.fields {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.Write(appendAString(nil, f))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// An item is what FETCH is asked for: fetch-att.
type item struct {
	name    string // FLAGS, UID, INTERNALDATE, ENVELOPE, BODYSTRUCTURE, RFC822.SIZE; BODY for the structure; BODY[] for a section
	label   string // what stands before it in the answer
	section section
	peek    bool // \Seen is not set
	partial bool
	offset  uint32
	length  uint32
}

// macro returns the items that a macro stands for, or nil.
func macro(name string) []string {
	switch name {
	case "FAST":
		return []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}
	case "ALL":
		return []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"}
	case "FULL":
		return []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"}
	}
	return nil
}

// fetchItems = "ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"
func (p *parser) fetchItems() []item {
	if p.peek() == '(' {
		var items []item
		p.list(maxItems, func() { items = append(items, p.fetchAtt()) })
		if len(items) == 0 {
			p.fail("an item to fetch")
		}
		return items
	}
	from := p.at
	if names := macro(p.itemName()); names != nil {
		var items []item
		for _, name := range names {
			items = append(items, item{name: name, label: name})
		}
		return items
	}
	p.at = from
	return []item{p.fetchAtt()}
}

func (p *parser) itemName() string {
	return strings.ToUpper(p.run("an item to fetch", func(c byte) bool { return c == '.' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }))
}

// fetchAtt reads one item.
func (p *parser) fetchAtt() item {
	from := p.at
	name := p.itemName()
	switch name {
	case "ENVELOPE", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", "UID":
		return item{name: name, label: name}
	case "RFC822":
		return item{name: "BODY[]", label: name}
	case "RFC822.HEADER":
		return item{name: "BODY[]", label: name, section: section{text: "HEADER"}, peek: true}
	case "RFC822.TEXT":
		return item{name: "BODY[]", label: name, section: section{text: "TEXT"}}
	case "BODY", "BODY.PEEK":
		if p.peek() != '[' && name == "BODY" {
			return item{name: name, label: name}
		}
		it := item{name: "BODY[]", peek: name == "BODY.PEEK", section: p.section()}
		it.label = "BODY[" + it.section.String() + "]"
		if p.take('<') {
			it.partial, it.offset = true, p.number()
			p.want('.')
			it.length = p.nzNumber()
			p.want('>')
			it.label += fmt.Sprintf("<%d>", it.offset)
		}
		return it
	}
	p.at = from
	p.fail("an item to fetch")
	return item{}
}

// section = "[" [section-spec] "]"
func (p *parser) section() (s section) {
	p.want('[')
	for isDigit(p.peek()) {
		if s.part = append(s.part, p.nzNumber()); len(s.part) > maxMIMEDepth {
			p.fail("a part that lies less deep")
		}
		if !p.take('.') {
			p.want(']')
			return s
		}
		if c := p.peek(); !isDigit(c) && c|0x20 != 'h' && c|0x20 != 't' && c|0x20 != 'm' {
			p.fail("a part or a section")
		}
	}
	if p.take(']') {
		return s
	}
	from := p.at
	s.text = p.itemName()
	switch s.text {
	case "HEADER", "TEXT":
	case "MIME":
		if len(s.part) == 0 {
			p.at = from
			p.fail("a section of a message")
		}
	case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
		p.sp()
		s.fields = []string{}
		p.list(maxItems, func() { s.fields = append(s.fields, p.astring()) })
		if len(s.fields) == 0 {
			p.fail("a header field's name")
		}
	default:
		p.at = from
		p.fail("a section of a message")
	}
	p.want(']')
	return s
}
