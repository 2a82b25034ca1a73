-- Does not look at what came behind the last end of a line
-- fails: last_line
local socket, task = require "socket", require "task"

local function serve(conn)
  for line in function() return conn:receive("*l") end do conn:send(line:upper() .. "\n") end
  conn:close()
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
