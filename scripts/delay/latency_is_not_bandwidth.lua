-- Latency is not bandwidth: a satellite of 50 Mbps against a wire of 1 Mbps
--
-- The slides: latency d/s and bandwidth R are different things. Both links carry the same answers over TCP. The
-- satellite is 50 times as wide and its way 36 000 km up and down again; the wire is narrow and short. Small answers
-- come sooner over the wire, large ones over the satellite, and no bandwidth in the world makes the first byte come
-- sooner.
-- Try: `satellite = 500e6` instead of `satellite = 50e6`; or `satellite = 2e6` instead of `satellite = 72e6`. Which of
-- the two helps small answers?
local net = require "net"
local plot = require "plot"
local socket = require "socket"
local task = require "task"

local SPEED = {satellite = 3e8, wire = 2e8} -- metres per second
local LENGTH = {satellite = 72e6, wire = 200e3}
local RATE = {satellite = 50e6, wire = 1e6}
local SIZES = {100, 1000, 10000, 30000, 100000, 300000, 1000000, 3000000}

-- fetch returns how long an answer of a size takes, and its first byte, the handshake included.
local function fetch(client, name, size)
  local t = client:spawn(function()
    local began = task.now()
    local conn = assert(socket.connect(name .. "-server", 80))
    conn:send(size .. "\n")
    conn:receive(1)
    local first = task.now() - began
    assert(#conn:receive(size - 1) == size - 1)
    conn:close()
    return task.now() - began, first
  end)
  local _, whole, first = assert(t:join())
  return whole, first
end

local times, firsts = {}, {}
for _, name in ipairs {"wire", "satellite"} do
  local server, client = net.host(name .. "-server"), net.host(name .. "-client")
  net.link(server, client, {rate = RATE[name], delay = LENGTH[name] / SPEED[name], queue = -1})
  for _, h in ipairs {server, client} do
    h:set_tcp({recv_buffer = "8 MiB", send_buffer = "8 MiB"})
  end
  server:spawn(function()
    local welcome = assert(socket.bind("*", 80))
    while true do
      local conn = assert(welcome:accept())
      conn:send(("x"):rep(tonumber((conn:receive("*l")))))
      conn:close()
    end
  end)
  task.sleep(0)
  times[name] = {}
  for i, size in ipairs(SIZES) do
    local whole, first = fetch(client, name, size)
    times[name][i], firsts[name] = whole, firsts[name] or first
  end
end

print(("%-10s %12s %12s %16s"):format("", "bandwidth", "latency d/s", "first byte after"))
for _, name in ipairs {"wire", "satellite"} do
  print(("%-10s %7.0f Mbps %9.0f ms %13.0f ms"):format(
    name, RATE[name] / 1e6, LENGTH[name] / SPEED[name] * 1e3, firsts[name] * 1e3))
end
print(("\n%12s %12s %12s   %s"):format("bytes", "wire s", "satellite s", "sooner"))
for i, size in ipairs(SIZES) do
  local w, s = times.wire[i], times.satellite[i]
  print(("%12d %12.3f %12.3f   %s"):format(size, w, s, w < s and "wire" or "satellite"))
end
local chart = plot.new({title = "Time of an answer", x = {label = "size", unit = "bytes", log = true},
  y = {label = "time", unit = "s", log = true}})
for _, name in ipairs {"wire", "satellite"} do
  chart:line(SIZES, times[name], {name = name})
end
print("\n" .. chart:text({height = 16}))
assert(chart:save("/out/latency.svg"))
