local http, ltn12 = require "socket.http", require "ltn12"
longest = 3000
http.TIMEOUT = 5

-- against plays the steps and calls f with the beginning of a URL and the port.
local function against(steps, f)
	table.insert(steps, 1, "accept")
	local port, log = peer(steps)
	f("http://127.0.0.1:" .. port, port)
	out("log", sorted((log():gsub("127.0.0.1:%d+", "127.0.0.1:PORT"))))
end

-- noPort takes the port out of what a request gives.
local function noPort(port, ...)
	local results = pack(...)
	for i = 1, results.n do
		if type(results[i]) == "table" and results[i].location then
			results[i].location = results[i].location:gsub(":" .. port, ":PORT")
		elseif type(results[i]) == "string" then
			results[i] = results[i]:gsub(":" .. port, ":PORT")
		end
	end
	return unpack(results, 1, results.n)
end

-- answer is the step that sends lines and a body.
local function answer(lines, body)
	return { "send", lines:gsub("\n", "\r\n") .. "\r\n\r\n" .. (body or "") }
end

probe("http.module", function()
	out(http, socket.http == http)
	out(socket.sinkt["http-chunked"] ~= nil, socket.sourcet["http-chunked"] ~= nil)
end)
probe("http.get with a length", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain", "hello more"), "close" }, function(u)
		out(http.request(u .. "/path;p?query#frag"))
	end)
end)
probe("http.get up to the end", function()
	against({ "head", answer("HTTP/1.0 200 OK\nX-A: 1", "hello"), "close" }, function(u) out(http.request(u)) end)
	against({ "head", answer("HTTP/1.1 200 OK"), "close" }, function(u) out(http.request(u .. "/")) end)
end)
probe("http.get chunks", function()
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: X-T", "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-T: t\r\n\r\n"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "A\r\n0123456789\r\n0\r\n\r\n"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: identity\nContent-Length: 3", "abc"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\nContent-Length: 99", "1\r\nx\r\n0\r\n\r\n"), "close" }, function(u) out(http.request(u .. "/")) end)
end)
probe("http.get broken chunks", function()
	for _, body in ipairs { "zz\r\nhello\r\n", "5\r\nhel", "", "\r\n", "5\r\nhello\r\n", "0\r\nno colon\r\n\r\n", "0\r\n", "5\r\nhello", " 5 \r\nhello\r\n0\r\n\r\n", "-1\r\n\r\n" } do
		against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", body), "close" }, function(u) out(body, http.request(u .. "/")) end)
	end
end)
probe("http.get short bodies", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 50", "only this"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0", "extra"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: x", "until the end"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: -5", "until"), "close" }, function(u) out(http.request(u .. "/")) end)
end)
probe("http.headers", function()
	against({ "head", { "send", "HTTP/1.1 200 Very OK indeed\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2\r\nX-Long: one\r\n two\r\n\tthree\r\nX-Empty:\r\nX-Space :  v  \r\nx:y:z\r\n\r\nbody" }, "close" }, function(u)
		out(http.request(u .. "/"))
	end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\nbody" }, "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\n: no name\r\n\r\nbody" }, "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 200 OK\nA: b\n\nbare line feeds" }, "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA: b\r\n" }, "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA: b\r\n c" }, "close" }, function(u) raises(http.request, u .. "/") end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA: b" }, "close" }, function(u) out(http.request(u .. "/")) end)
end)
probe("http.status lines", function()
	for _, line in ipairs { "HTTP/1.1 404 Not Found", "HTTP/1.1 200", "HTTP/2 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/x.y 200 OK", "HTTP/1.1 abc", "HTTP/", "HTTP/1.1 600 ?" } do
		against({ "head", answer(line .. "\nContent-Length: 1", "x"), "close" }, function(u) out(line, http.request(u .. "/")) end)
	end
end)
probe("http.no status line", function()
	for _, text in ipairs { "<html>old server</html>", "HTTP", "hello\r\nworld\r\n", "", "1234", "12345" } do
		against({ "head", { "send", text }, "close" }, function(u) out(text, http.request(u .. "/")) end)
	end
end)
probe("http.continue", function()
	against({ "head", answer("HTTP/1.1 100 Continue\nX: 1"), answer("HTTP/1.1 100 Continue"), answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok"), "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 101 Switching"), { "send", "rest" }, "close" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 103 Hints"), answer("HTTP/1.1 200 OK"), "close" }, function(u) out(http.request(u .. "/")) end)
end)
probe("http.answers without a body", function()
	for _, code in ipairs { 204, 304 } do
		against({ "head", answer("HTTP/1.1 " .. code .. " x\nContent-Length: 5"), "all" }, function(u) out(http.request(u .. "/")) end)
	end
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5"), "all" }, function(u)
		local sink, t = ltn12.sink.table()
		out(http.request { url = u .. "/", method = "HEAD", sink = sink })
		out(t)
	end)
