-- Connections of protocols that send commands and answer with three digits and a text.
local tp, socket, ltn12 = ...
local setmetatable, tonumber, type, ipairs = setmetatable, tonumber, type, ipairs
local find, match, upper = string.find, string.match, string.upper

-- reply receives an answer and returns its code and all its lines, or nil and an error.
local function reply(c)
	local line, err = c:receive()
	if err then
		return nil, err
	end
	local lines = line
	local code, mark = match(line, "^(%d%d%d)(.?)")
	if not code then
		return nil, "invalid server reply"
	end
	if mark == "-" then
		repeat
			line, err = c:receive()
			if err then
				return nil, err
			end
			lines = lines .. "\n" .. line
			local again, sep = match(line, "^(%d%d%d)(.?)")
		until again == code and sep == " "
	end
	return code, lines
end

-- matches reports whether a code is one of those wanted: a pattern, a number or a list of these.
local function matches(code, wanted)
	if type(wanted) ~= "table" then
		return find(code, wanted)
	end
	for _, one in ipairs(wanted) do
		if find(code, one) then
			return true
		end
	end
	return false
end

local methods = {}

function methods:check(wanted)
	local code, lines = reply(self.c)
	if not code then
		return nil, lines
	elseif type(wanted) == "function" then
		return wanted(tonumber(code), lines)
	elseif matches(code, wanted) then
		return tonumber(code), lines
	end
	return nil, lines
end

function methods:command(name, arg)
	name = upper(name)
	if arg then
		return self.c:send(name .. " " .. arg .. "\r\n")
	end
	return self.c:send(name .. "\r\n")
end

function methods:sink(snk, pattern)
	local chunk, err = self.c:receive(pattern)
	return snk(chunk, err)
end

function methods:source(source, step)
	local ok, err = ltn12.pump.all(source, socket.sink("keep-open", self.c), step or ltn12.pump.step)
	return ok, err
end

function methods:send(data) return self.c:send(data) end

function methods:receive(pattern) return self.c:receive(pattern) end

function methods:getfd() return self.c:getfd() end

function methods:dirty() return self.c:dirty() end

function methods:getcontrol() return self.c end

function methods:getpeername() return self.c:getpeername() end

function methods:getsockname() return self.c:getsockname() end

function methods:close()
	self.c:close()
	return 1
end

local class = { __index = methods }

function tp.connect(host, port, timeout, create)
	local c, err = (create or socket.tcp)()
	if not c then
		return nil, err
	end
	c:settimeout(timeout or tp.TIMEOUT)
	local ok
	ok, err = c:connect(host, port)
	if not ok then
		c:close()
		return nil, err
	end
	return setmetatable({ c = c }, class)
end

socket.tp = tp
