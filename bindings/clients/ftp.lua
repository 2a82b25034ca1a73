-- Files fetched and stored by FTP.
local ftp, socket, ltn12, url, tp = ...
local setmetatable, type, pairs, ipairs = setmetatable, type, pairs, ipairs
local find, match, format, gsub = string.find, string.match, string.format, string.gsub

local methods = {}

-- ask sends a command and wants an answer whose code matches.
local function ask(self, wanted, name, argument)
	self.try(self.tp:command(name, argument))
	return self.try(self.tp:check(wanted))
end

function methods:greet()
	local code = self.try(self.tp:check({ "1..", "2.." }))
	if find(code, "1..") then
		self.try(self.tp:check("2.."))
	end
	return 1
end

function methods:login(user, password)
	local code = ask(self, { "2..", 331 }, "user", user or ftp.USER)
	if code == 331 then
		ask(self, "2..", "pass", password or ftp.PASSWORD)
	end
	return 1
end

-- passive notes where the server waits for the data connection.
local function passive(self, address, port)
	self.pasvt = { address = address, port = port }
	if self.server then
		self.server:close()
		self.server = nil
	end
	return address, port
end

function methods:pasv()
	local _, reply = ask(self, "2..", "pasv")
	local a, b, c, d, high, low = match(reply, "(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)")
	self.try(a and b and c and d and high and low, reply)
	return passive(self, format("%d.%d.%d.%d", a, b, c, d), high * 256 + low)
end

function methods:epsv()
	local _, reply = ask(self, "229", "epsv")
	local port = socket.skip(3, match(reply, "%((.)(.-)%1(.-)%1(.-)%1%)"))
	self.try(port, "invalid epsv response")
	return passive(self, (self.tp:getpeername()), port) -- RFC 2428 3: at the same address as the session
end

-- active opens a server for the data connection unless the caller has one, and returns its address.
local function active(self, address, port)
	self.pasvt = nil
	if not address then
		address = self.try(self.tp:getsockname())
		self.server = self.try(socket.bind(address, 0))
		address, port = self.try(self.server:getsockname())
		self.try(self.server:settimeout(ftp.TIMEOUT))
	end
	return address, port
end

function methods:port(address, port)
	address, port = active(self, address, port)
	local low = port % 256
	ask(self, "2..", "port", (gsub(format("%s,%d,%d", address, (port - low) / 256, low), "%.", ",")))
	return 1
end

function methods:eprt(family, address, port)
	address, port = active(self, address, port)
	ask(self, "2..", "eprt", format("|%s|%s|%d|", family, address, port))
	return 1
end

-- pasvconnect opens the data connection to the server; portconnect waits for the server's.
function methods:pasvconnect()
	self.data = self.try(socket.tcp())
	self.try(self.data:settimeout(ftp.TIMEOUT))
	self.try(self.data:connect(self.pasvt.address, self.pasvt.port))
end

function methods:portconnect()
	self.try(self.server:settimeout(ftp.TIMEOUT))
	self.data = self.try(self.server:accept())
	self.try(self.data:settimeout(ftp.TIMEOUT))
end

-- transfer sends the command of a transfer and returns the code and text of its first answer.
local function transfer(self, t, default)
	self.try(self.pasvt or self.server, "need port or pasv first")
	if self.pasvt then
		self:pasvconnect()
	end
	local argument = t.argument or url.unescape((gsub(t.path or "", "^[/\\]", "")))
	if argument == "" then
		argument = nil
	end
	return ask(self, { "2..", "1.." }, t.command or default, argument)
end

-- finish wants the last answer to a transfer, if it has not come yet, and closes the data connection.
local function finish(self, code)
	if find(code, "1..") then
		self.try(self.tp:check("2.."))
	end
	self.data:close()
end

