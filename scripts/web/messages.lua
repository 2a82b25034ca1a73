-- HTTP messages: a first line, header fields, an empty line, and the body
--
-- The request and the answer of the slides. A client types the request into a connection; both messages are then taken
-- apart as in the slides' figure of the general format: the request line has method, path and version, the status line
-- version, code and phrase; a header field is a name and a value; each line ends with CR LF, and an empty one ends the
-- header. How long the body is, a field says. Lines marked with > stand on the slides.
-- Try: `HEAD /dir/pagina.html` instead of `GET /dir/pagina.html`; or `GET /dir/other.html` instead of
-- `GET /dir/pagina.html`.
local net, http, socket = require "net", require "http", require "socket"

local www, client = net.host("www.escuela.edu"), net.host("client")
net.link(www, client, {delay = "20 ms"})

-- The server of the slide has a clock of 1998, and a page of 6821 bytes from June of that year.
local page = "<html>\n<h1>Departamento</h1>\n"
page = page .. ("datos "):rep(2000):sub(1, 6821 - #page)
www:spawn(function()
  http.serve{name = "Apache/1.3.0 (Unix)", handler = function(request)
    if request.path == "/dir/pagina.html" then
      return {type = "text/html", body = page, headers = {Date = "Thu, 06 Aug 1998 12:00:15 GMT",
        ["Last-Modified"] = "Mon, 22 Jun 1998 09:23:24 GMT"}}
    end
  end}
end)

local slide = {}
for line in ([[
GET /dir/pagina.html HTTP/1.1
Host: www.escuela.edu
User-agent: Mozilla/4.0
Connection: close
Accept-language:fr
HTTP/1.1 200 OK
Date: Thu, 06 Aug 1998 12:00:15 GMT
Server: Apache/1.3.0 (Unix)
Last-Modified: Mon, 22 Jun 1998
Content-Length: 6821
Content-Type: text/html
]]):gmatch("[^\n]+") do slide[#slide + 1] = line end

-- show takes a message apart.
local function show(title, message, first_line)
  print(("%s, %d bytes"):format(title, #message))
  local header, body = message:match("^(.-\r\n)\r\n(.*)$")
  local parts = {}
  for line in header:gmatch("(.-)\r\n") do
    local known = " "
    for _, s in ipairs(slide) do
      if line:sub(1, #s) == s then known = ">" end
    end
    parts[#parts + 1] = line
    print(("%s %-11s %s"):format(known, #parts == 1 and "first line" or "field", line))
  end
  local a, b, c = parts[1]:match("^(%S+) (%S+) (.+)$")
  print(("  the first line says %s %s, %s %s, %s %s"):format(first_line[1], a, first_line[2], b, first_line[3], c))
  local begin = #body > 0 and ", which begins with " .. body:match("%C+") or ""
  print(("  then an empty line, and a body of %d bytes%s\n"):format(#body, begin))
end

client:spawn(function()
  local conn = assert(socket.connect("www.escuela.edu", 80))
  conn:settimeout(5)
  local request = ""
  for _, line in ipairs(slide) do
    if line:find("^HTTP") then break end
    request = request .. line .. "\r\n"
  end
  request = request .. "\r\n"
  conn:send(request)
  local answer, err, part = conn:receive("*a")
  show("the request", request, {"method", "path", "version"})
  show("the answer", answer or part, {"version", "code", "phrase"})
  if err then print("the server did not close: " .. err) end
end)
