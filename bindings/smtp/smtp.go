// Package smtp is the Lua module smtp: mail servers and clients (RFC 5321).
package smtp

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// Module is the declaration of smtp.
var Module = bind.New("smtp", "Send and take mail by SMTP (RFC 5321), command by command or all at once. A client connects to port 25 of a server, which greets it with 220; "+
	"then the client says who it is (HELO), from whom a message is (MAIL), to whom (RCPT), and what it says (DATA), and the server answers each with a code: 2xx done, 3xx go on, "+
	"4xx not now, 5xx never. The addresses of MAIL and RCPT are the envelope; what the message's own header says is another matter.", func() []bind.Member {
	return []bind.Member{
		bind.Var("dial", "Connect to a server and wait for its greeting.", dial).
			Returns("session smtp.Session", "ready for helo or ehlo", "message string?", "when it fails: nil, the message, its code, and the code of the server's reply if it refused").
			Errors("host-not-found", "refused", "timeout", "denied", "protocol").
			Example(dialogue),
		bind.Var("send", "Send a message in one call: connect, EHLO, STARTTLS with the option tls, AUTH if user is, MAIL, RCPT, DATA, QUIT.", send).
			Returns(sendReturns...).
			Errors("host-not-found", "refused", "timeout", "denied", "protocol", "unsupported").
			Example(`local smtp = require "smtp"
smtp.serve({domain = "hamburger.edu", deliver = function(envelope, message)
  print("for " .. table.concat(envelope.to, " and ") .. ": " .. #message .. " bytes by " .. envelope.protocol)
end, on = {rcpt = function(_, to) if not to:find("@hamburger.edu$") then return "550 5.7.1 We do not relay" end end}})
local reply, refused = assert(smtp.send({host = "localhost", from = "alice@crepes.fr",
  to = {"bob@hamburger.edu", "eve@example.org"}, message = "Subject: lunch\n\nDo you like ketchup?\n"}))
print(reply) --> for bob@hamburger.edu: 40 bytes by ESMTP
--> 250 2.0.0 Message accepted for delivery
print(refused["eve@example.org"]) --> smtp: RCPT TO:<eve@example.org>: 550 5.7.1 We do not relay`),
		bind.Fn("serve", "Start a server. It runs in tasks of its own; this returns at once.", start).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "not-found").
			Example(`local smtp = require "smtp"
local boxes = {}
smtp.serve({
  domain = "hamburger.edu",
  deliver = function(envelope, message) boxes[envelope.to[1]] = message end,
  on = {
    mail = function(_, from) if from == "mallory@evil.org" then return "550 5.7.1 Go away" end end,
    vrfy = function(_, user) return "250 2.1.5 " .. user .. " is one of us" end,
  },
  replies = {quit = "221 Bye"},
})
local s = assert(smtp.dial("localhost"))
print((s:ehlo("crepes.fr"))) --> 250-hamburger.edu Hello crepes.fr, pleased to meet you
--> 250-PIPELINING
--> 250-8BITMIME
--> 250-SIZE 10485760
--> 250-ENHANCEDSTATUSCODES
--> 250-SMTPUTF8
--> 250-CHUNKING
--> 250-VRFY
--> 250 HELP
print(select(4, s:mail("mallory@evil.org"))) --> 550
print(s:vrfy("bob")) --> 250 2.1.5 bob is one of us	250
print((s:quit())) --> 221 2.0.0 Bye`),
		bind.Fn("replies", "The replies of a server that its option replies may replace, by name.", replies).
			Returns("replies", "the texts, with the code first and {domain}, {client} and {address} where something is put in").
			Example(`print(require("smtp").replies().rcpt) --> 250 2.1.5 {address} ... Recipient ok`),
		sessionClass(), serverClass(),
		bind.Example(wireExample), bind.Example(envelopeExample), bind.Example(codesExample), bind.Example(relayExample),
		bind.Example(secureExample), bind.Example(ownServerExample),
		bind.Const("PORT", "The port of mail servers.", smtp.Port),
		bind.Const("PORT_TLS", "The port of servers that begin with TLS.", smtp.PortTLS),
		bind.Const("SUBMISSION_PORT", "The port where users hand their mail in, after AUTH.", smtp.SubmissionPort),
	}
})

// dialogue is the lectures' session, command by command.
const dialogue = `local smtp = require "smtp"
smtp.serve({domain = "hamburger.edu", deliver = function(_, message) io.write((message:gsub("\r", ""))) end})
local s = assert(smtp.dial("localhost"))
print(s:greeting()) --> 220 hamburger.edu
print((s:helo("crepes.fr"))) --> 250 Hello crepes.fr, pleased to meet you
print((s:mail("alice@crepes.fr"))) --> 250 alice@crepes.fr... Sender ok
print((s:rcpt("bob@hamburger.edu"))) --> 250 bob@hamburger.edu ... Recipient ok
local reply = s:data("Do you like ketchup?\nHow about pickles?\n") --> Do you like ketchup?
--> How about pickles?
print(reply) --> 250 Message accepted for delivery
print((s:quit())) --> 221 hamburger.edu closing connection`

func replies(*bind.Call, bind.None) (map[string]string, error) {
	all := map[string]string{}
	for _, name := range smtp.ReplyNames() {
		all[name] = smtp.DefaultReply(name)
	}
	return all, nil
}
