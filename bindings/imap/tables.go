package imap

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/engine/imap"
)

// tables makes an array of what was said of messages.
func tables(c *call, list []*imap.Message) *lua.LTable {
	out := c.L.CreateTable(len(list), 0)
	for _, m := range list {
		out.Append(message(c, m))
	}
	return out
}

func message(c *call, m *imap.Message) *lua.LTable {
	c.Charge(50)
	t := c.L.NewTable()
	t.RawSetString("number", lua.LNumber(m.Number))
	if m.UID != 0 {
		t.RawSetString("uid", lua.LNumber(m.UID))
	}
	if m.Flags != nil {
		t.RawSetString("flags", c.Value(m.Flags))
	}
	if m.Size != 0 {
		t.RawSetString("size", lua.LNumber(m.Size))
	}
	if !m.Date.IsZero() {
		t.RawSetString("date", lua.LNumber(m.Date.Unix()))
	}
	if m.Envelope != nil {
		t.RawSetString("envelope", envelope(c, m.Envelope))
	}
	if m.Structure != nil {
		t.RawSetString("structure", structure(c, m.Structure))
	}
	if m.Sections != nil {
		sections := c.L.NewTable()
		for _, s := range m.Sections {
			c.Charge(len(s.Text) / 16)
			if s.Text != nil {
				sections.RawSetString(s.Name, lua.LString(s.Text))
			}
		}
		t.RawSetString("sections", sections)
	}
	return t
}

func envelope(c *call, e *imap.Envelope) *lua.LTable {
	t := c.L.NewTable()
	for _, f := range []struct{ name, value string }{{"date", e.Date}, {"subject", e.Subject}, {"in_reply_to", e.InReplyTo}, {"message_id", e.MessageID}} {
		if f.value != "" {
			t.RawSetString(f.name, lua.LString(f.value))
		}
	}
	for _, f := range []struct {
		name string
		list []imap.Address
	}{{"from", e.From}, {"sender", e.Sender}, {"reply_to", e.ReplyTo}, {"to", e.To}, {"cc", e.Cc}, {"bcc", e.Bcc}} {
		addresses := c.L.NewTable()
		for _, a := range f.list {
			addresses.Append(lua.LString(a.String()))
		}
		t.RawSetString(f.name, addresses)
	}
	return t
}

// structure makes a table of a message's structure, which the client has bounded in depth.
func structure(c *call, s *imap.Structure) *lua.LTable {
	t := c.L.NewTable()
	text := func(name, value string) {
		if value != "" {
			t.RawSetString(name, lua.LString(value))
		}
	}
	text("type", s.Type+"/"+s.Subtype)
	text("encoding", s.Encoding)
	text("id", s.ID)
	text("description", s.Description)
	text("disposition", s.Disposition)
	t.RawSetString("params", params(c, s.Params))
	if s.DispositionParams != nil {
		t.RawSetString("disposition_params", params(c, s.DispositionParams))
	}
	t.RawSetString("size", lua.LNumber(s.Size))
	t.RawSetString("lines", lua.LNumber(s.Lines))
	if s.Envelope != nil {
		t.RawSetString("envelope", envelope(c, s.Envelope))
	}
	if len(s.Parts) > 0 {
		parts := c.L.NewTable()
		for _, p := range s.Parts {
			parts.Append(structure(c, p))
		}
		t.RawSetString("parts", parts)
	}
	return t
}

func params(c *call, list []imap.Param) *lua.LTable {
	t := c.L.NewTable()
	for _, p := range list {
		t.RawSetString(p.Name, lua.LString(p.Value))
	}
	return t
}

func updates(c *call, list []imap.Update) *lua.LTable {
	out := c.L.CreateTable(len(list), 0)
	for _, u := range list {
		t := c.L.NewTable()
		t.RawSetString("kind", lua.LString(u.Kind))
		if u.Kind == "flags" {
			t.RawSetString("flags", c.Value(u.Flags))
		} else {
			t.RawSetString("number", lua.LNumber(u.Number))
		}
		if u.Message != nil {
			t.RawSetString("message", message(c, u.Message))
		}
		out.Append(t)
	}
	return out
}
