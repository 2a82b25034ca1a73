package ftp

// wireExample is the module's: what goes over the wire.
const wireExample = `-- Two connections: commands and replies go over one, each file over another.
local ftp, socket = require "ftp", require "socket"
local f = assert(io.open("/tmp/menu.txt", "w"))
f:write("crepes\n")
f:close()
ftp.serve{root = "/tmp", users = {alice = "hungry"}}
local control = assert(socket.connect("localhost", 21))
local function hear()
  local line = control:receive()
  print(line)
  return line
end
local function say(line)
  control:send(line .. "\r\n")
  return hear()
end
hear() --> 220 localhost FTP server ready
say("USER alice") --> 331 Username OK, password required
say("PASS hungry") --> 230 User alice logged in
say("RETR menu.txt") --> 425 Can't open data connection: say PASV, EPSV, PORT or EPRT first
control:send("EPSV\r\n")
local port = tonumber(control:receive():match("|||(%d+)|"))
local data = assert(socket.connect("localhost", port))
say("RETR menu.txt") --> 125 Data connection already open; transfer starting (8 bytes)
print((data:receive("*a"):gsub("\r\n", "<CR><LF>"))) --> crepes<CR><LF>
hear() --> 226 Closing data connection; transfer complete
say("QUIT") --> 221 Goodbye`
