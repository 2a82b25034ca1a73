-- The car caravan: ten cars, two toll booths, 62 minutes
--
-- A car is a packet, the caravan a file, the toll booth a transmitter, the road a wire. A booth serves a car in 12 s,
-- the road is 100 km long, cars drive at 100 km/h. How long until the whole caravan stands before the second booth?
-- The textbook's second caravan has a slow booth (1 min) and fast cars (1000 km/h): the first cars arrive while
-- others have not left.
-- Try: `caravan("slides", 10, 12, 100, 200)` instead of `caravan("slides", 10, 12, 100, 100)`; or `caravan("textbook",
-- 20,` instead of `caravan("textbook", 10,`. How many cars still wait when the first arrives?
local net = require "net"
local socket = require "socket"
local task = require "task"

local BITS = 1500 * 8 -- of a car; 28 bytes of them are headers

local function caravan(name, cars, service, km, speed)
  local first, gate, second = net.host(name .. "-first"), net.router(name .. "-gate"), net.host(name .. "-second")
  net.link(first, gate, {rate = BITS / service})
  local road = net.link(gate, second, {delay = km / speed * 3600})
  local began = task.now()

  local line = second:spawn(function()
    local booth = assert(socket.udp())
    assert(booth:setsockname("*", 9))
    local arrived, waiting = {}, nil
    for n = 1, cars do
      booth:receive()
      arrived[n] = task.now() - began
      task.sleep(0) -- a car whose service ends at this very moment has left
      waiting = waiting or cars - road:stats().a_to_b.packets
    end
    return arrived, waiting
  end)
  first:spawn(function()
    local s = assert(socket.udp())
    assert(s:setpeername(name .. "-second", 9))
    for _ = 1, cars do
      s:send(("car"):rep(500):sub(1, 1472))
    end
  end)

  local _, arrived, waiting = assert(line:join())
  print(("%d cars, %g s each at the booth, %g km at %g km/h"):format(cars, service, km, speed))
  print(("  the booth serves all of them in %g s, the road takes %g min"):format(
    arrived[cars] - arrived[1] + service, (arrived[1] - service) / 60))
  print(("  the first car reaches the second booth after %g min; %d are still at the first"):format(
    arrived[1] / 60, waiting))
  print(("  the whole caravan stands there after %g min\n"):format(arrived[cars] / 60))
end

caravan("slides", 10, 12, 100, 100)
caravan("textbook", 10, 60, 100, 1000)
