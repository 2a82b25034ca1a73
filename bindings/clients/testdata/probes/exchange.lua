-- What socket.http does with requests and answers that are unusual.
local http, ltn12, url = require "socket.http", require "ltn12", require "socket.url"
longest = 3000
http.TIMEOUT = 5

local function noPort(value, port)
	if type(value) == "string" then
		return (value:gsub(":" .. port, ":PORT"))
	elseif type(value) == "table" then
		local copy = {}
		for k, v in pairs(value) do copy[k] = noPort(v, port) end
		return copy
	end
	return value
end

-- The sockets that were made are closed when the part is over: a request that raises leaves its own open.
local opened, tcp = {}, socket.tcp
socket.tcp = function()
	local c, err = tcp()
	opened[#opened + 1] = c
	return c, err
end

-- against plays the steps and shows what f gives, without the port, and what the server got.
local function against(steps, f)
	table.insert(steps, 1, "accept")
	local port, log = peer(steps)
	local results = pack(f("http://127.0.0.1:" .. port, port))
	for i = 1, results.n do results[i] = noPort(results[i], port) end
	out(unpack(results, 1, results.n))
	for _, c in ipairs(opened) do c:close() end
	opened = {}
	for _ = 1, 2 do -- so that the part ends if nobody came
		local c = socket.connect("127.0.0.1", port)
		if c then c:close() end
	end
	out("log", sorted(noPort(log(), port)))
end

local function answer(lines, body)
	return { "send", lines:gsub("\n", "\r\n") .. "\r\n\r\n" .. (body or "") }
end
local fine = answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok")

-- fake is a socket that shows what it is asked, answers reads from a list and sends everything.
local function fake(answers, quiet)
	return setmetatable({}, { __index = function(_, name)
		return function(_, ...)
			if name == "receive" then
				local a = table.remove(answers, 1) or { nil, "closed" }
				if not quiet then out(name, ...) end
				return unpack(a, 1, 3)
			elseif name == "send" then
				out(name, sorted(" HTTP/1.1\r\n" .. (...)))
				return #(...)
			end
			out(name, ...)
			return 1
		end
	end })
end

probe("method.empty", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", method = "" } end)
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", method = "", source = nil, redirect = false } end)
end)
probe("method.wrong types", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", method = 5 } end)
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", method = false } end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", method = true }) end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", method = {} }) end)
end)
probe("method.head in small letters gets a body", function()
	against({ "head", fine, "close" }, function(u)
		local sink, t = ltn12.sink.table()
		local a, b, c, d = http.request { url = u .. "/", method = "head", sink = sink }
		return a, b, c, d, t
	end)
end)
probe("method.lower case get is not redirected", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close" }, function(u) return http.request { url = u .. "/a", method = "get" } end)
end)
probe("answer.408", function()
	against({ "head", answer("HTTP/1.1 408 Request Timeout\nContent-Length: 4", "slow"), "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", answer("HTTP/1.1 408 Request Timeout\nContent-Length: 4", "slow"), "close" }, function(u) return http.request { url = u .. "/" } end)
end)
probe("answer.408 after 100", function()
	against({ "head", answer("HTTP/1.1 100 Go on"), answer("HTTP/1.1 408 Request Timeout\nContent-Length: 4", "slow"), "close" }, function(u) return http.request(u .. "/") end)
end)
probe("answer.no status line after 100", function()
	against({ "head", answer("HTTP/1.1 100 Go on"), { "send", "plain text" }, "close" }, function(u) return pcall(http.request, u .. "/") end)
	against({ "head", answer("HTTP/1.1 100 Go on"), "close" }, function(u) return pcall(http.request, u .. "/") end)
end)
probe("answer.codes in general", function()
	for _, code in ipairs { 102, 199, 201, 205, 206, 400, 401, 403, 500, 503, 999, 299 } do
		against({ "head", answer("HTTP/1.1 " .. code .. " Some Words\nContent-Length: 3", "abc"), "close" }, function(u) return http.request(u .. "/") end)
	end
end)
probe("answer.folded field cut off", function()
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n" }, "close" }, function(u) return pcall(http.request, u .. "/") end)
end)
probe("answer.folded fields", function()
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nB:\r\n x\r\nContent-Length: 1\r\n\r\n!" }, "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\n starts folded: yes\r\nContent-Length: 1\r\n\r\n!" }, "close" }, function(u) return http.request(u .. "/") end)
end)
probe("answer.several lengths", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 2", "okay"), "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0x3", "okay"), "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length:  3 ", "okay"), "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 1e1", "okay"), "close" }, function(u) return http.request(u .. "/") end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: +3", "okay"), "close" }, function(u) return http.request(u .. "/") end)
end)
probe("answer.transfer codings", function()
	for _, coding in ipairs { "Chunked", "CHUNKED", "Identity", "gzip", "", "identity", "chunked, identity" } do
		against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: " .. coding, "2\r\nok\r\n0\r\n\r\n"), "close" }, function(u) return coding, http.request(u .. "/") end)
	end
end)
probe("answer.chunk sizes", function()
	for _, size in ipairs { "000002", "2;", "2 ; x=y", "0x2", "2\t", "  2", "2.0", "+2", "2g", "-0", "1e1" } do
		against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", size .. "\r\nok\r\n0\r\n\r\n"), "close" }, function(u) return size, http.request(u .. "/") end)
	end
end)
probe("answer.chunk longer than it says", function()
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "2\r\nokay\r\n0\r\n\r\n"), "close" }, function(u) return http.request(u .. "/") end)
end)
probe("answer.trailers join the fields", function()
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nX-A: 1", "1\r\nz\r\n0\r\nX-A: 2\r\nX-B: 3\r\n folded\r\n\r\n"), "close" }, function(u)
		local sink, t = ltn12.sink.table()
		local a, b, c, d = http.request { url = u .. "/", sink = sink }
		return a, b, c, d, t
	end)
