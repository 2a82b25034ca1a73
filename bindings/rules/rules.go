// Package rules is the Lua module rules: which line of a dialogue breaks which rule of a protocol.
package rules

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/engine/rules"
)

// Module is the declaration of rules.
var Module = bind.New("rules", `Which line of a dialogue breaks which rule of which RFC.

A dialogue is a text as Trace:dialogue writes it, lines that begin with "C: " or "S: "; or a list of tables {from = "client" or "server", data = text, at = seconds, closed = true
where that side closes}, whose data may be cut anywhere; or one of those that rules.dialogues takes from a trace.`, func() []bind.Member {
	return []bind.Member{
		bind.Uses(trace.Module),
		protocol("smtp", "SMTP (RFC 5321), up to where STARTTLS begins TLS", rules.SMTP).
			Example(`local rules = require "rules"
print(rules.smtp[[
S: 220 hamburger.edu
C: HELO crepes.fr
S: 250 Hello crepes.fr, pleased to meet you
C: MAIL FROM:alice@crepes.fr
]]) --> line 4, client: "MAIL FROM:alice@crepes.fr" — the address stands in angle brackets (RFC 5321, 4.1.2)`),
		protocol("pop3", "POP3 (RFC 1939), up to where STLS begins TLS", rules.POP3).
			Example(`local rules = require "rules"
print(rules.pop3[[
S: +OK POP3 server ready
C: list
S: -ERR say who you are
]]) --> line 2, client: "list" — first comes the login; a command for messages comes after it (RFC 1939, 4)`),
		protocol("imap", "IMAP4rev1 (RFC 3501), up to where STARTTLS begins TLS", rules.IMAP).
			Example(`local rules = require "rules"
print(rules.imap[[
S: * OK ready
C: LOGIN alice hungry
S: * BAD what
]]) --> line 2, client: "LOGIN alice hungry" — a command begins with a tag, of characters other than ( ) { % * " \ + and blanks, and a space (RFC 3501, 2.2.1)`),
		protocol("http", "HTTP/1.0 and 1.1 (RFC 9110, 9112), up to where TLS, a tunnel or another protocol begins", rules.HTTP).
			Example(`local rules = require "rules"
print(rules.http({{from = "client", data = "GET /index.html HTTP/1.1\r\n\r\n"}})) --> line 1, client: "GET /index.html HTTP/1.1" — a request of HTTP/1.1 has one field Host: here are 0 (RFC 9112, 3.2)`),
		protocol("ftp", "the control connection of FTP (RFC 959), up to where AUTH begins TLS", rules.FTP),
		protocol("telnet", "Telnet (RFC 854): ends of lines and options", rules.Telnet),
		protocol("chap", "CHAP (RFC 1994); the server is who asks", rules.CHAP),
		protocol("dns", "DNS (RFC 1035). A dialogue is over UDP, each turn a datagram, unless its field transport is \"tcp\"", rules.DNS),
		bind.Fn("explain", "Write a dialogue with numbered lines, and below each line what is wrong with it.", explain).
			Returns("text", "lines, without a newline at the end").
			Example(`local rules = require "rules"
print(rules.explain("smtp", "S: 220 hamburger.edu\nC: HELO"))
--> 1 S: 220 hamburger.edu
--> 2 C: HELO
-->      ^ EHLO and HELO name the client: a domain name, or an address such as [10.0.0.1]: here is none (RFC 5321, 4.1.1.1)`),
		bind.Fn("dialogues", "Take the conversations out of a trace: TCP connections, and what two UDP ports say to each other. What the client sends counts from when it sent it, "+
			"what the server sends from when the client read it.", dialogues).
			Returns("dialogues rules.Dialogue[]", "in the order of their beginning: lists of turns for the other functions, with client and server (names of hosts), client_port, server_port and transport").
			Errors("limit").
			Example(`local rules, trace, socket, smtp = require "rules", require "trace", require "socket", require "smtp"
assert(smtp.serve{deliver = function() end})
local t = trace.start()
local conn = socket.connect("localhost", smtp.PORT)
conn:send("HELO crepes.fr\n")
conn:receive()
conn:receive()
conn:close()
for _, dialogue in ipairs(rules.dialogues(t, {ports = {smtp.PORT}})) do
  print(rules.smtp(dialogue, {should = false}))
end
--> line 1, client: "HELO crepes.fr" — a line ends with CR LF, and neither stands elsewhere: it ends with LF alone (RFC 5321, 2.3.8)
--> line 4, client: (closes) — the client says QUIT before it closes (RFC 5321, 4.1.1.10)`),
		bind.Fn("list", "The rules that are known of a protocol.", list).
			Returns("rules rules.Rule[]", "one table each: rule (its name), severity, rfc, section, text"),
	}
})

// A protocolRules is what the module knows of a protocol.
type protocolRules struct {
	name  string
	check func(rules.Dialogue) *rules.Report
}

