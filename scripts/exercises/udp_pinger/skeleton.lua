-- UDP pinger: fill in what is missing
-- fails: all_answered, one_lost, none_answered, stale
local socket = require "socket"

local host, port = arg[1], tonumber(arg[2])

local s = assert(socket.udp())
assert(s:setpeername(host, port))

-- Send ten datagrams "ping N TIME". Wait at most one second for the reply to each.

-- Print a line for each, and at the end how many were sent, received and lost,
-- and the least, the average and the greatest round-trip time.
