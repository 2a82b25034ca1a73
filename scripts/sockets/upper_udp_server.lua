-- The upper-case server of the slides, over UDP
--
-- Each datagram goes back to its sender in capitals. It serves for ever, and first prints where it receives.
--
-- usage: upper_udp_server.lua [[host] port]
--   host  address to receive on; "*", all of them, if left out
--   port  12000 if left out; 0 takes a free one

local socket = require "socket"

local host, port = "*", 12000
if arg[2] then
	host, port = arg[1], tonumber(arg[2])
elseif arg[1] then
	port = tonumber(arg[1])
end
local server = assert(socket.udp())
assert(server:setsockname(host, port))
local address, chosen = server:getsockname()
print("receiving on " .. address .. " port " .. chosen)
io.stdout:flush()

while true do
	local message, ip, from = server:receivefrom()
	if message then
		server:sendto(message:upper(), ip, from)
	end
end
