-- Never closes
-- fails: last_line, closed
local socket, task = require "socket", require "task"

local kept = {}
local function serve(conn)
  kept[#kept + 1] = conn
  while true do
    local line, _, rest = conn:receive("*l")
    if line or rest ~= "" then conn:send((line or rest):upper() .. "\n") end
    if not line then return end
  end
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
