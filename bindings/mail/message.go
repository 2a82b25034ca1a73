package mail

import (
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/mail"
)

// Message is a message of Lua, or a part of one.
type Message struct {
	part   *mail.Part
	weight int64      // of the whole tree, if it is the root
	root   lua.LValue // otherwise
}

// Held implements lua51.Holder. Each part keeps the whole tree.
func (m *Message) Held(see func(lua.LValue), weigh func(int64)) {
	weigh(m.weight)
	if m.root != nil {
		see(m.root)
	}
}

// inside returns a part of the message.
func (m *Message) inside(c *bind.Call, p *mail.Part) *Message {
	root := m.root
	if root == nil {
		root = c.Value(m)
	}
	return &Message{part: p, weight: 100, root: root}
}

func messageClass() bind.Member {
	return bind.Class("Message", "A message, or one of the parts that it is made of, as parse gives it.",
		bind.Method("header", "The value of the first field with that name, decoded.", (*Message).header).Returns("value string?", "nil if there is no such field"),
		bind.Method("headers", "All fields of the header in their order, not decoded.", (*Message).headers).Returns("fields", "one table each: name, value (unfolded)"),
		bind.Method("addresses", "The addresses in a field.", (*Message).addresses).Returns("addresses", "one table each: name (decoded, or \"\"), address; none without such a field").Errors("protocol", "limit"),
		bind.Method("date", "The time in the field Date.", (*Message).date).Returns("seconds", "since 1970").Errors("protocol"),
		bind.Method("id", "The message identifier, without angle brackets.", (*Message).id).Returns("id string?", "nil without one"),
		bind.Method("received", "The fields Received, the last server first: how the message came.", (*Message).received).
			Returns("lines", "one table each: from, by, with, id, recipient, and at (seconds since 1970); \"\" or 0 for what a line does not tell"),
		bind.Method("type", "The media type, in lower case.", func(m *Message, _ *bind.Call, _ bind.None) (string, error) { return m.part.Type, nil }),
		bind.Method("params", "The parameters of the media type.", func(m *Message, _ *bind.Call, _ bind.None) (map[string]string, error) { return m.part.Params, nil }).
			Returns("params", "by name: charset, boundary, …"),
		bind.Method("encoding", "The transfer encoding of the body, in lower case.", func(m *Message, _ *bind.Call, _ bind.None) (string, error) { return m.part.Encoding, nil }),
		bind.Method("disposition", "How the part wants to be shown.", func(m *Message, _ *bind.Call, _ bind.None) (string, error) { return m.part.Disposition(), nil }).Returns("disposition", "\"attachment\", \"inline\" or \"\""),
		bind.Method("filename", "The name that the part proposes for a file.", func(m *Message, _ *bind.Call, _ bind.None) (string, error) { return m.part.FileName(), nil }).Returns("name", "without folders; \"\" if it proposes none"),
		bind.MethodVar("text", "The body as text in UTF-8, decoded, with LF at the ends of lines; of a multipart the first text in it.", (*Message).text).
			Returns("text string?", "nil if there is none", "problem string?", "what is wrong with the rest of it"),
		bind.MethodVar("data", "The body with its transfer encoding undone.", (*Message).data).
			Returns("data", "the bytes", "problem string?", "what is wrong with the rest of them"),
		bind.Method("body", "The body as it came, encoded.", func(m *Message, c *bind.Call, _ bind.None) (string, error) { return m.copied(c, m.part.Body), nil }),
		bind.Method("raw", "The whole part as it came.", func(m *Message, c *bind.Call, _ bind.None) (string, error) { return m.copied(c, m.part.Raw), nil }),
		bind.Method("raw_header", "The header as it came, with the empty line.", func(m *Message, c *bind.Call, _ bind.None) (string, error) { return m.copied(c, m.part.RawHeader), nil }),
		bind.Method("parts", "The parts of a multipart, or the message within a message/rfc822.", (*Message).parts),
		bind.Method("walk", "The message and all parts inside it, each before those inside it.", (*Message).walk).
			Returns("parts", "one table each: path (\"\" of the message itself, \"2.1\" of the first part of its second), type, encoding, size (of the decoded body in bytes; of what has parts, their number and those inside), name (of a file), part"),
		bind.Method("find", "The first part of a media type.", (*Message).find).Returns("part", "nil if there is none"),
		bind.Method("problems", "What is wrong with the message and its parts.", (*Message).problems).Returns("problems", "one sentence each"),
		bind.Method("report", "What a mail server reports in this message (RFC 3464).", (*Message).report).
			Returns("report table?", "server, and recipients, one table each: original, address, action (\"failed\" or \"delayed\"), status (\"5.1.1\"), server (that refused), answer, and of a late one retry_until (seconds since 1970); nil if the message is no report"),
	)
}

type nameArgs struct {
	Name string `doc:"the field's name; case does not matter"`
}

func (m *Message) copied(c *bind.Call, b []byte) string {
	c.Charge(len(b) / messageFuel)
	return string(b)
}

func (m *Message) header(c *bind.Call, a nameArgs) (lua.LValue, error) {
	c.Charge(len(m.part.RawHeader) / messageFuel)
	if !m.part.Header.Has(a.Name) {
		return lua.LNil, nil
	}
	return lua.LString(m.part.Header.Text(a.Name)), nil
}

type field struct{ Name, Value string }

