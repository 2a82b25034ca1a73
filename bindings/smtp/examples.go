package smtp

// The examples of the module, in the order of the page: what goes over the wire, what it means, what can be done with it.
const (
	wireExample = `-- A session is lines of text over TCP. An answer of several lines has a hyphen behind its code in all but the last.
local socket, smtp = require "socket", require "smtp"
smtp.serve({domain = "hamburger.edu", deliver = print})
local conn = assert(socket.connect("localhost", 25))
local function hear()
  repeat
    local line = conn:receive()
    print(line)
  until line:sub(4, 4) == " "
end
hear() --> 220 hamburger.edu
conn:send("HELP\r\n")
hear() --> 214-Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP HELP VRFY EXPN AUTH STARTTLS QUIT
--> 214 HELP and a command explains it
conn:send("HELP RCPT\r\n")
hear() --> 214 RCPT TO:<address>: add a recipient`

	ownServerExample = `-- The server may be your own script: the client does not notice, as long as the codes are right.
local socket, task, smtp = require "socket", require "task", require "smtp"
task.spawn(function()
  local conn = assert(socket.bind("*", 25)):accept()
  local function say(line) conn:send(line .. "\r\n") end
  say("220 mine")
  for line in function() return conn:receive() end do
    local verb = line:sub(1, 4):upper()
    if verb == "DATA" then
      say("354 go on")
      repeat
        line = conn:receive()
        print(line)
      until line == "."
      say("250 taken")
    elseif verb == "EHLO" then say("502 never heard of it")
    elseif verb == "QUIT" then say("221 bye")
    else say("250 fine") end
  end
end)
task.sleep(1)
print((smtp.send({host = "localhost", from = "alice@crepes.fr", to = "bob@hamburger.edu", message = "Hello\n.\n"})))
--> Hello
--> ..
--> .
--> 250 taken`

	envelopeExample = `-- The envelope says who gets a message, its header what the reader sees. Nothing makes the two agree.
local smtp = require "smtp"
smtp.serve({deliver = function(envelope, message)
  print("envelope: " .. envelope.from .. " to " .. table.concat(envelope.to, ", "))
  print("header: " .. message:match("From: [^\r]*") .. ", " .. message:match("To: [^\r]*"))
end})
smtp.send({host = "localhost", from = "mallory@evil.org", to = {"bob@hamburger.edu", "eve@hamburger.edu"},
  message = "From: The Dean <dean@uni.pt>\nTo: all students\nSubject: exam\n\nIt is cancelled.\n"})
--> envelope: mallory@evil.org to bob@hamburger.edu, eve@hamburger.edu
--> header: From: The Dean <dean@uni.pt>, To: all students`

	codesExample = `-- A refusal is nil, a message, "denied", and the code: 4xx asks to come again, 5xx will never work.
local smtp = require "smtp"
smtp.serve({deliver = function() return nil, "the disk is full" end,
  on = {rcpt = function(_, to) if to:find("^elvis") then return "550 5.1.1 " .. to .. "... User unknown" end end}})
local s = assert(smtp.dial("localhost"))
s:ehlo()
s:mail("alice@crepes.fr")
print(s:rcpt("elvis@hamburger.edu")) --> nil	smtp: RCPT TO:<elvis@hamburger.edu>: 550 5.1.1 elvis@hamburger.edu... User unknown	denied	550
print(s:rcpt("bob@hamburger.edu")) --> 250 2.1.5 bob@hamburger.edu ... Recipient ok	250
local _, message, _, code = s:data("Hello\n")
print(message, code < 500 and "try again later" or "give up") --> smtp: message: 451 4.3.0 the disk is full	try again later
print(smtp.dial("localhost", {port = 26})) --> nil	smtp: connect: dial tcp [::1]:26: Connection refused	refused`

	relayExample = `-- A well configured server takes mail for its own domain from anybody, and for others from its users and its own network only.
local smtp = require "smtp"
local function relay(envelope, to)
  if to:find("@hamburger%.edu$") or envelope.user or envelope.address:find("^192%.168%.1%.") then return end
  return "550 5.7.1 Relaying denied"
end
smtp.serve({domain = "hamburger.edu", users = {bob = "hungry"}, on = {rcpt = relay}, deliver = function(envelope)
  print((envelope.user or "somebody") .. " writes to " .. envelope.to[1])
end})
local function try(to, user)
  local reply, err = smtp.send({host = "localhost", from = "x@y.org", to = to, message = "hi\n", user = user, password = "hungry"})
  print(reply or err)
end
try("bob@hamburger.edu") --> somebody writes to bob@hamburger.edu
--> 250 2.0.0 Message accepted for delivery
try("alice@crepes.fr") --> smtp: RCPT TO:<alice@crepes.fr>: 550 5.7.1 Relaying denied
try("alice@crepes.fr", "bob") --> bob writes to alice@crepes.fr
--> 250 2.0.0 Message accepted for delivery`

	secureExample = `-- STARTTLS makes the rest of the session unreadable on the way. The server forgets what was said before it.
local smtp = require "smtp"
smtp.serve({users = {alice = "hungry"}, tls = true, deliver = function(envelope) print(envelope.protocol, envelope.user) end})
local s = assert(smtp.dial("localhost", {helo = "laptop"}))
s:ehlo()
print(s:extension("AUTH"), s:secure()) --> CRAM-MD5	false
s:starttls()
s:ehlo()
print(s:extension("AUTH"), s:secure()) --> CRAM-MD5 LOGIN PLAIN	true
print(s:auth("alice", "hungry", "PLAIN")) --> 235 2.7.0 Authentication succeeded	235
s:send("alice@uni.pt", "bob@hamburger.edu", "hi\n") --> ESMTPSA	alice
s:quit()`
)
