-- A pinger that does not look which ping a reply answers: a late one counts for the next
-- fails: stale
local socket = require "socket"
local s = assert(socket.udp())
assert(s:setpeername(arg[1], tonumber(arg[2])))
s:settimeout(1)
local rtts, least, most, sum = 0, math.huge, 0, 0
for n = 1, 10 do
  local sent = socket.gettime()
  s:send(("ping %d %.6f"):format(n, sent))
  if s:receive() then
    local rtt = socket.gettime() - sent
    rtts, least, most, sum = rtts + 1, math.min(least, rtt), math.max(most, rtt), sum + rtt
    print(("reply %d: %.3f ms"):format(n, rtt * 1000))
  else
    print(("reply %d: timeout"):format(n))
  end
end
print(("10 sent, %d received, %.0f%% lost"):format(rtts, 10 * (10 - rtts)))
if rtts > 0 then
  print(("rtt min/avg/max = %.3f/%.3f/%.3f ms"):format(least * 1000, sum / rtts * 1000, most * 1000))
end
