-- Application protocols that contexts are given as lists.
local ssl = require "ssl"
longest = 400

probe("alpn.lists that are wrong", function()
	for _, alpn in ipairs { {}, { "" }, { ("x"):rep(256) }, { ("x"):rep(255) }, { "ok", "" }, "", "x", 5, true } do
		for _, mode in ipairs { "client", "server" } do
			local ctx, err = ssl.newcontext { protocol = "any", mode = mode, alpn = alpn }
			out(mode, ctx ~= nil and ctx ~= false, err)
		end
	end
end)
probe("alpn.a server's list", function()
	for _, lists in ipairs { { { "h2", "http/1.1" }, { "http/1.1" } }, { { "b", "a" }, { "a", "b" } }, { { "x" }, { "y" } } } do
		local listener = assert(socket.bind("127.0.0.1", 0))
		local _, port = listener:getsockname()
		local a = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), { mode = "client", protocol = "any", alpn = lists[1] }))
		local b = assert(ssl.wrap(assert(listener:accept()), { mode = "server", protocol = "any", key = "server.key", certificate = "server.pem", alpn = lists[2] }))
		listener:close()
		a:settimeout(0)
		b:settimeout(0)
		local over, started = {}, socket.gettime()
		while not (over[a] and over[b]) and socket.gettime() - started < 5 do
			for _, c in ipairs { a, b } do
				if not over[c] then
					local ok, err = c:dohandshake()
					over[c] = ok or err ~= "wantread" and err ~= "wantwrite"
				end
			end
			socket.sleep(0.001)
		end
		out(a:getalpn(), b:getalpn())
		a:close() b:close()
	end
end)
