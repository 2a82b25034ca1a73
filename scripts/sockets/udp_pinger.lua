-- UDP pinger: datagrams get lost and overtake one another; round-trip times and losses are measured
--
-- UDP promises nothing: the slides say that data may be lost or arrive out of order. An echo server sits behind a link
-- that does both. The client sends a numbered datagram every 20 ms, takes the replies as they come, waits one second
-- for stragglers, and then reckons minimum, average and maximum of the round-trip time and the share that was lost.
-- Try: `loss = 0.5` instead of `loss = 0.1`; or `settimeout(0.03)` instead of `settimeout(1)`. An argument says how
-- many pings to send.
local net = require "net"
local socket = require "socket"
local task = require "task"

local count = tonumber(arg[1] or 20)
local server, client = net.host("server"), net.host("client")
net.link(client, server, {delay = "20 ms", jitter = "4 ms", loss = 0.1, reorder = 0.1, reorder_delay = "50 ms"})

server:spawn(function()
  local s = assert(socket.udp())
  assert(s:setsockname("*", 12000))
  while true do
    local data, ip, port = s:receivefrom()
    s:sendto(data, ip, port)
  end
end)

local function ping()
  local s = assert(socket.udp())
  assert(s:setpeername("server", 12000))
  s:settimeout(1)
  local sent_at = {}
  local sender = task.spawn(function()
    for n = 1, count do
      sent_at[n] = task.now()
      s:send(("ping %d"):format(n))
      task.sleep("20 ms")
    end
  end)

  local received, late, last = 0, 0, 0
  local least, most, sum = math.huge, 0, 0
  while true do
    local reply, err = s:receive()
    if not reply then
      print("no more replies: " .. err)
      break
    end
    local n = tonumber(reply:match("%d+"))
    local rtt = (task.now() - sent_at[n]) * 1000
    local note = n < last and ("  overtaken by " .. last) or ""
    print(("reply %2d  %6.2f ms%s"):format(n, rtt, note))
    received, sum = received + 1, sum + rtt
    least, most = math.min(least, rtt), math.max(most, rtt)
    late, last = late + (n < last and 1 or 0), math.max(last, n)
  end
  assert(sender:join())
  print(("%d sent, %d received, %d out of order, %.0f %% lost"):format(
    count, received, late, 100 * (count - received) / count))
  print(("round trip min/avg/max = %.2f/%.2f/%.2f ms"):format(least, sum / received, most))
end

assert(client:spawn(ping):join())
