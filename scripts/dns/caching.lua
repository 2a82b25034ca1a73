-- Caching and TTL: what a local server keeps, for how long, and what that saves
--
-- Each record says for how many seconds it may be kept. The local server counts them down; at 0 it asks again, but
-- only the closest server that it still knows. It also keeps that there is no such name, as long as the zone's SOA
-- record says. So the root is hardly ever asked. Last, dig shows the rest of a record's life.
-- Try: `"gaia.cs 20 A` instead of `"gaia.cs 300 A`; or `604800 10"` instead of `604800 60"`. Who is asked more often?
local net, dns, task = require "net", require "dns", require "task"

local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local client, site = host("cis.poly.edu"), host("dns.poly.edu")
local root, tld, authority = host("root"), host("edu"), host("dns.umass.edu")
local servers = {}
local function serve(h, origin, records)
  h:spawn(function()
    servers[h:name()] = assert(dns.serve{zones = {assert(dns.zone(records, {origin = origin}))}})
  end):join()
end
serve(root, ".", {"@ NS root.", "root. A " .. root:address(), "edu. 172800 NS edu.", "edu. 172800 A " .. tld:address()})
serve(tld, "edu", {"@ NS edu.", "edu. A " .. tld:address(), "umass 86400 NS dns.umass",
  "dns.umass 86400 A " .. authority:address()})
serve(authority, "umass.edu", {"@ SOA dns root 1 7200 900 604800 60", "@ NS dns", "dns A " .. authority:address(),
  "gaia.cs 300 A 128.119.245.12", "web 5 A 128.119.8.148"})
local recursor
site:spawn(function() recursor = assert(dns.recursor{roots = {"root"}}) end):join()
client:set_resolver{servers = {"dns.poly.edu"}, ipv6 = false}

print(" time  name                answer          root  edu  umass   took")
local function lookup(wait, name)
  task.sleep(wait)
  local before, began = {}, task.now()
  for _, n in ipairs{"root", "edu", "dns.umass.edu"} do before[n] = servers[n]:stats().udp end
  local found = client:lookup(name)
  local function more(n) return servers[n]:stats().udp - before[n] end
  print(("%5.0f  %-18s  %-14s  %4d %4d %6d  %3.0f ms"):format(began, name, found and found[1] or "no such name",
    more("root"), more("edu"), more("dns.umass.edu"), (task.now() - began) * 1000))
end
lookup(0, "gaia.cs.umass.edu")
lookup(10, "gaia.cs.umass.edu")
lookup(10, "web.umass.edu")
lookup(2, "web.umass.edu")
lookup(5, "web.umass.edu")
lookup(5, "nobody.umass.edu")
lookup(30, "nobody.umass.edu")
lookup(30, "nobody.umass.edu")
lookup(300, "gaia.cs.umass.edu")
lookup(86400 - 600, "gaia.cs.umass.edu")

print("\nthe cache after a day less some minutes:")
for _, e in ipairs(recursor:cache()) do
  local data = e.records[1] and e.records[1].data or e.rcode
  print(("  %-18s %-4s %6.0f s left  %s"):format(e.name, e.type or "-", e.ttl, data))
end
task.sleep(60)
print("\na minute later, by dig:")
print((select(2, client:spawn(dns.dig, "gaia.cs.umass.edu"):join())))
