-- Alice in France writes to Bob in Illinois: one letter through the textbook internet, packet by packet
--
-- Nothing runs before the first packet. Alice's program sends the letter to crepes.fr, whose server asks for the MX of
-- hamburger.edu: its local name server goes from the root to edu and hamburger.edu. Then
-- SMTP carries the letter over the Atlantic, and Bob takes it by POP3, with the password of the slides.
-- Try: `dialogue{ports = {25}}` instead of `dialogue{ports = {53}}`.
local textbook, trace, task = require "textbook", require "trace", require "task"
local mail, smtp, pop3 = require "mail", require "smtp", require "pop3"

local hosts = textbook.build{"alice.crepes.fr", "bob.hamburger.edu"}
local alice, bob = hosts["alice.crepes.fr"], hosts["bob.hamburger.edu"]

-- what a host's socket table shows of its mail services
local function services(h)
  local list = {}
  for _, s in ipairs(h:sockets()) do
    if s.state == "LISTEN" then list[#list + 1] = s.local_address:match("%d+$") .. " " .. s.process end
  end
  return table.concat(list, ", ")
end
print("hamburger.edu, before anyone has spoken to it: " .. services(hosts["hamburger.edu"]))

local t = trace.start()
alice:spawn(function()
  local letter = mail.message{from = "alice@crepes.fr", to = "bob@hamburger.edu", subject = "lunch",
    text = "Do you like ketchup?\nHow about pickles?\n"}
  assert(smtp.send{host = "crepes.fr", from = "alice@crepes.fr", to = "bob@hamburger.edu", message = letter})
  print(("%.3f s: Alice's server has the letter"):format(task.now()))
end):join()
task.sleep("5 s")
print("\n" .. t:stop():dialogue{ports = {53}} .. "\n")

print("hamburger.edu, afterwards:                     " .. services(hosts["hamburger.edu"]))
bob:spawn(function()
  local session = assert(pop3.dial("hamburger.edu"))
  assert(session:login("bob", "hungry"))
  local letter = mail.parse(assert(session:retr(1)))
  session:quit()
  print(("%.3f s: Bob reads it. Which way did it come?"):format(task.now()))
  for _, line in ipairs(letter:received()) do
    print(("  by %s from %s"):format(line.by, line.from))
  end
  print(letter:text())
end)
