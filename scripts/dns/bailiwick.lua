-- Bailiwick: a server may speak of its own zone, and of nothing else
--
-- An answer may carry additional records that save a question. Early servers kept all of them. Mallory needs no
-- forgery then: whoever looks up a name of his own domain gets the address of somebody else's server with it. The
-- check looks at whom was asked: a server of mallory.org is believed about names of mallory.org. Nothing that it says
-- of bank.com is kept.
-- Try: `additional = {"ns.bank.com." .. his}` instead of `additional = {"www.bank.com." .. his}`. Is the client still
-- sent to mallory?
local net, dns = require "net", require "dns"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local root, bank, mallory = host("root"), host("ns.bank.com"), host("ns.mallory.org")
local isp, client = host("dns.isp.net"), host("client")
local function serve(h, options)
  h:spawn(function() assert(dns.serve(options)) end)
end
serve(root, {zones = {dns.zone({"@ NS root.", "root. A " .. root:address(), "bank.com. NS ns.bank.com.",
  "ns.bank.com. A " .. bank:address(), "mallory.org. NS ns.mallory.org.", "ns.mallory.org. A " .. mallory:address()},
  {origin = "."})}})
serve(bank, {zones = {dns.zone({"@ NS ns", "ns A " .. bank:address(), "www A 192.0.2.10"},
  {origin = "bank.com"})}})
serve(mallory, {answer = function()
  local his = " 3600 A " .. mallory:address()
  return {answer = {"@" .. his}, additional = {"www.bank.com." .. his}}
end})
local recursor
isp:spawn(function() recursor = dns.recursor{roots = {"root"}} end):join()
client:set_resolver{servers = {"dns.isp.net"}, ipv6 = false}

for _, check in ipairs{false, true} do
  recursor:flush()
  recursor:set{bailiwick = check}
  print(check and "\nwith the bailiwick check" or "without the bailiwick check")
  assert(client:lookup("www.mallory.org"))
  for _, entry in ipairs(recursor:cache()) do
    for _, r in ipairs(entry.records) do
      print(("  %-16s %-3s %-15s  %s"):format(r.name, r.type, r.data, entry.rank))
    end
  end
  local address = client:lookup("www.bank.com")[1]
  print("  the client is sent to " .. (address == mallory:address() and "mallory" or "the bank") .. " at " .. address)
end
