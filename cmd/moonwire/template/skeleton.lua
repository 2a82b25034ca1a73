-- NAME: fill in what is missing
-- fails: one_line, many_lines, pieces
local socket = require "socket"

local listener = assert(socket.bind("*", tonumber(arg[1])))

while true do
  local client = listener:accept()
  -- Read the client's lines, and answer each with the number of its characters.

  client:close()
end
