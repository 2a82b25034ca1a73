-- Iterated queries: eight messages until cis.poly.edu knows the address of gaia.cs.umass.edu
--
-- The host asks its local name server, dns.poly.edu, to find the address out. The local server asks one server after
-- the other, from the root on. Each says "I do not know this name, but ask that server", until one with authority for
-- the name answers. The same question again costs two messages, another host of umass.edu four: what was learnt is
-- kept.
-- Try: `lookup("GAIA.CS.umass.edu")` instead of `lookup("www.cs.umass.edu")`. Is that another name?
local net, dns, trace = require "net", require "dns", require "trace"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local client, site = host("cis.poly.edu"), host("dns.poly.edu")
local root, tld, authority = host("a.root-servers.net"), host("a.edu-servers.net"), host("dns.cs.umass.edu")

-- a zone and its server: what it knows itself, and whom it names for the rest
local function serve(h, origin, records)
  table.insert(records, "@ NS " .. h:name() .. ".")
  h:spawn(function() assert(dns.serve{zones = {assert(dns.zone(records, {origin = origin, ttl = 86400}))}}) end)
end
local function glue(h) return h:name() .. ". A " .. h:address() end
serve(root, ".", {"edu. NS a.edu-servers.net.", glue(tld), glue(root)})
serve(tld, "edu", {"umass NS dns.cs.umass.edu.", glue(authority)})
serve(authority, "umass.edu", {"gaia.cs A 128.119.245.12", "www.cs A 128.119.240.84", glue(authority)})

site:spawn(function() assert(dns.recursor{roots = {root:name()}}) end)
client:set_resolver{servers = {site:name()}, ipv6 = false}

local function lookup(name)
  print("cis.poly.edu wants the address of " .. name)
  local t = trace.start()
  local addresses = assert(client:lookup(name))
  t:stop()
  local number = 0
  for _, e in ipairs(t:events()) do
    if e.op == "message" and not e.received then
      number = number + 1
      print(("  %d  %-18s -> %-18s  %s"):format(number, e.host, e.peer, e.text))
    end
  end
  print("  it is " .. addresses[1])
end
lookup("gaia.cs.umass.edu")
lookup("gaia.cs.umass.edu")
lookup("www.cs.umass.edu")
