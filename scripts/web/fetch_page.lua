-- A page fetched: the request and the reply byte for byte, and the same page through socket.http
--
-- The server is a loop over plain sockets: it reads a request line and headers up to the empty line and answers. The
-- first client speaks HTTP by hand, as with telnet. The second leaves it to socket.http, which also follows a
-- redirection and tells what it could not get. A page takes three round trips of 40 ms: one to connect, one for the
-- request line, and one for the headers, which Nagle's algorithm holds back until the line is acknowledged.
-- Try: `delay = "200 ms"` instead of `delay = "20 ms"`.
local net = require "net"
local socket = require "socket"
local http = require "socket.http"
local task = require "task"

local www, client = net.host("www"), net.host("client")
net.link(www, client, {delay = "20 ms"})

local pages = {["/"] = "<h1>Home</h1>\n", ["/moved"] = false}

local function answer(conn)
  local method, path = conn:receive():match("^(%u+) (%S+) HTTP/1.%d$")
  while conn:receive() ~= "" do end
  local page = pages[path]
  if page then
    conn:send(("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"):format(#page))
    if method ~= "HEAD" then conn:send(page) end
  elseif page == false then
    conn:send("HTTP/1.0 301 Moved Permanently\r\nLocation: http://www/\r\n\r\n")
  else
    conn:send("HTTP/1.0 404 Not Found\r\n\r\nno such page\n")
  end
  conn:close()
end

www:spawn(function()
  local welcome = assert(socket.bind("*", 80))
  while true do answer(welcome:accept()) end
end)

client:spawn(function()
  print("by hand:")
  local conn = assert(socket.connect("www", 80))
  for _, line in ipairs{"GET / HTTP/1.0", "Host: www", ""} do
    print("  C: " .. line)
    conn:send(line .. "\r\n")
  end
  for line in function() return conn:receive() end do print("  S: " .. line) end
  conn:close()

  print("by socket.http:")
  for _, url in ipairs{"http://www/", "http://www/moved", "http://www/nothing", "http://nowhere/"} do
    local before = task.now()
    local body, code, headers = http.request(url)
    local length = headers and headers["content-length"] or "none given"
    print(("  %-18s  %s, length %s, %d ms"):format(url, code, length, (task.now() - before) * 1000))
    if body then io.write("    ", body) end
  end
end):join()
