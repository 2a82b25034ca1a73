local url = require "socket.url"
longest = 600

probe("module", function() out(url, socket.url == url) end)
for _, u in ipairs { "http://h#f/x", "http://h?q/x", "http://h;p/x", "a:#//h", "?a#b?c", "#a?b;c", "p;q?r#s", "http://u:p:q@h:1:2/", "//@:/", "http://[::1]:80/", "http://[::1]/",
	"1a:b", "a b:c", "http:///x", "mailto:x@y", "//u@v@h/p", "//h:", "//:80", "x:y:z", "http://u:@h", "http://:p@h", "http://@h", "//a:b]", "//[a]b:1", "//[]:1", "//u:p:q:@h",
	"a\nb:c?d\ne", "x://", "x:", "//@h:", "http://h:80:", "/", "//", "///", "?", "#", ";", ";?#", "http://h/a;b/c;d?e?f#g#h", "http://h/%41%zz", "http://www.example.com/a.html",
	"scheme://userinfo@host:port/path;params?query#fragment", "//userinfo@host:port/path", "//host", "/path", "path", "+x:y", "a+-.1:b", "\195\169:x", "http://a:b@[::1]:90/" } do
	probe("parse " .. u:gsub("[%c\128-\255]", "?"), function() out(url.parse(u)) end)
end
probe("parse.arguments", function()
	raises(url.parse)
	raises(url.parse, "")
	raises(url.parse, false)
	raises(url.parse, 5)
	raises(url.parse, {})
	raises(url.parse, "x", 5)
	raises(url.parse, "x", false)
	raises(url.parse, "", {})
	raises(url.parse, "x", {}, 1)
end)
probe("parse.defaults", function()
	out(url.parse("x", { path = "y", scheme = "z" }))
	out(url.parse("/x", { authority = "u@h:80" }))
	out(url.parse("/x", { userinfo = "u:p" }))
	out(url.parse("/x", { authority = "h", userinfo = "u:p" }))
	out(url.parse("http://h:80", { port = 1, query = "z" }))
	out(url.parse("http://h", { port = 80, path = "/", other = { 1 } }))
	out(url.parse("x", { path = false, host = "d" }))
	out(url.parse("//u@h", { password = "secret", user = "x" }))
	local d = { scheme = "s" }
	url.parse("x", d)
	out(d)
end)
probe("build", function()
	for _, t in ipairs { {}, { host = "::1", port = 80, scheme = "http", path = "/a b", query = "q r", fragment = "f" }, { authority = "x:1", host = "y" },
		{ userinfo = "u:p", user = "z" }, { userinfo = "u:p", host = "h" }, { user = "u", password = "p", host = "h" }, { password = "p", host = "h" },
		{ path = "a", params = "p", query = "q" }, { host = 5 }, { authority = "a", port = 5, user = "u" }, { host = "[::1]" }, { host = "" },
		{ scheme = "mailto", path = "a@b" }, { host = "h", path = "a" }, { scheme = "", path = "x" }, { fragment = "" }, { query = "", params = "" },
		{ authority = "" }, { scheme = "x", authority = "a", fragment = "f" } } do
		out(url.build(t))
	end
end)
probe("build.a path that is a number", function() out(url.build { path = 5 }) end)
probe("build.arguments", function()
	raises(url.build)
	raises(url.build, { host = true })
	raises(url.build, { path = false })
	raises(url.build, { path = "a", extra = 1 }, 5)
end)
probe("build.parse and back", function()
	for _, u in ipairs { "http://u:p@h:80/a/b;c?d#e", "//h", "a", "a/b?c", "http://[::1]:80/", "mailto:a@b", "http:///x", "http://h:/x", "//@h/" } do
		out(u, url.build(url.parse(u)))
	end
end)
-- RFC 3986 5.4
for _, r in ipairs { "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", "g?y#s", ";x", "g;x", "g;x?y#s", "", ".", "./", "..", "../", "../g", "../..", "../../", "../../g",
	"../../../g", "../../../../g", "/./g", "/../g", "g.", ".g", "g..", "..g", "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y", "g;x=1/../y", "g?y/./x", "g?y/../x",
	"g#s/./x", "g#s/../x", "http:g", "//x/../y", "a//b/../c", "a/../../..", "../a/../b", "//g?y", "..//x", "x//", "./" , "a/./", "a/..", "//h2/a/../b" } do
	probe("absolute " .. r, function()
		out(url.absolute("http://a/b/c/d;p?q", r))
		out(url.absolute(url.parse("http://u:p@a:8/b/c/d;p?q#f"), r))
	end)
