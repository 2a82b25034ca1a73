package clients

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

//go:embed smtp.lua
var smtpScript string

// SMTP is module socket.smtp.
var SMTP = bind.New("socket.smtp", `Send mail by SMTP (RFC 5321).

A session s of open has these methods; each raises the answer of a server that refuses, for socket.protect. s:greet([domain]) waits
for the greeting, sends EHLO and gives the answer. s:auth(user, password, extensions) logs in by s:login(user, password) or
s:plain(user, password), as that answer allows. s:mail(from), s:rcpt(to), s:data(source [, step]) and s:quit() are the commands of
these names; addresses have angle brackets. s:send{from=, rcpt=, source=, step=} is a whole transaction. s:close() closes the
connection.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module, ltn12.Module, mime.Module, Headers, TP), bind.Script(smtpScript),
		bind.Const("TIMEOUT", "How many seconds calls wait. A script may change it, as all of these.", 60),
		bind.Const("SERVER", "The server that mail is sent to.", "localhost"),
		bind.Const("PORT", "Its port.", 25),
		bind.Const("DOMAIN", "The name to greet with.", "localhost"),
		bind.Const("ZONE", "The time zone in the Date field of messages.", "-0000"),
		bind.InLua[sendMailArgs]("send", "Send a message.").
			Returns("ok integer|nil", "1", "err string|nil", "what the server said, or why it could not be reached").
			Example(`local socket, task = require "socket", require "task"
local server = socket.bind("*", 25)
task.spawn(function()
  local c = server:accept()
  c:send("220 mail.lab\r\n")
  for line in function() return c:receive() end do
    if line == "DATA" then
      c:send("354 go on\r\n")
      repeat line = c:receive() io.write(line:match("^Subject.*") or "", line == "." and "\n" or "") until line == "."
    end
    c:send("250 ok\r\n")
  end
end)
local smtp = require "socket.smtp"
print(smtp.send{
  from = "<ana@a.lab>", rcpt = "<rui@b.lab>",
  source = smtp.message{headers = {subject = "hello"}, body = "Hello Rui"},
}) --> Subject: hello
--> 1`).Example(`local smtp = require "socket.smtp"
print(smtp.send{from = "<a@a.lab>", rcpt = "<b@b.lab>", source = function() end}) --> nil	connection refused`),
		bind.InLua[messageArgs]("message", "Make an LTN12 source of a message. Its fields Date, X-Mailer, MIME-Version and Content-Type are added.").
			Returns("source function", "gives the message"),
		bind.InLua[smtpOpenArgs]("open", "Open a session with a server. It raises for socket.protect if it cannot.").
			Returns("session table", "the session"),
	}
})

type sendMailArgs struct {
	Mail lua.LValue `doc:"from= and rcpt= (one or a list), addresses in angle brackets; source=, the message; user=, password=, server=, port=, domain=, step=, create=" type:"table"`
}

type messageArgs struct {
	Message lua.LValue `doc:"headers= by name; body=, a text, a source or a list of messages with preamble= and epilogue=; zone=" type:"table"`
}

type smtpOpenArgs struct {
	Server lua.LValue `doc:"name or address; SERVER if left out" default:"nil" type:"string"`
	Port   lua.LValue `doc:"its port; PORT if left out" default:"nil" type:"integer|string"`
	Create lua.LValue `doc:"makes the socket; socket.tcp if left out" default:"nil" type:"function"`
}
