package mail

import (
	"math"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/mail"
)

const partFields = "type (\"image/jpeg\"), charset, encoding (of the body: 7bit, 8bit, quoted-printable, base64), name (of a file), disposition, id, description, headers (a table), boundary, and data or parts"

type buildArgs struct {
	Message struct {
		From       *string           `doc:"who writes: \"Alice <alice@crepes.fr>\""`
		To         lua.LValue        `doc:"to whom: one text, or a list" default:"nil" type:"string|string[]"`
		Cc         lua.LValue        `doc:"to whom else" default:"nil" type:"string|string[]"`
		ReplyTo    lua.LValue        `doc:"where answers go" default:"nil" type:"string|string[]"`
		Sender     *string           `doc:"who sends it for the one who writes"`
		Subject    string            `doc:"the subject" default:""`
		Date       *float64          `doc:"seconds since 1970; now if left out" min:"0" max:"253402300799"`
		ID         *string           `name:"id" doc:"the message identifier, without angle brackets"`
		InReplyTo  string            `doc:"the identifier of the message that this one answers" default:""`
		References []string          `doc:"the identifiers of the whole conversation" default:"nil"`
		Headers    map[string]string `doc:"more fields of the header, written in the order of their names" default:"nil"`
		Text       string            `doc:"the body as text" default:""`
		HTML       string            `name:"html" doc:"the body as HTML" default:""`
		Attach     []lua.LValue      `name:"attachments" doc:"a table each: name, data, and if wanted type, encoding, disposition, id, description" default:"nil" type:"table[]"`
		Parts      []lua.LValue      `doc:"the parts of a multipart, in place of text, html and attachments. A table each: type, charset, encoding, name, disposition, id, description, headers, boundary, and data or parts" default:"nil" type:"table[]"`
		Data       *string           `doc:"the body, in place of text, html and attachments"`
		Type       string            `doc:"the media type of parts (multipart/mixed) or data (by what it is)" default:""`
		Charset    string            `doc:"the charset of the text; it is given in UTF-8 all the same" default:""`
		Encoding   string            `doc:"how text or data is encoded: 7bit, 8bit, quoted-printable, base64; chosen if left out" default:""`
		Boundary   string            `doc:"what separates parts; drawn if left out" default:""`
	} `doc:"what the message says"`
}

func build(c *bind.Call, a buildArgs) (string, error) {
	m := &a.Message
	d := mail.Draft{Subject: m.Subject, InReplyTo: m.InReplyTo, References: m.References, Text: m.Text, HTML: m.HTML, Fields: fields(m.Headers)}
	if m.ID != nil {
		d.ID = *m.ID
	}
	if m.Date != nil {
		whole, part := math.Modf(*m.Date)
		d.Date = time.Unix(int64(whole), int64(part*1e9)).UTC()
	}
	for _, f := range []struct {
		name string
		text lua.LValue
		list *[]mail.Address
	}{{"from", optional(m.From), &d.From}, {"to", m.To, &d.To}, {"cc", m.Cc, &d.Cc}, {"reply_to", m.ReplyTo, &d.ReplyTo}} {
		list, err := people(c, f.name, f.text)
		if err != nil {
			return "", err
		}
		*f.list = list
	}
	if m.Sender != nil {
		sender, err := mail.ParseAddress(*m.Sender)
		if err != nil {
			return "", err
		}
		d.Sender = &sender
	}
	x := tables{c: c}
	for _, v := range m.Attach {
		d.Attachments = append(d.Attachments, x.content("attachments", v, 0))
	}
	top := mail.Content{Type: m.Type, Encoding: m.Encoding, Boundary: m.Boundary}
	if m.Charset != "" {
		top.Params = map[string]string{"charset": m.Charset}
	}
	switch {
	case m.Parts != nil:
		for _, v := range m.Parts {
			top.Parts = append(top.Parts, x.content("parts", v, 0))
		}
		d.Content = &top
	case m.Data != nil:
		top.Body = []byte(*m.Data)
		d.Content = &top
	case m.Charset != "" || m.Encoding != "" || m.Type != "":
		if m.HTML != "" || len(m.Attach) > 0 {
			c.Misuse("charset", "want type, charset and encoding of the one text, or parts with their own")
		}
		top.Body = []byte(m.Text)
		d.Content = &top
	}
	x.bytes += len(m.Text) + len(m.HTML) + len(top.Body)
	if x.bytes > maxMessage || x.parts > mail.MaxParts {
		return "", &codedError{"limit", "mail: a message is built from 32 MiB and 5,000 parts at most"}
	}
	c.Charge(x.bytes / messageFuel)
	p := process.Of(c)
	text, err := d.Build(p.Stack().Rand(), p.Sched().Now(), mailHost(c))
	return string(text), err
}

