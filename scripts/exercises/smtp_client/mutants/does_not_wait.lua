-- A mailer that says everything at once and listens then
-- fails: dialogue
local socket = require "socket"

local server, port, from, to = arg[1], tonumber(arg[2]), arg[3], arg[4]
local conn = assert(socket.connect(server, port))
local text = io.read("*a"):gsub("\n", "\r\n"):gsub("\r\n%.", "\r\n..")
conn:send(("HELO crepes.fr\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n%s.\r\nQUIT\r\n"):format(from, to, text))
local said = conn:receive("*a")
print("accepted: " .. (said:match("250 [^\r\n]*accepted[^\r\n]*") or "nothing"))
