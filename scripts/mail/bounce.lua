-- What happens to a message that cannot be delivered? Its sender is told, and reports are never reported
--
-- A refusal for ever (5xx) is reported at once. Silence, or a refusal for now (4xx), means trying again, ever more
-- rarely, until the message expires; its sender is told once, after four hours, that it is late. Reports come from
-- nobody: if one cannot be delivered either, that is the end.
-- Try: `expire = "2 h"` instead of `expire = "12 h"`. Is Alice told that it is late?
local net = require "net"
local mail = require "mail"
local smtp = require "smtp"

local crepes, hamburger = net.host("crepes.fr"), net.host("hamburger.edu")
net.link(crepes, hamburger, {delay = "20 ms"})
local alice, bob
crepes:spawn(function()
  alice = assert(mail.server{users = {alice = "hungry"}, relay = {"127.0.0.0/8"}, expire = "12 h"})
end)
hamburger:spawn(function() bob = assert(mail.server{users = {bob = "secret"}}) end)

local function send(from, ...)
  local to = {...}
  assert(crepes:spawn(function()
    assert(smtp.send{host = "127.0.0.1", from = from, to = to,
      message = "From: alice@crepes.fr\nTo: bob@hamburger.edu\nSubject: lunch\n\nketchup?\n"})
  end):join())
end

local shown = 0
local function history(server)
  local log, began = server:log(), nil
  for i = shown + 1, #log do
    local e = log[i]
    began = began or e.at
    local answer = e.answer ~= "" and ": " .. e.answer or ""
    print(("%6.2f h  %-10s<%s> to %s%s"):format((e.at - began) / 3600, e.kind, e.from, e.to, answer))
  end
  shown = #log
end

print("== one recipient is unknown to the next server")
send("alice@crepes.fr", "bob@hamburger.edu", "eve@hamburger.edu")
alice:drain()
history(alice)

print("\n== the report that Alice gets")
local report = mail.parse(alice:mailbox("alice"):read(1))
print("Return-Path: " .. report:header("return-path"))
for _, p in ipairs(report:walk()) do print(("  %-4s%s"):format(p.path, p.type)) end
print(report:text())
for _, r in ipairs(report:report().recipients) do
  print(("for programs: %s %s, status %s, said %s: %s"):format(r.address, r.action, r.status, r.server, r.answer))
end

print("\n== the sender does not exist either")
send("nobody@hamburger.edu", "eve@hamburger.edu")
alice:drain()
history(alice)

print("\n== the next server is down for longer than a message may wait")
bob:close()
send("alice@crepes.fr", "bob@hamburger.edu")
alice:drain()
history(alice)

print("\n== what Alice was told by then")
for _, m in ipairs(alice:mailbox("alice"):messages()) do
  local told = mail.parse(alice:mailbox("alice"):read(m.uid))
  local r = told:report().recipients[1]
  local left = r.retry_until and (" (it has %.2f h left)"):format((r.retry_until - told:date()) / 3600) or ""
  print(("%s: %s %s%s"):format(told:header("subject"), r.action, r.address, left))
end
