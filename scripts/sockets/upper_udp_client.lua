-- The upper-case client of the slides, over UDP
--
-- Sends each line of its standard input to the server as a datagram and prints the one that comes back. A datagram may
-- get lost: after two seconds the client says so and goes on.
--
-- usage: upper_udp_client.lua [host [port]]
--   host  name or address of the server; localhost if left out
--   port  12000 if left out

local socket = require "socket"

local host, port = arg[1] or "localhost", tonumber(arg[2] or 12000)
local server = assert(socket.dns.toip(host)) -- sendto takes no names
local client = assert(socket.udp())
client:settimeout(2)

for line in io.lines() do
	assert(client:sendto(line, server, port))
	local modified, err = client:receivefrom()
	print(modified or "no answer: " .. err)
end
client:close()