end
probe("absolute.bases", function()
	for _, base in ipairs { "http://a", "a/b", "a", "/", "/a/b/", "?q", "#f", "http://a/../b", "x:y", "//h", "http://a/b/..", "http://a//b", "http://a/b;p" } do
		out(base, url.absolute(base, "c"), url.absolute(base, "../c"), url.absolute(base, "?x"), url.absolute(base, ""), url.absolute(base, "/d"))
	end
end)
probe("absolute.arguments", function()
	raises(url.absolute, "", "x/../y")
	raises(url.absolute, nil, "x")
	raises(url.absolute, "x", nil)
	raises(url.absolute, { host = "h", scheme = "s" }, "x")
	raises(url.absolute, {}, "x")
	raises(url.absolute, {}, nil)
	raises(url.absolute, { host = "h" }, "y:/a/../b")
	raises(url.absolute, "a", {})
	raises(url.absolute, "a", 5)
	raises(url.absolute, 5, "a")
	local base = { host = "h", path = "/p/q" }
	url.absolute(base, "r")
	out(base)
end)
probe("escape", function()
	local s = {}
	for i = 0, 255 do s[#s + 1] = string.char(i) end
	s = table.concat(s)
	out(url.escape(s))
	out(url.unescape(url.escape(s)) == s)
	out(select("#", url.escape("a b")), select("#", url.unescape("a%20b")))
	raises(url.escape, 5)
	raises(url.escape)
	raises(url.escape, {})
end)
probe("unescape", function()
	for _, s in ipairs { "a%20b", "%", "%4", "%zz", "%4g", "%%41", "%41%42", "%00", "a+b", "%E4%e4" } do
		out(s, url.unescape(s))
	end
	raises(url.unescape, {})
	raises(url.unescape)
end)
probe("parse_path", function()
	for _, p in ipairs { "", "/", "a", "/a//b/%41/", "a/b", "//", "/a%2fb", "a/", 5 } do
		out(p, url.parse_path(p))
	end
	raises(url.parse_path)
	raises(url.parse_path, {})
	raises(url.parse_path, false)
end)
probe("build_path", function()
	local s = {}
	for i = 0, 255 do s[#s + 1] = string.char(i) end
	out(url.build_path({ table.concat(s) }))
	out(url.build_path({ table.concat(s) }, true))
	for _, t in ipairs { { "a b", "c/d", "%" }, { "a b", is_absolute = 1, is_directory = 1 }, { is_absolute = 1, is_directory = 1 }, { is_directory = 1 }, { is_absolute = 1 }, { "a", is_directory = 1 },
		{ 1, 2 }, {} } do
		out(url.build_path(t), url.build_path(t, true))
	end
	raises(url.build_path)
	raises(url.build_path, { {} })
	out(url.build_path(url.parse_path("/a b/%2f/c/")))
end)
probe("random urls", function()
	local seed = 7
	local function random(n)
		seed = (seed * 16807) % 2147483647
		return seed % n
	end
	local letters = { "/", "/", "/", ".", "..", "./", "../", ":", "@", "?", "#", ";", "a", "b", "[", "]", "//", "%41", "x:", "\1" }
	local function some()
		local s = {}
		for i = 1, random(9) + 1 do s[i] = letters[random(#letters) + 1] end
		return table.concat(s)
	end
	for round = 1, 300 do
		local a, b = some(), some()
		out(a, url.parse(a))
		out(url.build(url.parse(a)), url.parse_path(a), url.build_path(url.parse_path(a)))
		out(b, url.absolute(a, b))
		out(url.absolute("http://h/a/b/c", b))
	end
end)
