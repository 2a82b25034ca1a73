-- Listens on the loopback address alone
-- fails: one_line
local socket, task = require "socket", require "task"

local function serve(conn)
  for line in function() return conn:receive("*l") end do conn:send(line:upper() .. "\n") end
  conn:close()
end

local welcome = assert(socket.bind("127.0.0.1", tonumber(arg[1])))
while true do task.spawn(serve, assert(welcome:accept())) end
