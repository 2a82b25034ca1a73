-- client.lua ADDRESS PORT echo|bulk N: N round trips of a line, or N blocks of 64 KiB; prints the seconds each took.
local socket = require "socket"
local conn = assert(socket.connect(arg[1], tonumber(arg[2])))
conn:setoption("tcp-nodelay", true)
local n = tonumber(arg[4])
local began = socket.gettime()
if arg[3] == "echo" then
  for _ = 1, n do
    conn:send("hello\n")
    assert(conn:receive() == "hello")
  end
else
  local block = ("x"):rep(65536)
  for _ = 1, n do assert(conn:send(block)) end
  conn:shutdown("send")
  conn:receive() -- the server has closed, so it has everything: buffers take tens of megabytes
end
print(("%.9f"):format((socket.gettime() - began) / n))
conn:close()
