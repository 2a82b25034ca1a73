-- A DNS resolver: fill in what is missing
-- fails: resolves, not_found, alias, no_glue, cache, lost, forged, weather
local socket = require "socket"

-- query makes a message that asks for the A records of a name.
local function query(id, name)
  local header = string.char(math.floor(id / 256), id % 256, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
  local labels = name:gsub("([^.]+)%.?", function(label) return string.char(#label) .. label end)
  return header .. labels .. "\0" .. "\0\1\0\1"
end

for name in io.lines() do
  local udp = socket.udp()
  udp:settimeout(2)
  udp:sendto(query(math.random(0, 65535), name), arg[1], 53)
  local reply = udp:receive()
  print(name, reply and #reply .. " bytes" or "no answer")
  -- Read the reply: is it an answer, an alias, or does it name servers to be asked?
  udp:close()
end
