package dns

// The examples of the module: what servers and resolvers do, by hand.
const (
	ownServerExample = `-- A name server of your own is a UDP socket: take a message apart, fill in the answer, send it back.
local dns, socket, task = require "dns", require "socket", require "task"
task.spawn(function()
  local udp = socket.udp()
  udp:setsockname("*", 53)
  while true do
    local bytes, address, port = udp:receivefrom()
    local message = dns.decode(bytes)
    message.response, message.authoritative = true, true
    message.answer = {message.question[1].name .. ' 60 TXT "you asked from ' .. address .. '"'}
    udp:sendto(dns.encode(message), address, port)
  end
end)
task.sleep(1)
print(dns.query("who.am.i", "TXT", {server = "127.0.0.1"}).answer[1].data) --> "you asked from 127.0.0.1"`

	ownResolverExample = `-- To resolve a name iteratively is to ask a root server, and then each time the server that the last one names.
local dns, net = require "dns", require "net"
local me, root, edu, umass = net.host("me"), net.host("root"), net.host("edu"), net.host("umass")
local internet = net.router("internet")
for _, host in ipairs({me, root, edu, umass}) do net.link(host, internet, {delay = "10 ms"}) end
local function serve(host, origin, records)
  host:spawn(function() dns.serve({zones = {dns.zone(records, {origin = origin})}}) end)
end
serve(root, ".", {"@ NS root.", "edu NS ns.edu.", "ns.edu. A " .. edu:address()})
serve(edu, "edu", {"@ NS ns", "umass NS ns.umass", "ns.umass A " .. umass:address()})
serve(umass, "umass.edu", {"@ NS ns", "gaia.cs A 128.119.245.12"})

local function resolve(name)
  local server = root:address()
  while true do
    local reply = assert(dns.query(name, "A", {server = server, recurse = false}))
    if reply.answer[1] then return reply.answer[1].address end
    print("ask for " .. reply.authority[1].name .. " at " .. reply.additional[1].name)
    server = reply.additional[1].address
  end
end
me:spawn(function() print(resolve("gaia.cs.umass.edu")) end)
--> ask for edu. at ns.edu.
--> ask for umass.edu. at ns.umass.edu.
--> 128.119.245.12`
)
