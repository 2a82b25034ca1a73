-- Man in the middle of a look-up: who is on the wire needs to guess nothing
--
-- Mallory sits on the link between a client and its local server. He lets the question pass and puts his own address
-- into the answer: id, port and letters are right, whatever was drawn. Or he answers first and drops the question.
-- Neither drawn ports nor mixed letters help against who reads along: only signatures would, or an encrypted channel
-- to the server.
-- Try: `net.link(client, isp, {delay = "100 ms"})` instead of `net.link(client, isp, {delay = "10 ms"})`. What would
-- the client have to measure?
local net, dns = require "net", require "dns"

local client, isp, mallory = net.host("client"), net.host("dns.isp.net"), net.host("mallory")
local wire = net.link(client, isp, {delay = "10 ms"})
net.link(client, mallory, {delay = "10 ms"})
isp:spawn(function()
  local zone = dns.zone({"@ NS dns.isp.net.", "www 300 A 192.0.2.10"}, {origin = "bank.com"})
  assert(dns.recursor{zones = {zone}, roots = {"dns.isp.net"}})
end)
client:set_resolver{servers = {"dns.isp.net"}, ipv6 = false}

local function lookup(title)
  local _, reply = client:spawn(dns.query, "www.bank.com", "A"):join()
  local address = client:lookup("www.bank.com")[1]
  print(("%-36s www.bank.com is at %-10s  %s, after %.0f ms"):format(title, address,
    address == mallory:address() and "mallory" or "the bank", reply.rtt * 1000))
end

lookup("nobody on the wire:")

-- changes the address in each answer
local tap = wire:tap(function(packet)
  if packet.source_port ~= 53 then return true end
  local m = assert(dns.decode(packet.data))
  for _, record in ipairs(m.answer) do
    if record.type == "A" then record.data = mallory:address() end
  end
  return {data = dns.encode(m)}
end)
lookup("mallory changes the answer:")
tap:stop()

-- answers in the server's name, and the server never hears of it
tap = wire:tap(function(packet)
  if packet.destination_port ~= 53 then return true end
  local m = assert(dns.decode(packet.data))
  m.response, m.recursion_available, m.answer = true, true, {"@ 300 A " .. mallory:address()}
  return {direction = "b_to_a", source = packet.destination, destination = packet.source, source_port = 53,
    destination_port = packet.source_port, data = dns.encode(m)}
end)
lookup("mallory answers himself:")
print("packets that he saw: " .. tap:packets())
