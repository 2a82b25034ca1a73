-- Nodal delay: processing + queueing + transmission L/R + propagation d/s, each measured alone and all together
--
-- A packet of 1500 bytes crosses three links and two routers. The run measures it with one cause of delay at a time,
-- the others switched off, and then with all of them: the sum comes out to the nanosecond. Before the last one it is
-- sent behind four packets of the same length, and queues for the slowest link until those are through.
-- Try: `{10e6, 64e3, 10e6}` instead of `{10e6, 2e6, 10e6}`; or `AHEAD = 20e-6, 20` instead of `AHEAD = 20e-6, 4`. Which
-- delay is the longest then?
local net = require "net"
local socket = require "socket"
local task = require "task"

local L, S = 1500 * 8, 2e8                        -- bits of the packet; metres per second in the wire
local RATE = {10e6, 2e6, 10e6}                    -- bits per second of each link
local LENGTH = {1e3, 2e6, 5e4}                    -- metres of each link
local PROCESSING, AHEAD = 20e-6, 4                -- seconds at each router; packets ahead

local nodes = {net.host("A"), net.router("R1"), net.router("R2"), net.host("B")}
local links = {}
for i = 1, 3 do
  links[i] = net.link(nodes[i], nodes[i + 1])
end

local arrivals = task.queue()
nodes[4]:spawn(function()
  local s = assert(socket.udp())
  assert(s:setsockname("*", 9))
  while s:receive() do
    arrivals:put(task.now())
  end
end)

-- measure returns how long the last of some packets sent at the same time is under way.
local function measure(on, packets)
  for i, link in ipairs(links) do
    link:set({rate = on.transmission and RATE[i] or 0, delay = on.propagation and LENGTH[i] / S or 0})
  end
  for i = 2, 3 do
    nodes[i]:set_processing(on.processing and PROCESSING or 0)
  end
  local began = task.now()
  nodes[1]:spawn(function()
    local s = assert(socket.udp())
    assert(s:setpeername("B", 9))
    for _ = 1, packets do
      s:send(("x"):rep(L / 8 - 28))
    end
  end)
  local last
  for _ = 1, packets do
    last = arrivals:get()
  end
  return last - began
end

local all = {processing = true, transmission = true, propagation = true}
local processing, transmission = measure({processing = true}, 1), measure({transmission = true}, 1)
local propagation, together = measure({propagation = true}, 1), measure(all, 1)
local queued = measure(all, AHEAD + 1)

local function sum(list, f)
  local total = 0
  for i, v in ipairs(list) do
    total = total + f(v, i)
  end
  return total
end
local rows = {
  {"processing", ("2 routers of %g us"):format(PROCESSING * 1e6), 2 * PROCESSING, processing},
  {"transmission", "sum of L/R", sum(RATE, function(r) return L / r end), transmission},
  {"propagation", "sum of d/s", sum(LENGTH, function(d) return d / S end), propagation},
  {"queueing", AHEAD .. " packets ahead", AHEAD * L / math.min(unpack(RATE)), queued - together},
}
print(("%-13s %-18s %12s %12s"):format("delay", "formula", "computed ms", "measured ms"))
for _, r in ipairs(rows) do
  print(("%-13s %-18s %12.4f %12.4f"):format(r[1], r[2], r[3] * 1e3, r[4] * 1e3))
end
print(("%-13s %-18s %12.4f %12.4f"):format("nodal delay", "sum",
  sum(rows, function(r) return r[3] end) * 1e3, queued * 1e3))
