-- server.lua ADDRESS PORT echo|bulk: serves one connection. Port 0 takes a free one, which it prints.
local socket = require "socket"
local welcome = assert(socket.bind(arg[1], tonumber(arg[2])))
local _, port = welcome:getsockname()
print(port)
io.stdout:flush()
local conn = assert(welcome:accept())
conn:setoption("tcp-nodelay", true)
if arg[3] == "echo" then
  for line in function() return conn:receive() end do conn:send(line .. "\n") end
else
  while conn:receive(65536) do end
end
conn:close()
