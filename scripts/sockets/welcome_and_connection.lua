-- Welcome socket and connection sockets: two connections on port 80 at the same time
--
-- The addresses are the slides': 160.97.47.1:80 <-> 160.97.47.4:555 and 160.97.47.1:80 <-> 160.97.7.14:6111.
-- accept leaves the welcome socket as it is and makes a new socket for each client. A connected socket is one
-- channel with two ends, and what is written at one end is read at the other end only.
-- Try: `client(far, 555,` instead of `client(far, 6111,`. What tells the two connections apart then?
local net = require "net"
local socket = require "socket"
local task = require "task"

local www, near, far = net.host("www"), net.host("near"), net.host("far")
local router = net.router("router")
local here = net.lan("here", {subnet = "160.97.47.0/24"})
net.link(www, here, {address_a = "160.97.47.1/24"})
net.link(near, here, {address_a = "160.97.47.4/24"})
net.link(router, here, {address_a = "160.97.47.254/24"})
net.link(far, router, {delay = "5 ms", address_a = "160.97.7.14/24", address_b = "160.97.7.254/24"})

local function ends(s)
  local ip, port = s:getsockname()
  local peer, peer_port = s:getpeername()
  return ("%s:%s <-> %s:%s"):format(ip, port, peer, peer_port)
end

local ready = task.queue()
local server = www:spawn(function()
  local welcome = assert(socket.bind("160.97.47.1", 80))
  print(("welcome socket     %s:%s"):format(welcome:getsockname()))
  ready:put(true)
  local connections = {assert(welcome:accept()), assert(welcome:accept())}
  for _, c in ipairs(connections) do
    print("connection socket  " .. ends(c))
  end
  print("\n" .. www:ss() .. "\n")
  for _, c in ipairs(connections) do
    local line = assert(c:receive("*l"))
    c:send("you said " .. line .. "\n")
    c:close()
  end
  welcome:close()
end)

local function client(host, port, line)
  return host:spawn(function()
    local s = assert(socket.tcp())
    assert(s:bind("*", port))
    assert(s:connect("160.97.47.1", 80))
    s:send(line .. "\n")
    print(("%-5s %s: %s"):format(host:name(), ends(s), assert(s:receive("*l"))))
    s:close()
  end)
end

ready:get()
local clients = {client(near, 555, "ciao"), client(far, 6111, "buongiorno")}
for _, t in ipairs {server, clients[1], clients[2]} do
  assert(t:join())
end
