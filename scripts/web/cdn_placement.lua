-- Enter deep or bring home: where a CDN puts its servers
--
-- Sixteen access networks on four continents; behind each, viewers who ask for twenty films, the well-known ones most
-- (the n-th is asked for in proportion to 1/n). The same questions are put to one mega-server, to a CDN with a large
-- node at the exchange point of each continent (bring home), and to one with a small node inside each access network
-- (enter deep), into which not all films fit. In the night before, the nodes are filled, the most wanted films last.
local cdn = require "cdn"
local http = require "http"
local net = require "net"
local task = require "task"

local CONTINENTS, NETWORKS, FILMS, VIEWERS = 4, 4, 20, 40
local FILM = ("x"):rep(100000)

-- world makes routers, an origin, and clients; the letter keeps the names of the three worlds apart
local function world(letter)
  local w = {core = net.router(letter .. "-core"), exchanges = {}, access = {}}
  w.origin = net.host(letter .. "-origin")
  net.link(w.origin, w.core, {delay = "1 ms", rate = "200 Mbps"})
  w.dns = net.host(letter .. "-dns")
  net.link(w.dns, w.core, {delay = "1 ms"})
  for c = 1, CONTINENTS do
    local exchange = net.router(letter .. "-ixp" .. c)
    net.link(exchange, w.core, {delay = (20 + 20 * c) / 1000, rate = "500 Mbps"})
    w.exchanges[c] = exchange
    for n = 1, NETWORKS do
      local id = letter .. c .. n
      local a = {continent = c, router = net.router(id)}
      net.link(a.router, exchange, {delay = (4 + 2 * n) / 1000, rate = "100 Mbps"})
      a.client = net.host(id .. "-client")
      net.link(a.client, a.router, {delay = "3 ms", rate = "20 Mbps"})
      w.access[#w.access + 1] = a
    end
  end
  w.origin:spawn(function()
    assert(http.serve{handler = function() return 200, FILM, {["Cache-Control"] = "max-age=86400"} end})
  end)
  return w
end

-- place puts nodes next to routers and starts the name server with a map by the number of links
local function place(w, letter, spots, bytes)
  local list, map, replicas = {}, {}, {}
  for i, spot in ipairs(spots) do
    local h = net.host(letter .. "-node" .. i)
    net.link(h, spot.router, {delay = "1 ms", rate = "1 Gbps"})
    list[i] = {name = h:name(), addresses = {h:address()}}
    h:spawn(function()
      replicas[i] = assert(cdn.replica{customers = {["cdn.lab"] = "http://" .. w.origin:address()}, max_bytes = bytes})
    end)
  end
  for _, a in ipairs(w.access) do
    local row = {}
    for i, spot in ipairs(spots) do
      row[list[i].name] = spot.router == a.router and 1 or spot.continent == a.continent and 2 or 4
    end
    map[a.client:address()] = row
    a.client:set_resolver{servers = {w.dns:name()}, ipv6 = false}
  end
  w.dns:spawn(function()
    assert(cdn.router{zone = "cdn.lab", nodes = list, map = map, ttl = 3600, check = {every = 0}})
  end)
  return replicas
end

-- fill lets nodes fetch what they will be asked for
local function fill(w, letter, replicas)
  local running = {}
  for i in ipairs(replicas) do
    running[i] = net.find(letter .. "-node" .. i):spawn(function()
      for n = FILMS, 1, -1 do assert(http.get("http://localhost/" .. n, {headers = {Host = "cdn.lab"}})) end
    end)
  end
  for _, r in ipairs(running) do r:join() end
  w.night = 0
  for _, r in ipairs(replicas) do w.night = w.night + r:stats().from_origin end
end

-- films draws one after the other; all worlds are asked for the same ones
local function films()
  local whole = 0
  for n = 1, FILMS do whole = whole + 1 / n end
  math.randomseed(7)
  local list = {}
  for i = 1, VIEWERS * CONTINENTS * NETWORKS do
    local x, n = math.random() * whole, 1
    while x > 1 / n and n < FILMS do
      x, n = x - 1 / n, n + 1
    end
    list[i] = n
  end
  return list
end
local wanted = films()

local function measure(w, url)
  local seconds, longest = 0, 0
  local running = {}
  for i, a in ipairs(w.access) do
    running[i] = a.client:spawn(function()
      for v = 1, VIEWERS do
        local film = assert(http.get(url .. wanted[(i - 1) * VIEWERS + v]))
        seconds, longest = seconds + film.seconds, math.max(longest, film.seconds)
      end
    end)
  end
  for _, r in ipairs(running) do r:join() end
  return seconds / #wanted * 1000, longest * 1000
end

local function report(name, w, mean, longest, replicas)
  local misses, bytes = 0, -(w.night or 0)
  for _, r in ipairs(replicas or {}) do
    local s = r:stats()
    misses, bytes = misses + s.misses, bytes + s.from_origin
  end
  if not replicas then
    misses, bytes = #wanted, #wanted * #FILM
  else
    misses = misses - FILMS * #replicas
  end
  print(("%-12s %5d %8.0f ms %8.0f ms %6.0f %% %8.1f MB %8.1f MB"):format(
    name, replicas and #replicas or 1, mean, longest, 100 * (1 - misses / #wanted), (w.night or 0) / 1e6, bytes / 1e6))
end

print("                                                 from     from the origin")
print("placement    nodes        mean     longest      nodes   at night     by day")
local mega = world "m"
task.sleep(1)
local mean, longest = measure(mega, "http://" .. mega.origin:address() .. "/")
report("mega-server", mega, mean, longest)

local home = world "b"
local spots = {}
for c, exchange in ipairs(home.exchanges) do spots[c] = {router = exchange, continent = c} end
local replicas = place(home, "b", spots, "4 MiB")
task.sleep(1)
fill(home, "b", replicas)
mean, longest = measure(home, "http://cdn.lab/")
report("bring home", home, mean, longest, replicas)

local deep = world "e"
replicas = place(deep, "e", deep.access, "1900 KiB")
task.sleep(1)
fill(deep, "e", replicas)
mean, longest = measure(deep, "http://cdn.lab/")
report("enter deep", deep, mean, longest, replicas)
