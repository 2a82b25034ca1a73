-- UDP pinger. Usage: pinger.lua HOST PORT
-- fails: sends
local socket = require "socket"

local host, port = arg[1], tonumber(arg[2])

local s = assert(socket.udp())
assert(s:setpeername(host, port))

for n = 1, 10 do
  local ping = ("ping %d %.6f"):format(n, socket.gettime())
  -- Send the ping, and wait up to a second for the reply that is equal to it.
  -- Then print "reply N: RTT ms", with three digits behind the point, or "reply N: timeout".
  print(ping)
end

-- Print how many were sent, received and lost, and then the round-trip times.
