-- A CDN for pictures: the page from its own server, the pictures from the nearest node of cdn.com
--
-- www.foo.com gives out its page itself, but has put www.cdn.com/www.foo.com before the names of its pictures. cdn.com
-- measures how far its nodes are from the networks where clients are, and makes a map of it. Its name server finds out
-- from which network a question comes and answers with the node that the map calls nearest.
-- Try: `{delay = "9 ms"}` instead of `{delay = "90 ms"}`. Which node is nearest to asia?
local cdn = require "cdn"
local dns = require "dns"
local http = require "http"
local net = require "net"
local task = require "task"
local america, europe, asia = net.router "america", net.router "europe", net.router "asia"
net.link(america, europe, {delay = "45 ms"})
net.link(europe, asia, {delay = "90 ms"})
net.link(america, asia, {delay = "75 ms"})
local function host(name, router, delay)
  local h = net.host(name)
  net.link(h, router, {delay = delay or "1 ms", rate = "50 Mbps"})
  return h
end
local origin, cdndns = host("www.foo.com", america), host("ns1.cdn.com", europe)
local nodes, isps, list = {}, {}, {}
for i, router in ipairs{america, europe, asia} do
  local name = router:name()
  nodes[i] = {name = name, host = host("node." .. name, router)}
  local resolver, client = host("dns." .. name, router, i / 500), host("client." .. name, router, i / 500)
  isps[i] = {name = name, resolver = resolver, client = client}
  list[i] = {name = name, addresses = {nodes[i].host:address()}}
end

-- the map: each node pings the name server of each network
local map = {}
print("network      america    europe      asia")
for _, isp in ipairs(isps) do
  local row, line = {}, ("%-10s"):format(isp.name)
  for _, node in ipairs(nodes) do
    row[node.name] = assert(node.host:ping(isp.resolver:name(), {count = 3})).min * 1000
    line = line .. ("%7.0f ms"):format(row[node.name])
  end
  map[isp.resolver:address()] = row
  print(line)
end

local records = {"@ NS www.foo.com.", "www.foo.com. A " .. origin:address(), "cdn.com. NS ns1.cdn.com.",
  "ns1.cdn.com. A " .. cdndns:address()}
origin:spawn(function() assert(dns.serve{zones = {assert(dns.zone(records, {origin = ".", ttl = 86400}))}}) end)
cdndns:spawn(function() assert(cdn.router{zone = "cdn.com", nodes = list, map = map}) end)
for _, isp in ipairs(isps) do
  isp.resolver:spawn(function() assert(dns.recursor{roots = {"www.foo.com"}}) end)
  isp.client:set_resolver{servers = {isp.resolver:name()}, ipv6 = false}
end

local PAGE = '<h1>Sports</h1><img src="/sports/ruth.gif"><img src="bat.gif"> <a href="http://www.foo.com/">Home</a>\n'
local given = {page = 0, picture = 0}
origin:spawn(function()
  assert(http.serve{handler = function(request)
    if request.path:find("html") then
      given.page = given.page + 1
      return 200, (cdn.rewrite(PAGE, {from = "http://www.foo.com/", to = "http://www.cdn.com/www.foo.com/",
        page = "http://www.foo.com/sports/sports.html", endings = {".gif"}})), {["Content-Type"] = "text/html"}
    end
    given.picture = given.picture + 1
    return 200, ("GIF89a"):rep(20000), {["Content-Type"] = "image/gif", ["Cache-Control"] = "max-age=3600"}
  end})
end)
for _, n in ipairs(nodes) do
  n.host:spawn(function() assert(cdn.replica{customers = {["/www.foo.com"] = "http://" .. origin:address()}}) end)
end
task.sleep(1)
print("\nthe page as www.foo.com gives it out")
isps[1].client:spawn(function() io.write(http.get("http://www.foo.com/sports/sports.html").body) end):join()
print("\nthe picture, for two clients of each network, one after the other; and from www.foo.com itself")
for _, isp in ipairs(isps) do
  isp.client:spawn(function()
    local url = http.get("http://www.foo.com/sports/sports.html").body:match('<img src="(.-)"')
    local far, first, second = http.get("http://www.foo.com/sports/ruth.gif"), http.get(url), http.get(url)
    print(("%-10s %-13s %5.0f ms, %5.0f ms     origin %5.0f ms"):format(isp.name,
      second:header("Cache-Status"):match("^[^;]+"), first.seconds * 1000, second.seconds * 1000, far.seconds * 1000))
  end):join()
end
print(("\nwww.foo.com gave out %d pages and %d pictures"):format(given.page, given.picture))