func optional(s *string) lua.LValue {
	if s == nil {
		return lua.LNil
	}
	return lua.LString(*s)
}

// people reads an address or a list of them.
func people(c *bind.Call, name string, v lua.LValue) ([]mail.Address, error) {
	switch v := v.(type) {
	case nil, *lua.LNilType:
		return nil, nil
	case lua.LString:
		c.Charge(len(v) / messageFuel)
		return mail.ParseAddresses(string(v))
	case *lua.LTable:
		var all []mail.Address
		for i := 1; i <= v.Len(); i++ {
			text, ok := v.RawGetInt(i).(lua.LString)
			if !ok {
				c.Misuse(name, "want addresses, got %s at index %d", c.Describe(v.RawGetInt(i)), i)
			}
			c.Charge(10 + len(text)/messageFuel)
			a, err := mail.ParseAddress(string(text))
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		return all, nil
	}
	c.Misuse(name, "want an address or a list of them, got %s", c.Describe(v))
	return nil, nil
}

func fields(headers map[string]string) []mail.Field {
	var list []mail.Field
	for name, value := range headers {
		list = append(list, mail.Field{Name: name, Value: value})
	}
	slices.SortFunc(list, func(a, b mail.Field) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

// maxMessage is how many bytes a message is built from at most.
const maxMessage = 32 << 20

// A codedError is an error whose code is in front of its text.
type codedError struct{ code, text string }

func (e *codedError) Error() string { return e.text }

// Code returns the code.
func (e *codedError) Code() string { return e.code }

// tables reads the tables that describe parts, which may have parts themselves.
type tables struct {
	c            *bind.Call
	bytes, parts int
}

// partWants says what a table of a part may have.
const partWants = "want a table with " + partFields

func (x *tables) content(option string, v lua.LValue, depth int) (p mail.Content) {
	t, ok := v.(*lua.LTable)
	if !ok || depth > mail.MaxDepth {
		x.c.Misuse(option, partWants+", got %s", x.c.Describe(v))
	}
	if x.parts++; x.parts > mail.MaxParts || x.bytes > maxMessage {
		return p // the caller says so
	}
	for key, value := range bind.Pairs(t) {
		x.c.Charge(5)
		name, _ := key.(lua.LString)
		text, isText := value.(lua.LString)
		inner, isTable := value.(*lua.LTable)
		x.bytes += len(text)
		switch {
		case name == "parts" && isTable:
			for i := 1; i <= inner.Len(); i++ {
				p.Parts = append(p.Parts, x.content(option, inner.RawGetInt(i), depth+1))
			}
		case name == "headers" && isTable:
			more := map[string]string{}
			for key, value := range bind.Pairs(inner) {
				k, ok1 := key.(lua.LString)
				v, ok2 := value.(lua.LString)
				if !ok1 || !ok2 {
					x.c.Misuse(option, "want headers as a table of texts by name")
				}
				more[string(k)] = string(v)
			}
			p.Fields = fields(more)
		case !isText || !x.set(&p, string(name), string(text)):
			x.c.Misuse(option, partWants+"; got %s = %s", key, x.c.Describe(value))
		}
	}
	return p
}

// set sets a field of a part; it reports false if there is none of the name.
func (x *tables) set(p *mail.Content, name, text string) bool {
	switch name {
	case "type":
		p.Type = text
	case "charset":
		p.Params = map[string]string{"charset": text}
	case "encoding":
		p.Encoding = text
	case "name":
		p.Name = text
	case "disposition":
		p.Disposition = text
	case "id":
		p.ID = text
	case "description":
		p.Description = text
	case "boundary":
		p.Boundary = text
	case "data":
		p.Body = []byte(text)
	default:
		return false
	}
	return true
}
