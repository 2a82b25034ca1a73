local smtp, ltn12, mime = require "socket.smtp", require "ltn12", require "mime"
longest = 4000
smtp.TIMEOUT = 5

-- plain makes a message the same on every run: boundaries and dates are replaced and fields sorted.
local function plain(text)
	text = text:gsub("%d+==%d%d%d%d%d", "BOUNDARY"):gsub("Date: %a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d", "Date: NOW")
	local result, block = {}, {}
	local function flush()
		table.sort(block)
		for _, l in ipairs(block) do result[#result + 1] = l end
		block = {}
	end
	for line in (text .. "\n"):gmatch("(.-)\n") do
		if line:match("^[%w-]+: ") then
			block[#block + 1] = line
		else
			flush()
			result[#result + 1] = line
		end
	end
	flush()
	return table.concat(result, "\n")
end

-- whole collects all that a source gives.
local function whole(src)
	local sink, t = ltn12.sink.table()
	local ok, err = ltn12.pump.all(src, sink)
	return ok, err, plain(table.concat(t))
end

-- against plays the steps and calls f with the port.
local function against(steps, f)
	table.insert(steps, 1, "accept")
	local port, log = peer(steps)
	f(port)
	out("log", plain(log()))
end

local function server(extensions, ...)
	local steps = { { "send", "220 mx ESMTP\r\n" }, "line", { "send", extensions or "250 mx\r\n" } }
	for _, s in ipairs { ... } do steps[#steps + 1] = s end
	return steps
end

local ok, go = { "send", "250 ok\r\n" }, { "send", "354 go\r\n" }

probe("smtp.module", function() out(smtp, socket.smtp == smtp) end)
probe("smtp.send", function()
	against(server(nil, "line", ok, "line", ok, "line", go, "dot", ok, "line", { "send", "221 bye\r\n" }, "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", source = ltn12.source.string("Subject: x\r\n\r\n.dots\r\n..\r\nend"), server = "127.0.0.1", port = port, domain = "me.lab" })
	end)
end)
probe("smtp.send to several", function()
	against(server("250-mx\r\n250-SIZE 5\r\n250 8BITMIME\r\n", "line", ok, "line", ok, "line", ok, "line", go, "dot", ok, "line", { "send", "221 bye\r\n" }, "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = { "<c@d>", "<e@f>" }, source = smtp.message { headers = { subject = "hello", date = "D" }, body = "text" }, server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.send defaults of the module", function()
	against(server(nil, "line", ok, "line", ok, "line", go, "dot", ok, "line", ok, "all"), function(port)
		smtp.SERVER, smtp.PORT, smtp.DOMAIN = "127.0.0.1", port, "other.lab"
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", source = ltn12.source.string("x") })
		smtp.SERVER, smtp.PORT, smtp.DOMAIN = "localhost", 25, "localhost"
	end)
end)
probe("smtp.send refusals", function()
	local mail = { from = "<a@b>", rcpt = { "<c@d>", "<e@f>" }, server = "127.0.0.1" }
	local function refused(steps)
		against(steps, function(port)
			mail.port, mail.source = port, ltn12.source.string("x")
			out(smtp.send(mail))
		end)
	end
	refused { { "send", "554 no\r\n" }, "all" }
	refused(server("502-no\r\n502 EHLO\r\n", "all"))
	refused(server(nil, "line", { "send", "550 not you\r\n" }, "all"))
	refused(server(nil, "line", ok, "line", ok, "line", { "send", "550 nobody\r\n" }, "all"))
	refused(server(nil, "line", ok, "line", ok, "line", ok, "line", { "send", "451 later\r\n" }, "all"))
	refused(server(nil, "line", ok, "line", ok, "line", ok, "line", go, "dot", { "send", "554 spam\r\n" }, "all"))
	refused(server(nil, "line", ok, "line", ok, "line", ok, "line", go, "dot", ok, "line", { "send", "500 what\r\n" }, "all"))
end)
probe("smtp.send broken connections", function()
	local mail = { from = "<a@b>", rcpt = "<c@d>", server = "127.0.0.1", source = ltn12.source.string("x") }
	mail.port = unheard()
	out(smtp.send(mail))
	against({ "close" }, function(port)
		mail.port = port
		out(smtp.send(mail))
	end)
	against({ { "send", "nonsense\r\n" }, "all" }, function(port)
		mail.port = port
		out(smtp.send(mail))
	end)
	against({ { "send", "220 x\r\n" }, "line", "close" }, function(port)
		mail.port = port
		out(smtp.send(mail))
	end)
	smtp.TIMEOUT = 0.02
	against({ "all" }, function(port)
		mail.port = port
		out(smtp.send(mail))
	end)
	smtp.TIMEOUT = 5
	mail.server = "-no-such-host.invalid"
	out(smtp.send(mail))
end)
probe("smtp.send a source that fails", function()
	against(server(nil, "line", ok, "line", ok, "line", go, "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", source = ltn12.source.error("no text"), server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.send with a step and a create", function()
	against(server(nil, "line", ok, "line", ok, "line", go, "dot", ok, "line", ok, "all"), function(port)
		local steps = 0
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", source = ltn12.source.table { "a", "b", "c" }, server = "127.0.0.1", port = port,
			step = function(...)
				steps = steps + 1
				return ltn12.pump.step(...)
			end,
			create = function(...)
				out("create", ...)
				return socket.tcp()
			end })
		out(steps)
	end)
	out(smtp.send { from = "<a@b>", rcpt = "<c@d>", source = ltn12.source.empty(), create = function() return nil, "not today" end })
end)
probe("smtp.send wrong arguments", function()
	raises(smtp.send)
	raises(smtp.send, 5)
	against(server(nil), function(port)
		raises(smtp.send, { server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.auth login", function()
	against(server("250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "line", { "send", "334 VXNlcg==\r\n" }, "line", { "send", "334 UGFzcw==\r\n" }, "line", { "send", "235 in\r\n" },
		"line", ok, "line", ok, "line", go, "dot", ok, "line", ok, "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", user = "ana", password = "secret", source = ltn12.source.string("x"), server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.auth plain", function()
	against(server("250-mx\r\n250 AUTH CRAM-MD5 PLAIN\r\n", "line", { "send", "535 wrong\r\n" }, "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", user = "ana", password = "secret", source = ltn12.source.string("x"), server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.auth not offered", function()
	against(server("250 mx\r\n", "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", user = "ana", password = "secret", source = ltn12.source.string("x"), server = "127.0.0.1", port = port })
	end)
	against(server("250-AUTH CRAM-MD5\r\n250 LOGIN\r\n", "all"), function(port)
		out(smtp.send { from = "<a@b>", rcpt = "<c@d>", user = "ana", password = "secret", source = ltn12.source.string("x"), server = "127.0.0.1", port = port })
	end)
end)
probe("smtp.session", function()
	against({ { "send", "220-a\r\n220 b\r\n" }, "line", { "send", "250-c\r\n250 d\r\n" }, "line", ok, "line", ok, "line", go, "dot", ok, "line", { "send", "221 bye\r\n" }, "all" }, function(port)
		local s = smtp.open("127.0.0.1", port)
		local names = {}
		for k in pairs(getmetatable(s).__index) do names[#names + 1] = k end
		table.sort(names)
		out(table.concat(names, " "))
		out(type(s.try), s.tp.c ~= nil)
		out(s:greet("x.lab"))
		out(s:auth())
		out(s:auth("u"))
		out(s:mail("<a@b>"))
		out(s:rcpt("<c@d>"))
		out(s:data(ltn12.source.string("text")))
		out(s:quit())
		out(s:close())
	end)
end)
probe("smtp.session raises for protect", function()
	against({ { "send", "554 no\r\n" }, "all" }, function(port)
		local s = smtp.open("127.0.0.1", port)
		local good, err = pcall(s.greet, s)
		out(good, type(err), err[1], getmetatable(err))
		out(s:close())
	end)
	local good, err = pcall(smtp.open, "127.0.0.1", unheard())
	out(good, type(err), err[1])
	raises(smtp.open, "127.0.0.1", {})
	out(socket.protect(smtp.open)("127.0.0.1", unheard()))
end)
probe("message.text", function()
	out(whole(smtp.message { headers = { Subject = "hi", From = "<a@b>", TO = "x", ["x-Odd-NAME"] = "y", ["Content-Type"] = "text/html" }, body = "body\r\n" }))
	out(whole(smtp.message { headers = {}, body = "" }))
	out(whole(smtp.message { headers = nil, body = "x" }))
	out(whole(smtp.message { headers = { date = "D", ["mime-version"] = "9", ["X-Mailer"] = "mine" }, body = "x", zone = "+0100" }))
	smtp.ZONE = "+0200"
	out(whole(smtp.message { body = "x" }))
	smtp.ZONE = "-0000"
end)
probe("message.chunks", function()
	local src = smtp.message { headers = { date = "D" }, body = "text" }
	for _ = 1, 5 do
		local a, b = src()
		out(a and plain(a), b)
	end
end)
probe("message.source", function()
	out(whole(smtp.message { headers = { date = "D" }, body = ltn12.source.table { "a", "b", "c" } }))
	out(whole(smtp.message { headers = { date = "D" }, body = ltn12.source.error("no body") }))
	out(whole(smtp.message { headers = { date = "D" }, body = ltn12.source.empty() }))
	out(whole(smtp.message { headers = { date = "D" }, body = function() error("bad body", 0) end }))
end)
probe("message.multipart", function()
	out(whole(smtp.message {
		headers = { date = "D", subject = "parts" },
		body = {
			preamble = "before",
			{ headers = { ["content-type"] = 'text/plain; charset="utf-8"' }, body = "first" },
			{ headers = { ["content-type"] = "image/png; name=\"x.png\"", ["content-disposition"] = 'attachment; filename="x.png"', ["content-transfer-encoding"] = "BASE64" },
				body = ltn12.source.chain(ltn12.source.string(("\137PNG"):rep(30)), ltn12.filter.chain(mime.encode("base64"), mime.wrap())) },
			{ body = "third" },
			epilogue = "after",
		},
	}))
	out(whole(smtp.message { headers = { date = "D" }, body = {} }))
	out(whole(smtp.message { headers = { date = "D", ["content-type"] = "multipart/alternative" }, body = { { body = "a" } } }))
end)
probe("message.nested multipart", function()
	out(whole(smtp.message {
		headers = { date = "D" },
		body = { { body = { { body = "inner 1" }, { body = "inner 2" } } }, { body = "outer" } },
	}))
end)
probe("message.wrong", function()
	raises(smtp.message)
	raises(smtp.message, 5)
	out(whole(smtp.message { headers = { date = "D" } }))
	out(whole(smtp.message { headers = { date = {} }, body = "x" }))
	out(whole(smtp.message { headers = { date = "D" }, body = 5 }))
	raises(smtp.message, { headers = 5, body = "x" })
	raises(smtp.message, { headers = { [5] = "x", date = "D" }, body = "x" })
	out(whole(smtp.message { headers = { [5] = "x", date = "D" }, body = "x" }))
end)
probe("message.changes its table", function()
	local m = { headers = { Subject = "s" }, body = "x" }
	smtp.message(m)
	m.headers.date = "D"
	out(m)
end)
