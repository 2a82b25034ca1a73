-- Six exceptions: every way in which a socket call fails, provoked one after another
--
-- The slides list the exceptions of Java's sockets: UnknownHost, Connect, NoRouteToHost, PortUnreachable,
-- SocketTimeout and Bind. A Lua socket returns nil and the reason instead.
-- Try: `return socket.connect("server", 6789)` instead of `return socket.connect("server", 80)`; or `c:settimeout(5)`
-- instead of `c:settimeout(2)`.
local net = require "net"
local socket = require "socket"
local task = require "task"

local client, server = net.host("client"), net.host("server")
local lan = net.lan("lan", {subnet = "192.168.1.0/24"})
net.link(client, lan, {delay = "5 ms"})
net.link(server, lan, {delay = "5 ms"})

-- try makes a call and tells how it ended.
local function try(exception, what, call)
  local since = task.now()
  local ok, reason = call()
  print(("%-16s %s"):format(exception, what))
  print(("%16s %s (after %.0f ms)"):format("", ok and "no error" or reason, (task.now() - since) * 1000))
end

local function experiment()
  try("UnknownHost", 'connect("nosuch.lab", 80)', function()
    return socket.connect("nosuch.lab", 80)
  end)

  try("Connect", 'connect("server", 80)', function()
    return socket.connect("server", 80) -- resets come from both addresses of the name, IPv6 and IPv4
  end)

  try("NoRouteToHost", 'connect("192.168.1.99", 80)', function()
    return socket.connect("192.168.1.99", 80) -- an address of the LAN that nobody has
  end)

  try("PortUnreachable", 'send to UDP port 12000, then receive', function()
    local u = assert(socket.udp())
    assert(u:setpeername("server", 12000))
    assert(u:send("anybody there?"))
    u:settimeout(5)
    return u:receive() -- an ICMP message has come back
  end)

  try("SocketTimeout", 'settimeout(2), then receive', function()
    local c = assert(socket.connect("server", 6789)) -- a server that never answers
    c:settimeout(2)
    return c:receive("*l")
  end)

  try("Bind", 'bind("*", 6789) a second time', function()
    local first = assert(socket.bind("*", 6789))
    local second, reason = socket.bind("*", 6789)
    first:close()
    return second, reason
  end)
end

server:spawn(function()
  local welcome = assert(socket.bind("*", 6789))
  while true do
    local conn = assert(welcome:accept())
    task.spawn(function() conn:receive("*a") end) -- listens and is silent
  end
end)
assert(client:spawn(experiment):join())
