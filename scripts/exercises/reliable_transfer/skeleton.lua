-- Reliable transfer over UDP. Usage: transfer.lua send HOST PORT, or transfer.lua receive PORT
-- fails: sends, receives
local socket = require "socket"

local function send(host, port)
  local s = assert(socket.udp())
  assert(s:setpeername(host, port))
  local data, pieces = io.read("*a"), {}
  for at = 1, #data, 512 do
    pieces[#pieces + 1] = data:sub(at, at + 511)
  end
  for n, piece in ipairs(pieces) do
    s:send(("DATA %d\n%s"):format(n - 1, piece))
    -- Wait for ACK n. Send again if it does not come for half a second.
  end
  -- Send END, until ACK comes for it as well.
  return 0 -- or 1, if nobody answers
end

local function receive(port)
  local s = assert(socket.udp())
  assert(s:setsockname("*", port))
  -- Take the piece whose number is next, write it, and answer each datagram with ACK.
  -- After END, go on answering until there were two seconds of silence.
  return 0
end

if arg[1] == "send" then
  os.exit(send(arg[2], tonumber(arg[3])))
else
  os.exit(receive(tonumber(arg[2])))
end
