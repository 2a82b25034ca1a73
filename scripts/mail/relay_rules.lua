-- For whom does a mail server work? The three rules of a well configured one
--
-- It takes messages to its own domain from everybody, from its own subnet to everybody, and from its own users wherever
-- they are, once they have said who they are. Whatever else it passed on would be other people's spam.
-- Try: `relay = {"0.0.0.0/0"}` instead of `relay = {"192.0.2.0/24"}`. That is an open relay: for whom does it work?
local net = require "net"
local mail = require "mail"
local smtp = require "smtp"

local server = net.host("crepes.fr")
local lan = net.lan("office", {subnet = "192.0.2.0/24"})
local inside, outside = net.host("office-pc"), net.host("hotel-pc")
net.link(server, lan)
net.link(inside, lan)
net.link(outside, server, {delay = "20 ms"})
local hamburger = net.host("hamburger.edu")
net.link(hamburger, server, {delay = "20 ms"})

server:spawn(function()
  assert(mail.server{users = {alice = "hungry"}, relay = {"192.0.2.0/24"}, insecure = true})
end)
hamburger:spawn(function() assert(mail.server{users = {bob = "secret"}}) end)

-- try asks the server whether it would take a message, and shows its answer to the recipient.
local function try(host, user, from, to)
  host:spawn(function()
    local s = assert(smtp.dial("crepes.fr"))
    assert(s:ehlo())
    if user then assert(s:auth(user, "hungry")) end
    assert(s:mail(from))
    local answer = s:cmd("RCPT TO:<" .. to .. ">")
    print(("%-10s%-7s%-20s%-20s%s"):format(host:name(), user or "-", from, to, answer))
    s:quit()
  end):join()
end

print(("%-10s%-7s%-20s%-20s%s"):format("from host", "user", "sender", "recipient", "answer"))
print("\nto its own domain: any sender, from anywhere")
try(outside, nil, "bob@hamburger.edu", "alice@crepes.fr")
try(outside, nil, "bob@hamburger.edu", "eve@crepes.fr")
print("\nfrom its own subnet: to anybody")
try(inside, nil, "carol@anywhere.lab", "bob@hamburger.edu")
print("\nits own user, who says so: to anybody")
try(outside, "alice", "alice@crepes.fr", "bob@hamburger.edu")
try(outside, "alice", "eve@anywhere.lab", "bob@hamburger.edu")
print("\neverybody else: to nobody")
try(outside, nil, "alice@crepes.fr", "bob@hamburger.edu")
try(outside, nil, "spam@anywhere.lab", "bob@hamburger.edu")
