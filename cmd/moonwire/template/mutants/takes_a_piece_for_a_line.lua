-- A server that takes what has arrived for a whole line
-- fails: pieces
local socket = require "socket"
local listener = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local client = listener:accept()
  client:settimeout(0)
  while true do
    socket.select({client}, nil)
    local line, problem, piece = client:receive("*l")
    if problem == "closed" then break end
    if line or piece ~= "" then client:send(#(line or piece) .. "\n") end
  end
  client:close()
end
