-- A web server of your own: fill in what is missing
-- fails: page, files, missing, refused, outside, several, pieces
local socket = require "socket"

local welcome = assert(socket.bind("*", tonumber(arg[1])))

while true do
  local conn = assert(welcome:accept())
  print(conn:receive("*l"))
  -- Read the other lines of the head; find the file; send a head and the file.
  conn:close()
end
