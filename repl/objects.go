package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

// protocol shows what people know in another form than Lua's: a DNS message as dig prints it, a mail message as its header and text, a
// module as what it has. Others, and those that a script has spoilt, are none.
func (v *view) protocol(value lua.LValue) (text string, ok bool) {
	switch value := value.(type) {
	case *lua.LTable:
		if topic := bind.TopicOf(v.L, value); topic != "" {
			return v.module(value, topic), true
		}
		return v.dnsMessage(value)
	case *lua.LUserData:
		if bind.TopicOf(v.L, value) == "mail.Message" {
			return v.mailMessage(value)
		}
		return v.object(value)
	}
	return "", false
}

// call runs Lua with a value and returns the text that it gives.
func (v *view) call(script string, value lua.LValue) (string, bool) {
	fn, err := lua51.Load(v.L, script, "=show")
	if err != nil {
		return "", false
	}
	results, err := lua51.Call(v.L, fn, value)
	if err != nil || len(results) == 0 {
		return "", false
	}
	text, ok := results[0].(lua.LString)
	return string(text), ok
}

func (v *view) dnsMessage(t *lua.LTable) (string, bool) {
	for _, part := range []string{"question", "answer", "authority", "additional"} {
		if _, ok := t.RawGetString(part).(*lua.LTable); !ok {
			return "", false
		}
	}
	wire, ok := v.call(`return require("dns").encode(...)`, t)
	var m dns.Message
	if !ok || m.Unpack([]byte(wire)) != nil {
		return "", false
	}
	var b strings.Builder
	b.WriteString(dns.DigText(&m, dns.WholeView()))
	if rtt, ok := t.RawGetString("rtt").(lua.LNumber); ok {
		fmt.Fprintf(&b, ";; Query time: %d msec\n", time.Duration(float64(rtt)*1e9).Milliseconds())
	}
	if server, ok := t.RawGetString("server").(lua.LString); ok {
		fmt.Fprintf(&b, ";; SERVER: %s\n", server)
	}
	if size, ok := t.RawGetString("size").(lua.LNumber); ok {
		fmt.Fprintf(&b, ";; MSG SIZE  rcvd: %d\n", int(size))
	}
	return seen(strings.TrimRight(b.String(), "\n")), true
}

// maxMailText is how many lines of a mail message's text are shown.
const maxMailText = 20

func (v *view) mailMessage(m lua.LValue) (string, bool) {
	header, ok := v.call(`return (...):raw_header()`, m)
	if !ok {
		return "", false
	}
	text, _ := v.call(`return (...):text()`, m)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if more := len(lines) - maxMailText; more > 0 {
		lines = append(lines[:maxMailText], fmt.Sprintf("… and %d lines more", more))
	}
	return seen(strings.TrimRight(header, "\r\n") + "\n\n" + strings.Join(lines, "\n")), true
}

// object shows an object of the modules with its fields.
func (v *view) object(ud *lua.LUserData) (string, bool) {
	text := lua51.ToString(v.L, ud)
	fields, _ := bind.Members(v.L, ud)
	slices.Sort(fields)
	fields = slices.DeleteFunc(fields, func(name string) bool { return name == "class" }) // LuaSocket's, which the text has said
	var shown []string
	for _, name := range fields {
		fn, err := lua51.Load(v.L, "local o, name = ... return o[name]", "=show")
		if err != nil {
			return "", false
		}
		results, err := lua51.Call(v.L, fn, ud, lua.LString(name))
		if err != nil || len(results) == 0 || results[0] == lua.LNil || results[0].Type() == lua.LTFunction {
			continue
		}
		shown = append(shown, name+" = "+v.Inner(results[0], 1))
	}
	if len(shown) == 0 {
		return text, true
	}
	return text + " " + v.Braces(shown, 0, len(text)+1), true
}

// module shows the names in a module.
func (v *view) module(t *lua.LTable, topic string) string {
	names := fieldsOf(t, false)
	slices.Sort(names)
	return fill(fmt.Sprintf("The module %s: %s. help %s explains.", topic, strings.Join(names, ", "), topic), v.Width)
}

// fill breaks a text into lines of a width.
func fill(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n >= width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// folded fits the lines of an error into a width, but for those that are indented: they show a script.
func folded(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if len([]rune(line)) >= width && !strings.HasPrefix(line, " ") {
			lines[i] = fill(line, width)
		}
	}
	return strings.Join(lines, "\n")
}

// hanging is a text behind a head, whose further lines begin below its first.
func hanging(head, text string, width int) string {
	indent := strings.Repeat(" ", len([]rune(head)))
	return head + strings.ReplaceAll(fill(text, width-len(indent)), "\n", "\n"+indent)
}
