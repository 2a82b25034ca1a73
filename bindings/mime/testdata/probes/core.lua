local mime = require "mime"
longest = 400

-- pieces runs a low-level function over chunks, as a filter would.
local function pieces(f, ...)
	local left = ""
	for _, chunk in ipairs { ... } do
		local result
		result, left = f(left, chunk)
		out(result, left)
	end
	out(f(left))
end
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)

probe("module", function() out(mime) end)
for _, name in ipairs { "b64", "unb64", "qp", "unqp", "wrp", "qpwrp", "eol", "dot" } do
	probe("arguments." .. name, function()
		local f = mime[name]
		for _, args in ipairs { { n = 0 }, { n = 1 }, { n = 2 }, { n = 3 }, { "", n = 1 }, { {}, n = 1 }, { "", {}, n = 2 }, { 12, n = 1 }, { 12, "ab", n = 2 },
			{ 12, nil, n = 2 }, { 12, 34, n = 2 }, { 12, 34, nil, n = 3 }, { nil, "ab", n = 2 }, { 12, "ab", {}, n = 3 }, { 1, 2, 3, n = 3 }, { 0, "abc", 0, n = 3 },
			{ -1, "abc\ndef", n = 2 }, { "x", n = 1 }, { "x", "y", "z", n = 3 }, { nil, nil, {}, n = 3 }, { "", {}, {}, n = 3 }, { 1.9, "abc", 2.9, n = 3 },
			{ "7", "abc", "2", n = 3 }, { true, "x", n = 2 } } do
			raises(f, unpack(args, 1, args.n))
		end
	end)
	probe("errors have the name." .. name, function()
		raises(function() mime[name]({}) end)
		raises(function() local f = mime[name] f(1, {}) end)
	end)
