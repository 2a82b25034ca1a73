-- A mailer for which a reply is one line
-- fails: long_replies
local socket = require "socket"

local server, port, from, to = arg[1], tonumber(arg[2]), arg[3], arg[4]
local message = io.read("*a")

local conn = assert(socket.connect(server, port))

-- reply reads a whole reply and returns the first digit of its code, and its first line.
local function reply()
  local first
  repeat
    local line = assert(conn:receive("*l"))
    first = first or line
  until line
  return tonumber(first:sub(1, 1)), first
end

local function quit(status, text)
  print(text)
  conn:send("QUIT\r\n")
  reply()
  conn:close()
  os.exit(status)
end

-- want takes a reply that must begin with a digit.
local function want(digit)
  local class, line = reply()
  if class ~= digit then quit(1, "refused: " .. line) end
  return line
end

local function say(command, digit)
  conn:send(command .. "\r\n")
  return want(digit)
end

want(2)
say("HELO " .. socket.dns.gethostname(), 2)
say("MAIL FROM:<" .. from .. ">", 2)
say("RCPT TO:<" .. to .. ">", 2)
say("DATA", 3)
local text = {}
for line in message:gmatch("([^\n]*)\n") do
  text[#text + 1] = line:gsub("^%.", "..") .. "\r\n"
end
text[#text + 1] = "."
quit(0, "accepted: " .. say(table.concat(text), 2))
