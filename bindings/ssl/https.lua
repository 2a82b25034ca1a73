-- Requests to web servers by HTTPS.
local https, socket, ltn12, url, http, ssl = ...
local type, pairs, setmetatable = type, pairs, setmetatable
local try = socket.try

-- tcp returns a function that makes objects which connect as TCP objects do, and then shake hands.
function https.tcp(params)
	local config = { protocol = "any", options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" }, verify = "none" }
	for key, value in pairs(params or {}) do
		config[key] = value
	end
	config.mode = "client"
	return function()
		local c = { sock = try(socket.tcp()) }
		function c:settimeout() return self.sock:settimeout(https.TIMEOUT) end
		function c:connect(host, port)
			try(self.sock:connect(host, port))
			self.sock = try(ssl.wrap(self.sock, config))
			self.sock:sni(host)
			self.sock:settimeout(https.TIMEOUT)
			try(self.sock:dohandshake())
			return 1
		end
		return setmetatable(c, {
			__index = function(_, name)
				return function(self, ...) return self.sock[name](self.sock, ...) end
			end,
		})
	end
end

-- withPort adds the port of HTTPS to a URL that has none.
local function withPort(u)
	local parts = url.parse(u, { port = https.PORT })
	return url.build(parts)
end

function https.request(what, body)
	local chunks = {}
	local t, simple = what, type(what) == "string"
	if simple then
		t = { url = withPort(what), sink = ltn12.sink.table(chunks), method = body and "POST" or "GET" }
		if body then
			t.source = ltn12.source.string(body)
			t.headers = { ["content-length"] = #body, ["content-type"] = "application/x-www-form-urlencoded" }
		end
	else
		t.url = withPort(t.url)
	end
	if http.PROXY or t.proxy then
		return nil, "proxy not supported"
	elseif t.redirect then
		return nil, "redirect not supported"
	elseif t.create then
		return nil, "create function not permitted"
	end
	t.create = https.tcp(t)
	local result, code, headers, status = http.request(t)
	if result and simple then
		result = table.concat(chunks)
	end
	return result, code, headers, status
end