func (m *Message) headers(c *bind.Call, _ bind.None) ([]field, error) {
	c.Charge(len(m.part.RawHeader) / messageFuel)
	list := make([]field, len(m.part.Header))
	for i, f := range m.part.Header {
		list[i] = field{f.Name, f.Value}
	}
	return list, nil
}

func (m *Message) addresses(c *bind.Call, a nameArgs) ([]address, error) {
	value := m.part.Header.Get(a.Name)
	if value == "" {
		return []address{}, nil
	}
	return addresses(c, value)
}

func (m *Message) date(*bind.Call, bind.None) (float64, error) {
	t, err := m.part.Header.Date()
	return float64(t.Unix()), err
}

func (m *Message) id(*bind.Call, bind.None) (lua.LValue, error) {
	if ids := m.part.Header.IDs("Message-ID"); len(ids) > 0 {
		return lua.LString(ids[0]), nil
	}
	return lua.LNil, nil
}

type received struct {
	From, By, With, ID, Recipient string
	At                            float64
}

func (m *Message) received(c *bind.Call, _ bind.None) ([]received, error) {
	c.Charge(len(m.part.RawHeader) / messageFuel)
	list := []received{}
	for _, value := range m.part.Header.Values("Received") {
		r := mail.ParseReceived(value)
		line := received{From: r.From, By: r.By, With: r.With, ID: r.ID, Recipient: r.For}
		if !r.Date.IsZero() {
			line.At = float64(r.Date.UnixNano()) / float64(time.Second)
		}
		list = append(list, line)
	}
	return list, nil
}

// firstText returns the first part of text in a part that is not a file.
func firstText(p *mail.Part) (found *mail.Part) {
	p.Walk(func(_ []int, p *mail.Part) bool {
		if strings.HasPrefix(p.Type, "text/") && p.Disposition() != "attachment" {
			found = p
		}
		return found == nil
	})
	return found
}

func (m *Message) text(c *bind.Call, _ bind.None) bind.Out {
	p := m.part
	if len(p.Parts) > 0 {
		p = firstText(p)
	}
	if p == nil || !strings.HasPrefix(p.Type, "text/") {
		return c.Return(nil)
	}
	c.Charge(len(p.Body) / messageFuel)
	text, err := p.Text()
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if err != nil {
		return c.Return(text, err.Error())
	}
	return c.Return(text)
}

func (m *Message) data(c *bind.Call, _ bind.None) bind.Out {
	c.Charge(len(m.part.Body) / messageFuel)
	b, err := m.part.Bytes()
	if err != nil {
		return c.Return(string(b), err.Error())
	}
	return c.Return(string(b))
}

func (m *Message) parts(c *bind.Call, _ bind.None) ([]*Message, error) {
	c.Charge(20 * len(m.part.Parts))
	list := make([]*Message, len(m.part.Parts))
	for i, p := range m.part.Parts {
		list[i] = m.inside(c, p)
	}
	return list, nil
}

type walked struct {
	Path, Type, Encoding string
	Size                 int
	Name                 string
	Part                 *Message
}

func (m *Message) walk(c *bind.Call, _ bind.None) ([]walked, error) {
	c.Charge(len(m.part.Raw) / messageFuel)
	var list []walked
	m.part.Walk(func(path []int, p *mail.Part) bool {
		c.Charge(50)
		w := walked{Path: joined(path), Type: p.Type, Encoding: p.Encoding, Name: p.FileName(), Part: m.inside(c, p)}
		if len(p.Parts) == 0 {
			b, _ := p.Bytes()
			w.Size = len(b)
		} else {
			p.Walk(func([]int, *mail.Part) bool { w.Size++; return true })
		}
		list = append(list, w)
		return true
	})
	return list, nil
}

func joined(path []int) string {
	words := make([]string, len(path))
	for i, n := range path {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ".")
}

type typeArgs struct {
	Type string `doc:"such as \"image/jpeg\", or \"image/\" for all of them"`
}

func (m *Message) find(c *bind.Call, a typeArgs) (*Message, error) {
	var found *Message
	want := strings.ToLower(a.Type)
	m.part.Walk(func(_ []int, p *mail.Part) bool {
		c.Charge(10)
		if p.Type == want || strings.HasSuffix(want, "/") && strings.HasPrefix(p.Type, want) {
			found = m.inside(c, p)
		}
		return found == nil
	})
	return found, nil
}

func (m *Message) problems(*bind.Call, bind.None) ([]string, error) {
	list := []string{}
	for _, err := range m.part.AllProblems() {
		list = append(list, err.Error())
	}
	return list, nil
}

type reported struct {
	Server     string
	Recipients []reportedRecipient
}

type reportedRecipient struct {
	Original, Address, Action, Status, Server, Answer string

	RetryUntil *float64
}

func (m *Message) report(c *bind.Call, _ bind.None) (lua.LValue, error) {
	r, ok := mail.ParseReport(m.part)
	if !ok {
		return lua.LNil, nil
	}
	out := reported{Server: r.ReportingMTA, Recipients: []reportedRecipient{}}
	for _, p := range r.Recipients {
		c.Charge(50)
		out.Recipients = append(out.Recipients, reportedRecipient{p.Original, p.Final, p.Action, p.Status, p.RemoteMTA, p.Diagnostic, nil})
		if !p.RetryUntil.IsZero() {
			until := float64(p.RetryUntil.Unix())
			out.Recipients[len(out.Recipients)-1].RetryUntil = &until
		}
	}
	return c.Value(out), nil
}
