-- By the rules: which line of a dialogue breaks which rule of which RFC
--
-- First the lectures' own dialogues, as the slides write them. Then a mail client that somebody has written in a
-- hurry talks to a real mail server, and a trace of that is judged.
-- Try: `say("HELO crepes.fr\r")` instead of `say("HELO")`.
local net = require "net"
local rules = require "rules"
local smtp = require "smtp"
local socket = require "socket"
local trace = require "trace"

print("SMTP on the slides: right but for a space, which servers overlook\n")
print(rules.explain("smtp", [[
S: 220 hamburger.edu
C: HELO crepes.fr
S: 250 Hello crepes.fr, pleased to meet you
C: MAIL FROM: <alice@crepes.fr>
S: 250 alice@crepes.fr... Sender ok
C: RCPT TO: <bob@hamburger.edu>
S: 250 bob@hamburger.edu ... Recipient ok
C: DATA
S: 354 Enter mail, end with "." on a line by itself
C: Do you like ketchup?
C: How about pickles?
C: .
S: 250 Message accepted for delivery
C: QUIT
S: 221 hamburger.edu closing connection]]))

print("\nPOP3 on the slides: they leave out the server's +OK before a list and a message, and most of the message\n")
print(rules.explain("pop3", [[
S: +OK POP3 server ready
C: user bob
S: +OK
C: pass hungry
S: +OK user successfully logged on
C: list
S: 1 498
S: 2 912
S: .
C: retr 1
S: <message 1 contents>
S: .
C: dele 1
S: +OK
C: quit
S: +OK POP3 server signing off]]))

local server, client = net.host("hamburger.edu"), net.host("crepes.fr")
net.link(client, server, {delay = "10 ms"})
server:spawn(function() assert(smtp.serve{domain = "hamburger.edu", deliver = function() end}) end)

local t = trace.start()
client:spawn(function()
  local conn = assert(socket.connect("hamburger.edu", smtp.PORT))
  local function say(line) conn:send(line .. "\n") end
  conn:receive()
  say("HELO")
  conn:receive()
  say("EHLO crepes.fr")
  repeat local line = conn:receive() until line:sub(4, 4) == " "
  say("MAIL FROM:alice@crepes.fr\r")
  say("RCPT TO:<bob>\r")
  say("DATA\r")
  conn:receive()
  conn:receive()
  conn:close()
end):join()
t:stop()

print("\nA mail client written in a hurry: what it does, and what a server says to it\n")
local dialogue = rules.dialogues(t, {ports = {smtp.PORT}})[1]
print(rules.explain("smtp", dialogue))

print("\nWhat the client has to answer for:")
for _, breach in ipairs(rules.smtp(dialogue, {side = "client"})) do
  print(("  line %2d  %-15s RFC %d, section %s (%s)"):format(breach.line, breach.rule, breach.rfc, breach.section,
    breach.severity))
end
