-- A web server whose answers a function makes; it prints its port.
local http = require "http"
local server = assert(http.serve{address = "127.0.0.1", port = 0, handler = function(request)
  return 200, "you asked for " .. request.path .. "\n", {["Content-Type"] = "text/plain"}
end})
print(server:port())
io.stdout:flush()
