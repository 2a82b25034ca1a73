-- Sources give chunks, sinks take them, filters f them on the way and pumps move them. A source ends with nil, a
-- sink and a filter are told of the end by nil.
local ltn12 = ...
local filter, source, sink, pump = ltn12.filter, ltn12.source, ltn12.sink, ltn12.pump
local assert, error, select = assert, error, select
local sub, insert, remove, type, unpack = string.sub, table.insert, table.remove, type, unpack

function filter.cycle(low, context, extra)
	assert(low)
	return function(chunk)
		local result
		result, context = low(context, chunk, extra)
		return result
	end
end

function filter.chain(...)
	local stages, last = { ... }, select("#", ...)
	local first = 1 -- the stages before it have ended
	local at = 1 -- the stage that is fed next
	local more = "" -- asks a stage for what it holds back; nil once the chain was told of the end
	return function(chunk)
		more = chunk and more
		while true do
			if at == first then
				chunk = stages[at](chunk)
				if chunk == "" or first == last then
					return chunk
				elseif chunk then
					at = at + 1
				else
					first = first + 1
					at = first
				end
			else
				chunk = stages[at](chunk or "")
				if chunk == "" then
					at = at - 1
					chunk = more
				elseif not chunk then
					error("filter returned inappropriate nil")
				elseif at == last then
					return chunk
				else
					at = at + 1
				end
			end
		end
	end
end

local function nothing() return nil end

function source.empty() return nothing end

function source.error(err)
	return function() return nil, err end
end

function source.file(handle, err)
	if not handle then
		return source.error(err or "unable to open file")
	end
	return function()
		local chunk = handle:read(ltn12.BLOCKSIZE)
		if not chunk then
			handle:close()
		end
		return chunk
	end
end

function source.simplify(src)
	assert(src)
	return function()
		local chunk, other = src()
		src = other or src
		if chunk then
			return chunk
		end
		return nil, other
	end
end

function source.string(text)
	if not text then
		return nothing
	end
	local from = 1
	return function()
		local chunk = sub(text, from, from + ltn12.BLOCKSIZE - 1)
		from = from + ltn12.BLOCKSIZE
		if chunk ~= "" then
			return chunk
		end
		return nil
	end
end

function source.table(list)
	assert(type(list) == "table")
	local i = 0
	return function()
		i = i + 1
		return list[i]
	end
end

function source.rewind(src)
	assert(src)
	local back = {}
	return function(chunk)
		if chunk then
			back[#back + 1] = chunk
			return
		end
		if #back > 0 then
			return remove(back)
		end
		return src()
	end
end

function source.chain(src, ...)
	local f = ...
	if select(2, ...) then
		f = filter.chain(...)
	end
	assert(src and f)
	local taken, given = "", ""
	local holding = false -- the filter may have more of what it took
	return function()
		if not given then
			error("source is empty!", 2)
		end
		while true do
			if not holding then
				local err
				taken, err = src()
				if err then
					return nil, err
				end
			end
			given = f(taken)
			if not given then
				if taken then
					error("filter returned inappropriate nil")
				end
				return nil
			elseif given ~= "" then
				holding, taken = true, taken and ""
				return given
			elseif holding and not taken then
				error('filter returned ""')
			end
			holding = false
		end
	end
end

function source.cat(...)
	local list, i = { ... }, 1
	local src = list[i]
	return function()
		while src do
			local chunk, err = src()
			if chunk then
				return chunk
			elseif err then
				return nil, err
			end
			i = i + 1
			src = list[i]
		end
	end
end

local function swallow() return 1 end

function sink.null() return swallow end

function sink.error(err)
	return function() return nil, err end
end

function sink.file(handle, err)
	if not handle then
		return sink.error(err or "unable to open file")
	end
	return function(chunk)
		if chunk then
			return handle:write(chunk)
		end
		handle:close()
		return 1
	end
end

function sink.simplify(snk)
	assert(snk)
	return function(chunk, err)
		local ok, other = snk(chunk, err)
		if not ok then
			return nil, other
		end
		snk = other or snk
		return 1
	end
end

function sink.table(list)
	list = list or {}
	return function(chunk)
		if chunk then
			insert(list, chunk)
		end
		return 1
	end, list
end

function sink.chain(...)
	local f, snk = ...
	if select(3, ...) then
		local stages = { ... }
		snk = remove(stages)
		f = filter.chain(unpack(stages))
	end
	assert(f and snk)
	return function(chunk, err)
		if chunk == "" then
			return 1
		end
		local more = chunk and ""
		local part = f(chunk)
		while true do
			local ok, problem = snk(part, err)
			if not ok then
				return nil, problem
			elseif part == more then
				return 1
			end
			part = f(more)
		end
	end
end

function pump.step(src, snk)
	local chunk, failed = src()
	local ok, refused = snk(chunk, failed)
	if chunk and ok then
		return 1
	end
	return nil, failed or refused
end

function pump.all(src, snk, step)
	assert(src and snk)
	step = step or pump.step
	while true do
		local ok, err = step(src, snk)
		if not ok then
			if err then
				return nil, err
			end
			return 1
		end
	end
end
