-- A solution of NAME
local socket = require "socket"
local listener = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local client = listener:accept()
  for line in function() return client:receive("*l") end do
    client:send(#line .. "\n")
  end
  client:close()
end