end)
probe("answer.304 and 204 with chunks", function()
	for _, code in ipairs { 204, 304 } do
		against({ "head", answer("HTTP/1.1 " .. code .. " x\nTransfer-Encoding: chunked", "1\r\nz\r\n0\r\n\r\n"), "close" }, function(u) return http.request(u .. "/") end)
	end
end)
probe("answer.headers with odd names", function()
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nX A: 1\r\nX\tB: 2\r\n=: 3\r\nX::4\r\nx-:a:b\r\nContent-Length: 1\r\n\r\n!" }, "close" }, function(u) return http.request(u .. "/") end)
end)
probe("answer.bytes above 127 and zero", function()
	against({ "head", { "send", "HTTP/1.1 200 \195\137\0x\r\nX-\195\137: \0\1\255\r\nContent-Length: 3\r\n\r\n\0\255\10" }, "close" }, function(u) return http.request(u .. "/") end)
end)
probe("redirect.leaves the request's table", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		local made = 0
		local r = { url = u .. "/a", create = function() made = made + 1 return socket.tcp() end, headers = { ["X-A"] = "1" } }
		local a, b = http.request(r)
		r.url = nil
		return a, b, made, r
	end)
end)
probe("redirect.keeps create when the scheme is given", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		local made = 0
		local r = { url = u .. "/a", scheme = "http", create = function() made = made + 1 return socket.tcp() end }
		local a, b = http.request(r)
		r.url = nil
		return a, b, made, r
	end)
end)
probe("redirect.forgets the port when the scheme is not given", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u, port)
		local r = { url = u .. "/a", port = port }
		local a, b = http.request(r)
		r.url = nil
		return a, b, r
	end)
end)
probe("redirect.method step and user are not kept", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		local steps = 0
		local sink, t = ltn12.sink.table()
		local a, b = http.request { url = u:gsub("//", "//ann:pw@") .. "/a", method = "GET", sink = sink, step = function(...)
			steps = steps + 1
			return ltn12.pump.step(...)
		end, headers = { ["X-A"] = "1" } }
		return a, b, steps, t
	end)
