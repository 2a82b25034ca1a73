-- The filters of module mime, made of its functions that work on chunks.
local mime, ltn12 = ...
local cycle = ltn12.filter.cycle
local encodet, decodet, wrapt = mime.encodet, mime.decodet, mime.wrapt
local error, tostring, type = error, tostring, type

-- made calls the maker of a filter by its name in a table, which may be left out before the options.
local function made(makers, name, option, other)
	if type(name) ~= "string" then
		name, option, other = "default", name, option
	end
	local make = makers[name]
	if not make then
		error("unknown key (" .. tostring(name) .. ")", 4) -- where the caller was called, as LuaSocket has it
	end
	return make(option, other)
end

function mime.encode(name, mode, other)
	local filter = made(encodet, name, mode, other)
	return filter
end

function mime.decode(name, option, other)
	local filter = made(decodet, name, option, other)
	return filter
end

function mime.wrap(name, length, other)
	local filter = made(wrapt, name, length, other)
	return filter
end

function mime.normalize(marker)
	return cycle(mime.eol, 0, marker)
end

function mime.stuff()
	return cycle(mime.dot, 2)
end

encodet["base64"] = function()
	return cycle(mime.b64, "")
end

encodet["quoted-printable"] = function(mode)
	return cycle(mime.qp, "", mode == "binary" and "=0D=0A" or "\r\n")
end

decodet["base64"] = function()
	return cycle(mime.unb64, "")
end

decodet["quoted-printable"] = function()
	return cycle(mime.unqp, "")
end

wrapt["text"] = function(length)
	length = length or 76
	return cycle(mime.wrp, length, length)
end
wrapt["base64"] = wrapt["text"]
wrapt["default"] = wrapt["text"]

wrapt["quoted-printable"] = function()
	return cycle(mime.qpwrp, 76, 76)
end
