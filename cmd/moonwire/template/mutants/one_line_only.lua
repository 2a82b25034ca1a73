-- A server that answers the first line of each client alone
-- fails: many_lines
local socket = require "socket"
local listener = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local client = listener:accept()
  local line = client:receive("*l")
  if line then client:send(#line .. "\n") end
  client:close()
end
