-- Alice sends Bob a message: the six steps, through two mail servers
--
-- Alice's program hands the message to the mail server of crepes.fr, which puts it into its queue, opens a connection
-- to someschool.edu as a client and passes the message on. Bob's server puts it into his mailbox, where it waits until
-- Bob's program asks for it, by another protocol: SMTP pushes, POP3 pulls.
-- Try: `{delay = "300 ms"}` instead of `{delay = "40 ms"}`. How many round trips does the message take?
local net = require "net"
local mail = require "mail"
local pop3 = require "pop3"
local smtp = require "smtp"
local task = require "task"

local alice, bob = net.host("alice-pc"), net.host("bob-pc")
local crepes, school = net.host("crepes.fr"), net.host("someschool.edu")
net.link(alice, crepes, {delay = "5 ms"})
net.link(crepes, school, {delay = "40 ms"})
net.link(bob, school, {delay = "5 ms"})

local servers = {}
crepes:spawn(function() servers.alice = assert(mail.server{users = {alice = "hungry"}, insecure = true}) end)
school:spawn(function()
  servers.bob = assert(mail.server{users = {bob = "secret"}})
  assert(pop3.serve{users = {bob = "secret"}})
end)

local function step(number, at, text, ...)
  print(("%d) %5.0f ms  " .. text):format(number, at * 1000, ...))
end

local function event(server, kind)
  for _, e in ipairs(server:log()) do
    if e.kind == kind then return e end
  end
end

local composed
assert(alice:spawn(function()
  composed = task.now()
  local text = assert(mail.message{from = "Alice <alice@crepes.fr>", to = "bob@someschool.edu", subject = "lunch",
    text = "Do you like ketchup?\nHow about pickles?\n"})
  assert(smtp.send{host = "crepes.fr", user = "alice", password = "hungry",
    from = "alice@crepes.fr", to = "bob@someschool.edu", message = text})
end):join())
assert(servers.alice:drain("1 min") and servers.bob:drain("1 min"))

local queued, sent = event(servers.alice, "queued"), event(servers.alice, "sent")
local delivered = event(servers.bob, "delivered")
step(1, composed, "Alice's program composes the message for %s", queued.to)
step(2, queued.at, "her server has it in its queue, on its disk, as %s", queued.id)
step(3, queued.at, "and opens a connection to %s as a client", sent.host)
step(4, sent.at, "the message is through, and the answer is back: %s", sent.answer)
step(5, delivered.at, "Bob's server had put it into his mailbox %.0f ms before, as %s",
  (sent.at - delivered.at) * 1000, delivered.id)

task.sleep("1 h")
local message
assert(bob:spawn(function()
  local session = assert(pop3.dial("someschool.edu"))
  assert(session:login("bob", "secret"))
  step(6, task.now(), "an hour later Bob's program finds %d message in his mailbox, and takes it", session:stat())
  message = mail.parse(assert(session:retr(1)))
  assert(session:dele(1))
  session:quit()
end):join())

print("\nEach server wrote on top which way the message came, the last one first:")
for _, line in ipairs(message:received()) do
  print(("  by %s from %s with %s"):format(line.by, line.from, line.with))
end
print(("\nThe envelope said: from %s to %s. The header says:"):format(
  message:header("return-path"), message:header("delivered-to")))
for _, name in ipairs{"From", "To", "Subject"} do
  print(("  %s: %s"):format(name, message:header(name)))
end
print("and the body:\n" .. message:text())
