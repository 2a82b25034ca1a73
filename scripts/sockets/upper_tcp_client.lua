-- The upper-case client of the slides, over TCP
--
-- Sends each line of its standard input to the server and prints the line that comes back.
--
-- usage: upper_tcp_client.lua [host [port]]
--   host  name or address of the server; localhost if left out
--   port  12000 if left out

local socket = require "socket"

local host, port = arg[1] or "localhost", tonumber(arg[2] or 12000)
local connection = assert(socket.connect(host, port))

for line in io.lines() do
	assert(connection:send(line .. "\n"))
	local modified = assert(connection:receive("*l"))
	print(modified)
end
connection:close()
