local headers = require "socket.headers"
longest = 9999
probe("module", function() out(headers) end)
probe("part of socket", function() out(socket.headers == headers) end)
