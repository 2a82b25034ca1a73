package imap

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// search is SEARCH and UID SEARCH (RFC 3501 6.4.4).
func (x *session) search(p *parser, uid bool) verdict {
	p.sp()
	program := p.searchProgram()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	switch strings.ToUpper(program.charset) {
	case "", "UTF-8", "US-ASCII":
	default:
		return no("[BADCHARSET (US-ASCII UTF-8)] not a charset that can be searched for")
	}
	v := x.view
	if err := v.prepare(&program.key); err != nil {
		return verdict{err: err}
	}
	line := []byte("SEARCH")
	reads, keys := program.key.cost()
	for i, k := range v.messages {
		x.charge(messageCost * keys)
		m, err := v.folder.Message(k.uid)
		if err != nil {
			continue // gone, though its number is still there
		}
		x.charge(reads * int(m.Size) / byteCost)
		c := &candidate{view: v, number: uint32(i + 1), known: k, message: m}
		if c.matches(program.key) {
			number := c.number
			if uid {
				number = k.uid
			}
			line = fmt.Appendf(line, " %d", number)
		}
	}
	x.untagged(string(line))
	return ok("SEARCH completed")
}

// cost returns how often the keys may read through a message, and how many keys there are.
func (k *searchKey) cost() (reads, keys int) {
	switch k.op {
	case "TEXT", "BODY":
		reads = 2
	case "FROM", "TO", "CC", "BCC", "SUBJECT", "HEADER", "SENTBEFORE", "SENTON", "SENTSINCE":
		reads = 1
	}
	keys = 1
	for i := range k.keys {
		r, n := k.keys[i].cost()
		reads, keys = reads+r, keys+n
	}
	return reads, keys
}

// prepare works out which numbers the sets of a key are, puts its text in lower case, and refuses those with message numbers that do not exist.
func (v *view) prepare(k *searchKey) error {
	n := uint32(len(v.messages))
	switch {
	case k.op == "SET":
		k.ranges = k.set.resolve(n)
		if len(k.ranges) > 0 && k.ranges[len(k.ranges)-1].Stop > n {
			return &misplaced{fmt.Sprintf("there are %d messages", n)}
		}
	case k.op == "UID" && n > 0:
		k.ranges = k.set.resolve(v.messages[n-1].uid)
	}
	k.text = strings.ToLower(k.text)
	for i := range k.keys {
		if err := v.prepare(&k.keys[i]); err != nil {
			return err
		}
	}
	return nil
}

// A candidate is a message that may match; what is read of it is kept.
type candidate struct {
	view    *view
	number  uint32
	known   known
	message maildrop.Message
	fields  []field
	text    []byte
	body    *Structure
}

func (c *candidate) matches(k searchKey) bool {
	flags := c.message.Flags
	switch k.op {
	case "AND":
		for _, inner := range k.keys {
			if !c.matches(inner) {
				return false
			}
		}
		return true
	case "OR":
		return c.matches(k.keys[0]) || c.matches(k.keys[1])
	case "NOT":
		return !c.matches(k.keys[0])
	case "ALL":
		return true
	case "SET":
		return within(k.ranges, c.number)
	case "UID":
		return within(k.ranges, c.message.UID)
	case "LARGER":
		return c.message.Size > int64(k.number)
	case "SMALLER":
		return c.message.Size < int64(k.number)
	case "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN":
		return flags&flagOf(k.op) != 0
	case "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN":
		return flags&flagOf(k.op[2:]) == 0
	case "RECENT":
		return c.known.recent
	case "OLD":
		return !c.known.recent
	case "NEW":
		return c.known.recent && flags&maildrop.Seen == 0
	case "KEYWORD":
		return c.keyword(k.text)
	case "UNKEYWORD":
		return !c.keyword(k.text)
	case "BEFORE", "ON", "SINCE":
		return compareDays(k.op, c.message.Date, k.date)
	}
	return c.contentMatches(k)
}

func flagOf(name string) maildrop.Flags {
	switch name {
	case "ANSWERED":
		return maildrop.Answered
	case "DELETED":
		return maildrop.Deleted
	case "DRAFT":
		return maildrop.Draft
	case "FLAGGED":
		return maildrop.Flagged
	}
	return maildrop.Seen
}

func (c *candidate) keyword(name string) bool {
	for _, f := range c.view.folder.FlagNames(c.message.Flags) {
		if strings.EqualFold(f, name) {
			return true
		}
	}
	return false
}

// compareDays compares the days of two times, without regard to hours and time zones (RFC 3501 6.4.4).
func compareDays(op string, t, with time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	switch op {
	case "BEFORE":
		return day.Before(with)
	case "ON":
		return day.Equal(with)
	}
	return !day.Before(with)
}

// contentMatches judges keys for which the message has to be read.
func (c *candidate) contentMatches(k searchKey) bool {
	if !c.load() {
		return false
	}
	switch k.op {
	case "BCC", "CC", "FROM", "SUBJECT", "TO":
		return c.header(k.op, k.text)
	case "HEADER":
		return c.header(k.field, k.text)
	case "SENTBEFORE", "SENTON", "SENTSINCE":
		t, err := mail.ParseDate(get(c.fields, "Date"))
		return err == nil && compareDays(strings.TrimPrefix(k.op, "SENT"), t, k.date)
	case "TEXT":
		for _, f := range c.fields {
			if contains(f.name+": "+decodeWords(f.value), k.text) {
				return true
			}
		}
	}
	return c.bodyContains(c.body, k.text) // BODY, and TEXT
}

func (c *candidate) load() bool {
	if c.text == nil {
		text, err := c.view.folder.Read(c.message.UID)
		if err != nil {
			return false
		}
		c.text, c.body = text, split(text)
		c.fields = parseHeader(text[c.body.header.from:c.body.header.to])
	}
	return true
}

// header reports whether a field of that name has the text in it. The empty text is in every field.
func (c *candidate) header(name, text string) bool {
	for _, f := range c.fields {
		if strings.EqualFold(f.name, name) && contains(decodeWords(f.value), text) {
			return true
		}
	}
	return false
}

// bodyContains looks for text in every part that is text, after its encoding is undone, and in the headers of parts.
func (c *candidate) bodyContains(s *Structure, text string) bool {
	for _, part := range s.Parts {
		header := c.text[part.header.from:part.header.to]
		if contains(decodeWords(string(header)), text) || c.bodyContains(part, text) {
			return true
		}
	}
	return len(s.Parts) == 0 && contains(string(decodeBody(c.text[s.body.from:s.body.to], s.Encoding)), text)
}

// contains looks for text, which is in lower case, without regard to case.
func contains(in, text string) bool { return strings.Contains(strings.ToLower(in), text) }

// decodeWords undoes the encoded words of a header (RFC 2047) as far as it can.
func decodeWords(value string) string {
	if !strings.Contains(value, "=?") {
		return value
	}
	decoded, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		return value
	}
	return decoded
}

// decodeBody undoes a transfer encoding as far as it can.
func decodeBody(body []byte, encoding string) []byte {
	var r io.Reader
	switch encoding {
	case "BASE64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(body))
	case "QUOTED-PRINTABLE":
		r = quotedprintable.NewReader(bytes.NewReader(body))
	default:
		return body
	}
	decoded, _ := io.ReadAll(r)
	return decoded
}
