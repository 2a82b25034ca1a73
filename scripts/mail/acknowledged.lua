-- "250 Message accepted": from then on the message is the server's, even if its power fails
--
-- Alice's program keeps the message until it hears 250, and sends it again if it does not. Her server says 250 when the
-- message is on its disk. Here the server loses power at another moment of each delivery, and comes back soon after.
local net = require "net"
local mail = require "mail"
local smtp = require "smtp"
local task = require "task"

local pc, crepes, hamburger = net.host("pc"), net.host("crepes.fr"), net.host("hamburger.edu")
net.link(pc, crepes, {delay = "10 ms"})
net.link(crepes, hamburger, {delay = "10 ms"})

local alice, bob
crepes:on_boot(function() alice = assert(mail.server{users = {alice = "hungry"}, relay = {"10.0.0.0/8"}}) end)
hamburger:spawn(function() bob = assert(mail.server{users = {bob = "secret"}}) end)
task.sleep("1 s")

-- send tries until the server has taken the message, and returns how often it had to.
local function send(subject)
  for attempt = 1, 10 do
    local reply = smtp.send{host = "crepes.fr", from = "alice@crepes.fr", to = "bob@hamburger.edu", timeout = "2 s",
      message = "Subject: " .. subject .. "\n\n"}
    if reply then return attempt end
    task.sleep("10 s")
  end
end

local steps, attempts = 24, {}
for i = 0, steps do
  local sender = pc:spawn(function() attempts[i] = send("message " .. i) end)
  task.sleep(i * 0.020)
  crepes:crash()
  task.sleep("5 s")
  crepes:restart()
  assert(sender:join())
  task.sleep("1 min")
  alice:flush()
  task.sleep("1 min")
end

local copies = {}
for _, m in ipairs(bob:mailbox("bob"):messages()) do
  local subject = mail.parse(bob:mailbox("bob"):read(m.uid)):header("subject")
  copies[subject] = (copies[subject] or 0) + 1
end
print("power fails   sent by Alice's program   copies for Bob")
local lost, twice = 0, 0
for i = 0, steps do
  local n = copies["message " .. i] or 0
  lost, twice = lost + (n == 0 and 1 or 0), twice + (n > 1 and 1 or 0)
  print(("%8d ms   %-25s %d"):format(i * 20, attempts[i] == 1 and "once" or attempts[i] .. " times", n))
end
print(("\n%d messages acknowledged, %d lost"):format(steps + 1, lost))
print(("%d came twice: Bob's server had the message on its disk, and its answer was lost"):format(twice))
