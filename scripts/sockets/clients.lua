-- Many clients, one port: TCP tells connections apart by four numbers
--
-- Three clients on two hosts hold connections to one server port at the same time. The server's port is the same in
-- each, and two of them come from the same address; what differs is the client's port (slides: the source port
-- distinguishes the clients). The socket table of the server is printed as the command ss does.
-- Try: `ask(bia, "three"), ask(bia, "four")` instead of `ask(bia, "three")`. Which numbers do the connections share?
local net = require "net"
local socket = require "socket"
local task = require "task"

local server, ana, bia = net.host("server"), net.host("ana"), net.host("bia")
local lan = net.lan("lab", {subnet = "192.168.1.0/24"})
for i, h in ipairs {server, ana, bia} do
  net.link(h, lan, {delay = i .. " ms"})
end

-- serve answers every line of one connection in capitals.
local function serve(conn)
  for line in function() return conn:receive("*l") end do
    conn:send(line:upper() .. "\n")
  end
  conn:close()
end

server:spawn(function()
  local welcome = assert(socket.bind("*", 6789))
  while true do
    task.spawn(serve, assert(welcome:accept()))
  end
end)

local asked, looked = task.queue(), task.queue()

local function ask(host, line)
  return host:spawn(function()
    local c = assert(socket.connect("server", 6789))
    c:send(line .. "\n")
    asked:put(("%s: %s -> %s"):format(host:name(), line, assert(c:receive("*l"))))
    looked:get() -- stay connected until the table is printed
    c:close()
  end)
end

local clients = {ask(ana, "one"), ask(ana, "two"), ask(bia, "three")}
for _ = 1, #clients do
  print((asked:get()))
end
task.sleep("100 ms") -- the last bytes are acknowledged
print("\nsockets of " .. server:name() .. " while all three are connected")
print(server:ss())

looked:close()
for _, c in ipairs(clients) do
  assert(c:join())
end
task.sleep("100 ms")
print("\nsockets of " .. ana:name() .. " after the clients closed")
print(ana:ss())
