-- A CDN's name server: the answer depends on who asks
--
-- The page of www.foo.com refers to pictures at www.cdn.com. The CDN has copies of them near the readers. Its name
-- server has a map of the distances between the readers' networks and its nodes; when a question comes, it looks up the
-- network that the question comes from and answers with the address of the nearest node. A node that fails is taken off
-- the map, and as the answers may be kept for 20 seconds only, readers are led elsewhere soon.
-- Try: `"isp-milano", "5 ms"` instead of `"isp-milano", "30 ms"`. How far is the other node then?
local net, dns, task = require "net", require "dns", require "task"

local core = net.router("core")
local function near(router, name, delay)
  local node = name:find("isp") and net.router(name) or net.host(name)
  net.link(router, node, {delay = delay})
  return node
end
local isps = {lisboa = near(core, "isp-lisboa", "20 ms"), milano = near(core, "isp-milano", "30 ms")}
local readers, nodes = {}, {}
for city, isp in pairs(isps) do
  readers[city] = near(isp, "reader." .. city, "2 ms")
  nodes[city] = near(isp, "node." .. city, "2 ms")
end
local server = near(core, "ns.cdn.com", "5 ms")

-- The map: how far each reader's network is from each node, as measured by ping.
local map = {}
for _, reader in pairs(readers) do
  local distances = {}
  for at, node in pairs(nodes) do distances[at] = reader:ping(node:address(), {count = 1}).avg end
  map[reader:address()] = distances
end

local down = {}
local function nearest(asker)
  local best
  for at, distance in pairs(map[asker] or {}) do
    if not down[at] and (not best or distance < map[asker][best]) then best = at end
  end
  return best
end
server:spawn(function()
  dns.serve({
    zones = {dns.zone({"@ NS ns", "ns A " .. server:address()}, {origin = "cdn.com"})},
    answer = function(q)
      local best = q.name:lower() == "www.cdn.com." and nearest(q.from)
      if best then return "@ 20 A " .. nodes[best]:address() end -- otherwise the zone answers
    end,
  })
end)

local function visit(when)
  print(when)
  for _, city in ipairs{"lisboa", "milano"} do
    local reader = readers[city]
    local _, reply = reader:spawn(function()
      return dns.query("www.cdn.com", "A", {server = server:address()})
    end):join()
    local rr = reply.answer[1]
    for at, node in pairs(nodes) do
      if rr and rr.address == node:address() then
        local away = reader:ping(rr.address, {count = 1}).avg * 1000
        print(("  %s: node %s, %.0f ms away, may be kept for %d s"):format(city, at, away, rr.ttl))
      end
    end
  end
end

visit("-- all nodes work")
down.milano = true
nodes.milano:crash()
task.sleep("20 s")
visit("-- the node in Milano is gone")
