-- Uppercase server: a task for each client
local socket, task = require "socket", require "task"

local function serve(conn)
  while true do
    local line, _, rest = conn:receive("*l")
    local text = line or rest
    if line or rest ~= "" then conn:send(text:upper() .. "\n") end
    if not line then break end
  end
  conn:close()
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
