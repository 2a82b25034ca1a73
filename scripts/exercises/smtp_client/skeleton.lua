-- A mail client by hand: fill in what is missing
-- fails: dialogue, dots, long_replies, refused, pieces
local socket = require "socket"

local server, port, from, to = arg[1], tonumber(arg[2]), arg[3], arg[4]
local message = io.read("*a")

local conn = assert(socket.connect(server, port))

-- reply reads what the server says: one line so far. A reply may have several.
local function reply()
  return (assert(conn:receive("*l")))
end

print(reply())
print(("%d bytes from %s to %s are to be sent"):format(#message, from, to))

-- Say HELO, MAIL, RCPT and DATA, each when the reply to the one before has come; then the message, and QUIT.

conn:close()
