-- FTP, SFTP and SCP: who listens on the wire reads a password and a file, or nothing
--
-- A client fetches the same file by FTP, by FTP under TLS, and by SFTP and SCP, which the slides name as what replaces
-- it today: SCP can do nothing but copy. Mallory has a tap on the link and looks for the password and for the contents.
-- FTP has a second connection for the file; SFTP sends commands and files over one, as packets inside SSH: the trace
-- shows which, as the two programs tell them.
local net = require "net"
local ftp = require "ftp"
local sftp = require "sftp"
local task = require "task"
local trace = require "trace"

local server, client = net.host("server"), net.host("pc")
local link = net.link(client, server, {delay = "10 ms"})
local users = {alice = "hungry"}
server:spawn(function()
  ftp.serve{users = users, tls = true}
  sftp.serve{users = users}
  local f = assert(io.open("/srv/ftp/menu.txt", "w"))
  f:write("crepes\n")
  f:close()
end):join()

-- fetch counts what the tap sees while a function fetches the file.
local function fetch(title, session)
  local seen, packets = {}, 0
  local tap = link:tap(function(packet)
    packets = packets + 1
    for _, secret in ipairs{"hungry", "crepes"} do
      if packet.data:find(secret, 1, true) then seen[secret] = true end
    end
  end)
  local began = task.now()
  local ok, text = client:spawn(session):join()
  assert(ok and text == "crepes\n", text)
  print(("%-14s %3d packets, %.2f s; mallory has read: %s"):format(title, packets, task.now() - began,
    (seen.hungry and "the password" or "no password") .. ", " .. (seen.crepes and "the file" or "no file")))
  tap:stop()
end

local function by_ftp(secure)
  return function()
    local s = assert(ftp.dial("server"))
    if secure then assert(s:auth_tls()) end
    assert(s:login("alice", "hungry"))
    local text = s:retr("menu.txt")
    s:quit()
    return text
  end
end

local function by_sftp()
  local s = assert(sftp.dial("server", {user = "alice", password = "hungry"}))
  local text = s:fetch("menu.txt")
  s:close()
  return text
end

fetch("FTP", by_ftp())
fetch("FTP under TLS", by_ftp(true))
fetch("SFTP", by_sftp)
fetch("SCP", function() return sftp.scp_fetch("server", "menu.txt", {user = "alice", password = "hungry"}) end)

print("\n-- what SFTP says, inside of SSH")
local t = trace.start()
client:spawn(by_sftp):join()
print(t:stop():text())