end)
probe("http.post a form", function()
	against({ "head", { "read", 7 }, answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok"), "close" }, function(u) out(http.request(u .. "/form", "a=1&b=2")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok"), "close" }, function(u) out(http.request(u .. "/form", "")) end)
	against({ "head", { "read", 2 }, answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok"), "close" }, function(u) out(pcall(http.request, u .. "/form", 42)) end)
end)
probe("http.post a table with a source", function()
	against({ "head", "chunks", answer("HTTP/1.1 201 Created\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/up", method = "PUT", source = ltn12.source.table { "first", "second chunk" } })
	end)
	against({ "head", { "read", 5 }, answer("HTTP/1.1 201 Created\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/up", method = "POST", source = ltn12.source.string("12345"), headers = { ["Content-Length"] = 5, ["content-TYPE"] = "x/y" } })
	end)
	against({ "head", "chunks", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/up", method = "POST", source = ltn12.source.empty() })
	end)
	against({ "head", "chunks", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/up", source = ltn12.source.string(("x"):rep(5000)) })
	end)
end)
probe("http.a source that fails", function()
	against({ "head", "all" }, function(u)
		out(http.request { url = u .. "/up", method = "POST", source = ltn12.source.error("no data") })
	end)
end)
probe("http.methods and headers", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/x", method = "DELETE", headers = { Host = "other", ["User-Agent"] = "me", ["x-new"] = "v", Connection = "keep-alive", TE = "none", Accept = "*/*" } })
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u)
		http.USERAGENT = "other agent"
		out(http.request { url = u .. "/x", method = "options" })
		http.USERAGENT = "LuaSocket 3.0.0"
	end)
end)
probe("http.parts of a table", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(_, port)
		out(http.request { host = "127.0.0.1", port = port, path = "/p a", query = "q", params = "s", scheme = "http" })
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u, port)
		out(http.request { url = "http://elsewhere/q", host = "127.0.0.1", port = tostring(port) })
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u, port)
		out(http.request { url = u .. "/q", uri = "/another?uri" })
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u) out(http.request { url = u .. "/q#frag" }) end)
end)
probe("http.user and password", function()
	against({ "head", answer("HTTP/1.1 401 No\nContent-Length: 0"), "close" }, function(_, port) out(http.request("http://ana:se%20cret@127.0.0.1:" .. port .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u) out(http.request { url = u .. "/", user = "u", password = "p" }) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(_, port) out(http.request("http://ana@127.0.0.1:" .. port .. "/")) end)
end)
probe("http.sink and step", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5000", ("x"):rep(5000)), "close" }, function(u)
		local sink, t = ltn12.sink.table()
		local steps = 0
		out(http.request { url = u .. "/", sink = sink, step = function(...)
			steps = steps + 1
			return ltn12.pump.step(...)
		end })
		out(#table.concat(t), steps)
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5", "hello"), "close" }, function(u) out(http.request { url = u .. "/", sink = ltn12.sink.error("full") }) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5", "hello"), "close" }, function(u) out(http.request { url = u .. "/" }) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 5", "hello"), "close" }, function(u) out(http.request { url = u .. "/", step = function() return nil, "stopped" end }) end)
end)
probe("http.create", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 0"), "close" }, function(u)
		out(http.request { url = u .. "/", create = function(...)
			out("create", ...)
			return socket.tcp()
		end })
	end)
	out(http.request { url = "http://127.0.0.1/", create = function() return nil, "no sockets left" end })
end)
for _, code in ipairs { 301, 302, 303, 307, 300, 305, 308 } do
	probe("http.redirect " .. code, function()
		against({ "head", answer("HTTP/1.1 " .. code .. " Moved\nLocation: /new?x\nContent-Length: 3", "old"), "close",
			"accept", "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "new"), "close" }, function(u, port)
			out(noPort(port, http.request(u .. "/a/b")))
			local c = socket.connect("127.0.0.1", port) -- so that the part ends if nobody came
			if c then c:close() end
		end)
	end)
end
probe("http.redirect relative", function()
	for _, location in ipairs { "c", "../c", "?q", "//127.0.0.1:$PORT/abs", "", " /sp ace " } do
		local port, log
		local steps = { "accept", "head", answer("HTTP/1.1 302 Moved\nLocation: " .. location:gsub("//127.0.0.1:%$PORT", "") .. "\nContent-Length: 0"), "close",
			"accept", "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "new"), "close" }
		port, log = peer(steps)
		out(location, noPort(port, http.request("http://127.0.0.1:" .. port .. "/a/b?z")))
		local c = socket.connect("127.0.0.1", port)
		if c then c:close() end
		out("log", sorted(log()))
	end
end)
probe("http.redirect HEAD and headers", function()
	against({ "head", answer("HTTP/1.1 302 Moved\nLocation: /new"), "close", "accept", "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "new"), "close" }, function(u, port)
		local sink, t = ltn12.sink.table()
		out(noPort(port, http.request { url = u .. "/a", method = "HEAD", headers = { ["x-a"] = "1" }, sink = sink, user = "u", password = "p" }))
		out(t)
	end)
end)
probe("http.redirect POST is not followed", function()
	against({ "head", { "read", 1 }, answer("HTTP/1.1 302 Moved\nLocation: /new\nContent-Length: 3", "old"), "close" }, function(u, port) out(noPort(port, http.request(u .. "/a", "x"))) end)
end)
probe("http.redirect GET with a source", function()
	against({ "head", "chunks", answer("HTTP/1.1 302 Moved\nLocation: /new\nContent-Length: 3", "old"), "close", "accept", "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "new"), "close" }, function(u, port)
		out(noPort(port, http.request { url = u .. "/a", source = ltn12.source.string("data") }))
		local c = socket.connect("127.0.0.1", port)
		if c then c:close() end
	end)
end)
probe("http.redirect switched off", function()
	against({ "head", answer("HTTP/1.1 302 Moved\nLocation: /new\nContent-Length: 3", "old"), "close" }, function(u, port)
		out(noPort(port, http.request { url = u .. "/a", redirect = false }))
	end)
	against({ "head", answer("HTTP/1.1 302 Moved\nContent-Length: 3", "old"), "close" }, function(u, port) out(noPort(port, http.request { url = u .. "/a" })) end)
	against({ "head", answer("HTTP/1.1 302 Moved\nLocation: gopher://x/\nContent-Length: 3", "old"), "close" }, function(u, port) out(noPort(port, http.request { url = u .. "/a" })) end)
	against({ "head", answer("HTTP/1.1 302 Moved\nLocation: mailto:a@b\nContent-Length: 3", "old"), "close" }, function(u, port) out(noPort(port, http.request { url = u .. "/a" })) end)
end)
probe("http.redirect too often", function()
	local function loop(n)
		local steps = { "head", answer("HTTP/1.1 302 Moved\nLocation: /again\nContent-Length: 3", "old"), "close" }
		for _ = 1, n do
			for _, s in ipairs { "accept", "head", answer("HTTP/1.1 302 Moved\nLocation: /again\nContent-Length: 3", "old"), "close" } do steps[#steps + 1] = s end
		end
		return steps
	end
	against(loop(5), function(u, port) out(noPort(port, http.request(u .. "/"))) end)
	against(loop(2), function(u, port) out(noPort(port, http.request { url = u .. "/", maxredirects = 2 })) end)
	against(loop(0), function(u, port) out(noPort(port, http.request { url = u .. "/", maxredirects = 0 })) end)
end)
probe("http.redirect to a server that is not there", function()
	local nowhere = unheard()
	against({ "head", answer("HTTP/1.1 302 Moved\nLocation: http://127.0.0.1:" .. nowhere .. "/\nContent-Length: 0"), "close" }, function(u, port) out(noPort(nowhere, http.request(u .. "/"))) end)
end)
probe("http.proxy", function()
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "via"), "close" }, function(u) out(http.request { url = "http://www.lab:8080/path?q", proxy = u }) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "via"), "close" }, function(u, port)
		http.PROXY = "http://pu:pp@127.0.0.1:" .. port
		out(http.request("http://u:p@www.lab/path"))
		http.PROXY = nil
	end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 3", "via"), "close" }, function(u, port)
		http.PROXY = u
		out(http.request { url = "http://www.lab/path#f" })
		http.PROXY = nil
	end)
	out(http.request { url = "http://www.lab/", proxy = "http://127.0.0.1:" .. unheard() })
end)
probe("http.errors", function()
	out(http.request("http://127.0.0.1:" .. unheard() .. "/"))
	out(http.request("http://-no-such-host.invalid/"))
	out(http.request("http:///path"))
	out(http.request("/path"))
	raises(http.request, "")
	raises(http.request, {})
	raises(http.request, { url = "" })
	out(http.request { host = "127.0.0.1", scheme = "http", port = unheard() })
	raises(http.request)
	raises(http.request, 5)
	raises(http.request, "ftp://127.0.0.1/")
	raises(http.request, "x://127.0.0.1/")
	raises(http.request, { url = "http://127.0.0.1:" .. unheard() .. "/", headers = 5 })
	out(http.request("http://127.0.0.1:/"))
end)
probe("http.host with another default", function()
	local fake = {}
	for _, m in ipairs { "settimeout", "connect", "send", "close" } do
		fake[m] = function(_, ...)
			local a = ...
			out(m, m == "send" and sorted(" HTTP/1.1\r\n" .. a) or a, (select(2, ...)))
			return 1
		end
	end
	fake.receive = function(_, ...) out("receive", ...) return nil, "closed" end
	local create = function() return fake end
	out(http.request { url = "http://h", create = create })
	out(http.request { url = "http://h:80/", create = create })
	out(http.request { url = "http://h:8080/", create = create })
	out(http.request { url = "http://[::1]/", create = create })
	out(http.request { url = "http://h/;p?", create = create })
end)
probe("http.timeout", function()
	http.TIMEOUT = 0.02
	against({ "all" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTT" }, "all" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 2" }, "all" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", { "send", "HTTP/1.1 200 OK\r\nA" }, "all" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nContent-Length: 9", "part"), "all" }, function(u) out(http.request(u .. "/")) end)
	against({ "head", answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "5\r\nhe"), "all" }, function(u) out(http.request(u .. "/")) end)
	http.TIMEOUT = 5
end)
probe("http.genericform", function()
	out(http.genericform("http://h/"))
	out(http.genericform("http://h/", "body"))
	raises(http.genericform)
	raises(http.genericform, "x", {})
	local t = http.genericform("u")
	t.sink("chunk")
	out(t.target)
end)
probe("http.connection", function()
	against({ "head", "chunks", answer("HTTP/1.1 200 OK\nContent-Length: 2", "ok"), "all" }, function(_, port)
		local h = http.open("127.0.0.1", port, socket.tcp)
		local names = {}
		for k in pairs(getmetatable(h).__index) do names[#names + 1] = k end
		table.sort(names)
		out(table.concat(names, " "))
		out(h.c ~= nil, type(h.try))
		out(h:sendrequestline("PUT", "/uri"))
		out(h:sendheaders({ host = "h", ["x-own"] = "1" }))
		out(h:sendbody({}, ltn12.source.string("body")))
		out(h:receivestatusline())
		local fields = h:receiveheaders()
		out(fields)
		local sink, t = ltn12.sink.table()
		out(h:receivebody(fields, sink))
		out(t)
		out(h:close())
	end)
	against({ "head", { "send", "old style" }, "close" }, function(_, port)
		local h = http.open("127.0.0.1", port, socket.tcp)
		h:sendrequestline(nil, "/")
		h:sendheaders({})
		local code, status = h:receivestatusline()
		out(code, status)
		local sink, t = ltn12.sink.table()
		out(h:receive09body(status, sink, ltn12.pump.step))
		out(table.concat(t))
		h:close()
	end)
	against({ "head", "all" }, function(_, port)
		local h = http.open("127.0.0.1", port, socket.tcp)
		h:sendrequestline("GET", "/")
		h:sendheaders({})
		out(h:sendbody({ ["content-length"] = 4 }, ltn12.source.string("body")))
		out(h:sendbody({ ["content-length"] = 0 }))
		h:close()
	end)
	out(socket.protect(http.open)("127.0.0.1", unheard(), socket.tcp))
	raises(http.open, "127.0.0.1", unheard())
	out(socket.protect(http.open)("x", 1, function() return nil, "none" end))
end)
probe("http.chunked sink and source", function()
	local sent = {}
	local fake = { send = function(_, s) sent[#sent + 1] = s return #s end, getfd = function() return 77 end, dirty = function() return "d" end }
	local sink = socket.sink("http-chunked", fake)
	out(sink("hello"), sink(("x"):rep(300)), sink(nil), sink(""))
	out(#sent, sent[1], #sent[2], sent[3], sent[4])
	out(sink:getfd(), sink:dirty())
	local lines = { "3", "", "0", "X: y", "" }
	fake.receive = function(_, n)
		if n == 3 then return "abc" end
		return table.remove(lines, 1) or nil, "closed"
	end
	fake.receive = function(_, n)
		if n == 3 then return "abc" end
		local l = table.remove(lines, 1)
		if l then return l end
		return nil, "closed"
	end
	local fields = { old = "1" }
	local src = socket.source("http-chunked", fake, fields)
	out(src())
	out(src())
	out(fields)
	out(src())
	out(src:getfd(), src:dirty())
end)
probe("http.schemes", function()
	local kept = http.schemes.http
	http.schemes.own = { port = 7, create = function(t)
		out("create", t.url)
		return function() return nil, "own socket" end
	end }
	out(http.request { url = "own://h/" })
	http.schemes.own = nil
	out(type(kept.create({})))
end)
