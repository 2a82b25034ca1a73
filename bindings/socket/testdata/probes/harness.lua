-- The probes' harness: plain Lua 5.1 and LuaSocket, nothing else. The test puts this file before each file of
-- probes. Every result is one line, "name: values", without port numbers, addresses of objects or line numbers.
local socket = require "socket"

local function clean(s)
	s = s:gsub("0x%x+", "0x?"):gsub("^[^%s:]+:%d+: ", "@ ")
	if #s > 120 then
		s = ("%s...(%d bytes)"):format(s:sub(1, 16), #s)
	end
	return (s:gsub("[%c\128-\255]", function(c) return ("\\%03d"):format(c:byte()) end))
end

local function show(v)
	local kind = type(v)
	if kind == "string" then
		return '"' .. clean(v) .. '"'
	elseif kind == "userdata" then
		return "<" .. tostring(v):gsub(": .*", "") .. ">"
	elseif kind == "number" then
		return ("%.14g"):format(v)
	elseif kind == "nil" or kind == "boolean" then
		return tostring(v)
	elseif kind == "table" then
		local keys = {}
		for k, item in pairs(v) do
			keys[#keys + 1] = show(k) .. "=" .. show(item)
		end
		table.sort(keys)
		return "{" .. table.concat(keys, ", ") .. "}"
	end
	return "<" .. kind .. ">"
end

local current
local function out(...)
	local words = {}
	for i = 1, select("#", ...) do
		words[i] = show((select(i, ...)))
	end
	print(current .. ": " .. table.concat(words, ", "))
end

local function probe(name, f)
	current = name
	local ok, err = pcall(f)
	if not ok then
		out("raised", err)
	end
end

-- raises prints what calling f raises. The call stands in a Lua function, so messages carry a position.
local function raises(f)
	out(pcall(f))
end

-- listen returns a server on a port of the system's choice, and the port.
local function listen(backlog)
	local server = assert(socket.bind("127.0.0.1", 0, backlog))
	local _, port = server:getsockname()
	return server, tonumber(port)
end

-- pair returns the two ends of a connection, with a timeout that only a mistake lets pass.
local function pair()
	local server, port = listen()
	local client = assert(socket.connect("127.0.0.1", port))
	local peer = assert(server:accept())
	server:close()
	client:settimeout(2)
	peer:settimeout(2)
	return client, peer
end

-- narrow returns the ends of a connection with small buffers, and more data than they hold.
local function narrow()
	local c, s = pair()
	c:setoption("send-buffer-size", 65536)
	s:setoption("recv-buffer-size", 65536)
	return c, s, ("x"):rep(4 * 1024 * 1024)
end

-- udp returns a socket bound to 127.0.0.1, and its port.
local function udp()
	local u = assert(socket.udp4())
	assert(u:setsockname("127.0.0.1", 0))
	local _, port = u:getsockname()
	u:settimeout(2)
	return u, tonumber(port)
end

-- free returns a TCP port on which nobody listens.
local function free()
	local server, port = listen()
	server:close()
	return port
end

-- settle gives the network the time to deliver what is under way.
local function settle()
	socket.sleep(0.003)
end
