-- FTP: the commands and the codes of the slides
--
-- A program types the commands of the slides into the control connection, and opens each data connection by itself.
-- Lines marked with > are on the slides: USER, PASS, LIST, RETR, STOR, and the codes 331, 125, 425 and 452. The codes
-- are not staged: 425 is what happens when nobody has said where the data is to go, 125 when the data connection
-- stands already, and 452 when the server's disk, of 64 KiB, is full.
-- Try: `disk = "256 KiB"` instead of `disk = "64 KiB"`; or `say("PASS thirsty")` instead of `say("PASS hungry")`.
local net = require "net"
local ftp = require "ftp"
local socket = require "socket"

local server, client = net.host("ftp.lab", {disk = "64 KiB"}), net.host("pc")
net.link(server, client, {delay = "10 ms"})
server:spawn(function()
  ftp.serve{root = "/srv/ftp", users = {alice = "hungry"}}
  local f = assert(io.open("/srv/ftp/menu.txt", "w"))
  f:write("crepes\nhamburgers\n")
  f:close()
end):join()

local slide = {}
for word in ("USER PASS LIST RETR STOR 331 125 425 452"):gmatch("%S+") do slide[word] = true end
local function show(who, line)
  print((slide[line:match("%w+")] and "> " or "  ") .. who .. ": " .. line)
end

client:spawn(function()
  local control = assert(socket.connect("ftp.lab", 21))
  local function hear()
    local line = assert(control:receive())
    show("S", line)
    return line
  end
  local function say(line)
    show("C", line)
    control:send(line .. "\r\n")
    return hear()
  end
  -- passive asks the server to wait for a data connection, and makes it.
  local function passive()
    local a, b, c, d, high, low = say("PASV"):match("%((%d+),(%d+),(%d+),(%d+),(%d+),(%d+)%)")
    return assert(socket.connect(table.concat({a, b, c, d}, "."), high * 256 + low))
  end

  hear()
  say("USER alice")
  say("PASS hungry")
  print("\n-- a file without a data connection")
  say("RETR menu.txt")
  print("\n-- what is there")
  local data = passive()
  say("LIST")
  io.write((data:receive("*a"):gsub("[^\n]+", "     %0"):gsub("\r", "")))
  hear()
  print("\n-- a file, over a second data connection: each transfer has its own")
  data = passive()
  say("RETR menu.txt")
  io.write((data:receive("*a"):gsub("[^\n]+", "     %0"):gsub("\r", "")))
  hear()
  print("\n-- a file that fits, and one that does not")
  for _, kib in ipairs{10, 100} do
    data = passive()
    say(("STOR %d_KiB.bin"):format(kib))
    data:send(("x"):rep(kib * 1024))
    data:close()
    hear()
  end
  print("\n-- the session goes on, and its state is the folder and who is logged in")
  say("SIZE 10_KiB.bin")
  say("PWD")
  say("QUIT")
end):join()
