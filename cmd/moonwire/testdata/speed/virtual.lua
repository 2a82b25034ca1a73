-- Round trips of a line over one virtual connection.
local net, socket = require "net", require "socket"
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "1 ms"})
server:spawn(function()
  local conn = assert(assert(socket.bind("*", 6789)):accept())
  for line in function() return conn:receive() end do conn:send(line .. "\n") end
end)
client:spawn(function()
  local conn = assert(socket.connect("server", 6789))
  for _ = 1, tonumber(arg[1]) do
    conn:send("hello\n")
    assert(conn:receive() == "hello")
  end
  conn:close()
end)
