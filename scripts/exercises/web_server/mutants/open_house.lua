-- A server that lets paths climb out of its folder
-- fails: outside
local socket, task = require "socket", require "task"

local welcome = assert(socket.bind("*", tonumber(arg[1])))

local types = {
  html = "text/html", txt = "text/plain", css = "text/css", png = "image/png", jpg = "image/jpeg", gif = "image/gif",
}
local reasons = {[200] = "OK", [400] = "Bad Request", [404] = "Not Found", [405] = "Method Not Allowed"}

-- respond sends a response; the body stays out after HEAD, but its length is said.
local function respond(conn, method, status, content_type, body, more)
  local head = {
    ("HTTP/1.1 %d %s"):format(status, reasons[status]), os.date("!Date: %a, %d %b %Y %H:%M:%S GMT"),
    "Content-Type: " .. content_type, "Content-Length: " .. #body, "Connection: close",
  }
  if more then head[#head + 1] = more end
  conn:send(table.concat(head, "\r\n") .. "\r\n\r\n" .. (method == "HEAD" and "" or body))
end

local function refuse(conn, method, status, more)
  respond(conn, method, status, "text/html", ("<h1>%d %s</h1>\n"):format(status, reasons[status]), more)
end

-- read_head reads a request and returns its first line and its fields by name; nil if the client goes away.
local function read_head(conn)
  local first, fields = conn:receive("*l"), {}
  repeat
    local line = conn:receive("*l")
    if not line then return nil end
    local name, value = line:match("^([^:%s]+):%s*(.*)$")
    if name then fields[name:lower()] = value end
  until line == ""
  return first, fields
end

-- open returns the contents of a file of the site and its type, nil if there is none.
local function open(path)
  path = path:gsub("%?.*", ""):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  if path:sub(-1) == "/" then path = path .. "index.html" end
  local file = io.open("www" .. path, "rb")
  local body = file and file:read("*a")
  if file then file:close() end
  return body, types[path:match("%.(%w+)$") or ""] or "application/octet-stream"
end

local function serve(conn)
  conn:settimeout(30)
  local first, fields = read_head(conn)
  if first then
    local method, path, version = first:match("^(%u+) (/%S*) (HTTP/1%.[01])$")
    if not method or version == "HTTP/1.1" and not fields.host then
      refuse(conn, method, 400)
    elseif method ~= "GET" and method ~= "HEAD" then
      refuse(conn, method, 405, "Allow: GET, HEAD")
    else
      local body, content_type = open(path)
      if body then
        respond(conn, method, 200, content_type, body)
      else
        refuse(conn, method, 404)
      end
    end
  end
  conn:close()
end

while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
