-- Queueing delay against traffic intensity: why a link must not be used to the full
--
-- Packets of L bits arrive at a link of rate R, a of them per second at random times (a Poisson process). La/R is the
-- traffic intensity. The run measures how long packets wait on average and compares that with the formula for this
-- queue, M/D/1: wait = intensity / (2 (1 - intensity)) * L/R. Towards 1 the wait grows beyond all bounds; above 1 it
-- never ends.
-- Try: `0.8, 0.95}` instead of `0.8, 0.9}`. moonwire run --seed 2 shows what is chance.
local net = require "net"
local plot = require "plot"
local socket = require "socket"
local task = require "task"

local L, R = 1250 * 8, 1e6
local SERVICE = L / R

-- wait returns the average time that packets spend in the queue, and the share that is lost, at a traffic intensity.
local function wait(name, intensity, count, queue)
  local a, b = net.host(name .. "-a"), net.host(name .. "-b")
  local link = net.link(a, b, {rate = R, queue = queue})
  local sent, got, total = {}, 0, 0
  b:spawn(function()
    local s = assert(socket.udp())
    assert(s:setsockname("*", 9))
    while true do
      local n = tonumber(s:receive():match("%d+"))
      got, total = got + 1, total + task.now() - sent[n] - SERVICE
    end
  end)
  local sender = a:spawn(function()
    local s = assert(socket.udp())
    assert(s:setpeername(name .. "-b", 9))
    for n = 1, count do
      task.sleep(-math.log(1 - math.random()) * SERVICE / intensity)
      sent[n] = task.now()
      s:send(n .. ("x"):rep(L / 8 - 28 - #tostring(n))) -- 28 bytes are headers
    end
  end)
  assert(sender:join())
  while got + link:stats().a_to_b.queue_full < count do
    task.sleep(SERVICE) -- the queue empties
  end
  return total / got, 1 - got / count
end

local x, measured, curve_x, curve = {}, {}, {}, {}
print(("L/R = %g ms"):format(SERVICE * 1e3))
print("La/R   packets   measured ms   M/D/1 ms")
for _, i in ipairs {0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9} do
  local count = math.floor(math.min(10000, 600 / (1 - i) ^ 2)) -- the fuller the link, the longer one must measure
  local w = wait("load" .. i * 10, i, count, -1)
  x[#x + 1], measured[#measured + 1] = i, w * 1e3
  print(("%.1f %11d %13.2f %10.2f"):format(i, count, w * 1e3, i / (2 * (1 - i)) * SERVICE * 1e3))
end
for i = 1, 92 do
  curve_x[i], curve[i] = i / 100, i / 100 / (2 * (1 - i / 100)) * SERVICE * 1e3
end
local over, room = 1.2, 20
local w, lost = wait("overload", over, 4000, room)
print(("%.1f with room for %d packets: %.1f %% are lost, the others wait %.0f ms\n"):format(
  over, room, lost * 100, w * 1e3))

local chart = plot.new({title = "Average queueing delay",
  x = {label = "traffic intensity", unit = "La/R", min = 0, max = 1}, y = {label = "wait", unit = "ms"}})
chart:line(curve_x, curve, {name = "M/D/1"})
chart:points(x, measured, {name = "measured"})
print(chart:text())
assert(chart:save("/out/queueing.svg"))
