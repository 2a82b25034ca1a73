-- The upper-case server of the slides, over TCP
--
-- Each line that a client sends comes back in capitals. It serves one client after the other, for ever, and first
-- prints where it listens.
--
-- usage: upper_tcp_server.lua [[host] port]
--   host  address to listen on; "*", all of them, if left out
--   port  12000 if left out; 0 takes a free one

local socket = require "socket"

local host, port = "*", 12000
if arg[2] then
	host, port = arg[1], tonumber(arg[2])
elseif arg[1] then
	port = tonumber(arg[1])
end
local welcome = assert(socket.bind(host, port))
local address, chosen = welcome:getsockname()
print("listening on " .. address .. " port " .. chosen)
io.stdout:flush()

while true do
	local connection = assert(welcome:accept())
	local line = connection:receive("*l")
	while line do
		connection:send(line:upper() .. "\n")
		line = connection:receive("*l")
	end
	connection:close()
end
