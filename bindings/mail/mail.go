// Package mail is the Lua module mail: messages, mailboxes, and the whole mail server.
package mail

import (
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/mail"
)

// Module is the declaration of mail.
var Module = bind.New("mail", "Messages (RFC 5322, MIME), mailboxes, and the whole mail server: it takes messages by SMTP, queues them, finds the next server, tries again, and reports. "+
	"The modules pop3 and imap serve the same mailboxes.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("message", "Build a message. Without a date it has the time, without an id one that is new. What is not ASCII is encoded as it has to be; "+
			"text and html together become a multipart/alternative, attachments make it a multipart/mixed.", build).
			Returns("message", "header, empty line and body, with CR LF at the ends of lines").Errors("protocol", "limit").
			Example(`local mail = require "mail"
local text = assert(mail.message{from = "Alice <alice@crepes.fr>", to = "bob@hamburger.edu", subject = "lunch",
  text = "Do you like ketchup?\n", attachments = {{name = "crepe.jpg", data = "\255\216\255"}}})
for _, p in ipairs(mail.parse(text):walk()) do print(p.path, p.type, p.encoding, p.size) end --> 	multipart/mixed	7bit	3
--> 1	text/plain	7bit	22
--> 2	image/jpeg	base64	3`),
		bind.Fn("parse", "Read a message. Anything is one: what is wrong with it is told by its method problems.", parse).
			Returns("message", "its header and body, and the parts it is made of").
			Example(`local mail = require "mail"
local m = mail.parse("From: =?iso-8859-1?q?Cr=EApe?= <alice@crepes.fr>\nSubject: lunch\n\nketchup?")
print(m:header("subject"), m:addresses("from")[1].name, m:text()) --> lunch	Crêpe	ketchup?`),
		bind.Fn("addresses", "Read a list of addresses as a header has it.", func(c *bind.Call, a textArgs) ([]address, error) { return addresses(c, a.Text) }).
			Returns("addresses", "one table each: name (decoded, or \"\"), address").Errors("protocol", "limit").
			Example(`for _, a in ipairs(require("mail").addresses('"Burger, Bob" <bob@hamburger.edu>, alice@crepes.fr')) do print(a.name, a.address) end --> Burger, Bob	bob@hamburger.edu
--> 	alice@crepes.fr`),
		bind.Fn("encode_words", "Write text that is not ASCII as encoded words, for a header (RFC 2047).", func(c *bind.Call, a textArgs) (string, error) {
			c.Charge(len(a.Text) / 8)
			return mail.EncodeWords(a.Text), nil
		}).Returns("words", "the same if it is ASCII").
			Example(`print(require("mail").encode_words("crêpe")) --> =?utf-8?q?cr=C3=AApe?=`),
		bind.Fn("decode_words", "Read the encoded words of a header.", func(c *bind.Call, a textArgs) (string, error) {
			c.Charge(len(a.Text) / 8)
			return mail.DecodeWords(a.Text), nil
		}).Returns("text", "in UTF-8").
			Example(`print(require("mail").decode_words("=?iso-8859-1?Q?cr=EApe?=")) --> crêpe`),
		bind.Fn("mailbox", "A user's mailbox on this host, made if there is none.", openMailbox).Returns("mailbox", "the mailbox").Errors("invalid", "limit", "failed").
			Example(`local mail = require "mail"
local box = assert(mail.mailbox("bob"))
box:deliver("Subject: lunch\n\nketchup?\n")
for _, m in ipairs(box:messages()) do print(m.uid, m.size, #m.flags) end --> 1	28	0`),
		bind.Fn("server", "Start a mail server on this host. Its mailboxes and its queue are files of the host, so that a crash loses nothing: a server that is started again goes on.", startServer).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit", "failed").
			Example(`local mail, smtp = require "mail", require "smtp"
local server = assert(mail.server{domain = "hamburger.edu", users = {bob = "hungry"}})
assert(smtp.send{host = "localhost", from = "alice@crepes.fr", to = "bob@hamburger.edu", message = "Subject: lunch\n\nketchup?\n"})
assert(server:drain("1 s"))
print(mail.parse(server:mailbox("bob"):read(1)):header("subject")) --> lunch
print(smtp.send{host = "localhost", from = "eve@lab", to = "alice@crepes.fr", message = "x"}) --> nil	smtp: RCPT TO:<alice@crepes.fr>: 550 5.7.1 Relaying denied	denied	550`).
			Example(`-- A function for a step of the session is asked before the server's own rules: here nobody's first attempt succeeds.
local mail, smtp = require "mail", require "smtp"
local seen = {}
mail.server{domain = "hamburger.edu", users = {bob = "hungry"}, on = {rcpt = function(envelope, to)
  if not seen[envelope.address .. to] then
    seen[envelope.address .. to] = true
    return "450 4.7.1 Come again"
  end
end}}
local function try() return smtp.send{host = "localhost", from = "alice@crepes.fr", to = "bob@hamburger.edu", message = "hi\n"} end
print(try()) --> nil	smtp: RCPT TO:<bob@hamburger.edu>: 450 4.7.1 Come again	denied	450
print((try())) --> 250 2.0.0 Message accepted for delivery`),
		messageClass(), mailboxClass(), serverClass(),
	}
})

type textArgs struct {
	Text string `doc:"the text"`
}

// messageFuel is how many bytes of a message cost as much as an instruction.
const messageFuel = 8

type address struct{ Name, Address string }

func addresses(c *bind.Call, text string) ([]address, error) {
	c.Charge(len(text) / messageFuel)
	list, err := mail.ParseAddresses(text)
	out := make([]address, len(list))
	for i, a := range list {
		out[i] = address{a.Name, a.Address}
	}
	return out, err
}

type parseArgs struct {
	Message string `doc:"header, an empty line, body; lines end with LF or CR LF"`
}

func parse(c *bind.Call, a parseArgs) (*Message, error) {
	c.Charge(len(a.Message) / messageFuel)
	m := &Message{part: mail.Parse([]byte(a.Message))}
	m.weight = int64(len(a.Message))
	m.part.Walk(func(path []int, p *mail.Part) bool {
		c.Charge(10 + len(p.Header) + len(path)*len(p.Body)/messageFuel/4) // each level looks for its boundary
		m.weight += 500 + 100*int64(len(p.Header))
		return true
	})
	return m, nil
}

// mailHost is the right side of the identifiers that are made.
func mailHost(c *bind.Call) string { return strings.ToLower(process.Of(c).Stack().HostName()) }
