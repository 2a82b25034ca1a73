-- A page with ten images over every kind of connection: 2 RTT + transmission time, and how to do better
--
-- One object on a connection of its own takes a round trip to open the connection, another for the request and the
-- first bytes of the answer, and the time in which the object is transmitted: 2 RTT + L/R. A page with ten images is
-- eleven objects. Non-persistent connections take 2 RTT for each; parallel ones take them at the same time, but the
-- images still share the line; a persistent connection saves the opening; with pipelining all ten take one RTT. The
-- objects are small, so that TCP's slow start does not matter: see delay/slow_start.
-- Try: `1250, 2 --` instead of `1250, 10 --`; or `size, parallel = 0.01` instead of `size, parallel = 0.1`. Which way
-- is the fastest then?
local net, http = require "net", require "http"

local rtt, rate, size, parallel = 0.1, 1e6, 1250, 10 -- 1,250 bytes are 10,000 bits
local school, home = net.host("www.escuela.edu"), net.host("home")
net.link(school, home, {delay = rtt / 2, rate = rate})

local images, page = ("x"):rep(size), {}
for i = 1, 10 do page[i] = ('<p><img src="imagen%d.jpeg"></p>\n'):format(i) end

school:spawn(function()
  http.serve{handler = function(request)
    if request.path == "/departamento/home.index" then return table.concat(page) end
    return {type = "image/jpeg", body = images}
  end}
end)

home:spawn(function()
  local transmission = size * 8 / rate
  local one = assert(http.get("http://www.escuela.edu/departamento/imagen1.jpeg"))
  print(("one object of %d bits at %g Mbps, RTT %g ms:"):format(size * 8, rate / 1e6, rtt * 1000))
  local total = 2 * rtt + transmission
  print(("  2 RTT + L/R = 2 * %g ms + %g ms = %g ms"):format(rtt * 1000, transmission * 1000, total * 1000))
  print(("  measured      %.1f ms, with the headers of TCP, IP and HTTP"):format(one.seconds * 1000))

  local ten, turns = 10 * transmission, math.ceil(10 / parallel)
  print("\nthe page and its ten images:")
  for _, m in ipairs{
    {"non-persistent", "11 * 2 RTT", 22 * rtt + ten},
    {"parallel", ("2 RTT + %d * 2 RTT"):format(turns), (2 + 2 * turns) * rtt + ten},
    {"persistent", "2 RTT + 10 RTT", 12 * rtt + ten}, {"pipelined", "2 RTT + 1 RTT", 3 * rtt + ten},
  } do
    local client = http.client{mode = m[1], parallel = parallel}
    local objects = assert(client:page("http://www.escuela.edu/departamento/home.index"))
    local last = 0
    for _, o in ipairs(objects) do
      assert(o.status == 200, o.error)
      last = math.max(last, o.ended)
    end
    local line = "  %-14s objects %d, connections %2d: %-17s + 10 L/R = %4.0f ms, measured %6.1f ms"
    print(line:format(
      m[1], #objects, client:opened(), m[2], m[3] * 1000, last * 1000))
    client:close()
  end

  print("\nwhen each object came with pipelining, and without (ms):")
  for _, mode in ipairs{"pipelined", "persistent"} do
    local times = {}
    for i, o in ipairs(assert(http.client{mode = mode}:page("http://www.escuela.edu/departamento/home.index"))) do
      times[i] = ("%d"):format(o.ended * 1000)
    end
    print(("  %-11s %s"):format(mode, table.concat(times, " ")))
  end
end)
