---@meta ltn12

-- Made from the declaration; do not edit.

---Filters, sources, sinks and pumps (LTN12). A source gives a chunk of text each time it is called, nil at the end, or nil and an error. A sink takes a chunk, or nil at the end and perhaps an error; it gives 1, or nil and an error. A filter takes a chunk, "" if it shall give more of what it holds back, or nil at the end, and gives a chunk, "" if it has none now, or nil when it has none left.
---@class ltn12
---@field _VERSION string The version of LTN12 whose behaviour this is.
---@field BLOCKSIZE integer How many bytes sources of texts and files give at a time. A script may change it.
---@field filter ltn12.filter Filters.
---@field source ltn12.source Sources.
---@field sink ltn12.sink Sinks.
---@field pump ltn12.pump Pumps.
local ltn12 = {}

---@class ltn12.filter
ltn12.filter = {}

---Make one filter of several.
---@param ... function the filters, in the order in which a chunk passes them (any number)
---@return function filter the chain
function ltn12.filter.chain(...) end

---Make a filter of a function that hands its state from call to call.
---@param low function takes context, chunk and extra; gives a chunk and the next context
---@param context? any the first context
---@param extra? any handed to every call
---@return function filter the filter
function ltn12.filter.cycle(low, context, extra) end

---@class ltn12.source
ltn12.source = {}

---Make a source that gives all of one source, then of the next.
---@param ... function sources (any number)
---@return function source the source
function ltn12.source.cat(...) end

---Make a source whose chunks have passed filters.
---@param source function a source
---@param ... function one filter or more (any number)
---@return function source the source
function ltn12.source.chain(source, ...) end

---Give a source without anything.
---@return function source the source
function ltn12.source.empty() end

---Make a source that fails.
---@param err any the error
---@return function source the source
function ltn12.source.error(err) end

---Make a source of a file. With io.open as its argument it takes over its error.
---@param handle io.file an open file, which is closed at the end
---@param err? string what io.open says if there is none
---@return function source the source
function ltn12.source.file(handle, err) end

---Make a source that takes chunks back: called with one it will give it next.
---@param source function a source
---@return function source the source
function ltn12.source.rewind(source) end

---Make a simple source of one that may give, with a chunk, the source to ask from then on.
---@param source function a source
---@return function source the source
function ltn12.source.simplify(source) end

---Make a source of a text.
---@param text? string the text; nil is empty
---@return function source the source
function ltn12.source.string(text) end

---Make a source of a list of chunks.
---@param list table chunks
---@return function source the source
function ltn12.source.table(list) end

---@class ltn12.sink
ltn12.sink = {}

---Make a sink that gets what has passed filters.
---@param ... function one filter or more, then a sink (any number)
---@return function sink the sink
function ltn12.sink.chain(...) end

---Make a sink that fails.
---@param err any the error
---@return function sink the sink
function ltn12.sink.error(err) end

---Make a sink that writes a file. With io.open as its argument it takes over its error.
---@param handle io.file an open file, which is closed at the end
---@param err? string what io.open says if there is none
---@return function sink the sink
function ltn12.sink.file(handle, err) end

---Give a sink that drops everything.
---@return function sink the sink
function ltn12.sink.null() end

---Make a simple sink of one that may give the sink for all further chunks.
---@param sink function a sink
---@return function sink the sink
function ltn12.sink.simplify(sink) end

---Make a sink that collects chunks in a table.
---@param list? table where to put the chunks; a new table if left out
---@return function sink the sink
---@return table list the table
function ltn12.sink.table(list) end

---@class ltn12.pump
ltn12.pump = {}

---Move everything from a source to a sink.
---@param source function a source
---@param sink function a sink
---@param step? function moves one chunk; ltn12.pump.step if left out
---@return integer|nil ok 1
---@return string|nil err why not
function ltn12.pump.all(source, sink, step) end

---Move one chunk. At the end the sink is told and the result is nil.
---@param source function a source
---@param sink function a sink
---@return integer|nil ok 1
---@return string|nil err why not
function ltn12.pump.step(source, sink) end

return ltn12
