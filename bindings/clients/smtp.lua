-- Mail sent by SMTP, and messages made of headers and bodies.
local smtp, socket, ltn12, mime, headers, tp = ...
local setmetatable, type, pairs, ipairs = setmetatable, type, pairs, ipairs
local find, format, lower, gsub = string.find, string.format, string.lower, string.gsub
local date, random = os.date, math.random
local yield = coroutine.yield

local methods = {}

function methods:greet(domain)
	self.try(self.tp:check("2.."))
	self.try(self.tp:command("EHLO", domain or smtp.DOMAIN))
	return socket.skip(1, self.try(self.tp:check("2..")))
end

-- ask sends a command and wants an answer whose code matches.
local function ask(self, wanted, name, argument)
	self.try(self.tp:command(name, argument))
	return self.try(self.tp:check(wanted))
end

-- tell sends a line and wants an answer whose code matches.
local function tell(self, wanted, line)
	self.try(self.tp:send(line .. "\r\n"))
	return self.try(self.tp:check(wanted))
end

function methods:mail(from) return ask(self, "2..", "MAIL", "FROM:" .. from) end

function methods:rcpt(to) return ask(self, "2..", "RCPT", "TO:" .. to) end

function methods:data(source, step)
	ask(self, "3..", "DATA")
	self.try(self.tp:source(source, step))
	return tell(self, "2..", "\r\n.")
end

function methods:quit() return ask(self, "2..", "QUIT") end

function methods:close() return self.tp:close() end

function methods:login(user, password)
	ask(self, "3..", "AUTH", "LOGIN")
	tell(self, "3..", mime.b64(user))
	return tell(self, "2..", mime.b64(password))
end

function methods:plain(user, password)
	local secret = mime.b64("\0" .. user .. "\0" .. password)
	return ask(self, "2..", "AUTH", "PLAIN " .. secret)
end

function methods:auth(user, password, extensions)
	if not user or not password then
		return 1
	elseif find(extensions, "AUTH[^\n]+LOGIN") then
		return self:login(user, password)
	elseif find(extensions, "AUTH[^\n]+PLAIN") then
		return self:plain(user, password)
	end
	self.try(nil, "authentication not supported")
end

function methods:send(mailt)
	self:mail(mailt.from)
	if type(mailt.rcpt) == "table" then
		for _, to in ipairs(mailt.rcpt) do
			self:rcpt(to)
		end
	else
		self:rcpt(mailt.rcpt)
	end
	self:data(ltn12.source.chain(mailt.source, mime.stuff()), mailt.step)
end

local class = { __index = methods }

function smtp.open(server, port, create)
	local control = socket.try(tp.connect(server or smtp.SERVER, port or smtp.PORT, smtp.TIMEOUT, create))
	local session = setmetatable({ tp = control }, class)
	session.try = socket.newtry(function() session:close() end)
	return session
end

smtp.send = socket.protect(function(mailt)
	local session = smtp.open(mailt.server, mailt.port, mailt.create)
	local extensions = session:greet(mailt.domain)
	session:auth(mailt.user, mailt.password, extensions)
	session:send(mailt)
	session:quit()
	return session:close()
end)

-- What follows runs inside a coroutine and yields the message piece by piece.

local parts = 0 -- multipart messages made so far

-- newBoundary makes a text that no part will contain.
local function newBoundary()
	parts = parts + 1
	return format("%s%05d==%05u", date("%d%m%Y%H%M%S"), random(0, 99999), parts)
end

local function lowerNames(fields)
	local result = {}
	for name, value in pairs(fields or result) do
		result[lower(name)] = value
	end
	return result
end

-- giveHeader gives all fields and the empty line.
local function giveHeader(fields)
	local text = "\r\n"
	for name, v in pairs(fields) do
		text = (headers.canonic[name] or name) .. ": " .. v .. "\r\n" .. text
	end
	yield(text)
end

local giveMessage

local function giveMultipart(mesgt)
	local boundary = newBoundary()
	local fields = lowerNames(mesgt.headers or {})
	fields["content-type"] = (fields["content-type"] or "multipart/mixed") .. '; boundary="' .. boundary .. '"'
	giveHeader(fields)
	if mesgt.body.preamble then
		yield(mesgt.body.preamble)
		yield("\r\n")
	end
	for _, part in ipairs(mesgt.body) do
		yield("\r\n--" .. boundary .. "\r\n")
		giveMessage(part)
	end
	yield("\r\n--" .. boundary .. "--\r\n\r\n")
	if mesgt.body.epilogue then
		yield(mesgt.body.epilogue)
		yield("\r\n")
	end
end

-- giveText gives a message whose body is a text or a source.
local function giveText(mesgt)
	local fields = lowerNames(mesgt.headers or {})
	fields["content-type"] = fields["content-type"] or 'text/plain; charset="iso-8859-1"'
	giveHeader(fields)
	local body = mesgt.body
	if type(body) ~= "function" then
		yield(body)
		return
	end
	while true do
		local chunk, err = body()
		if err then
			yield(nil, err)
		elseif chunk then
			yield(chunk)
		else
			return
		end
	end
end

function giveMessage(mesgt)
	if type(mesgt.body) == "table" then
		giveMultipart(mesgt)
	else
		giveText(mesgt)
	end
end

function smtp.message(mesgt)
	local fields = lowerNames(mesgt.headers)
	fields["date"] = fields["date"] or date("!%a, %d %b %Y %H:%M:%S ") .. (mesgt.zone or smtp.ZONE)
	fields["x-mailer"] = fields["x-mailer"] or socket._VERSION
	fields["mime-version"] = "1.0"
	mesgt.headers = fields
	local giving = coroutine.create(function() giveMessage(mesgt) end)
	return function()
		local ok, chunk, err = coroutine.resume(giving)
		if ok then
			return chunk, err
		end
		return nil, chunk
	end
end

socket.smtp = smtp
