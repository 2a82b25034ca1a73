-- Serves the next client when the last one has gone
-- fails: same_time
local socket = require "socket"
local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  while conn do
    local line, _, rest = conn:receive("*l")
    if line or rest ~= "" then conn:send((line or rest):upper() .. "\n") end
    if not line then break end
  end
  if conn then conn:close() end
end
