-- The probes' harness: plain Lua 5.1 and LuaSocket, nothing else. The tests put this file before each file of probes.
-- Every result is one line, "name: values", without port numbers, addresses of objects or line numbers.
local socket = require "socket"
local longest = 200 -- bytes of a text that are shown

local function clean(s)
	s = s:gsub("0x%x+", "0x?"):gsub("^[^%s:]+:%d+: ", "@ "):gsub("|1|[%d.]+|%d+|", "|1|HOST|PORT|"):gsub("%d+,%d+,%d+,%d+,%d+,%d+", "ADDRESS")
	if #s > longest then
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

local function pack(...)
	return { n = select("#", ...), ... }
end

-- raises prints what calling f raises or gives. The call stands in a Lua function, so messages carry a position.
local function raises(f, ...)
	local args = pack(...)
	out(pcall(function()
		local results = pack(f(unpack(args, 1, args.n)))
		return unpack(results, 1, results.n)
	end))
end

-- peer asks the test's server to play a part, which is a list of steps (see peer.go). It returns the port to connect to and a function
-- that waits until the part is over and returns all that the server has received.
local function peer(steps)
	local control = assert(socket.connect("127.0.0.1", arg[1]))
	control:settimeout(10)
	for _, step in ipairs(steps) do
		if type(step) == "string" then
			step = { step, "" }
		end
		assert(control:send(("%s %d\n"):format(step[1], #tostring(step[2])) .. step[2]))
	end
	assert(control:send("end 0\n"))
	local port = tonumber((assert(control:receive())))
	return port, function()
		local log, err = control:receive("*a")
		assert(log or err == "closed", err) -- closed: it received nothing
		control:close()
		return log or ""
	end
end

-- free returns a TCP port that nobody uses, to be bound to at once.
local function free()
	local server = assert(socket.bind("127.0.0.1", 0))
	local _, port = server:getsockname()
	server:close()
	return tonumber(port)
end

-- unheard returns a TCP port that refuses connections: it is held, so that nobody else comes to listen there.
local held = {}
local function unheard()
	local s = socket.tcp()
	assert(s:bind("127.0.0.1", 0))
	held[#held + 1] = s
	return tonumber((select(2, s:getsockname())))
end
