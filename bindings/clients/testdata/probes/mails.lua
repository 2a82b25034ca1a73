-- What socket.smtp and socket.tp do with unusual mails and servers.
local smtp, tp, ltn12, mime = require "socket.smtp", require "socket.tp", require "ltn12", require "mime"
longest = 4000
smtp.TIMEOUT = 5

local ok = say "250 ok"

-- server is a session up to the answer to EHLO, and what follows.
local function server(extensions, ...)
	local steps = { say "220 mx", "line", say(extensions or "250 mx") }
	for _, s in ipairs { ... } do steps[#steps + 1] = s end
	return steps
end

-- taking takes a mail for n recipients.
local function taking(n)
	local steps = server(nil, "line", ok)
	for _ = 1, n do
		steps[#steps + 1] = "line"
		steps[#steps + 1] = ok
	end
	for _, s in ipairs { "line", say "354 go", "dot", ok, "line", say "221 bye", "all" } do steps[#steps + 1] = s end
	return steps
end

local function mail(port, changes)
	local t = { from = "<a@b>", rcpt = "<c@d>", server = "127.0.0.1", port = port, source = ltn12.source.string("x") }
	for k, v in pairs(changes) do t[k] = v end
	return t
end

probe("send.recipients", function()
	outcome(taking(3), function(port) return smtp.send(mail(port, { rcpt = { "<a@b>", "c@d", "<e@f> NOTIFY=NEVER" } })) end)
	outcome(server(nil, "line", ok, "line", say "503 no recipients", "all"), function(port) return smtp.send(mail(port, { rcpt = {} })) end)
	outcome(taking(1), function(port) return smtp.send(mail(port, { rcpt = { "<a@b>", nil, "<c@d>" } })) end)
	outcome(taking(1), function(port) return smtp.send(mail(port, { rcpt = 5 })) end)
	outcome(taking(2), function(port) return smtp.send(mail(port, { rcpt = { 1, 2, x = 3 } })) end)
	outcome(server(nil, "line", ok, "line", ok, "line", say "550-no\r\n550-such\r\n550 user", "all"), function(port) return smtp.send(mail(port, { rcpt = { "<a@b>", "<c@d>", "<e@f>" } })) end)
end)
probe("send.recipients that are wrong", function()
	for _, rcpt in ipairs { true, print, { {} }, { "<a>", true } } do
		outcome(server(nil, "line", ok, "line", ok, "close"), function(port)
			local opened
			local a, b = pcall(smtp.send, mail(port, { rcpt = rcpt, create = function() opened = socket.tcp() return opened end }))
			opened:close()
			return a, b
		end)
	end
end)
probe("send.from", function()
	for _, from in ipairs { "", "<>", "<a@b> SIZE=5", 7 } do
		outcome(taking(1), function(port) return smtp.send(mail(port, { from = from })) end)
	end
end)
probe("send.bodies", function()
	for _, text in ipairs { "", "\r\n", ".", "..", "\r\n.\r\n", "a\n.b\r.c\r\n.d", "no end", "end\r\n", "end\r\n\r\n", "\0\255", ".\r\n.\r\n" } do
		outcome(taking(1), function(port) return smtp.send(mail(port, { source = ltn12.source.string(text) })) end)
	end
	outcome(taking(1), function(port) return smtp.send(mail(port, { source = ltn12.source.table { "a\r", "\n", ".", "b\r\n", ".", "\r\n." } })) end)
	outcome(taking(1), function(port) return smtp.send(mail(port, { source = ltn12.source.empty() })) end)
end)
probe("send.sources and steps that fail", function()
	local function run(changes)
		outcome(server(nil, "line", ok, "line", ok, "line", say "354 go", "all"), function(port) return smtp.send(mail(port, changes)) end)
	end
	run { source = ltn12.source.error("gone") }
	run { step = function() return nil, "stopped" end }
	local n = 0
	run { source = function() n = n + 1 if n < 3 then return "piece\r\n" end return nil, "broke" end }
end)
probe("send.a step that stops without a word", function()
	outcome(taking(1), function(port) return smtp.send(mail(port, { step = function() return nil end })) end)
end)
probe("send.domain", function()
	outcome(server("500 no", "all"), function(port) return smtp.send(mail(port, { domain = "[127.0.0.1]" })) end)
	outcome(server("500 no", "all"), function(port) return smtp.send(mail(port, { domain = 5 })) end)
	outcome(server("500 no", "all"), function(port) return smtp.send(mail(port, { domain = "" })) end)
	outcome(server("500 no", "all"), function(port) return smtp.send(mail(port, { domain = false })) end)
end)
probe("send.logins", function()
	local function run(extensions, user, password, ...)
		outcome(server(extensions, ...), function(port) return smtp.send(mail(port, { user = user, password = password })) end)
	end
	run("250-mx\r\n250-AUTH LOGIN PLAIN\r\n250 HELP", "u", "p", "line", say "334 x", "line", say "334 y", "line", say "535 wrong", "all")
	run("250-mx\r\n250-AUTH LOGIN\r\n250 HELP", "u", "p", "line", say "504 no login", "all")
	run("250-mx\r\n250 AUTH=LOGIN", "u", "p", "line", say "334 x", "line", say "500 y", "all")
	run("250-mx\r\n250 auth login", "u", "p", "all")
	run("250-mx\r\n250 AUTHLOGIN", "u", "p", "all")
	run("250-mx\r\n250-AUTH PLAIN\r\n250 XLOGIN", "u\0x", ("p"):rep(80), "line", say "334 more", "all")
	run("250-AUTH GSSAPI\r\n250 LOGIN PLAIN", "u", "p", "all")
	run("250 AUTH PLAIN", "", "", "line", say "235 in", "line", say "500 no", "all")
	run("250 AUTH PLAIN", "u", nil, "line", say "500 no", "all")
	run("250 AUTH PLAIN", false, "p", "line", say "500 no", "all")
	run("250 AUTH PLAIN", 5, 6, "line", say "500 no", "all")
end)
probe("send.codes that are wanted", function()
	for _, code in ipairs { 199, 200, 299, 300, 354, 399, 450 } do
		outcome({ say(code .. " x"), "line", "close" }, function(port) return code, smtp.send(mail(port, {})) end)
		outcome(server(nil, "line", say(code .. " x"), "line", "close"), function(port) return code, smtp.send(mail(port, {})) end)
		outcome(server(nil, "line", ok, "line", ok, "line", say(code .. " x"), "dot", "close"), function(port) return code, smtp.send(mail(port, {})) end)
	end
end)
probe("send.server that hangs up", function()
	outcome(server(nil, "close"), function(port) return smtp.send(mail(port, {})) end)
	outcome(server(nil, "line", ok, "line", ok, "line", say "354 go", "dot", "close"), function(port) return smtp.send(mail(port, {})) end)
	outcome(server(nil, "line", ok, "line", ok, "line", say "354 go", "dot", ok, "line", "close"), function(port) return smtp.send(mail(port, {})) end)
	outcome({ { "send", "220 no line end" }, "close" }, function(port) return smtp.send(mail(port, {})) end)
end)
probe("send.timeout in the body's answer", function()
	smtp.TIMEOUT = 0.05
	outcome(server(nil, "line", ok, "line", ok, "line", say "354 go", "dot", "all"), function(port) return smtp.send(mail(port, {})) end)
	smtp.TIMEOUT = 5
end)
probe("send.ports", function()
	out(smtp.send(mail("x", {})))
	out(smtp.send(mail(nil, { server = "127.0.0.1", port = unheard() })))
	raises(smtp.send, mail({}, {}))
	raises(smtp.send, mail(unheard(), { create = 5 }))
	raises(smtp.send, mail(unheard(), { create = function() return {} end }))
	raises(smtp.send, mail(unheard(), { create = function() error("in create", 0) end }))
	out(smtp.send(mail(unheard(), { create = function() return nil end })))
end)
probe("message.fields", function()
	local function text(m)
		local sink, t = ltn12.sink.table()
		local a, b = ltn12.pump.all(smtp.message(m), sink)
		local lines = {}
		for line in table.concat(t):gsub("%d+==%d+", "BOUNDARY"):gmatch("[^\r\n]*") do
			if not line:find("^Date: %a%a%a, ") then lines[#lines + 1] = line end
		end
		table.sort(lines)
		return a, b, table.concat(lines, "|")
	end
	out(text { headers = { ["MESSAGE-id"] = "1", ["x-mailer"] = "m", ["reply-to"] = "r", ["content-md5"] = "c" }, body = "b" })
	out(text { headers = { subject = "s\r\n folded" }, body = "b" })
	out(text { headers = { subject = 5 }, body = "b" })
	out(text { headers = { subject = "" }, body = 7 })
	out(text { headers = { subject = true }, body = "b" })
	out(text { headers = { date = "mine" }, body = "b" })
	out(text { headers = { Date = "mine", DATE = "mine" }, body = "b" })
	out(text { body = {} })
	out(text { body = { preamble = "p", epilogue = "e" } })
	out(text { body = { preamble = "", { body = "x" }, epilogue = "" } })
	out(text { body = { { body = { { body = "deep" } } }, "no table" } })
	out(text { body = { { headers = { ["content-type"] = "a/b" } } } })
	out(text { body = function() return nil end })
	out(text { body = { { body = ltn12.source.error("part broke") }, { body = "next" } } })
	out(text { body = { { body = function() error("raised", 0) end }, { body = "next" } } })
	out(text { body = false })
end)
probe("message.is read after its end", function()
	local src = smtp.message { headers = { date = "d" }, body = "b" }
	while src() do end
	out(src())
	out(src())
end)
probe("message.error and then more", function()
	local n = 0
	local src = smtp.message { headers = { date = "d" }, body = function()
		n = n + 1
		if n == 1 then return nil, "first" end
		if n == 2 then return "chunk" end
	end }
	src()
	out(src())
	out(src())
	out(src())
	out(src())
end)
probe("tp.check with odd wishes", function()
	outcome({ { "send", ("250 x\r\n"):rep(20) }, "close" }, function(port)
		local c = tp.connect("127.0.0.1", port, 5)
		out(c:check("^250$"))
		out(c:check(""))
		out(c:check("."))
		out(c:check("5"))
		out(c:check({ "x", 2 }))
		out(c:check({ "x", nil, 2 }))
		raises(c.check, c, "[")
		raises(c.check, c, {} and { {} })
		raises(c.check, c, { true })
		raises(c.check, c, false)
		raises(c.check, c, function() error("in check", 0) end)
		out(c:check(function() end))
		out(select("#", c:check(function() return 1, nil, nil end)))
		c:close()
	end)
end)
probe("tp.answers with odd lines", function()
	for _, text in ipairs { "250-a\r\n\r\n250 b\r\n", "250-a\r\n250\r\n250 b\r\n", "250-a\r\n2500 b\r\n250 c\r\n", "250\tx\r\n", "250 \r\n", "0250 x\r\n", "+OK\r\n", "250-\n250 \n", "250 a\rb\r\n", "250-a\r\n250-b" } do
		outcome({ { "send", text }, "close" }, function(port)
			local c = tp.connect("127.0.0.1", port, 5)
			local a, b = c:check("2..")
			c:close()
			return text, a, b
		end)
	end
end)
probe("tp.commands", function()
	outcome({ "all" }, function(port)
		local c = tp.connect("127.0.0.1", port)
		out(c:command("\195\169t\195\169", "x\r\ny"))
		out(c:command(5))
		out(c:command("", ""))
		out(c:send("a", 1))
		out(c:send(7))
		raises(c.receive, c, "x")
		return c:close()
	end)
end)
probe("tp.whose names", function()
	outcome({ "all" }, function(port)
		local c = tp.connect("127.0.0.1", port)
		local _, mine = c:getsockname()
		local _, theirs = c:getpeername()
		c:close()
		return tonumber(mine) == port, tonumber(theirs) == port
	end)
end)
probe("tp.after close", function()
	outcome({ "all" }, function(port)
		local c = tp.connect("127.0.0.1", port)
		c:close()
		out(c:check("2.."))
		out(c:command("x"))
		out(c:getfd(), c:dirty())
		out(c:getpeername())
		out(c:source(ltn12.source.string("x")))
		out(c:sink(ltn12.sink.null()))
	end)
end)
probe("tp.sink and source", function()
	outcome({ { "send", "line\r\nrest" }, "close" }, function(port)
		local c = tp.connect("127.0.0.1", port)
		local sink, t = ltn12.sink.table()
		out(c:sink(sink))
		out(c:sink(sink, "*a"))
		out(c:sink(sink, 5))
		out(c:sink(ltn12.sink.error("full"), 1))
		out(c:sink(function(chunk, err) return chunk, err end))
		out(t)
		raises(c.sink, c)
		raises(c.source, c)
		c:close()
	end)
end)
probe("tp.connect with timeouts", function()
	local function try(timeout)
		local asked
		tp.connect("h", 1, timeout, function()
			return { settimeout = function(_, t) asked = { t } return 1 end, connect = function() return nil, "no" end, close = function() end }
		end)
		return asked[1]
	end
	out(try(), try(0), try(-1), try("x"), try(false))
	tp.TIMEOUT = 9
	out(try())
	tp.TIMEOUT = 60
end)