end
probe("b64.whole", function()
	for i = 0, 7 do out(mime.b64(("abcdefg"):sub(1, i))) end
	out(mime.b64(all))
end)
probe("b64.carries over", function()
	pieces(mime.b64, "a", "bc", "defg", "", "h")
	out(mime.b64("ab", ""))
	out(mime.b64("abcd", ""))
	out(mime.b64("", "abcdefghijk"))
end)
probe("unb64.whole", function()
	for i = 0, 7 do out(mime.unb64((mime.b64(("abcdefg"):sub(1, i))) or "")) end
	out(mime.unb64((mime.b64(all))) == all)
end)
probe("unb64.wrong", function()
	for _, s in ipairs { "YWJ", "YW=JjZA=", "Y===YWJj", "====", "=", "YWJj!!ZA==", "Y W\r\nJ\tj", "YWJj-_", "A===", "AA=A", "=AAA", "////", "++++", "YWJjZA" } do
		out(s, mime.unb64(s))
	end
	out(mime.unb64(all))
end)
probe("unb64.carries over", function()
	pieces(mime.unb64, "YW", "Jj", "ZA", "==", "x")
	pieces(mime.unb64, "Y", "=", "=", "=")
	out(mime.unb64("YWJj\r\nZA=", "=ZA=="))
end)
probe("qp.whole", function()
	for _, s in ipairs { "a=b\t\r\nc \r\nd\re\200", "a \r\n", "a \r", "a\r", "a ", "  ", "\t\t\r\n", " \r\r\n", "\r\n\r\n", "\n", "=", "~!\"", "a  \r\nb", ".\r\n", "a \n" } do
		out(s, mime.qp(s))
	end
	out(mime.qp(all))
end)
probe("qp.carries over", function()
	pieces(mime.qp, "a ", "\r", "\nb", " ", "c\r", "x", "\r", "\n")
	pieces(mime.qp, "a", "=", " ", " ")
	out(mime.qp("a \r", "\n"))
	out(mime.qp("\t", "\r\n"))
end)
probe("qp.marker", function()
	out(mime.qp("a\r\nb", "", "<nl>"))
	out(mime.qp("a \r", "\n", "<nl>"))
	out(mime.qp("a\r\nb \r", nil, "<nl>"))
	out(mime.qp("a\r\n", "", ""))
	out(mime.qp("a\r\n", "", 5))
	out(mime.qp("a \r", "x", "<nl>"))
end)
probe("unqp.whole", function()
	for _, s in ipairs { "a=3Db=\r\nc=3d=zz=4", "=4", "=", "=\r\nx", "a \r\nb\n=\n", "=\rx", "a\1\200b", "a=", "=C3=A9", "=3", "==", "===", "=3D=", "\r", "\ra", "a\r\n\r\n", "\t", "\127", "=0A=0D", "=gg", "=3g", "=g3", "a\rb\nc" } do
		out(s, mime.unqp(s))
	end
	out(mime.unqp(all))
end)
probe("unqp.carries over", function()
	pieces(mime.unqp, "a=", "3", "D=", "\r", "\nb", "\r", "\n", "c=4")
end)
probe("wrp.lines", function()
	out(mime.wrp(10, "abcdefghijklmno\r\nxy\n\nz", 5))
	out(mime.wrp(2, "abc", 5))
	out(mime.wrp(5, "abcde", 5))
	out(mime.wrp(5, "abcde\n", 5))
	out(mime.wrp(5, "a\rb\r\rc", 5))
	out(mime.wrp(0, "a", 5))
	out(mime.wrp(-3, "a", 5))
	out(mime.wrp(3, "", 5))
	out(mime.wrp(76, ("x"):rep(160)))
end)
probe("wrp.end", function()
	out(mime.wrp(3, nil, 5))
	out(mime.wrp(5, nil, 5))
	out(mime.wrp(0, nil, 0))
	out(mime.wrp(7, nil, 5))
	out(mime.wrp(75, nil))
	out(mime.wrp(76, nil))
end)
probe("qpwrp.lines", function()
	out(mime.qpwrp(5, "ab=3Dcdef=20gh\r\nij", 10))
	for left = 0, 5 do
		out(left, mime.qpwrp(left, "=3D", 10))
		out(left, mime.qpwrp(left, "ab", 10))
	end
	out(mime.qpwrp(4, "a=3Db\r=\r\nc", 4))
	out(mime.qpwrp(3, "=3D=3D=3D", 3))
	out(mime.qpwrp(76, ("=3D"):rep(60)))
end)
probe("qpwrp.end", function()
	out(mime.qpwrp(2, nil, 10))
	out(mime.qpwrp(10, nil, 10))
	out(mime.qpwrp(75))
end)
probe("eol.mixed", function()
	out(mime.eol(0, "a\nb\r\nc\rd\r\re\n\nf\n\rg"))
	out(mime.eol(0, "\r\n\r\n"))
	out(mime.eol(0, "\r\r\n\n"))
	out(mime.eol(0, "a\nb", "<>"))
	out(mime.eol(0, "a\nb", ""))
	out(mime.eol(0, "a\nb", "x\0y"))
	out(mime.eol(0, ""))
end)
probe("eol.carries over", function()
	out(mime.eol(0, "a\r"))
	out(mime.eol(13, "\nx"))
	out(mime.eol(10, "\rx"))
	out(mime.eol(13, "\r\n"))
	out(mime.eol(13, "x\n"))
	out(mime.eol(13, ""))
	out(mime.eol(65, "\n"))
	out(mime.eol(13, nil, "x"))
end)
probe("dot.stuffs", function()
	out(mime.dot(2, ".a\r\n.b\n.c\r.d\r\n..e\r\n.\r\n"))
	out(mime.dot(0, ".a"))
	out(mime.dot(2, "."))
	out(mime.dot(2, ".."))
	out(mime.dot(2, ""))
end)
probe("dot.carries over", function()
	out(mime.dot(0, "a\r"))
	out(mime.dot(1, "\n."))
	out(mime.dot(0, "\n."))
	out(mime.dot(1, "\r\n."))
	out(mime.dot(5, ".a\r\n"))
	out(mime.dot(5, ".a"))
	out(mime.dot(-1, ".a"))
	out(mime.dot(7, ""))
end)
probe("random chunks", function()
	local seed = 42
	local function random(n)
		seed = (seed * 16807) % 2147483647
		return seed % n
	end
	local letters = { "\r", "\n", "=", " ", "\t", ".", "a", "Z", "3", "D", "\200", "+" }
	for round = 1, 60 do
		local s = {}
		for i = 1, random(12) + 1 do s[i] = letters[random(#letters) + 1] end
		s = table.concat(s)
		local cut = random(#s + 1)
		local a, b = s:sub(1, cut), s:sub(cut + 1)
		for _, name in ipairs { "b64", "unb64", "qp", "unqp" } do
			out(a, b, name, mime[name](a, b))
			out(name, mime[name](s))
		end
		out(mime.wrp(random(6), s, 4))
		out(mime.qpwrp(random(6), s, 6))
		out(mime.eol(({ 0, 10, 13 })[random(3) + 1], s))
		out(mime.dot(random(3), s))
	end
end)
