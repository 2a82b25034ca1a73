package mail

import (
	"math/rand/v2"
	"time"
)

// A Draft is what a message is built from. Its zero value is an empty text to nobody.
type Draft struct {
	From, To, Cc, ReplyTo []Address
	Sender                *Address
	Subject               string
	Date                  time.Time // the zero time: when Build is called
	ID                    string    // of the field Message-ID, without brackets; "" makes one
	InReplyTo             string    // the ID of the message that this one answers
	References            []string  // IDs of the whole conversation
	Fields                []Field   // more of the header, Name and Value, behind the others

	Text, HTML  string    // the body; both give a multipart/alternative
	Attachments []Content // make it a multipart/mixed, or, one alone without a text, a message of its type
	Content     *Content  // the body instead of all of these
}

// Content is a part, and its body, of a message to be built.
type Content struct {
	Type     string            // media type; "text/plain", or by the name's ending, or "application/octet-stream", or "multipart/mixed"
	Params   map[string]string // of the type: charset, which must be one that is known, and others
	Encoding string            // of the body: "7bit", "8bit", "binary", "quoted-printable", "base64"; "" chooses
	Body     []byte            // of texts, in UTF-8, whatever their charset will be; lines end with LF or CRLF
	Parts    []Content         // of a multipart, or the one message of a message/rfc822
	Boundary string            // of a multipart; "" makes one

	Name        string  // of a file
	Disposition string  // "attachment", which is what a part with a name is, or "inline"
	ID          string  // of the field Content-ID, without brackets
	Description string  // of the field Content-Description
	Fields      []Field // more of its header
}

// Build returns the message with lines that end with CRLF. What the draft leaves open is taken from the clock and from random
// numbers, so that the same ones give the same bytes. The host is the right side of the ID. It returns an *Error for what no
// message can have.
func (d *Draft) Build(r *rand.Rand, now time.Time, host string) ([]byte, error) {
	w := &writer{rand: r}
	if d.Date.IsZero() {
		w.field("Date", FormatDate(now))
	} else {
		w.field("Date", FormatDate(d.Date))
	}
	if err := d.people(w); err != nil {
		return nil, err
	}
	if d.Subject != "" {
		w.text("Subject", d.Subject)
	}
	id := d.ID
	if id == "" {
		id = NewID(r, now, host)
	}
	ids := func(name string, list ...string) {
		text := ""
		for _, id := range list {
			if !validID(id) {
				w.fail(problem("header", "%.60q is not a message identifier", id))
			}
			text += " <" + id + ">"
		}
		w.field(name, text[1:])
	}
	ids("Message-ID", id)
	if d.InReplyTo != "" {
		ids("In-Reply-To", d.InReplyTo)
	}
	if len(d.References) > 0 {
		ids("References", d.References...)
	}
	w.fields(d.Fields)
	w.field("MIME-Version", "1.0")
	w.content(d.content(), 0)
	return w.out.Bytes(), w.err
}

func (d *Draft) people(w *writer) error {
	for _, f := range []struct {
		name string
		list []Address
	}{{"From", d.From}, {"Sender", sender(d.Sender)}, {"Reply-To", d.ReplyTo}, {"To", d.To}, {"Cc", d.Cc}} {
		if len(f.list) == 0 {
			continue
		}
		for _, a := range f.list {
			if again, err := ParseAddress(a.String()); err != nil || again.Address != a.Address {
				return problem("address", "%.100q is none", a.Address)
			}
		}
		w.field(f.name, FormatAddresses(f.list))
	}
	return nil
}

func sender(a *Address) []Address {
	if a == nil {
		return nil
	}
	return []Address{*a}
}

// content returns the body that text, HTML and attachments make together.
func (d *Draft) content() *Content {
	if d.Content != nil {
		return d.Content
	}
	var parts []Content
	if d.Text != "" || d.HTML == "" && len(d.Attachments) == 0 {
		parts = append(parts, Content{Type: "text/plain", Body: []byte(d.Text)})
	}
	if d.HTML != "" {
		parts = append(parts, Content{Type: "text/html", Body: []byte(d.HTML)})
	}
	if len(parts) == 2 {
		parts = []Content{{Type: "multipart/alternative", Parts: parts}}
	}
	parts = append(parts, d.Attachments...)
	if len(parts) == 1 {
		return &parts[0]
	}
	return &Content{Type: "multipart/mixed", Parts: parts}
}
