-- Reverse look-up: from an address to a name
--
-- The name system maps names to data. To ask for the name of an address, the address is written as a name, backwards,
-- below in-addr.arpa, so that whoever has a block of addresses can be in charge of a part of the tree. IPv6 goes
-- digit by digit below ip6.arpa.
-- Try: `"165 PTR liar.example.pt."` instead of `"165 PTR www.example.pt."`. Who is the liar then?
local net, dns = require "net", require "dns"

local server, client = net.host("ns.example.pt"), net.host("client")
net.link(server, client, {delay = "10 ms"})
server:spawn(function()
  dns.serve({zones = {
    dns.zone({"@ NS ns.example.pt.", "165 PTR www.example.pt."}, {origin = "76.57.192.in-addr.arpa"}),
    dns.zone({"@ NS ns.example.pt.", dns.reverse("2001:db8::5") .. " PTR six.example.pt."},
      {origin = "8.b.d.0.1.0.0.2.ip6.arpa"}),
    dns.zone({"@ NS ns", "www A 192.57.76.165", "six AAAA 2001:db8::5", "liar A 192.57.76.165"},
      {origin = "example.pt"}),
  }})
end)

local function ask(name, typ)
  local _, m = client:spawn(function() return dns.query(name, typ, {server = server:address()}) end):join()
  return m.answer[1] and m.answer[1].data or m.rcode
end

for _, address in ipairs{"192.57.76.165", "192.57.76.166", "2001:db8::5"} do
  local name = dns.reverse(address)
  print(address)
  print("  is asked for as " .. name)
  print("  answer          " .. ask(name, "PTR"))
end

print("\nA name and an address belong together if each leads to the other:")
for _, name in ipairs{"www.example.pt.", "liar.example.pt."} do
  local address = ask(name, "A")
  local back = ask(dns.reverse(address), "PTR")
  print(("  %-16s -> %s -> %s: %s"):format(name, address, back, back == name and "yes" or "no"))
end
