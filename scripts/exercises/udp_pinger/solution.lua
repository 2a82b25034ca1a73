-- UDP pinger: ten numbered pings, a second of patience for each, and what came of them
local socket = require "socket"

local host, port = arg[1], tonumber(arg[2])
local count, patience = 10, 1

local s = assert(socket.udp())
assert(s:setpeername(host, port))

local rtts = {}
for n = 1, count do
  local ping = ("ping %d %.6f"):format(n, socket.gettime())
  local sent = socket.gettime()
  s:send(ping)
  local rtt
  repeat
    local left = patience - (socket.gettime() - sent)
    if left <= 0 then break end
    s:settimeout(left)
    local reply = s:receive()
    if reply == ping then rtt = socket.gettime() - sent end
  until rtt
  if rtt then
    rtts[#rtts + 1] = rtt
    print(("reply %d: %.3f ms"):format(n, rtt * 1000))
  else
    print(("reply %d: timeout"):format(n))
  end
end

print(("%d sent, %d received, %.0f%% lost"):format(count, #rtts, 100 * (count - #rtts) / count))
if #rtts > 0 then
  local least, most, sum = math.huge, 0, 0
  for _, rtt in ipairs(rtts) do
    least, most, sum = math.min(least, rtt), math.max(most, rtt), sum + rtt
  end
  print(("rtt min/avg/max = %.3f/%.3f/%.3f ms"):format(least * 1000, sum / #rtts * 1000, most * 1000))
end