// checks are the protocols.
func checks() []protocolRules {
	return []protocolRules{{"smtp", rules.SMTP}, {"pop3", rules.POP3}, {"imap", rules.IMAP}, {"http", rules.HTTP}, {"ftp", rules.FTP}, {"telnet", rules.Telnet}, {"chap", rules.CHAP}, {"dns", rules.DNS}}
}

// run checks a dialogue of Lua.
func (p protocolRules) run(c *bind.Call, v lua.LValue) *rules.Report {
	d := read(c, v)
	if t, ok := v.(*lua.LTable); ok && p.name == "dns" && t.RawGetString("transport") == lua.LString("tcp") {
		return rules.DNSOverTCP(d)
	}
	return p.check(d)
}

type checkArgs struct {
	Dialogue lua.LValue `doc:"what was said" type:"string|table"`
	Options  struct {
		Should bool    `doc:"also what an RFC words with SHOULD, or what most programs take in spite of the syntax" default:"true"`
		Side   *string `doc:"only what this side does" enum:"client,server"`
	} `doc:"what to look for"`
}

// protocol declares the function of a protocol.
func protocol(name, about string, check func(rules.Dialogue) *rules.Report) *bind.Func {
	return bind.Fn(name, "Check a dialogue of "+about+".", func(c *bind.Call, a checkArgs) (*lua.LTable, error) {
		r := protocolRules{name, check}.run(c, a.Dialogue)
		var list []rules.Breach
		for _, b := range r.Breaches {
			if (a.Options.Should || b.Severity == rules.Must) && (a.Options.Side == nil || b.Side.String() == *a.Options.Side) {
				list = append(list, b)
			}
		}
		return tableOf(c, list), nil
	}).Returns("breaches rules.Breach[]", "one table each: line (from 1), side (\"client\" or \"server\"), at (seconds), said (the line), rule (its name), message, severity (\"must\" or \"should\"), rfc, section; "+
		"each, and the list, prints as sentences")
}

// Breach is a breach as scripts see it.
type Breach struct {
	Line     int
	Side     string
	At       time.Duration
	Said     string
	Rule     string
	Message  string
	Severity string
	RFC      int `name:"rfc"`
	Section  string
}

// tableOf returns breaches as a list of tables.
func tableOf(c *bind.Call, breaches []rules.Breach) *lua.LTable {
	c.Charge(30 * len(breaches))
	list := c.L.CreateTable(len(breaches), 0)
	lines := make([]string, 0, len(breaches))
	one := c.L.CreateTable(0, 1)
	one.RawSetString("__tostring", c.Function("tostring", func(c *bind.Call) bind.Out {
		t, _ := c.Arg(1).(*lua.LTable)
		if t == nil {
			return c.Return("")
		}
		return c.Return(t.RawGetString("text"))
	}))
	for _, b := range breaches {
		t := c.Value(Breach{b.Line, b.Side.String(), b.At, b.Said, b.Name, b.Message, b.Severity.String(), b.RFC, b.Section}).(*lua.LTable)
		t.RawSetString("text", lua.LString(b.String()))
		t.Metatable = one
		list.Append(t)
		lines = append(lines, b.String())
	}
	if len(lines) == 0 {
		lines = append(lines, "no rule is broken")
	}
	all := c.L.CreateTable(0, 1)
	text := lua.LString(strings.Join(lines, "\n"))
	all.RawSetString("__tostring", c.Function("tostring", func(c *bind.Call) bind.Out { return c.Return(text) }))
	list.Metatable = all
	return list
}

type explainArgs struct {
	Protocol string     `doc:"such as \"smtp\""`
	Dialogue lua.LValue `doc:"what was said" type:"string|table"`
}

func explain(c *bind.Call, a explainArgs) (string, error) {
	text := find(c, a.Protocol).run(c, a.Dialogue).String()
	c.Charge(len(text) / bytesPerStep)
	return text, nil
}

// find returns the protocol of a name.
func find(c *bind.Call, name string) protocolRules {
	var names []string
	for _, p := range checks() {
		if p.name == name {
			return p
		}
		names = append(names, p.name)
	}
	c.Misuse("protocol", "want one of %s, got %q", strings.Join(names, ", "), name)
	return protocolRules{}
}

type listArgs struct {
	Protocol string `doc:"such as \"smtp\""`
}

// Rule is a rule as scripts see it.
type Rule struct {
	Rule     string
	Severity string
	RFC      int `name:"rfc"`
	Section  string
	Text     string
}

func list(c *bind.Call, a listArgs) ([]Rule, error) {
	find(c, a.Protocol)
	var out []Rule
	for _, r := range rules.Of(a.Protocol) {
		out = append(out, Rule{r.Name, r.Severity.String(), r.RFC, r.Section, r.Text})
	}
	c.Charge(20 * len(out))
	return out, nil
}