end)
probe("redirect.fragment and query of the place", function()
	for _, place in ipairs { "/b#f", "/b?x#f", "b;p?q", "./../../c/./d", "http:/x", "http:x", "?", "#only", "//", "///x", ":80", "a b", "\t/b" } do
		against({ "head", answer("HTTP/1.1 302 Found\nLocation: " .. place .. "\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
			return place, pcall(http.request, u .. "/a/b;p?q#f")
		end)
	end
end)
probe("redirect.maxredirects", function()
	local function chain(n)
		local steps = { "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close" }
		for _ = 2, n do
			for _, s in ipairs { "accept", "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close" } do steps[#steps + 1] = s end
		end
		for _, s in ipairs { "accept", "head", fine, "close" } do steps[#steps + 1] = s end
		return steps
	end
	against(chain(7), function(u) return http.request { url = u .. "/a", maxredirects = false } end)
	against(chain(2), function(u) return http.request { url = u .. "/a", maxredirects = 1.5 } end)
	against(chain(1), function(u) return http.request { url = u .. "/a", maxredirects = -1 } end)
	against(chain(1), function(u) return http.request { url = u .. "/a", nredirects = 4 } end)
	against(chain(1), function(u) return http.request { url = u .. "/a", nredirects = 5 } end)
	against(chain(1), function(u) return pcall(http.request, { url = u .. "/a", maxredirects = "2" }) end)
end)
probe("redirect.redirect is anything but false", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		return http.request { url = u .. "/a", redirect = 0 }
	end)
end)
probe("redirect.two locations", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nLocation: /c\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		return http.request(u .. "/a")
	end)
end)
probe("redirect.the second answer has a location too", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", answer("HTTP/1.1 200 OK\nLocation: /c\nContent-Length: 0"), "close" }, function(u)
		return http.request(u .. "/a")
	end)
end)
probe("redirect.to a HTTP/0.9 answer", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", { "send", "just text" }, "close" }, function(u)
		return http.request(u .. "/a")
	end)
end)
probe("redirect.by other codes", function()
	for _, code in ipairs { 300, 304, 305, 306, 308, 201, 200 } do
		against({ "head", answer("HTTP/1.1 " .. code .. " x\nLocation: /b\nContent-Length: 0"), "close" }, function(u) return http.request(u .. "/a") end)
	end
end)
probe("request.fields that are no texts", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", headers = { a = 5, B = "x" } } end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", headers = { a = true } }) end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", headers = { a = {} } }) end)
	against({ "head", fine, "close" }, function(u) return pcall(http.request, { url = u .. "/", headers = { [1] = "x" } }) end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", headers = { [true] = "x" } }) end)
	against({ "close" }, function(u) return pcall(http.request, { url = u .. "/", headers = "x" }) end)
end)
probe("request.fields by canonic names", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", headers = { ["content-md5"] = "a", ["X-Custom-header"] = "b", ["www-authenticate"] = "c", etag = "d", ["SEC-X"] = "e", dnt = "1" } } end)
end)
probe("request.fields with line ends go out as they are", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", headers = { ["x-a"] = "1\r\nX-B: 2" } } end)
end)
probe("request.two spellings of a field", function()
	against({ "head", fine, "close" }, function(u) return http.request { url = u .. "/", headers = { ["x-a"] = "same", ["X-A"] = "same" } } end)
end)
probe("request.url with a number", function()
	against({ "head", fine, "close" }, function(u, port)
		return http.request { host = "127.0.0.1", port = port, path = 5, scheme = "http" }
	end)
	against({ "head", fine, "close" }, function(u, port)
		return http.request { host = "127.0.0.1", port = port + 0.0, path = "", scheme = "http" }
	end)
end)
probe("request.without a path", function()
	out(http.request { host = "127.0.0.1", scheme = "http", port = 1 })
	against({ "head", fine, "close" }, function(u, port) return http.request { host = "127.0.0.1", scheme = "http", port = port, uri = "*", method = "OPTIONS" } end)
end)
probe("request.port empty or wrong", function()
	out(http.request { url = "http://127.0.0.1:x/", create = function() return fake({}) end })
	raises(http.request, { url = "http://127.0.0.1/", port = {}, create = function() return fake({}) end })
	out(http.request { url = "http://127.0.0.1/", port = "", create = function() return fake({}) end })
	out(http.request { url = "http://127.0.0.1/", port = false, create = function() return fake({}) end })
	out(http.request { url = "http://127.0.0.1:0080/", create = function() return fake({}) end })
end)
probe("request.host and userinfo", function()
	local create = function() return fake({}) end
	out(http.request { url = "http://u:p@h:81/", create = create })
	out(http.request { url = "http://u:@h/", create = create })
	out(http.request { url = "http://:p@h/", create = create })
	out(http.request { url = "http://u:p:q@h/", create = create })
	out(http.request { url = "http://u%40x:p%3Aq@h/", create = create })
	out(http.request { url = "http://u:p@h/", user = "x", create = create })
	out(http.request { url = "http://u:p@h/", password = "y z", create = create })
	out(http.request { url = "http://h/", user = 5, password = 6, create = create })
	out(http.request { url = "http://h/", user = "u", password = "p", headers = { authorization = "mine" }, create = create })
	raises(http.request, { url = "http://h/", user = {}, password = "p", create = create })
	out(http.request { url = "http://h/", user = ("u"):rep(60), password = ("p"):rep(60), create = create })
end)
probe("proxy.details", function()
	local create = function() return fake({}) end
	out(http.request { url = "http://h/p;a?q#f", proxy = "http://px", create = create })
	out(http.request { url = "http://h:80/p", proxy = "http://px:3129/ignored", create = create })
	out(http.request { url = "http://u:p@h/p", proxy = "http://a:b%20c@px", create = create })
	out(http.request { url = "http://h/p", proxy = "px", create = create })
	out(http.request { url = "http://h/p", proxy = "//px:8", create = create })
	raises(http.request, { url = "http://h/p", proxy = "", create = create })
	raises(http.request, { url = "http://h/p", proxy = 5, create = create })
	raises(http.request, { url = "http://h/p", proxy = {}, create = create })
	out(http.request { url = "http://h", proxy = "http://px", create = create })
	out(http.request { url = "http://[::1]:8/x", proxy = "http://px", create = create })
	out(http.request { url = "http://h/p", proxy = false, create = create })
	out(http.request { url = "http://h/p", proxy = "http://px", uri = "/own", create = create })
end)
probe("proxy.of a redirect", function()
	against({ "head", answer("HTTP/1.1 302 Found\nLocation: /b\nContent-Length: 0"), "close", "accept", "head", fine, "close" }, function(u)
		return http.request { url = "http://www.lab/a", proxy = u }
	end)
end)
probe("fake.order of calls", function()
	out(http.request { url = "http://h/", create = function() return fake({ { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "Content-Length: 3" }, { "" }, { "abc" } }) end })
	out(http.request { url = "http://h/", create = function() return fake({ { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "" }, { nil, "closed", "rest" } }) end })
	out(http.request { url = "http://h/", create = function() return fake({ { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "" }, { nil, "timeout", "rest" } }) end })
	out(http.request { url = "http://h/", create = function() return fake({ { "old s" }, { "erver", nil }, { nil, "closed", "!" } }) end })
end)
probe("fake.a status line that times out with data", function()
	out(http.request { url = "http://h/", create = function() return fake({ { "", "timeout" } }) end })
	out(http.request { url = "http://h/", create = function() return fake({ { "x", "timeout" } }) end })
	out(http.request { url = "http://h/", create = function() return fake({ { "x", "other" }, { nil, "closed", "y" } }) end })
end)
probe("fake.sockets that lack methods", function()
	raises(http.request, { url = "http://h/", create = function() return {} end })
	raises(http.request, { url = "http://h/", create = function() return { settimeout = function() return 1 end } end })
	raises(http.request, { url = "http://h/", create = function() return { settimeout = function() return nil, "no timeouts" end } end })
	raises(http.request, { url = "http://h/", create = function() return { settimeout = function() return 1 end, connect = function() return nil, "no way" end, close = function() out("close") end } end })
	raises(http.request, { url = "http://h/", create = function() return { settimeout = function() return 1 end, connect = function() return 1 end, send = function() return nil, "no send", 0 end, close = function() error("in close") end } end })
	raises(http.request, { url = "http://h/", create = function() return false, "false" end })
	raises(http.request, { url = "http://h/", create = function() end })
	raises(http.request, { url = "http://h/", create = 5 })
	raises(http.request, { url = "http://h/", create = function() error("in create") end })
	raises(http.request, { url = "http://h/", create = function() error({ "in create" }) end })
	raises(http.request, { url = "http://h/", create = function() socket.try(nil, "tried") end })
end)
probe("fake.sinks and steps that fail", function()
	local function run(sink, step, source)
		raises(http.request, { url = "http://h/", sink = sink, step = step, source = source, create = function()
			return fake({ { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "Content-Length: 3" }, { "" }, { "abc" } }, true)
		end })
	end
	run(function() return nil, "full" end)
	run(function() return nil end)
	run(function() return false, "false" end)
	run(function() error("in sink", 0) end)
	run(function(chunk) if not chunk then return nil, "at the end" end return 1 end)
	run(5)
	run(nil, function() return nil end)
	run(nil, function() return false, "step" end)
	run(nil, function() error("in step", 0) end)
	run(nil, 5)
	run(nil, nil, function() return nil, "source" end)
	run(nil, nil, function() error("in source", 0) end)
	run(nil, nil, 5)
	run(nil, nil, ltn12.source.table { "a", "", "b" })
end)
probe("body.of lengths given", function()
	against({ "head", { "read", 3 }, fine, "close" }, function(u) return http.request { url = u .. "/", source = ltn12.source.string("abc"), headers = { ["content-length"] = "3" } } end)
	against({ "head", { "read", 3 }, fine, "close" }, function(u) return http.request { url = u .. "/", source = ltn12.source.string("abc"), headers = { ["transfer-encoding"] = "gzip" } } end)
	against({ "head", "chunks", fine, "close" }, function(u) return http.request { url = u .. "/", source = ltn12.source.string("abc"), headers = { ["Transfer-Encoding"] = "chunked" } } end)
	against({ "head", { "read", 2 }, fine, "close" }, function(u) return http.request { url = u .. "/", method = "PUT", source = ltn12.source.string("abcdef"), headers = { ["content-length"] = 2 } } end)
end)
probe("body.of a request by text", function()
	against({ "head", { "read", 3 }, fine, "close" }, function(u) return http.request(u .. "/", "a\0b") end)
	against({ "head", fine, "close" }, function(u) return http.request(u .. "/", nil) end)
	against({ "head", fine, "close" }, function(u) return http.request(u .. "/", false) end)
	against({ "close" }, function(u) return pcall(http.request, u .. "/", {}) end)
	against({ "close" }, function(u) return pcall(http.request, u .. "/", true) end)
	against({ "head", fine, "close" }, function(u) return http.request(u .. "/", nil, 5) end)
	against({ "head", fine, "close" }, function(u) return http.request({ url = u .. "/" }, "ignored") end)
end)
probe("body.longer than a block", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5000", ("y"):rep(5000)), "close" }, function(u)
		local sizes = {}
		local a, b = http.request { url = u .. "/", sink = function(chunk) sizes[#sizes + 1] = chunk and #chunk or "end" return 1 end }
		return a, b, sizes
	end)
	against({ "head", answer("HTTP/1.0 200 OK\n", ("y"):rep(4096)), "close" }, function(u)
		local sizes = {}
		local a, b = http.request { url = u .. "/", sink = function(chunk) sizes[#sizes + 1] = chunk and #chunk or "end" return 1 end }
		return a, b, sizes
	end)
end)
probe("schemes.others", function()
	raises(http.request, { url = "HTTP://127.0.0.1:1/" })
	raises(http.request, { url = "gopher://h/" })
	raises(http.request, { url = "gopher://h:70/", create = function() return fake({}) end })
	raises(http.request, { scheme = "gopher", port = 70, host = "" })
	raises(http.request, { host = "h", port = 70, create = function() return fake({}) end })
	http.schemes.lab = { port = 7, create = function(t)
		out("create", t.host, t.port, t.path, t.method, t.scheme)
		return function() return fake({}) end
	end }
	out(http.request { url = "lab://h/x" })
	out(http.request("lab://h:8/x"))
	out(http.request { url = "lab://h/x", create = function() return nil, "own" end })
	http.schemes.lab = nil
end)
probe("module.constants", function()
	local old = http.TIMEOUT
	http.TIMEOUT = nil
	out(http.request { url = "http://h/", create = function() return fake({}) end })
	http.TIMEOUT = 7
	out(http.request { url = "http://h/", create = function() return fake({}) end })
	http.TIMEOUT = old
	local agent = http.USERAGENT
	http.USERAGENT = nil
	out(http.request { url = "http://h/", create = function() return fake({}) end })
	http.USERAGENT = agent
end)
probe("low.headers and lines", function()
	local answers = {}
	local h = http.open("h", 80, function() return fake(answers) end)
	raises(h.sendrequestline, h, "GET", nil)
	raises(h.sendrequestline, h, "GET", "/a b")
	raises(h.sendheaders, h, nil)
	raises(h.sendheaders, h, { ["content-type"] = "x" })
	raises(h.sendbody, h, nil, nil)
	raises(h.sendbody, h, {}, nil)
	answers[1] = { "A: 1" } answers[2] = { "" }
	raises(h.receiveheaders, h)
	answers[1] = { "HTTP/" } answers[2] = { "HTTP/1.1 abc" }
	raises(h.receivestatusline, h)
	answers[1] = { "abc" }
	raises(h.receivebody, h, { ["content-length"] = "3" })
	answers[1] = { nil, "closed", "abc" }
	raises(h.receivebody, h, {})
	raises(h.receivebody, h, nil)
	raises(h.receivebody, h, { ["content-length"] = "0" })
	answers[1] = { nil, "closed", "abc" }
	raises(h.receive09body, h, "status", ltn12.sink.null())
	answers[1] = { nil, "closed", "abc" }
	raises(h.receive09body, h, nil, ltn12.sink.null())
	raises(h.receive09body, h, "status")
	out(h:close())
end)
