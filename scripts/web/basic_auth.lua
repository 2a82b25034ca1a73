-- Authorization: 401, WWW-Authenticate, and the name and password in every later request
--
-- The server remembers nothing of who asks, so the client has to show name and password each time: after the first
-- refusal it does so without being asked. Basic sends them in another alphabet, base64: a listener reads them. Digest
-- sends what only who knows the password can compute, of a number that the server has chosen.
-- Try: `protect = {"/"}` instead of `protect = {"/grades"}`.
local net, http, trace, mime = require "net", require "http", require "trace", require "mime"

local server, client = net.host("www.someschool.edu"), net.host("client")
net.link(server, client, {delay = "10 ms"})

server:spawn(function()
  for scheme, port in pairs{basic = 80, digest = 8080} do
    http.serve{
      port = port, auth = scheme, realm = "grades", users = {bob = "hungry"}, protect = {"/grades"},
      handler = function(request) return "a page for " .. (request.user or "everybody") .. "\n" end,
    }
  end
end)

-- listen gives the field Authorization of each request in the trace of a session.
local function listen(t)
  local seen = {}
  for value in t:dialogue({width = 1000}):gmatch("C: Authorization: ([^\n]+)") do seen[#seen + 1] = value end
  return seen
end

client:spawn(function()
  local t = trace.start()
  local browser = http.client{user = "bob", password = "hungry"}
  for _, path in ipairs{"/", "/grades/1", "/grades/2"} do
    local r = assert(browser:get("http://www.someschool.edu" .. path))
    io.write(("%-10s %d  %s"):format(path, r.status, r.body))
  end
  t:stop()
  print("\n" .. t:dialogue())
  local credentials = listen(t)
  print(("\nthe listener decodes %q: %s"):format(credentials[1], mime.unb64(credentials[1]:match("Basic (%S+)"))))

  t = trace.start()
  browser = http.client{user = "bob", password = "hungry"}
  for i = 1, 2 do assert(browser:get("http://www.someschool.edu:8080/grades/" .. i).status == 200) end
  t:stop()
  print("\nof Digest it sees, for two pages:")
  for _, value in ipairs(listen(t)) do
    local uri, count, response = value:match('uri="(.-)"'), value:match("nc=(%x+)"), value:match('response="(%x+)"')
    print(("  uri=%s nc=%s response=%s"):format(uri, count, response))
  end
  local wrong = http.get("http://www.someschool.edu/grades/1", {user = "bob", password = "thirsty"})
  print(("\nwith a wrong password: %d %s"):format(wrong.status, wrong.reason))
end)
