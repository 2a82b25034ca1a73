-- A pinger without a timeout: the first lost datagram holds it for ever
-- fails: one_lost, none_answered, stale
local socket = require "socket"
local s = assert(socket.udp())
assert(s:setpeername(arg[1], tonumber(arg[2])))
local least, most, sum = math.huge, 0, 0
for n = 1, 10 do
  local sent = socket.gettime()
  s:send(("ping %d %.6f"):format(n, sent))
  s:receive()
  local rtt = socket.gettime() - sent
  least, most, sum = math.min(least, rtt), math.max(most, rtt), sum + rtt
  print(("reply %d: %.3f ms"):format(n, rtt * 1000))
end
print("10 sent, 10 received, 0% lost")
print(("rtt min/avg/max = %.3f/%.3f/%.3f ms"):format(least * 1000, sum / 10 * 1000, most * 1000))
