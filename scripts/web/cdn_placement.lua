-- Enter deep or bring home: where a CDN puts its servers
--
-- Sixteen access networks on four continents; behind each, viewers who ask for twenty films, the well-known ones most
-- (the n-th is asked for in proportion to 1/n). The same wishes go to one mega-server, to a CDN with a large node at
-- the exchange point of each continent (bring home), and to one with a small node inside each access network (enter
-- deep), into which not all films fit. In the night before, the nodes are filled, the most wanted films last.
-- Try: `"1 MiB", function(_` instead of `"640 KiB", function(_`.
local cdn = require "cdn"
local http = require "http"
local net = require "net"
local task = require "task"

local CONTINENTS, NETWORKS, FILMS, VIEWERS, FILM = 4, 4, 20, 25, ("x"):rep(40000)
local wanted, whole = {}, 0 -- by the viewers, the same in all worlds
for n = 1, FILMS do whole = whole + 1 / n end
for i = 1, VIEWERS * CONTINENTS * NETWORKS do
  local x, n = math.random() * whole, 1
  while x > 1 / n and n < FILMS do
    x, n = x - 1 / n, n + 1
  end
  wanted[i] = n
end

local function host(name, router, delay, rate)
  local h = net.host(name)
  net.link(h, router, {delay = delay, rate = rate})
  return h
end
local function together(list, f)
  local tasks = {}
  for i, item in ipairs(list) do tasks[i] = item:spawn(function() f(i, item) end) end
  for _, t in ipairs(tasks) do t:join() end
end

-- measure makes a world with nodes of so many bytes, at the places that spot chooses, and prints a row
local function measure(title, bytes, spot)
  local core, clients, nodes, node_of, replicas = net.router(title), {}, {}, {}, {}
  local origin = host(title .. "-origin", core, "1 ms", "200 Mbps")
  origin:spawn(function()
    assert(http.serve{handler = function() return 200, FILM, {["Cache-Control"] = "max-age=86400"} end})
  end)
  for c = 1, CONTINENTS do
    local exchange = net.router(title .. c)
    net.link(exchange, core, {delay = (20 + 20 * c) / 1000, rate = "500 Mbps"})
    for n = 1, NETWORKS do
      local access = net.router(title .. c .. "-" .. n)
      net.link(access, exchange, {delay = (4 + 2 * n) / 1000, rate = "100 Mbps"})
      clients[#clients + 1] = host(access:name() .. "-client", access, "3 ms", "20 Mbps")
      local router = spot(exchange, access)
      if router and not node_of[router] then
        node_of[router] = host(router:name() .. "-node", router, "1 ms", "1 Gbps")
        nodes[#nodes + 1] = node_of[router]
      end
      clients[clients[#clients]] = "http://" .. (router and node_of[router] or origin):address() .. "/film/"
    end
  end
  for i, node in ipairs(nodes) do
    local customers = {["/film"] = "http://" .. origin:address()}
    node:spawn(function() replicas[i] = assert(cdn.replica{customers = customers, max_bytes = bytes}) end)
  end
  task.sleep(1)
  together(nodes, function()
    for n = FILMS, 1, -1 do assert(http.get("http://localhost/film/" .. n)) end
  end)
  local night, day, seconds, longest = FILMS * #nodes, bytes and -FILMS * #nodes or #wanted, 0, 0
  together(clients, function(i, client)
    for v = 1, VIEWERS do
      local film = assert(http.get(clients[client] .. wanted[(i - 1) * VIEWERS + v]))
      seconds, longest = seconds + film.seconds, math.max(longest, film.seconds)
    end
  end)
  for _, r in ipairs(replicas) do day = day + r:stats().misses end
  print(("%-12s %5d %8.0f ms %8.0f ms %6.0f %% %8d %8d"):format(
    title, math.max(#nodes, 1), seconds / #wanted * 1000, longest * 1000, 100 * (1 - day / #wanted), night, day))
end

print("                                                 from   films from the origin")
print("placement    nodes        mean     longest      nodes at night   by day")
measure("mega-server", nil, function() return nil end)
measure("bring-home", "2 MiB", function(exchange) return exchange end)
measure("enter-deep", "640 KiB", function(_, access) return access end)
