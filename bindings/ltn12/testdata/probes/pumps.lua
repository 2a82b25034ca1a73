-- Pumps, chains and cycles with functions that answer in unusual ways.
local ltn12 = require "ltn12"
local filter, source, sink, pump = ltn12.filter, ltn12.source, ltn12.sink, ltn12.pump
longest = 300

-- list returns a function that gives these results in turn, each a list, and then nil.
local function list(name, ...)
	local results = { ... }
	return function(...)
		local r = table.remove(results, 1)
		out(name, "got", ...)
		if r == nil then return nil end
		if type(r) == "table" then return unpack(r, 1, 3) end
		return r
	end
end

local function same(chunk) return chunk end

probe("pump.step", function()
	for _, s in ipairs { { "a" }, { nil }, { nil, "err" }, { "a", "err" }, { false }, { false, "err" }, { "" }, { 5 } } do
		for _, k in ipairs { { 1 }, { nil }, { nil, "full" }, { false, "full" }, { true }, { 1, "note" } } do
			out(pump.step(list("source", s), list("sink", k)))
		end
	end
end)
probe("pump.all ends", function()
	out(pump.all(list("source", "a", "b"), list("sink", 1, 1, 1)))
	out(pump.all(list("source", "a", "b"), list("sink", 1, 1, { nil, "at the end" })))
	out(pump.all(list("source", "a", "b"), list("sink", 1, { nil })))
	out(pump.all(list("source", "a", "b"), list("sink", 1, { nil, "full" })))
	out(pump.all(list("source", "a", { nil, "broke" }), list("sink", 1, { nil, "told" })))
	out(pump.all(list("source", "a", { nil, "broke" }), list("sink", 1, 1)))
	out(pump.all(list("source", "a", { false, "broke" }), list("sink", 1, 1)))
	out(pump.all(list("source", "", "b"), list("sink", 1, 1, 1)))
end)
probe("pump.all with a step", function()
	out(pump.all(list("source"), list("sink"), list("step", 1, true, "x", { nil, "end" })))
	out(pump.all(list("source"), list("sink"), list("step", { false })))
	out(pump.all(list("source"), list("sink"), list("step", { false, "why" })))
	out(pump.all(1, 2, list("step")))
	raises(pump.all, 1, 2)
	raises(pump.all, same, same, 5)
	raises(pump.all, same, nil)
	raises(pump.all, nil, same)
	raises(pump.all, same, false)
	raises(pump.step, same)
	raises(pump.step)
end)
probe("chain.with nothing behind", function()
	raises(source.chain, source.string("x"), same, nil)
	out(pcall(function()
		local s = source.chain(source.string("x"), same, nil)
		return s(), s()
	end))
	out(pcall(function()
		local k, t = sink.table()
		local s = sink.chain(same, k, nil)
		s("x") s(nil)
		return t
	end))
	out(pcall(function()
		local s = source.chain(source.string("x"), same, false)
		return s()
	end))
	raises(source.chain, source.string("x"))
	raises(source.chain, nil, same)
	raises(source.chain, source.string("x"), nil, same)
	raises(sink.chain, same)
	raises(sink.chain, same, nil, sink.null())
	raises(sink.chain, nil, same, sink.null())
	raises(sink.chain)
end)
probe("chain.filters that give too little", function()
	local function drain(...)
		local s = source.chain(source.table { "a", "b" }, ...)
		for _ = 1, 5 do raises(s) end
	end
	drain(function(chunk) return chunk and "" end)
	drain(function() return nil end)
	drain(function(chunk) return chunk and chunk .. "!" or "" end)
	drain(same, function(chunk) return chunk and "" end)
	drain(function() return nil end, same)
	drain(same, function() return nil end)
	drain(function(chunk) if chunk == "" then return "" end return chunk and chunk .. "1" end, function(chunk) if chunk == "" then return "" end return chunk and chunk .. "2" end)
end)
probe("chain.filters that give more", function()
	-- doubled gives each chunk twice.
	local function doubled()
		local again
		return function(chunk)
			if chunk == nil then
				if again then again = nil end
				return nil
			end
			if chunk == "" then
				local r = again or ""
				again = nil
				return r
			end
			again = chunk .. "'"
			return chunk
		end
	end
	for _, filters in ipairs { { doubled() }, { doubled(), doubled() }, { doubled(), same }, { same, doubled() } } do
		local s = source.chain(source.table { "a", "b", "c" }, unpack(filters))
		for _ = 1, 14 do raises(s) end
	end
	for _, filters in ipairs { { doubled() }, { doubled(), doubled() }, { doubled(), same }, { same, doubled() } } do
		local k, t = sink.table()
		filters[#filters + 1] = k
		local s = sink.chain(unpack(filters))
		for _, chunk in ipairs { "a", "", "b", "c" } do raises(s, chunk) end
		raises(s, nil)
		out(t)
	end
end)
probe("chain.errors on the way", function()
	local s = source.chain(list("source", "a", { nil, "broke" }, "b"), same)
	for _ = 1, 4 do raises(s) end
	s = source.chain(list("source", { "a", "note" }, "b"), same)
	for _ = 1, 3 do raises(s) end
	s = source.chain(source.string("x"), function() error("in filter", 0) end)
	raises(s)
	raises(s)
	local k = sink.chain(same, list("sink", { nil, "full" }, 1))
	raises(k, "a")
	raises(k, "b", "err")
	raises(k, nil, "err")
	k = sink.chain(function() return nil end, list("sink", 1, 1, 1))
	raises(k, nil)
end)
probe("chain.alone", function()
	local f = filter.chain(same)
	raises(f, "a")
	raises(f, "")
	raises(f, nil)
	raises(f, "a")
	raises(function() return filter.chain()("a") end)
	raises(filter.chain(nil), "a")
	raises(filter.chain(same, nil), "a")
	raises(filter.chain(nil, same), "a")
	raises(filter.chain(5), "a")
	raises(filter.chain(same, 5), "a")
end)
probe("cycle.contexts", function()
	local f = filter.cycle(function(context, chunk, extra)
		out(context, chunk, extra)
		return chunk, (context or 0) + 1
	end)
	raises(f, "a")
	raises(f, nil)
	raises(f)
	raises(f, "a", "b", "c")
	out(select("#", f("x")))
	raises(filter.cycle, nil, 1)
	raises(filter.cycle, false)
	raises(filter.cycle(5), "x")
	raises(filter.cycle(function() error("low", 0) end), "x")
	raises(filter.cycle(function() end), "x")
end)
probe("source.simplify", function()
	local s = source.simplify(list("one", { "a", list("two", { "b" }, { nil, "end" }) }, "never"))
	for _ = 1, 4 do raises(s) end
	s = source.simplify(list("one", { nil, "err" }, "after"))
	for _ = 1, 2 do raises(s) end
	s = source.simplify(list("one", { "x", false }, "after"))
	for _ = 1, 3 do raises(s) end
	raises(source.simplify)
	raises(source.simplify, false)
end)
probe("sink.simplify", function()
	local k = sink.simplify(list("one", { 1, list("two", { 5 }, { nil, "full" }) }))
	for _ = 1, 3 do raises(k, "x", "e") end
	k = sink.simplify(list("one", { true, false }, { false, "no" }))
	for _ = 1, 3 do raises(k, "x") end
	k = sink.simplify(list("one", { 1, "text" }))
	raises(k, "x")
	raises(k, "x")
end)
probe("source.cat", function()
	local s = source.cat(list("one", "a", { nil, "err" }, "b"), list("two", "c"))
	for _ = 1, 6 do raises(s) end
	s = source.cat(list("one", { "a", "note" }), list("two", { "b" }))
	for _ = 1, 4 do raises(s) end
	s = source.cat(source.empty(), source.empty(), source.string("z"))
	for _ = 1, 3 do raises(s) end
	raises(source.cat("x"))
	raises(source.cat({}))
	raises(source.cat(false))
	raises(source.cat(nil, source.string("x")))
end)
probe("source.rewind", function()
	local s = source.rewind(list("one", "a", "b"))
	raises(s, "1")
	raises(s, "2")
	raises(s, 3)
	for _ = 1, 7 do raises(s) end
	raises(s, "back")
	raises(s)
	raises(source.rewind)
	raises(source.rewind(5))
	raises(source.rewind(5), "x")
end)
probe("source.table", function()
	raises(source.table)
	raises(source.table, "x")
	raises(source.table, 5)
	local t = { "a", "b" }
	local s = source.table(t)
	s()
	t[2] = "changed"
	t[3] = "new"
	raises(s) raises(s) raises(s) raises(s)
	s = source.table(setmetatable({}, { __index = function(_, i) return i < 3 and "i" .. i or nil end }))
	raises(s) raises(s) raises(s)
end)
probe("source.string", function()
	raises(source.string(5))
	raises(source.string(true))
	raises(source.string({}))
	raises(source.string(print))
	ltn12.BLOCKSIZE = 1.5
	local s = source.string("abcdef")
	for _ = 1, 5 do raises(s) end
	ltn12.BLOCKSIZE = "2"
	s = source.string("abcde")
	for _ = 1, 4 do raises(s) end
	ltn12.BLOCKSIZE = nil
	raises(source.string("abc"))
	ltn12.BLOCKSIZE = 2048
end)
probe("sink.table", function()
	for _, t in ipairs { 5, "x", true, print } do
		out(pcall(function()
			local k = sink.table(t)
			return k("a")
		end))
	end
	local k, t = sink.table(false)
	k("a")
	out(t)
	k, t = sink.table({ "x", n = 1 })
	out(k("a"), k(nil, "err"), k({}), k(false), k(true))
	out(t)
	k, t = sink.table(setmetatable({}, { __newindex = function(_, i, v) out("set", i, v) end }))
	out(k("a"))
	out(t)
end)
probe("files", function()
	raises(source.file(5))
	raises(source.file("x"))
	raises(source.file(true))
	raises(sink.file(5), "x")
	raises(sink.file(5), nil)
	raises(sink.file(true), "x")
	local closed = 0
	local f = { read = list("read", "a", { nil, "disk" }), close = function() closed = closed + 1 end }
	local s = source.file(f)
	raises(s) raises(s) raises(s)
	out(closed)
	f = { write = list("write", { nil, "full", 28 }, true), close = function() closed = closed + 1 error("in close", 0) end }
	local k = sink.file(f)
	raises(k, "a") raises(k, "b", "err") raises(k, nil, "err")
	out(closed)
end)
probe("errors with values", function()
	raises(source.error(false))
	raises(source.error(5))
	raises(sink.error({ "t" }), "x")
	raises(sink.error(), "x")
	out(select("#", source.error("x")()), select("#", sink.error("x")()), select("#", source.empty()()), select("#", sink.null()()))
end)
