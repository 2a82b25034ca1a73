-- POP3: the dialogue of the lectures, word for word
--
-- Two messages of 498 and 912 bytes wait for Alice. Her program types the client's lines of the slide into a socket and
-- the lab marks with > what the slide shows and with a blank what it leaves out: every command is answered, by +OK or
-- -ERR. (The slide has "message 1 contents" for both messages.) Nothing is deleted before quit.
-- Try: `"C: rset", "C: quit"` instead of `"C: quit"`. How many messages are left?
local net = require "net"
local pop3 = require "pop3"
local socket = require "socket"

local slide = {
  "S: +OK POP3 server ready",
  "C: user alice", "S: +OK", "C: pass hungry", "S: +OK user successfully logged on",
  "C: list", "S: 1 498", "S: 2 912", "S: .",
  "C: retr 1", "S: <message 1 contents>", "S: .", "C: dele 1",
  "C: retr 2", "S: <message 2 contents>", "S: .", "C: dele 2",
  "C: quit", "S: +OK POP3 server signing off",
}

local server, client = net.host("hamburger.edu"), net.host("pc")
net.link(server, client, {delay = "10 ms"})
local mailbox = server:spawn(function() return pop3.serve{users = {alice = "hungry"}} end)
local _, pop = mailbox:join()

-- message makes a message of so many bytes, as they are counted on the wire: each line ends with two of them.
local function message(size)
  local text = "From: bob@crepes.fr\r\nSubject: ketchup\r\n\r\n"
  while #text < size do
    text = text .. ("."):rep(math.min(70, size - #text - 2)) .. "\r\n"
  end
  return text
end
pop:deliver("alice", message(498))
pop:deliver("alice", message(912))

local said, kept = {}, 0
local function say(line)
  if line == slide[kept + 1] then
    kept = kept + 1
    print("> " .. line)
  else
    print("  " .. line)
  end
  said[#said + 1] = line
end

client:spawn(function()
  local conn = assert(socket.connect("hamburger.edu", 110))
  -- block takes the lines up to a dot; a line of the text that begins with a dot came with one more.
  local function block(contents)
    local size = 0
    for line in function() return conn:receive("*l") end do
      if line == "." then break end
      size = size + #line:gsub("^%.", "") + 2
      if not contents then say("S: " .. line) end
    end
    if contents then say("S: <" .. contents .. ">") end
    say("S: .")
    return size
  end
  say("S: " .. conn:receive())
  local sizes = {}
  for _, line in ipairs(slide) do
    local command = line:match("^C: (.*)")
    if command then
      say(line)
      conn:send(command .. "\r\n")
      say("S: " .. conn:receive())
      local n = command:match("^retr (%d)")
      if n then
        sizes[n] = block("message " .. n .. " contents")
      elseif command == "list" then
        block()
      end
    end
  end
  print(("\nthe messages had %d and %d bytes"):format(sizes["1"], sizes["2"]))
end):join()
print(("%d of the slide's %d lines were said, in its order, and %d more"):format(kept, #slide, #said - kept))
local s = client:spawn(function() local s = pop3.dial("hamburger.edu") s:login("alice", "hungry") return s:stat() end)
print("messages left: " .. select(2, s:join()))
