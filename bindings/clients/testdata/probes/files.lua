-- What socket.ftp does with unusual requests and servers.
local ftp, ltn12 = require "socket.ftp", require "ltn12"
longest = 2000
ftp.TIMEOUT = 5

local bye = { "line", say "221 bye", "all" }

-- fetch is a session that sends a file after these steps.
local function fetch(...)
	local steps = login(...)
	for _, s in ipairs { "line", epsv, "data", "line", say "150 here", { "dsend", "x" }, "dclose", say "226 done", bye[1], bye[2], bye[3] } do steps[#steps + 1] = s end
	return steps
end

probe("get.address in the answer to epsv", function()
	outcome(login("line", say "229 ok (|1|192.0.2.1|$DATA|)", "data", "line", say "150 here", { "dsend", "x" }, "dclose", say "226 done", "line", say "221 bye", "all"), function(port)
		return ftp.get("ftp://127.0.0.1:" .. port .. "/x")
	end)
end)
probe("session.epsv results", function()
	for _, text in ipairs { "229 (|||99|)", "229 (|1|10.0.0.1|99|)", "229 |||99|", "229 (||99|)", "229 (!!!99!) (|||1|)", "229 (|||x|)", "229-a\r\n229 (|||5|)", "227 (1,2,3,4,5,6)", "229 (||||)", "229 (   7 )" } do
		outcome({ "line", say(text), "all" }, function(port)
			local f = ftp.open("127.0.0.1", port)
			local a, b = socket.protect(function() return f:epsv() end)()
			f:close()
			return text, a, b
		end)
	end
end)
probe("session.pasv results", function()
	for _, text in ipairs { "227 1,2,3,4,5,6", "227 =127,0,0,1,0,256", "227 (1 2 3 4 5 6 7)", "200 (127.0.0.1.1.1)", "227 (300,1,1,1,1,1)", "227-1,2,3,4,5,6\r\n227 x" } do
		outcome({ "line", say(text), "all" }, function(port)
			local f = ftp.open("127.0.0.1", port)
			local results = pack(socket.protect(function() return f:pasv() end)())
			f:close()
			return text, results.n, type(results[1]), results[2]
		end)
	end
end)
probe("get.paths", function()
	for _, path in ipairs { "", "/", "//abs", "/%2Fabs", "/a/../b", "/a%20b%0D%0Ac", "/a;type=i", "/a;type=a", "/dir/" } do
		outcome(path:find("type") and fetch("line", say "200 type") or fetch(), function(port) return ftp.get("ftp://127.0.0.1:" .. port .. path) end)
	end
end)
probe("get.arguments in a table", function()
	local function run(t)
		outcome(fetch(), function(port)
			local sink, list = ltn12.sink.table()
			t.host, t.port, t.sink = "127.0.0.1", port, sink
			return ftp.get(t), list
		end)
	end
	run { path = "/a", argument = "b" }
	run { argument = "" }
	run { argument = false, path = "p" }
	run { path = "%41" }
	run { argument = "%41" }
	run { path = "/x", command = "RETR" }
	run { path = 5 }
	run { argument = 7 }
	run { url = "ftp://h/from/url", path = "other" }
	run { url = "ftp://u:p%20w@h/x" }
	run { url = "ftp://u@h/x", password = "q" }
	run { url = "ftp://h/x;type=i" }
	run { url = "http://h/x" }
end)
probe("get.type in a table", function()
	outcome(fetch("line", say "200 type"), function(port)
		return ftp.get { host = "127.0.0.1", port = port, type = "q", path = "x", sink = ltn12.sink.null() }
	end)
	outcome(login("line", say "504 type?", "all"), function(port)
		return ftp.get { host = "127.0.0.1", port = port, type = "i", path = "x", sink = ltn12.sink.null() }
	end)
	outcome(login("line", say "250 type", "all"), function(port)
		return ftp.get { host = "127.0.0.1", port = port, type = "i", path = "x", sink = ltn12.sink.null() }
	end)
end)
probe("get.sinks and steps that fail", function()
	local function run(sink, step)
		outcome(login("line", epsv, "data", "line", say "150 here", { "dsend", "x" }, "dclose", say "226 done", bye[1], bye[2], bye[3]), function(port)
			return ftp.get { host = "127.0.0.1", port = port, path = "x", sink = sink, step = step }
		end)
	end
	run(ltn12.sink.error("full"))
	run(function() return nil end)
	run(function(chunk) if chunk then return 1 end return nil, "at the end" end)
	run(ltn12.sink.null(), function() return nil, "stopped" end)
	run(ltn12.sink.null(), function() return nil end)
end)
probe("get.without a sink", function()
	outcome(login("line", epsv, "data", "line", say "213 status", "close"), function(port)
		return pcall(ftp.get, { host = "127.0.0.1", port = port, path = "x" })
	end)
end)
probe("get.data connection that is refused", function()
	outcome(login("line", say("229 ok (|||" .. unheard() .. "|)"), "all"), function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
end)
probe("get.an empty file", function()
	outcome(login("line", epsv, "data", "line", say "150 here", "dclose", say "226 done", bye[1], bye[2], bye[3]), function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
end)
probe("get.the end comes before the data", function()
	outcome(login("line", epsv, "data", "line", say "150 here", say "226 done", { "dsend", "late" }, "dclose", bye[1], bye[2], bye[3]), function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
end)
probe("get.an answer with several lines", function()
	outcome(login("line", epsv, "data", "line", say "150-here\r\n 226 not yet\r\n150 it is", { "dsend", "x" }, "dclose", say "226-done\r\n226 really", bye[1], bye[2], bye[3]), function(port)
		return ftp.get("ftp://127.0.0.1:" .. port .. "/x")
	end)
end)
probe("get.timeouts", function()
	ftp.TIMEOUT = 0.02
	outcome({ "all" }, function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
	outcome({ say "220 ftp", "all" }, function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
	outcome(login("line", epsv, "data", "line", say "150 here", { "dsend", "half" }, "all"), function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
	ftp.TIMEOUT = 5
end)
probe("get.greetings", function()
	for _, text in ipairs { "230 in already", "120 soon\r\n220 now", "120 soon\r\n120 soon", "100 x\r\n250 y", "nonsense", "220", "220-a\r\nb\r\n220 c" } do
		outcome({ say(text), "line", say "530 no", "close" }, function(port) return text, ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
	end
end)
probe("get.users", function()
	ftp.USER, ftp.PASSWORD = "me", "mine"
	outcome({ say "220 x", "line", say "331 x", "line", say "530 no", "all" }, function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
	ftp.USER, ftp.PASSWORD = "ftp", "anonymous@anonymous.org"
	outcome({ say "220 x", "line", say "331 x", "line", say "530 no", "all" }, function(port) return ftp.get("ftp://u:p:q@127.0.0.1:" .. port .. "/x") end)
	outcome({ say "220 x", "line", say "331 x", "line", say "530 no", "all" }, function(port) return ftp.get("ftp://u%40h:p%41@127.0.0.1:" .. port .. "/x") end)
	outcome({ say "220 x", "line", say "331 x", "line", say "332 account", "all" }, function(port) return ftp.get("ftp://127.0.0.1:" .. port .. "/x") end)
end)
probe("put.contents", function()
	for _, content in ipairs { "", "a", ("line\r\n"):rep(2000), "a\0b", 42 } do
		outcome(login("line", epsv, "data", "line", say "150 go", "dall", say "226 done", bye[1], bye[2], bye[3]), function(port)
			return ftp.put("ftp://127.0.0.1:" .. port .. "/x", content)
		end)
	end
end)
probe("put.without content", function()
	outcome(login("line", epsv, "data", "line", say "150 go", "dall", say "226 done", bye[1], bye[2], bye[3]), function(port) return ftp.put("ftp://127.0.0.1:" .. port .. "/x") end)
end)
probe("put.sources that fail", function()
	local function run(source)
		outcome(login("line", epsv, "data", "line", say "150 go", "dall", "all"), function(port)
			return ftp.put { host = "127.0.0.1", port = port, path = "x", source = source }
		end)
	end
	run(ltn12.source.error("gone"))
	local n = 0
	run(function() n = n + 1 if n < 3 then return "piece" end return nil, "broke" end)
end)
probe("put.a source and a step", function()
	outcome(login("line", epsv, "data", "line", say "150 go", "dall", say "226 done", bye[1], bye[2], bye[3]), function(port)
		local steps = 0
		local a = ftp.put { host = "127.0.0.1", port = port, path = "x", source = ltn12.source.table { "a", "", "b" }, step = function(...)
			steps = steps + 1
			return ltn12.pump.step(...)
		end }
		return a, steps
	end)
end)
probe("put.wrong requests", function()
	out(ftp.put("http://127.0.0.1/x", "c"))
	out(ftp.put("", "c"))
	out(ftp.put("ftp:///x", "c"))
	out(ftp.put("ftp://127.0.0.1/x;type=e", "c"))
	out(ftp.put {})
	raises(ftp.put, 5)
	raises(ftp.put, nil, "c")
	raises(ftp.put, "ftp://127.0.0.1/x;typ=e", "c")
	raises(ftp.get, "ftp://127.0.0.1/x;type=ii")
	raises(ftp.get, true)
	raises(ftp.command, "x")
	out(ftp.get { host = "" })
	out(ftp.get { url = "x" })
	out(ftp.get { url = "" })
end)
probe("command.tables", function()
	local function run(t, ...)
		outcome(login(...), function(port)
			t.host, t.port = "127.0.0.1", port
			return pcall(ftp.command, t)
		end)
	end
	run({ command = {} }, bye[1], bye[2], bye[3])
	run({ command = { "a", "b" }, argument = { nil, "x" }, check = { "2..", "5.." } }, "line", say "200 a", "line", say "500 b", bye[1], bye[2], bye[3])
	run({ command = { "a", "b" }, check = { "2..", "2.." } }, "line", say "200 a", "line", say "500 b", "all")
	run({ command = "a", check = { 200, "3.." } }, "line", say "350 a", bye[1], bye[2], bye[3])
	run({ command = "a", check = function(code, text) out("check", code, text) return nil, "refused by me" end }, "line", say "200 a", "all")
	run({ command = "a", check = function() return false end }, "line", say "200 a", "all")
	run({ command = "a", argument = "" }, "line", bye[1], bye[2], bye[3])
	run({ command = "a", argument = 5, check = 2 }, "line", say "120 x", bye[1], bye[2], bye[3])
	run({ command = "a", user = "u", password = "p" }, "line", "close")
	run({ command = { "a", "b" }, argument = "x" }, "close")
	run({ command = 5 }, "line", bye[1], bye[2], bye[3])
end)
probe("command.url", function()
	outcome(login("line", say "200 a", bye[1], bye[2], bye[3]), function(port) return ftp.command { url = "ftp://u:p@127.0.0.1:" .. port .. "/x", command = "noop", check = 200 } end)
end)
probe("command.check of nothing", function()
	outcome(login("line", say "200 a\r\n221 bye", "all"), function(port) return ftp.command { host = "127.0.0.1", port = port, command = "noop" } end)
end)
probe("session.login", function()
	for _, answers in ipairs { { "230 in" }, { "202 needless" }, { "331 pw", "202 needless" }, { "331 pw", "331 again" }, { "332 account" }, { "430 no" } } do
		local steps = {}
		for _, a in ipairs(answers) do
			steps[#steps + 1] = "line"
			steps[#steps + 1] = say(a)
		end
		steps[#steps + 1] = "close"
		outcome(steps, function(port)
			local f = ftp.open("127.0.0.1", port)
			return answers[1], socket.protect(function() return f:login() end)()
		end)
	end
end)
probe("session.codes that are wanted", function()
	for _, code in ipairs { 200, 250, 257, 350, 500 } do
		for _, name in ipairs { "cwd", "type", "quit", "greet" } do
			outcome({ name ~= "greet" and "line" or { "read", 0 }, say(code .. " x"), "close" }, function(port)
				local f = ftp.open("127.0.0.1", port)
				local a, b = socket.protect(function() return f[name](f, "arg") end)()
				f:close()
				return name, code, a, b
			end)
		end
	end
end)
probe("session.two data connections", function()
	outcome({ "line", epsv, "data", "line", say "150 here", { "dsend", "one" }, "dclose", say "226 done", "line", say "500 no", "all" }, function(port)
		local f = ftp.open("127.0.0.1", port)
		f:epsv()
		local sink, t = ltn12.sink.table()
		local a = f:receive { path = "x", sink = sink }
		local b, c = socket.protect(function() return f:pasv() end)()
		f:close()
		return a, t, b, c, type(f.pasvt)
	end)
end)
probe("session.port then pasv", function()
	outcome({ "line", say "200 ok", "line", say "227 (127,0,0,1,4,5)", "line", say "500 no", "all" }, function(port)
		local f = ftp.open("127.0.0.1", port)
		f:port()
		local had = f.server ~= nil
		f:pasv()
		local has = f.server ~= nil
		local a, b = socket.protect(function() return f:eprt(1) end)()
		f:close()
		return had, has, a, b, f.pasvt
	end)
end)
probe("session.port arguments", function()
	outcome({ "line", say "200 ok", "line", say "200 ok", "line", say "200 ok", "line", say "200 ok", "all" }, function(port)
		local f = ftp.open("127.0.0.1", port)
		f:port("1.2.3.4", 65535)
		f:port("1.2.3.4", "257")
		f:eprt(2, "::1", "9")
		f:eprt("x", 5, 9)
		local a = pcall(f.port, f, "1.2.3.4")
		local b = pcall(f.eprt, f, nil, "h", 1)
		local c = pcall(f.port, f, {}, 5)
		f:close()
		return a, b, c
	end)
end)
probe("session.methods before anything", function()
	outcome({ "all" }, function(port)
		local f = ftp.open("127.0.0.1", port)
		local a = { pcall(f.portconnect, f) }
		local b = { pcall(f.pasvconnect, f) }
		f:close()
		return a[1], type(a[2]), b[1], type(b[2])
	end)
end)
probe("session.close twice", function()
	outcome({ "all" }, function(port)
		local f = ftp.open("127.0.0.1", port)
		return f:close(), f:close(), (socket.protect(function() return f:quit() end)())
	end)
end)
probe("open.arguments", function()
	raises(ftp.open)
	raises(ftp.open, {})
	raises(ftp.open, "127.0.0.1", "x")
	raises(ftp.open, "127.0.0.1", true)
	raises(ftp.open, "127.0.0.1", 1, 5)
	raises(ftp.open, "127.0.0.1", 1, function() return {} end)
	raises(ftp.open, "127.0.0.1", 1, function() error("in create", 0) end)
end)
