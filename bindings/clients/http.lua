-- Requests to web servers.
local http, socket, ltn12, mime, names, url = ...
local setmetatable, type, pairs, tonumber, tostring, require, assert = setmetatable, type, pairs, tonumber, tostring, require, assert
local find, match, format, gsub, len, lower = string.find, string.match, string.format, string.gsub, string.len, string.lower

-- readFields receives header fields up to the empty line and adds them to those there are.
local function readFields(c, fields)
	fields = fields or {}
	local line, err = c:receive()
	if err then
		return nil, err
	end
	while line ~= "" do
		local name, value = match(line, "^(.-):%s*(.*)")
		if not (name and value) then
			return nil, "malformed reponse headers"
		end
		name = lower(name)
		line, err = c:receive()
		if err then
			return nil, err
		end
		while find(line, "^%s") do
			value = value .. line
			line, err = c:receive()
			if err then
				return nil, err
			end
		end
		if fields[name] then
			fields[name] = fields[name] .. ", " .. value
		else
			fields[name] = value
		end
	end
	return fields
end

-- stream makes a sink or source that select can wait for.
local function stream(c, step)
	return setmetatable({
		getfd = function() return c:getfd() end,
		dirty = function() return c:dirty() end,
	}, { __call = step })
end

socket.sourcet["http-chunked"] = function(c, fields)
	return stream(c, function()
		local line, err = c:receive()
		if err then
			return nil, err
		end
		local size = tonumber((gsub(line, ";.*", "")), 16)
		if not size then
			return nil, "invalid chunk size"
		end
		if size > 0 then
			local chunk
			chunk, err = c:receive(size)
			if chunk then
				c:receive() -- the end of its line
			end
			return chunk, err
		end
		fields, err = readFields(c, fields)
		if not fields then
			return nil, err
		end
	end)
end

