-- Closes after the first line
-- fails: many_lines, last_line
local socket, task = require "socket", require "task"

local function serve(conn)
  local line, _, rest = conn:receive("*l")
  conn:send((line or rest):upper() .. "\n")
  conn:close()
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
