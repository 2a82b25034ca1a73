-- Sends again and again
-- fails: gives_up
local socket = require "socket"

local SIZE, WINDOW, PATIENCE = 512, 8, 0.5

local function send(host, port)
  local s = assert(socket.udp())
  assert(s:setpeername(host, port))
  local data, packets = io.read("*a"), {}
  for at = 1, #data, SIZE do
    packets[#packets + 1] = ("DATA %d\n%s"):format(#packets, data:sub(at, at + SIZE - 1))
  end
  packets[#packets + 1] = ("END %d\n"):format(#packets)

  local base, next, started = 0, 0, 0 -- numbers from 0, so packet n is packets[n + 1]
  while base < #packets do
    while next < #packets and next < base + WINDOW do
      if next == base then started = socket.gettime() end
      s:send(packets[next + 1])
      next = next + 1
    end
    local left = started + PATIENCE - socket.gettime()
    if left <= 0 then
      next = base
    else
      s:settimeout(left)
      local ack = tonumber((s:receive() or ""):match("^ACK (%d+)\n$"))
      if ack and ack > base and ack <= #packets then
        base, started = ack, socket.gettime()
        next = math.max(next, base)
      end
    end
  end
  return 0
end

local function receive(port)
  local s = assert(socket.udp())
  assert(s:setsockname("*", port))
  local wanted, ended = 0, false
  while true do
    s:settimeout(ended and 2 or nil)
    local datagram, from, port_of_sender = s:receivefrom()
    if not datagram then return 0 end
    local kind, number, piece = datagram:match("^(%u+) (%d+)\n(.*)$")
    if kind == "DATA" or kind == "END" then
      if tonumber(number) == wanted and not ended then
        wanted, ended = wanted + 1, kind == "END"
        io.write(piece)
      end
      s:sendto(("ACK %d\n"):format(wanted), from, port_of_sender)
    end
  end
end

if arg[1] == "send" then
  os.exit(send(arg[2], tonumber(arg[3])))
else
  os.exit(receive(tonumber(arg[2])))
end