function methods:send(t)
	local code = transfer(self, t, "stor")
	if not self.pasvt then
		self:portconnect()
	end
	local step = t.step or ltn12.pump.step
	local control = { self.tp }
	local function checked(source, sink)
		local ready = socket.select(control, nil, 0)
		if ready[self.tp] then
			code = self.try(self.tp:check("2.."))
		end
		return step(source, sink)
	end
	self.try(ltn12.pump.all(t.source, socket.sink("close-when-done", self.data), checked))
	finish(self, code)
	local sent = socket.skip(1, self.data:getstats())
	self.data = nil
	return sent
end

function methods:receive(t)
	local code, reply = transfer(self, t, "retr")
	if code >= 200 and code <= 299 then
		t.sink(reply)
		return 1
	end
	if not self.pasvt then
		self:portconnect()
	end
	self.try(ltn12.pump.all(socket.source("until-closed", self.data), t.sink, t.step or ltn12.pump.step))
	finish(self, code)
	self.data = nil
	return 1
end

function methods:cwd(folder)
	ask(self, 250, "cwd", folder)
	return 1
end

function methods:type(letter)
	ask(self, 200, "type", letter)
	return 1
end

function methods:quit()
	ask(self, "2..", "quit")
	return 1
end

function methods:close()
	if self.data then
		self.data:close()
	end
	if self.server then
		self.server:close()
	end
	return self.tp:close()
end

local class = { __index = methods }

function ftp.open(server, port, create)
	local control = socket.try(tp.connect(server, port or 21, ftp.TIMEOUT, create))
	local session = setmetatable({ tp = control }, class)
	session.try = socket.newtry(function() session:close() end)
	return session
end

function ftp.genericform(u)
	local t = socket.try(url.parse(u, { path = "/", scheme = "ftp" }))
	socket.try(t.scheme == "ftp", "wrong scheme '" .. t.scheme .. "'")
	socket.try(t.host, "missing hostname")
	if t.params then
		t.type = match(t.params, "^type=(.)$")
		socket.try(t.type == "a" or t.type == "i", "invalid type '" .. t.type .. "'")
	end
	return t
end

-- complete adds what the URL of a request says and the request itself does not.
local function complete(t)
	if not t.url then
		return t
	end
	local u = url.parse(t.url)
	for key, value in pairs(t) do
		u[key] = value
	end
	return u
end

-- start opens a session for a request and logs in.
local function start(t)
	local session = ftp.open(t.host, t.port, t.create)
	session:greet()
	session:login(t.user, t.password)
	return session
end

-- prepare starts a session for a transfer.
local function prepare(t)
	socket.try(t.host, "missing hostname")
	local session = start(t)
	if t.type then
		session:type(t.type)
	end
	session:epsv()
	return session
end

local function put(t)
	t = complete(t)
	local session = prepare(t)
	local sent = session:send(t)
	session:quit()
	session:close()
	return sent
end

local function get(t)
	t = complete(t)
	local session = prepare(t)
	session:receive(t)
	session:quit()
	return session:close()
end

ftp.put = socket.protect(function(what, content)
	if type(what) ~= "string" then
		return put(what)
	end
	local t = ftp.genericform(what)
	t.source = ltn12.source.string(content)
	return put(t)
end)

ftp.get = socket.protect(function(what)
	if type(what) ~= "string" then
		return get(what)
	end
	local t, chunks = ftp.genericform(what), nil
	t.sink, chunks = ltn12.sink.table()
	get(t)
	return table.concat(chunks)
end)

ftp.command = socket.protect(function(t)
	t = complete(t)
	socket.try(t.host, "missing hostname")
	socket.try(t.command, "missing command")
	local session = start(t)
	local commands, arguments, checks = { t.command }, { t.argument }, { t.check }
	if type(t.command) == "table" then
		commands, arguments, checks = t.command, t.argument or {}, t.check or {}
	end
	for i, command in ipairs(commands) do
		session.try(session.tp:command(command, arguments[i]))
		if checks[i] then
			session.try(session.tp:check(checks[i]))
		end
	end
	session:quit()
	return session:close()
end)

socket.ftp = ftp
