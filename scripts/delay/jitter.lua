-- Jitter: packets sent 20 ms apart arrive irregularly, and a playout buffer trades delay for it
--
-- A voice sends 50 packets per second. On their way they wait behind the packets of other traffic, which comes in
-- bursts, so no two are equally long under way: that is jitter. The run shows the distribution of the delays, the
-- jitter as RTP reckons it (RFC 3550, section 6.4.1), and which share of the packets comes too late if the receiver
-- plays each of them a fixed time after the least delay: the longer the buffer, the fewer gaps and the slower the
-- conversation.
-- Try: `rate = "10 Mbps", queue` instead of `rate = "2 Mbps", queue`; or `math.random(1, 12)` instead of
-- `math.random(1, 6)`.
local net = require "net"
local plot = require "plot"
local socket = require "socket"
local task = require "task"

local COUNT, EVERY = 1500, 0.020
local voice, other, router, ear = net.host("voice"), net.host("other"), net.router("router"), net.host("ear")
net.link(voice, router, {delay = "2 ms", rate = "10 Mbps"})
net.link(other, router, {delay = "2 ms", rate = "100 Mbps"})
net.link(router, ear, {delay = "8 ms", rate = "2 Mbps", queue = -1})

local function sender(host, port, f)
  return host:spawn(function()
    local s = assert(socket.udp())
    assert(s:setpeername("ear", port))
    f(s)
  end)
end

local listener = ear:spawn(function()
  local s = assert(socket.udp())
  assert(s:setsockname("*", 5004))
  local delays, jitter = {}, 0
  for n = 1, COUNT do
    local sent = tonumber(s:receive():match("%S+"))
    delays[n] = (task.now() - sent) * 1000
    jitter = jitter + (math.abs(delays[n] - (delays[n - 1] or delays[n])) - jitter) / 16
  end
  return delays, jitter
end)

sender(voice, 5004, function(s)
  for _ = 1, COUNT do
    s:send(("%-60.9f"):format(task.now()) .. ("v"):rep(100)) -- 160 bytes, as of 20 ms at 64 kbps
    task.sleep(EVERY)
  end
end)
ear:spawn(function()
  local s = assert(socket.udp())
  assert(s:setsockname("*", 9))
  while s:receive() do end
end)
local traffic = sender(other, 9, function(s)
  while true do
    for _ = 1, math.random(1, 6) do
      s:send(("x"):rep(1472))
    end
    task.sleep(-math.log(1 - math.random()) * 0.080)
  end
end)

local _, delays, jitter = assert(listener:join())
traffic:cancel()
local sorted = {unpack(delays)}
table.sort(sorted)
print(("%d packets, delay least %.1f ms, median %.1f ms, greatest %.1f ms, RTP's jitter %.1f ms"):format(
  COUNT, sorted[1], sorted[COUNT / 2], sorted[COUNT], jitter))
for _, buffer in ipairs {0, 10, 20, 40, 80, 160} do
  local late = 0
  for _, d in ipairs(delays) do
    late = late + (d > sorted[1] + buffer + 1e-6 and 1 or 0)
  end
  print(("  played %3d ms after the least delay: %5.1f %% too late"):format(buffer, late / COUNT * 100))
end
local chart = plot.new({title = "One-way delay of the voice",
  x = {label = "delay", unit = "ms"}, y = {label = "share of packets"}})
chart:cdf(delays)
print("\n" .. chart:text({height = 14}))
assert(chart:save("/out/jitter.svg"))
