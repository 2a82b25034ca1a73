-- Amplification: small questions in the victim's name, large answers to the victim
--
-- A datagram need not come from where it says. The attacker asks a name server and gives the victim's address as his
-- own: the victim gets answers to questions that it never asked. The question is short; the answer is as long as the
-- server allows over UDP, 512 bytes of old, more with EDNS. What does not fit comes as a stump with the flag
-- "truncated". A real client then asks again over TCP, which proves its address: forged questions end there, and
-- nothing is lost.
-- Try: `udp_size = 512}` instead of `udp_size = limit}`.
local net, dns, capture, task = require "net", require "dns", require "capture", require "task"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local attacker, victim, server, client = host("attacker"), host("victim"), host("server"), host("client")
local records = {"@ NS ns", "ns A " .. server:address(), "www A 192.0.2.1"}
for i = 1, 30 do
  table.insert(records, ('many TXT "record number %d of a zone with much to tell"'):format(i))
  if i % 3 > 0 then table.insert(records, ('some TXT "record number %d of a zone with much to tell"'):format(i)) end
end
local zone = assert(dns.zone(records, {origin = "big.lab"}))

-- bytes of IP packets that a host gets while f runs
local function received(h, f)
  local c = capture.start{host = h}
  f()
  task.sleep(1)
  c:stop()
  local bytes = 0
  for _, p in ipairs(c:list()) do bytes = bytes + (p.inbound and p.size or 0) end
  return bytes
end

print("server sends up to   question        sent as victim  victim gets  times   a real client gets")
local function measure(limit, name, type, edns)
  local running
  server:spawn(function() running = dns.serve{zones = {zone}, udp_size = limit} end):join()
  local m = dns.message(name, type, {edns = edns})
  m.id = 1
  if edns then m.edns.udp_size = 4096 end
  local data, questions = dns.encode(m), 50
  local got = received(victim, function()
    for i = 1, questions do
      net.inject(attacker, {protocol = "udp", source = victim:address(), source_port = 2000 + i,
        to = "server", port = 53, data = data})
    end
  end)
  local sent = questions * (#data + 28) -- 28 bytes of headers
  local _, reply = client:spawn(dns.exchange, m, {server = "server"}):join()
  print(("%5d bytes %s %-3s %-12s  %12d B  %9d B  %5.1f   %2d records over %s"):format(limit,
    edns and "(EDNS)" or "      ", type, name, sent, got, got / sent, #reply.answer, reply.tcp and "TCP" or "UDP"))
  running:close()
end
measure(4096, "many.big.lab", "TXT", true)
measure(1232, "many.big.lab", "TXT", true)
measure(1232, "some.big.lab", "TXT", true)
measure(512, "some.big.lab", "TXT", false)
measure(1232, "www.big.lab", "A", true)
