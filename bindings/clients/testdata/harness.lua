-- against plays the steps, calls f with the port and shows what the server got.
local function against(steps, f)
	table.insert(steps, 1, "accept")
	local port, log = peer(steps)
	f(port)
	out("log", log())
end

-- outcome shows also what f gives.
local function outcome(steps, f)
	against(steps, function(port) out(f(port)) end)
end

local function say(text) return { "send", text .. "\r\n" } end

-- login is the beginning of a session of FTP; the rest follows.
local function login(...)
	local steps = { say "220 ftp", "line", say "331 password", "line", say "230 in" }
	for _, s in ipairs { ... } do steps[#steps + 1] = s end
	return steps
end
local epsv = say "229 Entering Extended Passive Mode (|||$DATA|)"

-- sorted puts the fields of HTTP requests in an order, which differs from run to run.
local function sorted(text)
	return (text:gsub("( HTTP/1.1\r\n)(.-\r\n)\r\n", function(first, fields)
		local lines = {}
		for line in fields:gmatch("(.-)\r\n") do lines[#lines + 1] = line end
		table.sort(lines)
		return first .. table.concat(lines, "\r\n") .. "\r\n\r\n"
	end))
end

