-- FTP: control and data connections
--
-- Commands go out of band: one connection carries commands and replies as long as the session lasts, and each file
-- has a connection of its own. An active server makes it, from port 20; a passive one waits for it. The third session
-- is under TLS: the trace is told by the two programs what they say, but somebody on the way sees neither commands
-- nor files.
-- Try: `{active = true}` instead of `{active = true, plain = true}`. What does the client say instead of PORT?
local net = require "net"
local ftp = require "ftp"
local trace = require "trace"

local server, client = net.host("ftp.lab"), net.host("pc")
net.link(server, client, {delay = "10 ms", rate = "10 Mbps"})
server:spawn(function()
  ftp.serve{root = "/srv/ftp", users = {alice = "hungry"}, tls = true}
  local f = assert(io.open("/srv/ftp/menu.txt", "w"))
  f:write("crepes\n")
  f:close()
end):join()

-- session fetches a file, and shows what was said and which connections there were.
local function session(title, options, secure)
  print("-- " .. title)
  local t = trace.start()
  client:spawn(function()
    local s = assert(ftp.dial("ftp.lab", options))
    if secure then assert(s:auth_tls()) end
    assert(s:login("alice", "hungry"))
    assert(s:retr("menu.txt"))
    assert(s:quit())
  end):join()
  t:stop()
  print(t:text())
end

session("active: the server connects from port 20 to the port that PORT names", {active = true, plain = true})
session("passive: the client connects to the port that PASV names", {plain = true})
session("under TLS", {}, true)
