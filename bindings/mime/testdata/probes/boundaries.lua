-- What the filters make of texts that come in pieces, cut at each position.
local mime, ltn12 = require "mime", require "ltn12"
longest = 700

local texts = { "a=b \r\nc\t\r\n\r\n.d\r\n..\n\r e\200=3D=\r\nf= \r", "", "\r", "\n", "\r\n", " ", "=", ".", "\r\n.\r\n", "YWJj ZGVm\r\nZw==", "=0D=0A=", ("word "):rep(20) .. "\r\n" .. ("x"):rep(90) }

-- fed gives what a filter makes of pieces, and how it ends.
local function fed(filter, ...)
	local result = {}
	for _, piece in ipairs { ... } do
		result[#result + 1] = filter(piece) or "<nil>"
	end
	for _ = 1, 2 do result[#result + 1] = filter(nil) or "<nil>" end
	return table.concat(result, "|")
end

-- sum makes a number of many results, so that they take one line.
local function sum(results)
	local n = 7
	for _, r in ipairs(results) do
		for i = 1, #r do n = (n * 31 + r:byte(i)) % 2147483647 end
		n = (n * 31 + 256) % 2147483647
	end
	return n
end

local makers = {
	base64 = function() return mime.encode("base64") end,
	unbase64 = function() return mime.decode("base64") end,
	quoted = function() return mime.encode("quoted-printable") end,
	binary = function() return mime.encode("quoted-printable", "binary") end,
	unquoted = function() return mime.decode("quoted-printable") end,
	wrap = function() return mime.wrap("text", 10) end,
	wrapquoted = function() return mime.wrap("quoted-printable") end,
	normalize = function() return mime.normalize() end,
	marker = function() return mime.normalize("<eol>") end,
	stuff = function() return mime.stuff() end,
	both = function() return ltn12.filter.chain(mime.normalize(), mime.encode("quoted-printable"), mime.wrap("quoted-printable")) end,
	three = function() return ltn12.filter.chain(mime.stuff(), mime.encode("base64"), mime.wrap("base64", 7)) end,
	back = function() return ltn12.filter.chain(mime.encode("base64"), mime.decode("base64")) end,
}
for _, name in ipairs { "base64", "unbase64", "quoted", "binary", "unquoted", "wrap", "wrapquoted", "normalize", "marker", "stuff", "both", "three", "back" } do
	probe("two pieces." .. name, function()
		for _, text in ipairs(texts) do
			local results = {}
			for cut = 0, #text do results[#results + 1] = fed(makers[name](), text:sub(1, cut), text:sub(cut + 1)) end
			out(results[1], results[2], sum(results))
		end
	end)
	probe("single bytes." .. name, function()
		for _, text in ipairs(texts) do
			local bytes = {}
			for i = 1, #text do bytes[i] = text:sub(i, i) end
			out(fed(makers[name](), unpack(bytes)))
		end
	end)
	probe("as a sink and as a source." .. name, function()
		for _, text in ipairs(texts) do
			local sink, t = ltn12.sink.table()
			raises(ltn12.pump.all, ltn12.source.string(text), ltn12.sink.chain(makers[name](), sink))
			out(t)
			sink, t = ltn12.sink.table()
			raises(ltn12.pump.all, ltn12.source.chain(ltn12.source.string(text), makers[name]()), sink)
			out(t)
		end
	end)
end
for _, name in ipairs { "b64", "unb64", "qp", "unqp" } do
	probe("low level in two." .. name, function()
		for _, text in ipairs(texts) do
			local results = {}
			for cut = 0, #text do
				local a, rest = mime[name](text:sub(1, cut), text:sub(cut + 1))
				local b, c = mime[name](rest)
				results[#results + 1] = table.concat({ a or "<nil>", rest or "<nil>", b or "<nil>", c or "<nil>" }, "|")
			end
			out(results[1], results[#results], sum(results))
		end
	end)
	probe("low level without an end." .. name, function()
		for _, text in ipairs(texts) do
			out(mime[name](text, ""))
			out(mime[name]("", text))
			out(select("#", mime[name](text)), select("#", mime[name](nil)), select("#", mime[name](nil, text)))
		end
	end)
end
probe("widths", function()
	for _, width in ipairs { 0, 1, 2, 3, -1, 4.7, 1e9 } do
		out(width, mime.wrp(width, "abcdefgh", width))
		out(width, mime.qpwrp(width > 2 and width or 4, "ab=3Dcd", width > 3 and width or 4))
	end
	out(mime.wrp(5, "abc\r\ndef\nghi", 5))
	out(mime.wrp("5", "abcdefgh", "5"))
	out(mime.wrp(5, 12345678, 5))
	out(mime.wrp(5, "\n\n\n", 5))
	out(mime.wrp(0, "\n", 5))
	out(mime.wrp(5, "a", 0))
	out(mime.wrp(3))
	out(mime.wrp(3, nil))
	out(mime.wrp(3, nil, 3))
	out(mime.wrp(3, ""))
end)
probe("dot in each state", function()
	for state = -1, 4 do
		for _, text in ipairs { ".", "..", "\n.", "\r.", "a.", "\r\n.", "\r\n..\r\n." } do out(state, text, mime.dot(state, text)) end
		out(state, mime.dot(state))
		out(state, mime.dot(state, nil))
	end
end)
probe("eol in each state", function()
	for _, state in ipairs { 0, 10, 13, 65, 256, -1, 269 } do
		for _, text in ipairs { "", "\n", "\r", "\r\n", "\n\r", "a\n", "\r\r", "\n\n", "x" } do out(state, text, mime.eol(state, text)) end
		out(state, mime.eol(state))
		out(state, mime.eol(state, nil, "<>"))
	end
end)
probe("round trips", function()
	local all = {}
	for i = 0, 255 do all[#all + 1] = string.char(i, 255 - i) end
	all = table.concat(all)
	for size = 1, 40 do
		local text = all:sub(size * 3 + 1, size * 4 + 3)
		out(mime.unb64((mime.b64(text))) == text, (mime.unqp((mime.qp(text)))) == text)
	end
end)
probe("first byte is zero", function()
	out(mime.unqp("=00=FF"))
	out(mime.unqp("=00=FF", ""))
	out(mime.unb64("AP8B"))
	out(mime.unb64("AP8B", ""))
	out(mime.unb64("AP8B", "AP8B"))
	out(mime.decode("base64")("AP8B"))
	out(mime.eol(0, "\0"), mime.dot(2, "\0"), mime.wrp(5, "\0", 5))
end)
probe("encoders of other types", function()
	for _, name in ipairs { "b64", "unb64", "qp", "unqp" } do
		out(mime[name](5))
		out(mime[name](5, 6))
		raises(mime[name], true)
		raises(mime[name], "", true)
		raises(mime[name], print)
	end
	raises(mime.qp, "a\r\n", "", {})
	raises(mime.qp, "a\r\n", nil, true)
	raises(mime.eol, 0, {})
	raises(mime.eol, nil, "x")
	raises(mime.eol, "x", "x")
	raises(mime.eol, 0, "x", {})
	raises(mime.dot, nil, "x")
	raises(mime.dot, {}, "x")
	raises(mime.dot, 2, true)
	raises(mime.wrp, nil, "x")
	raises(mime.wrp, 5, {}, 5)
	raises(mime.wrp, 5, "x", {})
	raises(mime.qpwrp, "x", "x")
	raises(mime.qpwrp, 5, "x", print)
end)
