-- A reader that keeps everything
-- fails: deletes
local socket = require "socket"

local server, port, user, password = arg[1], tonumber(arg[2]), arg[3], arg[4]
local keep = arg[5] == "keep"

local conn = assert(socket.connect(server, port))

local function quit(status)
  conn:send("QUIT\r\n")
  conn:receive("*l")
  conn:close()
  os.exit(status)
end

-- answer reads the first line of what the server says, which must be +OK.
local function answer()
  local line = assert(conn:receive("*l"))
  if line:sub(1, 3) ~= "+OK" then
    print("refused: " .. line)
    quit(1)
  end
end

local function say(command)
  conn:send(command .. "\r\n")
  answer()
end

-- lines iterates over the further lines of an answer.
local function lines()
  return function()
    local line = assert(conn:receive("*l"))
    if line == "." then return nil end
    return (line:gsub("^%.", ""))
  end
end

answer()
say("USER " .. user)
say("PASS " .. password)
say("LIST")
local messages = {}
for line in lines() do
  local number, size = line:match("^(%d+) (%d+)")
  messages[#messages + 1] = {number = number, size = size}
end
if #messages == 0 then print("no messages") end
for _, message in ipairs(messages) do
  say("RETR " .. message.number)
  print(("--- message %s, %s bytes"):format(message.number, message.size))
  for line in lines() do print(line) end
  if keep == nil then say("DELE " .. message.number) end
end
quit(0)
