-- SMTP: crepes.fr hands a message to hamburger.edu
--
-- The slides' session, word for word: greeting, HELO, sender, recipient, text, farewell. Each command waits for its
-- answer, which costs a round trip. Then a session with extensions: PIPELINING sends the whole envelope at once.
-- Try: `smtp.serve{without = {"PIPELINING"}, deliver` instead of `smtp.serve{deliver`. How many round trips are that?
local net = require "net"
local smtp = require "smtp"
local task = require "task"
local trace = require "trace"

local server, client = net.host("hamburger.edu"), net.host("crepes.fr")
local delay = 0.025
net.link(client, server, {delay = delay})

server:spawn(function()
  smtp.serve{deliver = function(envelope, message)
    print(("-- delivered: the envelope says from %s to %s (%s); the message says"):format(
      envelope.from, table.concat(envelope.to, ", "), envelope.protocol))
    io.write((message:gsub("\r\n", "\n")))
  end}
end)

-- record runs a function on the client, and shows what was said and how long it took.
local function record(title, session)
  local t = trace.start()
  local began = task.now()
  assert(client:spawn(session):join())
  local took = task.now() - began
  print("-- " .. title)
  print(t:stop():dialogue())
  print(("-- %.0f ms, that is %.1f round trips\n"):format(took * 1000, took / (2 * delay)))
end

record("the slides' session", function()
  local s = assert(smtp.dial("hamburger.edu"))
  assert(s:helo("crepes.fr"))
  assert(s:cmd("MAIL FROM: <alice@crepes.fr>"))
  assert(s:cmd("RCPT TO: <bob@hamburger.edu>"))
  assert(s:data("Do you like ketchup?\nHow about pickles?\n"))
  assert(s:quit())
end)

record("with extensions, and with a header", function()
  local to = {"bob@hamburger.edu", "cook@hamburger.edu"}
  assert(smtp.send{host = "hamburger.edu", from = "alice@crepes.fr", to = to, message = [[
From: alice@crepes.fr
To: bob@hamburger.edu
Subject: lunch

Do you like ketchup?
.
A line with only a dot does not end the message: it travels as two dots.
]]})
end)
