-- A mail reader by hand: fill in what is missing
-- fails: reads, dots, deletes, empty, refused, pieces
local socket = require "socket"

local server, port, user, password = arg[1], tonumber(arg[2]), arg[3], arg[4]
local keep = arg[5] == "keep"

local conn = assert(socket.connect(server, port))
print(conn:receive("*l"))
print(("the messages of %s (password %s) are to be read, and %s"):format(user, password, keep and "kept" or "deleted"))

-- Say USER and PASS, LIST, RETR for each message, DELE unless they are to be kept, and QUIT.

conn:close()
