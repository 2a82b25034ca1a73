-- The institution's access link: 1.5 Mbps, then 10 Mbps, then a web cache with a hit rate of 0.4
--
-- The browsers of an institution ask 15 times a second for objects of 100,000 bits. The servers answer to the far end
-- of the access link within 2 s. On the slides: with 1.5 Mbps the link is used to 100 %, and the delay is 2 s + minutes
-- + milliseconds; with 10 Mbps to 15 %, and the delay is 2 s + milliseconds; with a cache whose hit rate is 0.4, to
-- 60 %, and the average delay is 0.6 * 2 s + 0.6 * 0.01 s + milliseconds < 1.3 s. Here connections are open before, so
-- that a request takes one round trip; headers add 5 % to the 100,000 bits. With 1.5 Mbps the queue grows; TCP takes
-- the delay for loss and sends again what is still under way, which makes it grow faster.
-- Try: `hit_rate = 0.6` instead of `hit_rate = 0.4`. How much traffic is left?
local net, http, webcache, task = require "net", require "http", require "webcache", require "task"

local hit_rate = 0.4
local per_second, object, seconds, popular, open = 15, ("x"):rep(100000 / 8), 30, 20, 100

-- institution builds hosts and links under names of their own, and runs the browsers.
local function institution(name, mbps, with_cache)
  local function host(kind) return net.host(kind .. "." .. name) end
  local browsers, cache, origin = host("browsers"), host("cache"), host("origin")
  local lan, isp = net.router("lan." .. name), net.router("isp." .. name)
  local lan_link = net.link(browsers, lan, {rate = "10 Mbps"})
  net.link(cache, lan, {rate = "10 Mbps"})
  local access_link = net.link(lan, isp, {rate = mbps * 1e6, queue = 1000000})
  net.link(isp, origin, {delay = "1 s"})

  origin:spawn(function()
    local function answer(request)
      return 200, request.path == "/tiny" and "x" or object, {["Cache-Control"] = "max-age=3600"}
    end
    http.serve{handler = answer, idle = "1 h"}
  end)
  local counters
  if with_cache then cache:spawn(function() counters = webcache.serve{idle = "1 h"} end) end

  local delays, running = {}, 0
  assert(browsers:spawn(function()
    local client = http.client{proxy = with_cache and cache:name() .. ":3128" or nil, timeout = "10 min"}
    local function ask(path)
      running = running + 1
      local r = assert(client:get("http://" .. origin:address() .. path))
      table.insert(delays, r.seconds)
      running = running - 1
    end
    for i = 1, open do task.spawn(function() ask("/tiny?" .. i) end) end
    task.sleep(60)
    for i = 1, 3 * open do -- their congestion windows grow, and the cache learns what is popular
      task.spawn(function() ask(i <= popular and "/popular/" .. i or "/other/" .. i) end)
      task.sleep(0.2)
    end
    task.sleep(60)
    delays = {}
    local before = counters and counters:stats()
    local function used()
      return {at = task.now(), lan = lan_link:stats().b_to_a.busy, access = access_link:stats().b_to_a.busy}
    end
    local first -- when the first answers come
    for i = 1, per_second * seconds do
      local path = (i * hit_rate + 0.05) % 1 < hit_rate and "/popular/" .. math.random(popular) or "/new/" .. i
      task.spawn(function() ask(path) end)
      task.sleep(-math.log(1 - math.random()) / per_second)
      if i == 2 * per_second then first = used() end
    end
    task.sleep(2)
    local last = used()
    local function use(link) return (last[link] - first[link]) / (last.at - first.at) * 100 end
    local access = use("access")
    print(("%s: LAN used to %.0f %%, access link to %.0f %%%s"):format(name, use("lan"), math.min(access, 100),
      access > 100 and (", and would need %.0f %%"):format(access) or ""))
    while running > 0 do task.sleep(1) end
    local sum, longest = 0, math.max(unpack(delays))
    for _, d in ipairs(delays) do sum = sum + d end
    print(("  average delay %.2f s of %d requests, the longest %.1f s"):format(sum / #delays, #delays, longest))
    if counters then
      local hits, requests = counters:stats().hits - before.hits, counters:stats().requests - before.requests
      print(("  hit rate %.2f: %d hits of %d requests"):format(hits / requests, hits, requests))
    end
  end):join())
end

institution("slow", 1.5)
institution("fast", 10)
institution("cached", 1.5, true)
