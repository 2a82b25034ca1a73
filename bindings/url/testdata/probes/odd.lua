-- URLs, tables and paths that are unusual, and many more at random.
local url = require "socket.url"
longest = 600

local function meta(t) return setmetatable({}, { __index = t }) end

probe("parse.defaults of other types", function()
	out(url.parse("x", { 1, 2, path = 5 }))
	out(url.parse("//h", { host = false, port = 7, userinfo = "u:p" }))
	out(url.parse("x", { authority = "u:p@h:8" }))
	out(url.parse("x", { authority = "" }))
	out(url.parse("//", { authority = "h" }))
	out(url.parse("x:", { scheme = "y", path = "p" }))
	out(url.parse("?", { query = "old" }))
	out(url.parse("#", { fragment = "old" }))
	out(url.parse(";", { params = "old" }))
	raises(url.parse, "x", "y")
	raises(url.parse, "x", print)
	raises(url.parse, "x", { authority = 5 })
	raises(url.parse, "x", { authority = {} })
	raises(url.parse, "x", { authority = "h", userinfo = {} })
	raises(url.parse, "x", { authority = false, userinfo = "u" })
	raises(url.parse, true)
	raises(url.parse, print)
	raises(url.parse, 5.5)
	raises(url.parse, nil, 5)
	raises(url.parse, false, {})
end)
probe("parse.results can be changed", function()
	local d = { path = "/" }
	local t = url.parse("http://h", d)
	t.path = "/x"
	out(d, url.build(t))
end)
probe("parse.bytes", function()
	for _, u in ipairs { "http://h/\0x?\0y#\0z", "h\0:x", "http://\255/\254", "\1:x", "http://h /x y?z w", "\thttp://h", "http://h\n/x", "http://h/%", "HTTP://H/X", "h2+a-b.c:x", "-a:x", ".a:x" } do out(url.parse(u)) end
end)
probe("parse.userinfo and ports", function()
	for _, a in ipairs { "u@h", "u:p@h", "u:p:q@h:1", ":@h", "@", ":@:", "u@", "u@:1", "a@b@c:2", "[::1", "::1]", "[::1]x", "[::1]:", "[::1]:x", "u:p@[v1.a:b]:9", "h:1:2", "h:]", "[a]:[b]:3", "[[::1]]", "u]@h:4", "1.2.3.4:5", "[]", "[x]y]" } do
		local t = url.parse("//" .. a)
		out(a, t.host, t.port, t.user, t.password, t.userinfo, url.build(t))
	end
end)
probe("build.types", function()
	for _, t in ipairs { { host = "h", port = 80.5 }, { host = "h", port = "" }, { host = "h", port = true }, { host = "h", port = false }, { path = "/", scheme = 5 }, { path = "/", query = 5, params = 6, fragment = 7 },
		{ host = "h", user = 5, password = 6 }, { host = "h", user = false, userinfo = "u" }, { host = false, authority = "a" }, { host = "a:b" }, { host = "[a:b]" }, { authority = "a:b:c" }, meta { host = "h" } } do
		raises(url.build, t)
	end
	for _, t in ipairs { { host = {} }, { scheme = true, path = "" }, { path = "x", query = true }, { path = "x", fragment = {} }, { host = "h", user = "u", password = {} } } do
		raises(url.build, t)
	end
	raises(url.build, 5)
	raises(url.build, false)
	raises(url.build, print)
end)
probe("wrong types", function()
	for _, t in ipairs { { path = {} }, { host = "h", user = true }, { authority = true } } do raises(url.build, t) end
	raises(url.build, "x")
	raises(url.build_path, "x")
	raises(url.absolute)
	raises(url.absolute, "", "")
	raises(url.absolute, nil, nil)
	raises(url.absolute, { path = 5 }, "x")
end)
probe("absolute.types", function()
	raises(url.absolute, 5, 6)
	raises(url.absolute, "http://h/a", true)
	raises(url.absolute, true, "x")
	raises(url.absolute, false, "x")
	raises(url.absolute, { scheme = "s" }, {})
	raises(url.absolute, "http://h/a/../b", "")
	raises(url.absolute, { authority = "h", path = "p" }, "x")
	raises(url.absolute, "http:a", "b")
	raises(url.absolute, "http://h?q", "b")
	raises(url.absolute, "http://h/a;p", "?q")
	raises(url.absolute, "http://h/a?q#f", "#g")
	raises(url.absolute, "http://h/a?q", ";p")
	raises(url.absolute, "http://h/a/b/", "..")
	raises(url.absolute, "http://h/a/b/", "../..")
	raises(url.absolute, "http://h/a//b", "../c")
	raises(url.absolute, "http://u:p@h:8/x", "//g")
	raises(url.absolute, "http://h/\1/x", "y")
	raises(url.absolute, "http://h/a", "\1/../b")
end)
probe("paths", function()
	for _, p in ipairs { "a;b/c", "%2F/%2f", "a%00b/", "/%zz/%", "  / ", "//a//", "é/ü" } do
		local t = url.parse_path(p)
		out(p, t, url.build_path(t), url.build_path(t, true))
	end
	raises(url.build_path, { 5, "x" })
	raises(url.build_path, { 5, "x" }, true)
	raises(url.build_path, { "a", false })
	raises(url.build_path, { false })
	raises(url.build_path, { true }, true)
	raises(url.build_path, { "a", nil, "b" })
	raises(url.build_path, 5)
	raises(url.parse_path, 5)
	raises(url.parse_path, true)
	raises(url.parse_path, print)
	raises(url.escape, true)
	raises(url.escape, 5.25)
	raises(url.unescape, true)
	raises(url.unescape, 5.25)
end)
probe("more at random", function()
	local seed = 99
	local function random(n)
		seed = (seed * 16807) % 2147483647
		return seed % n
	end
	local letters = { "/", "/", ".", "..", "/./", "/../", ":", "@", "?", "#", ";", "a", "b", "[", "]", "//", "%4", "%2f", "x:", " ", "=", "&", "http://", "~", "\200", "%%", "0" }
	local function some(n)
		local s = {}
		for i = 1, random(n) + 1 do s[i] = letters[random(#letters) + 1] end
		return table.concat(s)
	end
	local function sum(...)
		local n = 7
		for i = 1, select("#", ...) do
			local r = tostring((select(i, ...)))
			for j = 1, #r do n = (n * 31 + r:byte(j)) % 2147483647 end
		end
		return n
	end
	local function parts(u)
		local t = url.parse(u) or {}
		return t.scheme, t.authority, t.userinfo, t.user, t.password, t.host, t.port, t.path, t.params, t.query, t.fragment
	end
	for round = 1, 60 do
		local results = {}
		for i = 1, 40 do
			local a, b = some(14), some(10)
			results[i] = sum(parts(a)) .. sum(url.build(url.parse(a)), url.absolute(a, b), url.absolute("http://h/" .. a, b), url.build_path(url.parse_path(a)), url.escape(a), url.unescape(a))
		end
		out(round, sum(unpack(results)))
	end
end)
