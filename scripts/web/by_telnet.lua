-- Try HTTP yourself: what one types into telnet www.eurecom.fr 80, and what comes back
--
-- A connection to port 80 and two lines are all that a request needs: GET with a path and a version, and an empty line.
-- Other requests show the answers of the slides' list of status codes: 200, 301, 400, 404 and 505.
-- Try: `HTTP/1.1", "Host: www.eurecom.fr", ""` instead of `HTTP/1.1", ""`.
local textbook, socket = require "textbook", require "socket"

local hosts = textbook.build{"eurecom.fr", "poly.edu"}

local function telnet(lines, most)
  local conn = assert(socket.connect("www.eurecom.fr", 80))
  for _, line in ipairs(lines) do
    print("> " .. line)
    conn:send(line .. "\r\n")
  end
  conn:shutdown("send")
  local n = 0
  for line in function() return conn:receive("*l") end do
    n = n + 1
    if n <= (most or 1) then print(line) end
  end
  if n > (most or 1) then print(("… %d more lines"):format(n - (most or 1))) end
  print("Connection closed by foreign host.\n")
  conn:close()
end

hosts["cis.poly.edu"]:spawn(function()
  print("$ telnet www.eurecom.fr 80\nTrying " .. socket.dns.toip("www.eurecom.fr") .. "...\n")
  telnet({"GET /~ross/index.html HTTP/1.0", ""}, 20)
  telnet({"HEAD /~ross/index.html HTTP/1.1", "Host: www.eurecom.fr", "Connection: close", ""}, 1)
  telnet{"GET /~ross HTTP/1.0", ""}
  telnet{"GET /~kurose/index.html HTTP/1.0", ""}
  telnet{"GET me the page", ""}
  telnet{"GET /~ross/index.html HTTP/1.1", ""}
  telnet{"GET /~ross/index.html HTTP/2.0", ""}
end)
