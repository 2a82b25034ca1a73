-- Aliases and shared load: www.ibm.com is really servereast.backup2.ibm.com, and one name has many addresses
--
-- A CNAME record says that a name is another one's alias; the canonical name's address comes with it. An MX record does
-- likewise for mail: a host of any name takes the post of ibm.com. And a name may have the addresses of several
-- replicas of a site: the server gives all of them, beginning with another one each time, and programs take the first,
-- so that visitors are spread over the replicas. A local server hands on the order that it got until the TTL is over:
-- the load is shared by sites of visitors, not by visitors.
-- Try: `VISITS = 20, 4, 4, 30` instead of `VISITS = 20, 3, 4, 30`; or `VISITS = 600, 3, 4, 30` instead of `VISITS = 20,
-- 3, 4, 30`. How even are the shares?
local net, dns, http, task = require "net", require "dns", require "http", require "task"

local TTL, REPLICAS, SITES, VISITS = 20, 3, 4, 30
local internet = net.router("internet")
local function host(name)
  local h = net.host(name)
  net.link(h, internet, {delay = "10 ms"})
  return h
end
local root, ns = host("root"), host("ns.ibm.com")
local records, visits, replica_of = {"@ NS ns", "ns A " .. ns:address(), "@ MX 10 mail.backup2",
  "mail.backup2 A 192.0.2.25", ("www %d CNAME servereast.backup2"):format(TTL)}, {}, {}
for i = 1, REPLICAS do
  local replica = host("replica" .. i)
  table.insert(records, ("servereast.backup2 %d A %s"):format(TTL, replica:address()))
  replica_of[replica:address()], visits[i] = i, 0
  replica:spawn(function()
    http.serve{handler = function()
      visits[i] = visits[i] + 1
      return "replica " .. i .. "\n"
    end}
  end)
end
local function serve(h, origin, list)
  h:spawn(function() dns.serve{zones = {assert(dns.zone(list, {origin = origin}))}} end)
end
serve(root, ".", {"@ NS root.", "root. A " .. root:address(), "ibm.com. NS ns.ibm.com.",
  "ns.ibm.com. A " .. ns:address()})
serve(ns, "ibm.com", records)

local clients, isps = {}, {}
for i = 1, SITES do
  isps[i], clients[i] = host("isp" .. i), host("client" .. i)
  isps[i]:spawn(function() dns.recursor{roots = {"root"}} end)
  clients[i]:set_resolver{servers = {isps[i]:name()}, ipv6 = false}
end

local function show(title, name, type)
  print(title)
  for _, rr in ipairs(assert(dns.query(name, type)).answer) do
    print(("  %s %s %s"):format(rr.name, rr.type, rr.data))
  end
end
assert(clients[1]:spawn(function()
  show("where is www.ibm.com?", "www.ibm.com", "A")
  show("who takes mail for ibm.com?", "ibm.com", "MX")
end):join())

print("which replica comes first in four answers, by the server with authority and by a local one:")
assert(clients[1]:spawn(function()
  for _, server in ipairs{ns, isps[1]} do
    local order = {}
    for i = 1, 4 do
      local m = assert(dns.query("servereast.backup2.ibm.com", "A", {server = server:address()}))
      order[i] = replica_of[m.answer[1].data]
    end
    print(("  %-10s %s"):format(server:name(), table.concat(order, " ")))
  end
end):join())

for _ = 1, VISITS do
  for _, client in ipairs(clients) do
    assert(client:spawn(function() assert(http.get("http://www.ibm.com/")) end):join())
  end
  task.sleep(5)
end
print(("\n%d visits from %d sites: replicas %s"):format(VISITS * SITES, SITES, table.concat(visits, ", ")))
