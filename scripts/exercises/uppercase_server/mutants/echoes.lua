-- Sends the line back as it came
-- fails: one_line
local socket, task = require "socket", require "task"

local function serve(conn)
  for line in function() return conn:receive("*l") end do conn:send(line .. "\n") end
  conn:close()
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