socket.sinkt["http-chunked"] = function(c)
	return stream(c, function(_, chunk)
		if not chunk then
			return c:send("0\r\n\r\n")
		end
		return c:send(format("%X\r\n", #chunk) .. chunk .. "\r\n")
	end)
end

local methods = {}

function methods:sendrequestline(method, uri)
	return self.try(self.c:send(format("%s %s HTTP/1.1\r\n", method or "GET", uri)))
end

function methods:sendheaders(fields)
	local text = "\r\n"
	for name, v in pairs(fields) do
		text = (names.canonic[name] or name) .. ": " .. v .. "\r\n" .. text
	end
	self.try(self.c:send(text))
	return 1
end

function methods:sendbody(headers, source, step)
	source = source or ltn12.source.empty()
	local mode = headers["content-length"] and "keep-open" or "http-chunked"
	return self.try(ltn12.pump.all(source, socket.sink(mode, self.c), step or ltn12.pump.step))
end

function methods:receivestatusline()
	local status, err = self.try(self.c:receive(5))
	if status ~= "HTTP/" then
		if err == "timeout" then
			return 408
		end
		return nil, status -- HTTP/0.9, which has only the body
	end
	status = self.try(self.c:receive("*l", status))
	local code = match(status, "HTTP/%d*%.%d* (%d%d%d)")
	return self.try(tonumber(code), status)
end

function methods:receiveheaders()
	return self.try(readFields(self.c))
end

function methods:receivebody(headers, sink, step)
	local length, coding = tonumber(headers["content-length"]), headers["transfer-encoding"]
	local mode = "default"
	if coding and coding ~= "identity" then
		mode = "http-chunked"
	elseif length then
		mode = "by-length"
	end
	local source = socket.source(mode, self.c, length)
	return self.try(ltn12.pump.all(source, sink or ltn12.sink.null(), step or ltn12.pump.step))
end

function methods:receive09body(status, sink, step)
	local source = ltn12.source.rewind(socket.source("until-closed", self.c))
	source(status)
	return self.try(ltn12.pump.all(source, sink, step))
end

function methods:close() return self.c:close() end

local class = { __index = methods }

function http.open(host, port, create)
	local c = socket.try(create())
	local h = setmetatable({ c = c }, class)
	h.try = socket.newtry(function() h:close() end)
	h.try(c:settimeout(http.TIMEOUT))
	h.try(c:connect(host, port))
	return h
end

http.schemes = {
	http = {
		port = 80,
		create = function() return socket.tcp end,
	},
	https = {
		port = 443,
		create = function(t)
			local https = assert(require("ssl.https"), "LuaSocket: LuaSec not found")
			local tcp = assert(https.tcp, "LuaSocket: Function tcp() not available from LuaSec")
			return tcp(t)
		end,
	},
}

-- basic is the value of an authorization field.
local function basic(credentials)
	return "Basic " .. (mime.b64(credentials))
end

-- fieldsOf makes the header of a request; what the script has set stands before the rest.
local function fieldsOf(t)
	local host = t.host
	local port = tostring(t.port)
	if port ~= tostring(http.schemes[t.scheme].port) then
		host = host .. ":" .. port
	end
	local fields = { ["user-agent"] = http.USERAGENT, ["host"] = host, ["connection"] = "close, TE", ["te"] = "trailers" }
	if t.user and t.password then
		fields["authorization"] = basic(t.user .. ":" .. url.unescape(t.password))
	end
	local proxy = t.proxy or http.PROXY
	if proxy then
		proxy = url.parse(proxy)
		if proxy.user and proxy.password then
			fields["proxy-authorization"] = basic(proxy.user .. ":" .. proxy.password) -- as it stands in the URL
		end
	end
	for name, value in pairs(t.headers or fields) do
		fields[lower(name)] = value
	end
	return fields
end

-- uriOf is what the request line says: the path, or for a proxy the whole URL.
local function uriOf(t)
	local parts = t
	if not t.proxy and not http.PROXY then
		parts = { path = socket.try(t.path, "invalid path 'nil'"), params = t.params, query = t.query, fragment = t.fragment }
	end
	return url.build(parts)
end

-- throughProxy puts the proxy, if there is one, in place of the host.
local function throughProxy(t)
	local proxy = t.proxy or http.PROXY
	if not proxy then
		return t.host, t.port
	end
	proxy = url.parse(proxy)
	return proxy.host, proxy.port or 3128
end

-- complete makes of what the script asks for all that a request needs.
local function complete(reqt)
	local full = reqt.url and url.parse(reqt.url, { path = "/", scheme = "http" }) or {}
	for key, value in pairs(reqt) do
		full[key] = value
	end
	local schemedefs = http.schemes[full.scheme]
	full.create = full.create or schemedefs.create(full)
	if full.port == "" or not full.port then
		full.port = schemedefs.port
	end
	if full.method == "" then
		full.method = nil
	end
	if not (full.host and full.host ~= "") then
		socket.try(nil, "invalid host '" .. tostring(full.host) .. "'")
	end
	full.uri = reqt.uri or uriOf(full)
	full.headers = fieldsOf(full)
	if full.source and not full.headers["content-length"] and not full.headers["transfer-encoding"] then
		full.headers["transfer-encoding"] = "chunked"
	end
	full.host, full.port = throughProxy(full)
	return full
end

local moved = { [301] = true, [302] = true, [303] = true, [307] = true }

-- follows reports whether an answer sends the request elsewhere and the request lets it.
local function follows(t, code, fields)
	local location = fields.location and gsub(fields.location, "%s", "") or ""
	if location == "" then
		return false
	end
	local scheme = url.parse(location).scheme
	if scheme and not http.schemes[scheme] or t.scheme == "https" and scheme ~= "https" then
		return false
	end
	local within = t.maxredirects == false or (t.nredirects or 0) < (t.maxredirects or 5)
	local safe = not t.method or t.method == "GET" or t.method == "HEAD"
	return t.redirect ~= false and moved[code] and safe and within
end

local function hasBody(t, code)
	return t.method ~= "HEAD" and code ~= 204 and code ~= 304 and not (code >= 100 and code < 200)
end

local request

-- again makes a request at the place where an answer has sent it.
local function again(t, location)
	local place = url.absolute(t.url, location)
	if url.parse(place).scheme ~= t.scheme then -- the other scheme has its own; so has a table that says its scheme by its URL alone
		t.port, t.create = nil, nil
	end
	local result, code, fields, status = request({
		url = place,
		source = t.source,
		sink = t.sink,
		headers = t.headers,
		proxy = t.proxy,
		maxredirects = t.maxredirects,
		nredirects = (t.nredirects or 0) + 1,
		create = t.create,
	})
	fields = fields or {}
	fields.location = fields.location or location
	return result, code, fields, status
end

function request(t)
	local full = complete(t)
	local h = http.open(full.host, full.port, full.create)
	h:sendrequestline(full.method, full.uri)
	h:sendheaders(full.headers)
	if full.source then
		h:sendbody(full.headers, full.source, full.step)
	end
	local code, status = h:receivestatusline()
	if not code then
		h:receive09body(status, full.sink, full.step)
		return 1, 200
	elseif code == 408 then -- the code is all that LuaSocket tells
		h:close()
		return 1, code
	end
	local fields
	while code == 100 do
		h:receiveheaders()
		code, status = h:receivestatusline()
	end
	fields = h:receiveheaders()
	if follows(full, code, fields) and not full.source then
		h:close()
		return again(t, fields.location)
	end
	if hasBody(full, code) then
		h:receivebody(fields, full.sink, full.step)
	end
	h:close()
	return 1, code, fields, status
end

function http.genericform(u, body)
	local chunks = {}
	local t = { url = u, sink = ltn12.sink.table(chunks), target = chunks }
	if body then
		t.source = ltn12.source.string(body)
		t.headers = { ["content-length"] = len(body), ["content-type"] = "application/x-www-form-urlencoded" }
		t.method = "POST"
	end
	return t
end

http.request = socket.protect(function(what, body)
	if type(what) ~= "string" then
		return request(what)
	end
	local t = http.genericform(what, body)
	local _, code, fields, status = request(t)
	return table.concat(t.target), code, fields, status
end)

socket.http = http
