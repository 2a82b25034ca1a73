-- Lost datagrams seen: a sequence diagram of pings over UDP on a link that loses a third of them
--
-- The client waits 50 ms for each echo and then sends the next number. An arrow that ends in x was never taken at the
-- other end. Is it the ping that was lost, or the echo? The client cannot know; the trace of both hosts does.
-- Try: `loss = 0.6` instead of `loss = 0.3`; or `settimeout(0.01)` instead of `settimeout(0.05)`.
local net = require "net"
local socket = require "socket"
local trace = require "trace"

local client, server = net.host("client"), net.host("server")
net.link(client, server, {delay = "10 ms", jitter = "4 ms", loss = 0.3})

local t = trace.start({ports = {7}})
server:spawn(function()
  local s = assert(socket.udp())
  assert(s:setsockname("*", 7))
  while true do
    local data, host, port = s:receivefrom()
    s:sendto(data, host, port)
  end
end)

assert(client:spawn(function()
  local s = assert(socket.udp())
  s:setpeername("server", 7)
  s:settimeout(0.05)
  local answered = 0
  for n = 1, 10 do
    s:send("ping " .. n)
    if s:receive() then
      answered = answered + 1
    else
      trace.note("no echo of ping " .. n .. " within 50 ms")
    end
  end
  trace.note(answered .. " of 10 were answered")
  s:close()
end):join())
t:stop()

print(t:text())
local sent, taken = {client = 0, server = 0}, {client = 0, server = 0}
for _, e in ipairs(t:events()) do
  if e.op == "send" then
    sent[e.host] = sent[e.host] + 1
  elseif e.op == "receive" then
    taken[e.host] = taken[e.host] + 1
  end
end
print(("\nlost on the way there: %d of %d, on the way back: %d of %d"):format(
  sent.client - taken.server, sent.client, sent.server - taken.client, sent.server))
