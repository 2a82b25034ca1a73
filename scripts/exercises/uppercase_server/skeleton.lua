-- Uppercase server. Usage: server.lua PORT
-- fails: many_lines, same_time, last_line
local socket = require "socket"

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = assert(welcome:accept())
  local line = conn:receive("*l")
  if line then conn:send(line:upper() .. "\n") end
  conn:close()
end
