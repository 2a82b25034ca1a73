package mail

import (
	"strings"
	"time"
)

// Received is what a server writes on top of each message that comes through it (RFC 5321 4.4).
type Received struct {
	From string // who sent it: the name it gave, and in brackets what was seen
	By   string // who took it
	With string // SMTP, ESMTP, ESMTPS, ESMTPA, …
	ID   string // the name of the message in the server's queue
	For  string // the recipient, if it is one
	Date time.Time
}

// Field returns the value of the header field Received.
func (r Received) Field() string {
	var b strings.Builder
	for _, clause := range []struct{ word, value string }{{"from", r.From}, {"by", r.By}, {"with", r.With}, {"id", r.ID}, {"for", r.For}} {
		if clause.value == "" {
			continue
		}
		if clause.word == "for" {
			clause.value = "<" + clause.value + ">"
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(clause.word + " " + clause.value)
	}
	return b.String() + "; " + FormatDate(r.Date)
}

// ParseReceived reads the value of a field Received as well as it can: what it does not find is empty.
func ParseReceived(value string) Received {
	var r Received
	clauses := value
	if i := strings.LastIndexByte(value, ';'); i >= 0 {
		clauses = value[:i]
		if date := value[i+1:]; len(date) < 200 {
			r.Date, _ = ParseDate(date)
		}
	}
	var current *string
	for word := range strings.FieldsSeq(clauses) {
		switch strings.ToLower(word) {
		case "from":
			current = &r.From
		case "by":
			current = &r.By
		case "with":
			current = &r.With
		case "id":
			current = &r.ID
		case "for":
			current = &r.For
		case "via":
			current = nil
		default:
			if current == nil {
				continue
			}
			if *current != "" {
				*current += " "
			}
			*current += word
		}
	}
	r.For = strings.TrimSuffix(strings.TrimPrefix(r.For, "<"), ">")
	return r
}
