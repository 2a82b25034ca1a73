-- Envelope, header, body: servers read the envelope, people read the rest
--
-- The envelope is what MAIL and RCPT say, and by it servers decide where a message goes. The header belongs to the
-- message: servers add lines on top of it, which tell its way, and believe nothing in it.
-- Try: `crew = {"rocha"}` instead of `crew = {"rocha", "maria"}`.
local net = require "net"
local mail = require "mail"
local smtp = require "smtp"

local pc, ns, gate = net.host("pc2.in.di.fct.unl.pt"), net.host("ns.di.fct.unl.pt"), net.host("gate.tap.pt")
net.link(pc, ns, {delay = "1 ms"})
net.link(ns, gate, {delay = "30 ms"})

local servers = {}
local function server(host, options)
  host:spawn(function() servers[#servers + 1] = assert(mail.server(options)) end)
end
server(pc, {users = {}, relay = {"127.0.0.0/8"}, routes = {["*"] = "ns.di.fct.unl.pt"}})
server(ns, {users = {}, domains = {"di.fct.unl.pt"}, relay = {"10.0.0.0/8"}, routes = {["tap.pt"] = "gate.tap.pt"}})
server(gate, {domain = "gate.tap.pt", domains = {"tap.pt"}, users = {silva = "x", rocha = "y", maria = "z"},
  aliases = {crew = {"rocha", "maria"}, ["owner-crew"] = "maria"}})

-- The header names Silva alone. The envelope has the list crew too: a blind copy.
local text = assert(mail.message{from = "Jose Legatheaux Martins <jalm@di.fct.unl.pt>", to = "silva@tap.pt",
  subject = "Temos de ir ao Algarve no fim de semana", text = "Caro Silva,\no carro fica contigo.\n"})
assert(pc:spawn(function()
  assert(smtp.send{host = "127.0.0.1", from = "jalm@di.fct.unl.pt", to = {"silva@tap.pt", "crew@tap.pt"},
    message = text})
end):join())
for _, s in ipairs(servers) do assert(s:drain("1 min")) end

assert(ns:spawn(function()
  local s = assert(smtp.dial("gate.tap.pt"))
  assert(s:ehlo())
  print("EXPN crew@tap.pt, at gate.tap.pt:")
  print("  " .. s:expn("crew@tap.pt"):gsub("\n", "\n  "))
  s:quit()
end):join())

print("\nthe envelope, as each server had it:")
for i, name in ipairs{"pc2.in.di.fct.unl.pt", "ns.di.fct.unl.pt", "gate.tap.pt"} do
  for _, e in ipairs(servers[i]:log()) do
    if e.kind == "queued" then print(("  %-21s from <%s> to %s"):format(name, e.from, e.to)) end
  end
end

for _, user in ipairs{"silva", "rocha"} do
  local m = mail.parse(assert(servers[3]:mailbox(user):read(1)))
  print(("\n== in the mailbox of %s"):format(user))
  print(("envelope: from %s to %s"):format(m:header("return-path"), m:header("delivered-to")))
  print(("header:   from %s to %s"):format(m:addresses("from")[1].address, m:addresses("to")[1].address))
end

local m = mail.parse(servers[3]:mailbox("silva"):read(1))
print("\nits way, from the lines that servers wrote:")
local lines = m:received()
for i = #lines, 1, -1 do
  print(("  %s took it from %s"):format(lines[i].by, lines[i].from))
end
print(("\n%d bytes of header, of which Jose's program wrote %d; %d bytes of body"):format(
  #m:raw_header(), #mail.parse(text):raw_header(), #m:body()))
