local mime = require "mime"
longest = 400

local function run(filter, ...)
	for _, chunk in ipairs { ... } do out(filter(chunk)) end
	out(filter(nil))
	out(filter(nil))
end

for _, name in ipairs { "encode", "decode", "wrap", "normalize", "stuff" } do
	probe("maker." .. name, function()
		for _, arg in ipairs { "x", "base64", "quoted-printable", "text", "default", 5, {}, false, "" } do
			raises(mime[name], arg)
		end
		raises(mime[name])
		raises(mime[name], nil, "base64")
	end)
	probe("maker's error has a position." .. name, function()
		local function inner() return mime[name]("no such") end
		raises(function()
			local f = inner()
			return f
		end)
	end)
end
probe("encode base64", function() run(mime.encode("base64"), "a", "bc", "def", "", "g") end)
probe("decode base64", function() run(mime.decode("base64"), "YW", "Jj", "ZA", "==") end)
probe("encode quoted-printable", function() run(mime.encode("quoted-printable"), "a=\r", "\n b ") end)
probe("encode quoted-printable text", function() run(mime.encode("quoted-printable", "text"), "a=\r", "\n b ") end)
probe("encode quoted-printable binary", function() run(mime.encode("quoted-printable", "binary"), "a=\r", "\n b ") end)
probe("encode quoted-printable other mode", function() run(mime.encode("quoted-printable", "<eol>"), "a=\r\n b ") end)
probe("decode quoted-printable", function() run(mime.decode("quoted-printable"), "a=3", "D=", "\r\nb") end)
probe("wrap", function()
	run(mime.wrap(), ("x"):rep(80))
	run(mime.wrap(5), "abcdefgh", "ij\nk")
	run(mime.wrap("text", 5), "abcdefgh")
	run(mime.wrap("text"), ("x"):rep(76))
	run(mime.wrap("base64", 5), "abcdefgh")
	run(mime.wrap("default", 4), "abcdefgh")
end)
probe("wrap quoted-printable", function()
	run(mime.wrap("quoted-printable"), ("x"):rep(80))
	run(mime.wrap("quoted-printable", 7), "abcdefgh=3D")
end)
probe("normalize", function()
	run(mime.normalize(), "a\nb\r", "\nc", "\r\n")
	run(mime.normalize("<>"), "a\nb\r", "\nc")
	run(mime.normalize(""), "a\nb")
	raises(mime.normalize({}), "a\nb")
end)
probe("stuff", function() run(mime.stuff(), ".a\r\n", ".b", ".c\r", "\n.") end)
probe("tables of makers", function()
	out(mime.wrapt.text == mime.wrapt.base64, mime.wrapt.text == mime.wrapt.default)
	mime.encodet.upper = function(a, b)
		out(a, b)
		return function(chunk) return chunk and chunk:upper() end
	end
	run(mime.encode("upper", 1, 2), "x")
	mime.encodet.upper = nil
	mime.decodet.default = mime.decodet.base64
	run(mime.decode(), "YQ==")
	mime.decodet.default = nil
end)
