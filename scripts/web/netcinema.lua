-- NetCinema and KingCDN: how Bob, in Brazil, comes to the copy of a film that is near him
--
-- The page http://netcinema.com/6Y7B23V has a link to the film at video.netcinema.com. That name is an alias (CNAME) of
-- one of KingCDN, whose name server answers by where the question comes from. Its servers fetch the film from
-- NetCinema once and keep it. Then Bob's server fails: KingCDN finds out, and sends him to another until it is back.
local cdn = require "cdn"
local dns = require "dns"
local http = require "http"
local net = require "net"
local task = require "task"
local trace = require "trace"

local usa, brazil, italy = net.router "usa", net.router "brazil", net.router "italy"
net.link(usa, brazil, {delay = "60 ms", rate = "100 Mbps"})
net.link(usa, italy, {delay = "50 ms", rate = "100 Mbps"})
net.link(brazil, italy, {delay = "70 ms", rate = "100 Mbps"})
local function host(name, router)
  local h = net.host(name)
  net.link(h, router, {delay = "2 ms", rate = "100 Mbps"})
  return h
end
local root = host("a.root-servers.net", usa)
local netcinema, kingdns = host("netcinema.com", usa), host("ns1.kingcdn.com", usa)
local nodes = {
  {name = "São Paulo", host = host("sp.kingcdn.com", brazil)},
  {name = "Milan", host = host("mi.kingcdn.com", italy)},
}
local bob, brazil_dns = host("bob.br", brazil), host("dns.br", brazil)
local carla, italy_dns = host("carla.it", italy), host("dns.it", italy)

-- names: one server for the root and com, one each of NetCinema and KingCDN, a local one in each country
local function glue(h) return h:name() .. ". A " .. h:address() end
root:spawn(function()
  local records = {"@ NS a.root-servers.net.", glue(root), "netcinema.com. NS netcinema.com.", glue(netcinema),
    "kingcdn.com. NS ns1.kingcdn.com.", glue(kingdns)}
  assert(dns.serve{zones = {assert(dns.zone(records, {origin = ".", ttl = 86400}))}})
end)
netcinema:spawn(function()
  local records = {"@ NS netcinema.com.", "@ A " .. netcinema:address(), "video CNAME netc.kingcdn.com."}
  assert(dns.serve{zones = {assert(dns.zone(records, {origin = "netcinema.com", ttl = 3600}))}})
end)
local map = {}
map[brazil_dns:address()] = {["São Paulo"] = 2, Milan = 72}
map[italy_dns:address()] = {["São Paulo"] = 72, Milan = 2}
local router
kingdns:spawn(function()
  local list = {}
  for i, n in ipairs(nodes) do list[i] = {name = n.name, addresses = {n.host:address()}} end
  router = assert(cdn.router{zone = "kingcdn.com", nodes = list, map = map, ttl = "20 s", check = {every = "10 s"}})
end)
for _, h in ipairs{brazil_dns, italy_dns} do
  h:spawn(function() assert(dns.recursor{roots = {"a.root-servers.net"}}) end)
end
bob:set_resolver{servers = {"dns.br"}, ipv6 = false}
carla:set_resolver{servers = {"dns.it"}, ipv6 = false}

-- the web: NetCinema's page and its film, KingCDN's servers
local FILM = ("0123456789abcdef"):rep(65536) -- a megabyte
netcinema:spawn(function()
  assert(http.serve{handler = function(request)
    if request.host == "netcinema.com" then
      return '<a href="http://video.netcinema.com/6Y7B23V">Play</a>\n'
    end
    return 200, FILM, {["Content-Type"] = "video/mp4", ["Cache-Control"] = "max-age=86400"}
  end})
end)
local function start(n)
  n.host:spawn(function()
    n.replica = assert(cdn.replica{customers = {["video.netcinema.com"] = "http://" .. netcinema:address()}})
  end)
end
for _, n in ipairs(nodes) do start(n) end
task.sleep(1)

local function watch(viewer)
  local _, line = viewer:spawn(function()
    local page = assert(http.get("http://netcinema.com/6Y7B23V"))
    local film, message = http.get(page.body:match('href="(.-)"'))
    if not film then return viewer:name() .. ": " .. message end
    return ("%s: %d bytes in %4.0f ms  %s"):format(
      viewer:name(), #film.body, film.seconds * 1000, film:header("Cache-Status"))
  end):join()
  return line
end

print("Bob's first time")
local t = trace.start()
local first = watch(bob)
t:stop()
local number = 0
for _, e in ipairs(t:events()) do
  if e.op == "message" and not e.received and e.text:find("^query") then
    number = number + 1
    print(("  %2d %6.0f ms  %-18s -> %-18s  %s"):format(number, (e.at - 1) * 1000, e.host, e.peer, e.text))
  end
end
print(first)

print("\nthe second viewer of each country, and the next ones")
print(watch(bob))
print(watch(carla))
print(watch(carla))

print("\nSão Paulo fails")
nodes[1].host:crash()
print(watch(bob))
task.sleep("35 s")
print(watch(bob))
print("it is back, with nothing in its memory")
nodes[1].host:restart()
start(nodes[1])
task.sleep("35 s")
print(watch(bob))
print(watch(bob))
for _, n in ipairs(nodes) do
  local s = n.replica:stats()
  print(("%s, since it last started: %d viewers, %d bytes from NetCinema"):format(
    n.name, s.hits + s.misses, s.from_origin))
end
for _, n in ipairs(router:nodes()) do
  print(("%s was the answer to %d questions"):format(n.name, n.sent))
end
