-- Chat. Usage: chat.lua PORT
-- fails: talk, names, who
local socket = require "socket"

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = assert(welcome:accept())
  local name = conn:receive("*l")
  if name then
    conn:send("welcome " .. name .. "\n")
    -- Who is there must be told. What comes now has to go to all others.
    while conn:receive("*l") do end
  end
  conn:close()
end
