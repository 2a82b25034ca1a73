-- Does not look which ping a reply answers: a late one counts for the next
-- fails: late
local socket = require "socket"
local s = assert(socket.udp())
assert(s:setpeername(arg[1], tonumber(arg[2])))

local least, most, sum, received = math.huge, 0, 0, 0
for n = 1, 10 do
  local ping, sent = ("ping %d %.6f"):format(n, socket.gettime()), socket.gettime()
  s:send(ping)
  local rtt
  s:settimeout(1)
  if s:receive() then rtt = socket.gettime() - sent end
  if rtt then
    least, most, sum, received = math.min(least, rtt), math.max(most, rtt), sum + rtt, received + 1
    print(("reply %d: %.3f ms"):format(n, rtt * 1000))
  else
    print(("reply %d: timeout"):format(n))
  end
end
print(("10 sent, %d received, %.0f%% lost"):format(received, 100 * (10 - received) / 10))
if received > 0 then
  print(("rtt min/avg/max = %.3f/%.3f/%.3f ms"):format(least * 1000, sum / received * 1000, most * 1000))
end
