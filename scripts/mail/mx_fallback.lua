-- Where does mail for di.fct.unl.pt go? MX records name several servers, in order of preference
--
-- The one with the lowest number is tried first. If it does not answer, the next one takes the message, keeps it in
-- its queue, and passes it on when the first one is back. So mail arrives although its server is down, and a domain
-- need not be the name of a computer.
-- Try: `"@ MX 10 ftp.di.fct.unl.pt."` instead of `"@ MX 30 ftp.di.fct.unl.pt."`. Which way do the messages take?
local net = require "net"
local dns = require "dns"
local mail = require "mail"
local smtp = require "smtp"
local task = require "task"

local pc, tap, hub = net.host("pc"), net.host("tap.pt"), net.router("hub")
local names = {"mail.di.fct.unl.pt", "ftp.di.fct.unl.pt", "gatekeeper.rccn.net"}
local hosts, servers = {}, {}
net.link(pc, tap, {delay = "1 ms"})
net.link(tap, hub, {delay = "10 ms"})
local ns = net.host("ns.di.fct.unl.pt")
net.link(ns, hub, {delay = "10 ms"})
for i, name in ipairs(names) do
  hosts[i] = net.host(name)
  net.link(hosts[i], hub, {delay = "10 ms"})
end

-- The zone of the slides; the addresses are those of this world.
local records = {"@ NS ns",
  "@ MX 20 mail.di.fct.unl.pt.", "@ MX 30 ftp.di.fct.unl.pt.", "@ MX 100 gatekeeper.rccn.net."}
local function address(name) return pc:lookup(name)[1] end
records[#records + 1] = "ns A " .. address("ns.di.fct.unl.pt")
records[#records + 1] = "mail A " .. address(names[1])
records[#records + 1] = "ftp A " .. address(names[2])
local zones = {assert(dns.zone(records, {origin = "di.fct.unl.pt"})),
  assert(dns.zone({"@ NS ns.di.fct.unl.pt.", "gatekeeper A " .. address(names[3])}, {origin = "rccn.net"}))}
ns:spawn(function() assert(dns.serve{zones = zones}) end)
local resolver = {servers = {address("ns.di.fct.unl.pt")}}

tap:set_resolver(resolver)
tap:spawn(function() servers[0] = assert(mail.server{users = {ana = "x"}, relay = {"10.0.0.0/8"}}) end)
for i, host in ipairs(hosts) do
  host:set_resolver(resolver)
  host:on_boot(function()
    local options = {domain = names[i], users = {}, retry = "10 min"}
    if i == 1 then
      options.domains, options.users = {"di.fct.unl.pt"}, {jose = "y"}
    else
      options.relay_for = {"di.fct.unl.pt"}
    end
    servers[i] = assert(mail.server(options))
  end)
end

local function send(subject)
  assert(pc:spawn(function()
    assert(smtp.send{host = "tap.pt", from = "ana@tap.pt", to = "jose@di.fct.unl.pt",
      message = "Subject: " .. subject .. "\n\n"})
  end):join())
  servers[0]:drain("1 h")
  local log = servers[0]:log()
  local last = log[#log]
  print(("%-30s %s by %s after %.1f s"):format(subject, last.kind, last.host, last.at - log[#log - 1].at))
end

send("all servers are up")
hosts[1]:crash()
send("mail is down")
hosts[2]:crash()
send("mail and ftp are down")
print(("\nwaiting at gatekeeper: %d; what ftp had accepted is on its disk"):format(#servers[3]:queue()))
task.sleep("1 h")
for i = 1, 2 do hosts[i]:restart() end
print("mail and ftp are back")
task.sleep("4 h")
for _, m in ipairs(servers[1]:mailbox("jose"):messages()) do
  local message = mail.parse(servers[1]:mailbox("jose"):read(m.uid))
  local way = {}
  for _, line in ipairs(message:received()) do table.insert(way, 1, line.by) end
  print(("%-30s came by %s"):format(message:header("subject"), table.concat(way, ", ")))
end
